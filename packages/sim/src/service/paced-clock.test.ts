import type { Clock } from "@kith/core";
import { expect, test } from "vitest";
import { createPacedClock } from "./paced-clock.ts";

/** Time that stands until it is moved. */
function createHandClock(): Clock & { advance(byMs: number): void } {
  let nowMs = 0;
  const calls = new Set<{ atMs: number; call: () => void }>();
  return {
    nowMs: () => 1_000_000 + nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, call) {
      const entry = { atMs: nowMs + delayMs, call };
      calls.add(entry);
      return () => calls.delete(entry);
    },
    advance(byMs) {
      const untilMs = nowMs + byMs;
      for (;;) {
        const due = [...calls].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (due === undefined) break;
        calls.delete(due);
        nowMs = Math.max(nowMs, due.atMs);
        due.call();
      }
      nowMs = untilMs;
    },
  };
}

test("a clock at ten times the pace calls after a tenth of the time, and its wall clock goes along", () => {
  const base = createHandClock();
  const clock = createPacedClock(base);
  const called: number[] = [];
  clock.setPace(10);
  clock.after(1_000, () => called.push(clock.monotonicMs()));
  base.advance(99);
  expect(called).toEqual([]);
  base.advance(1);
  expect(called).toEqual([1_000]);
  expect(clock.nowMs()).toBe(1_001_000);
});

test("a clock that stands calls nothing; going on, a timer has as long to wait as it had", () => {
  const base = createHandClock();
  const clock = createPacedClock(base);
  const called: number[] = [];
  clock.after(1_000, () => called.push(base.monotonicMs()));
  base.advance(600);
  clock.setPace(0);
  base.advance(60_000);
  expect(called).toEqual([]);
  expect(clock.monotonicMs()).toBe(600);
  clock.setPace(2);
  base.advance(199);
  expect(called).toEqual([]);
  base.advance(1);
  expect(called).toEqual([60_800]);
});

test("what is cancelled is not called, at whatever pace", () => {
  const base = createHandClock();
  const clock = createPacedClock(base);
  const called: string[] = [];
  const cancel = clock.after(10, () => called.push("never"));
  clock.setPace(5);
  cancel();
  base.advance(100);
  expect(called).toEqual([]);
});
