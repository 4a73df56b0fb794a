import { createTestClock } from "@kith/api/testing";
import { expect, test } from "vitest";
import { createAutoLock } from "./auto-lock.ts";

const MINUTE_MS = 60_000;

function start(minutes: number | null) {
  const clock = createTestClock();
  let sleptMs = 0;
  let locks = 0;
  const setting = { minutes };
  const lock = createAutoLock({
    clock: { ...clock, nowMs: () => clock.nowMs() + sleptMs },
    minutes: () => setting.minutes,
    onDue: () => (locks += 1),
  });
  return {
    lock,
    setting,
    locks: () => locks,
    sleep: (ms: number) => (sleptMs += ms),
    pass(ms: number) {
      for (let left = ms; left > 0; left -= 1_000) clock.advance(1_000);
    },
  };
}

test("[HT83] a node locks itself once, after so long without its person, and not before", () => {
  const { lock, locks, pass } = start(5);
  pass(4 * MINUTE_MS);
  lock.touch();
  pass(5 * MINUTE_MS - 2_000);
  expect(locks()).toBe(0);
  pass(15_000);
  expect(locks()).toBe(1);
  pass(20 * MINUTE_MS);
  expect(locks()).toBe(1);
});

test("[HT83] it never does where it is not asked for, and counts from when it is", () => {
  const { setting, locks, pass } = start(null);
  pass(60 * MINUTE_MS);
  setting.minutes = 1;
  expect(locks()).toBe(0);
  pass(MINUTE_MS - 2_000);
  expect(locks()).toBe(0);
  pass(15_000);
  expect(locks()).toBe(1);
});

test("[HT83] a laptop that slept longer than that is locked when it wakes", () => {
  const { locks, pass, sleep } = start(30);
  sleep(31 * MINUTE_MS);
  pass(11_000);
  expect(locks()).toBe(1);
});
