import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CoreError, encodeCbor } from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { verifyCertificate } from "../identity/index.ts";
import type { SpaceId } from "../ids.ts";
import { createLinkedDevice, createTestPerson, seededRandom } from "../membership/world.fixture.ts";
import {
  commitToLinking,
  decodeLinkingLink,
  decodeLinkingStep,
  encodeLinkingLink,
  encodeLinkingStep,
  LINKING_LINK_BYTES_MAX,
  LINKING_PREFIX,
  LINKING_SPACES_MAX,
  LINKING_STEP_BYTES_MAX,
  linkingDigits,
  linkingKey,
} from "./linking.ts";
import type { LinkingStep } from "./linking.ts";

const random = seededRandom("linking");
const ann = createTestPerson("Ann");
const phone = createLinkedDevice(ann, "phone");
const watch = createLinkedDevice(createLinkedDevice(phone, "tablet"), "watch");
const seed = random.bytes(16);
const link = { seed, person: ann.person, hints: [{ host: "192.168.1.20", port: 4_100 }] };
const meeting = {
  seed,
  person: ann.person,
  oldDevice: ann.device.device,
  newDevice: phone.device.device,
  oldNonce: random.bytes(32),
  newNonce: random.bytes(32),
  prekey: phone.prekey.bundle,
};

const steps: readonly LinkingStep[] = [
  { step: "ask", commitment: random.bytes(32), name: "n".repeat(80) },
  { step: "nonce", nonce: random.bytes(32) },
  { step: "reveal", nonce: random.bytes(32), prekey: phone.prekey.bundle },
  {
    step: "grant",
    certificate: watch.certificate,
    personName: "Ann",
    spaces: Array.from({ length: LINKING_SPACES_MAX }, () => "ab".repeat(32) as SpaceId),
  },
  { step: "done" },
  { step: "refuse", reason: "cancelled" },
];

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof CoreError) return error.code;
    throw error;
  }
  return "accepted";
}

describe("the link", () => {
  test("[ID26] a link holds seed, person and hints, and is read back also when it was broken into lines", () => {
    const text = encodeLinkingLink(link);
    expect(text.startsWith(LINKING_PREFIX)).toBe(true);
    expect(decodeLinkingLink(text)).toEqual(link);
    expect(decodeLinkingLink(` ${text.slice(0, 30)}\n  ${text.slice(30)} \n`)).toEqual(link);
    expect(linkingKey(seed)).not.toEqual(linkingKey(random.bytes(16)));
    const host = "h".repeat(253);
    const long = { ...link, hints: Array.from({ length: 8 }, () => ({ host, port: 65_535 })) };
    expect(decodeLinkingLink(encodeLinkingLink(long)).hints).toHaveLength(8);
  });

  test("[ID27] [ID34] hostile text is refused with one code, in words that do not repeat it", () => {
    const text = encodeLinkingLink(link);
    for (const other of [
      "",
      text.slice(0, -1),
      `${text}A`,
      text.replace("link", "join"),
      `${LINKING_PREFIX}${"A".repeat(2 * LINKING_LINK_BYTES_MAX)}`,
    ])
      expect(codeOf(() => decodeLinkingLink(other))).toBe("LINKING_MALFORMED");
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.nat(text.length - 1), (noise, at) => {
        for (const hostile of [noise, LINKING_PREFIX + noise, text.slice(0, at) + noise]) {
          try {
            decodeLinkingLink(hostile);
          } catch (error) {
            expect(error).toMatchObject({ code: "LINKING_MALFORMED" });
            if (noise.length > 8) expect(String(error)).not.toContain(noise);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("the digits", () => {
  test("[ID30] six digits hang on everything that the two devices said", () => {
    const digits = linkingDigits(meeting);
    expect(digits).toMatch(/^\d{6}$/);
    expect(linkingDigits({ ...meeting })).toBe(digits);
    const others = [
      { seed: random.bytes(16) },
      { person: createTestPerson("Bea").person },
      { oldDevice: watch.device.device },
      { newDevice: watch.device.device },
      { oldNonce: random.bytes(32) },
      { newNonce: random.bytes(32) },
      { prekey: watch.prekey.bundle },
    ];
    for (const change of others) expect(linkingDigits({ ...meeting, ...change })).not.toBe(digits);
  });

  test("[ID29] a commitment fixes nonce and prekey", () => {
    const { newNonce, prekey } = meeting;
    const commitment = commitToLinking(newNonce, prekey);
    expect(commitToLinking(random.bytes(32), prekey)).not.toEqual(commitment);
    expect(commitToLinking(newNonce, watch.prekey.bundle)).not.toEqual(commitment);
  });
});

describe("the steps", () => {
  test.each(steps.map((step) => [step.step, step] as const))(
    "[ID28] %s is read back as it was written",
    (_, step) => {
      const bytes = encodeLinkingStep(step);
      expect(bytes.length).toBeLessThanOrEqual(LINKING_STEP_BYTES_MAX);
      const read = decodeLinkingStep(bytes);
      expect(read).toEqual(step);
      if (read.step === "grant") expect(verifyCertificate(read.certificate)).toBe(true);
    },
  );

  test("[ID34] hostile steps are refused with a code, whatever is altered, cut or put in", () => {
    const refused = /^(accepted|CBOR_\w+|MALFORMED|NAME_INVALID)$/;
    for (const step of steps) {
      const bytes = encodeLinkingStep(step);
      fc.assert(
        fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
          const altered = bytes.slice();
          altered[at] = (altered[at] ?? 0) ^ change;
          expect(codeOf(() => decodeLinkingStep(altered))).toMatch(refused);
          expect(codeOf(() => decodeLinkingStep(bytes.subarray(0, at)))).not.toBe("accepted");
        }),
        { numRuns: 100 },
      );
    }
    const odd: CborValue[] = [[], [6], [4, 0], [0, new Uint8Array(32)], [1, new Uint8Array(31)], [5, 3]];
    for (const value of odd) expect(codeOf(() => decodeLinkingStep(encodeCbor(value)))).toBe("MALFORMED");
    expect(codeOf(() => decodeLinkingStep(new Uint8Array(LINKING_STEP_BYTES_MAX + 1)))).toBe("CBOR_SIZE");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(codeOf(() => decodeLinkingStep(bytes))).toMatch(refused);
      }),
      { numRuns: 300 },
    );
  });
});
