/** A clock that stands still until a test moves it: what is due happens in order, at its own time. */
import type { Clock } from "../ports/index.ts";

export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** Calls that are planned and not cancelled: 0 when nothing was left behind. */
  readonly planned: number;
}

export function createManualClock(startMs = 1_700_000_000_000): ManualClock {
  let elapsedMs = 0;
  let nextOrder = 0;
  const calls = new Map<number, { dueMs: number; call: () => void }>();
  return {
    nowMs: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after(delayMs, call) {
      const order = nextOrder;
      nextOrder += 1;
      calls.set(order, { dueMs: elapsedMs + Math.max(0, delayMs), call });
      return () => void calls.delete(order);
    },
    advance(ms) {
      const untilMs = elapsedMs + ms;
      for (;;) {
        let next: { order: number; dueMs: number; call: () => void } | null = null;
        for (const [order, { dueMs, call }] of calls) {
          if (dueMs <= untilMs && (!next || dueMs < next.dueMs)) next = { order, dueMs, call };
        }
        if (!next) break;
        elapsedMs = Math.max(elapsedMs, next.dueMs);
        calls.delete(next.order);
        next.call();
      }
      elapsedMs = untilMs;
    },
    get planned() {
      return calls.size;
    },
  };
}
