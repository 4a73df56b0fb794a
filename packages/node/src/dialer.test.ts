import { createManualClock, createSeededRandom } from "@kith/core/testing";
import type { Link, PeerAddress, Transport } from "@kith/core";
import { beforeEach, expect, test } from "vitest";
import { Dialer } from "./dialer.ts";
import type { DialTarget } from "./dialer.ts";
import { DIAL_DELAY_MAX_MS, DIAL_TARGETS_MAX } from "./limits.ts";
import { quietLog } from "./testing/quiet-log.ts";

const address: PeerAddress = { host: "10.0.0.2", port: 5484 };
let clock = createManualClock();
let dials: { atMs: number; address: PeerAddress }[] = [];
let links: DialTarget[] = [];
let answer: "refuse" | "accept" | "hang" = "refuse";

const transport: Transport = {
  path: "lan",
  listen: () => Promise.resolve({ port: 1 }),
  close: () => Promise.resolve(),
  dial(to) {
    dials.push({ atMs: clock.monotonicMs(), address: to });
    if (answer === "hang") return new Promise(() => undefined);
    if (answer === "refuse")
      return Promise.reject(Object.assign(new Error("refused"), { code: "LINK_REFUSED" }));
    return Promise.resolve({ close: () => undefined } as unknown as Link);
  },
};

function createDialer(): Dialer {
  const dialer = new Dialer({
    clock,
    random: createSeededRandom("dialer"),
    log: quietLog,
    onLink: (_link, target) => links.push(target),
    isConnected: () => false,
  });
  dialer.start(transport);
  return dialer;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  clock = createManualClock();
  dials = [];
  links = [];
  answer = "refuse";
});

test("an address that must be kept is dialled for ever, with pauses that grow to a bound", async () => {
  createDialer().want(address, { keep: true });
  for (let minute = 0; minute < 600; minute += 1) {
    await settle();
    clock.advance(1_000);
  }
  await settle();
  const pauses = dials.slice(1).map(({ atMs }, index) => atMs - (dials[index]?.atMs ?? 0));
  expect(dials.length).toBeGreaterThan(20);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(DIAL_DELAY_MAX_MS + 1_000);
  expect(pauses.at(-1)).toBeGreaterThan(DIAL_DELAY_MAX_MS / 2 - 1_000);
  // Ten minutes later it is dialled still.
  const before = dials.length;
  clock.advance(DIAL_DELAY_MAX_MS);
  expect(dials.length).toBeGreaterThan(before);
});

test("an address that was only heard is dropped after it failed", async () => {
  createDialer().want(address, { keep: false });
  await settle();
  clock.advance(600_000);
  await settle();
  expect(dials).toHaveLength(1);
});

test("being heard again brings the next call forward, but never twice within a second", async () => {
  const dialer = createDialer();
  dialer.want(address, { keep: true });
  for (let n = 0; n < 12; n += 1) {
    await settle();
    clock.advance(20_000);
  }
  await settle();
  const before = dials.length;
  dialer.want(address, { keep: true });
  for (let n = 0; n < 20; n += 1) {
    dialer.want(address, { keep: true });
    await settle();
    clock.advance(100);
  }
  expect(dials.length - before).toBeGreaterThanOrEqual(1);
  expect(dials.length - before).toBeLessThanOrEqual(3);
});

test("a link that had been good starts the pauses anew", async () => {
  const dialer = createDialer();
  dialer.want(address, { keep: true });
  for (let n = 0; n < 8; n += 1) {
    await settle();
    clock.advance(30_000);
  }
  await settle();
  answer = "accept";
  clock.advance(30_000);
  await settle();
  expect(links).toHaveLength(1);
  const atMs = clock.monotonicMs();
  dialer.ended({ address, keep: true, pinned: false }, { good: true });
  clock.advance(1_000);
  expect((dials.at(-1)?.atMs ?? 0) - atMs).toBeLessThanOrEqual(200);
});

test("attack 14: the number of addresses waiting to be dialled is bounded", async () => {
  answer = "hang";
  const dialer = createDialer();
  for (let port = 1; port <= DIAL_TARGETS_MAX + 500; port += 1)
    dialer.want({ host: "10.0.0.3", port }, { keep: true });
  await settle();
  expect(clock.planned).toBeLessThanOrEqual(DIAL_TARGETS_MAX);
  expect(dials.length).toBeLessThanOrEqual(16);
});

test("attack 31: no number of addresses heard by beacon pushes out one that a person gave", async () => {
  const dialer = createDialer();
  dialer.want(address, { keep: true, pinned: true });
  await settle();
  for (let port = 1; port <= DIAL_TARGETS_MAX + 500; port += 1)
    dialer.want({ host: "10.0.0.3", port }, { keep: true });
  await settle();
  dials = [];
  for (let second = 0; second < 2 * (DIAL_DELAY_MAX_MS / 1_000); second += 1) {
    clock.advance(1_000);
    await settle();
  }
  expect(dials.some((dial) => dial.address.host === address.host)).toBe(true);
});

test("attack 23: a stopped dialler leaves no timer behind and dials no more", async () => {
  const dialer = createDialer();
  for (let port = 1; port <= 40; port += 1) dialer.want({ host: "10.0.0.3", port }, { keep: true });
  await settle();
  dialer.stop();
  await settle();
  expect(clock.planned).toBe(0);
  const before = dials.length;
  clock.advance(600_000);
  expect(dials.length).toBe(before);
});
