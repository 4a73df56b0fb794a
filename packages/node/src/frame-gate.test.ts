import type { DeviceId, ScopeId, SyncFrame } from "@kith/core";
import { createManualClock } from "@kith/core/testing";
import { expect, test } from "vitest";
import { createCpuBudgets } from "./cpu-budget.ts";
import { createFrameGate } from "./frame-gate.ts";
import { SYNC_CPU_DEBT_MS_MAX, SYNC_CPU_MS_PER_SECOND, SYNC_WAITING_FRAMES_MAX } from "./limits.ts";
import type { PauseReason } from "./peer-session.ts";
import { createLoneSync } from "./testing/lone-sync.ts";

const scope = "5c".repeat(32) as ScopeId;
const mallory = "a".repeat(64) as DeviceId;
const ben = "b".repeat(64) as DeviceId;
const frame = (session: number): SyncFrame => ({ type: "syncDone", scope, session, state: "listed" });

function createRig(costMs: (frame: SyncFrame) => number) {
  const clock = createManualClock();
  const budgets = createCpuBudgets(clock);
  const pauses = new Set<PauseReason>();
  const received: { device: DeviceId; session: number; atMs: number }[] = [];
  const gateOf = (device: DeviceId) =>
    createFrameGate({
      clock,
      budget: budgets(device),
      session: { pause: (reason) => void pauses.add(reason), resume: (reason) => void pauses.delete(reason) },
      receive(each) {
        received.push({ device, session: each.session, atMs: clock.monotonicMs() });
        clock.advance(costMs(each));
      },
    });
  return { clock, pauses, received, gateOf };
}

test("[SY43] frames within the budget are received at once, those beyond it in order and at its pace", () => {
  const { clock, received, gateOf } = createRig(() => 50);
  const gate = gateOf(mallory);
  const beganMs = clock.monotonicMs();
  for (let n = 0; n < 40; n += 1) gate.take(frame(n));
  expect(received.length).toBeGreaterThanOrEqual(SYNC_CPU_MS_PER_SECOND / 50);
  expect(received.length).toBeLessThanOrEqual(SYNC_CPU_MS_PER_SECOND / 50 + 1);
  clock.advance(20_000);
  expect(received.map(({ session }) => session)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  // 40 of 50 ms at 200 ms a second of waiting.
  const tookMs = (received.at(-1)?.atMs ?? 0) - beganMs;
  expect(tookMs).toBeGreaterThan(8_000);
  expect(tookMs).toBeLessThan(12_500);
});

test("[SY43] with too many waiting the link is read no further, and again when they have become fewer", () => {
  const { clock, pauses, gateOf } = createRig(() => 300);
  const gate = gateOf(mallory);
  for (let n = 0; n < SYNC_WAITING_FRAMES_MAX; n += 1) gate.take(frame(n));
  expect(pauses.size).toBe(0);
  gate.take(frame(99));
  expect([...pauses]).toEqual(["sync"]);
  clock.advance(2_000);
  expect(pauses.size).toBe(0);
  gate.close();
  expect(clock.planned).toBe(0);
});

test("[SY43] a step that took very long is made up for by 5 s at most", () => {
  const { clock, received, gateOf } = createRig(({ session }) => (session === 0 ? 60_000 : 0));
  const gate = gateOf(mallory);
  gate.take(frame(0));
  gate.take(frame(1));
  const fullMs = SYNC_CPU_DEBT_MS_MAX / (SYNC_CPU_MS_PER_SECOND / 1_000);
  clock.advance(fullMs - 1);
  expect(received).toHaveLength(1);
  clock.advance(1);
  expect(received).toHaveLength(2);
});

test("[SY43] a new link of the same device has the same budget, another device one of its own", () => {
  const { clock, received, gateOf } = createRig(() => 500);
  gateOf(mallory).take(frame(0));
  gateOf(mallory).take(frame(1));
  gateOf(ben).take(frame(2));
  expect(received.map(({ session }) => session)).toEqual([0, 2]);
  clock.advance(5_000);
  expect(received.map(({ session }) => session)).toEqual([0, 2, 1]);
});

test("[SY43] attack 33: a peer that asks for costly ranges all the time takes a fifth of the time, and no other peer waits", () => {
  const clock = createManualClock();
  const budgets = createCpuBudgets(clock);
  const busy = createLoneSync(mallory, clock, budgets);
  const honest = createLoneSync(ben, clock, budgets);
  const root = { type: "syncRoot", scope, root: new Uint8Array(32), count: 9, day: 1 } as const;
  const beganMs = clock.monotonicMs();
  let longestMs = 0;
  for (let n = 0; n < 300; n += 1) {
    // Each is a session of its own, given up for the next.
    busy.sync.onFrame({ ...root, session: 2 * n + 1, rung: "ranges" });
    busy.sync.onFrame({ type: "syncDone", scope, session: 2 * n + 1, state: "ended" });
    clock.advance(10);
    const askedMs = clock.monotonicMs();
    const before = honest.sent.length;
    honest.sync.onFrame({ ...root, session: 2 * n + 1, rung: "cells" });
    honest.sync.onFrame({ type: "syncDone", scope, session: 2 * n + 1, state: "ended" });
    expect(honest.sent.length, "answered in the same moment").toBe(before + 1);
    longestMs = Math.max(longestMs, clock.monotonicMs() - askedMs);
  }
  const tookMs = clock.monotonicMs() - beganMs;
  expect(longestMs).toBe(0);
  expect(busy.spentMs()).toBeGreaterThan(200);
  expect(busy.spentMs()).toBeLessThanOrEqual(
    (tookMs * SYNC_CPU_MS_PER_SECOND) / 1_000 + SYNC_CPU_MS_PER_SECOND + 40,
  );
});
