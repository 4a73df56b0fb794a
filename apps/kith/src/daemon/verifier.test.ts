/** The verifier gives the same answers on both threads, and its worker comes and goes. */
import { createDeviceKeys, labels, sign, signatureMessage } from "@kith/core";
import type { Clock, Log, SignatureCheck } from "@kith/core";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock, systemRandom } from "./system.ts";
import { createWorkerVerifier, INLINE_CHECKS_MAX } from "./verifier.ts";
import type { WorkerVerifier } from "./verifier.ts";
import { packChecks, unpackChecks } from "./verify-message.ts";

const keys = createDeviceKeys(systemRandom);
const publicKey = new Uint8Array(Buffer.from(keys.device, "hex"));
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
let open: WorkerVerifier[] = [];

afterEach(async () => {
  await Promise.all(open.map((verifier) => verifier.close()));
  open = [];
});

function create(options: { clock?: Clock; log?: Log; program?: URL } = {}): WorkerVerifier {
  const verifier = createWorkerVerifier({ clock: systemClock, log: quiet, ...options });
  open.push(verifier);
  return verifier;
}

function check(index: number, kind: "good" | "altered" | "short"): SignatureCheck {
  const message = Buffer.from(`message ${index}`);
  const signature = sign(labels.eventMessagePost, message, keys.secretKey);
  if (kind === "altered") signature[0] = (signature[0] ?? 0) ^ 1;
  return {
    publicKey,
    message: signatureMessage(labels.eventMessagePost, message),
    signature: kind === "short" ? signature.subarray(1) : signature,
  };
}

const kinds = ["good", "altered", "short"] as const;
const batch = (length: number): SignatureCheck[] =>
  Array.from({ length }, (_, index) => check(index, kinds[index % 3] ?? "good"));
const truth = (length: number): boolean[] => Array.from({ length }, (_, index) => index % 3 === 0);

/** A clock whose timers are fired by hand. */
function createHandClock(): Clock & { fire(): void } {
  const calls = new Set<() => void>();
  return {
    ...systemClock,
    after(_delayMs, call) {
      calls.add(call);
      return () => calls.delete(call);
    },
    fire() {
      const due = [...calls];
      calls.clear();
      for (const call of due) call();
    },
  };
}

describe("createWorkerVerifier", () => {
  test("a few checks are made at once, without a worker", async () => {
    const verifier = create();
    expect(await verifier.verify(batch(INLINE_CHECKS_MAX))).toEqual(truth(INLINE_CHECKS_MAX));
    expect(await verifier.verify([])).toEqual([]);
    expect(verifier.working).toBe(false);
  });

  test("a large batch is checked by the worker, with the same answers in the same order", async () => {
    const verifier = create();
    const answers = await Promise.all([
      verifier.verify(batch(1_500)),
      verifier.verify(batch(9)),
      verifier.verify(batch(600)),
    ]);
    expect(verifier.working).toBe(true);
    expect(answers).toEqual([truth(1_500), truth(9), truth(600)]);
  });

  test("an idle worker ends, and the next large batch starts another", async () => {
    const clock = createHandClock();
    const verifier = create({ clock });
    await verifier.verify(batch(20));
    expect(verifier.working).toBe(true);
    clock.fire();
    expect(verifier.working).toBe(false);
    expect(await verifier.verify(batch(20))).toEqual(truth(20));
    expect(verifier.working).toBe(true);
  });

  test("when the worker fails every check is still made", async () => {
    const told: string[] = [];
    const log: Log = { ...quiet, warn: (event) => void told.push(event) };
    const verifier = create({
      log,
      program: new URL("data:text/javascript,throw new Error('no worker here')"),
    });
    expect(await verifier.verify(batch(1_200))).toEqual(truth(1_200));
    expect(told).toContain("verifier:worker-failed");
  });

  test("closing in the middle of a batch loses no answer", async () => {
    const verifier = create();
    const answer = verifier.verify(batch(2_000));
    await verifier.close();
    expect(await answer).toEqual(truth(2_000));
    expect(await verifier.verify(batch(20))).toEqual(truth(20));
  });
});

test("a packed batch is unpacked as it was", () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(
      fc.array(fc.record({ publicKey: bytes, signature: bytes, message: bytes }), { maxLength: 20 }),
      (checks) => {
        expect([...unpackChecks(packChecks(checks).buffer)]).toEqual(checks);
      },
    ),
  );
});
