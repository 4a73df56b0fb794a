/** A clock that stands still until a test moves it: what is due happens in order, at its own time. */
import type { Clock } from "../ports/index.ts";

export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** Calls that are planned and not cancelled: 0 when nothing was left behind. */
  readonly planned: number;
}

interface Planned {
  readonly dueMs: number;
  readonly call: () => void;
  cancelled: boolean;
}

export function createManualClock(startMs = 1_700_000_000_000): ManualClock {
  let elapsedMs = 0;
  let planned = 0;
  /** Latest first, so that the next is taken from the end; of equal times the first planned is nearer to it. */
  const calls: Planned[] = [];

  function insert(entry: Planned): void {
    let low = 0;
    let high = calls.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((calls[middle]?.dueMs ?? 0) > entry.dueMs) low = middle + 1;
      else high = middle;
    }
    calls.splice(low, 0, entry);
  }

  return {
    nowMs: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after(delayMs, call) {
      const entry: Planned = { dueMs: elapsedMs + Math.max(0, delayMs), call, cancelled: false };
      insert(entry);
      planned += 1;
      return () => {
        if (entry.cancelled) return;
        entry.cancelled = true;
        planned -= 1;
      };
    },
    advance(ms) {
      const untilMs = elapsedMs + ms;
      for (let next = calls.at(-1); next && next.dueMs <= untilMs; next = calls.at(-1)) {
        calls.pop();
        if (next.cancelled) continue;
        next.cancelled = true;
        planned -= 1;
        elapsedMs = Math.max(elapsedMs, next.dueMs);
        next.call();
      }
      elapsedMs = untilMs;
    },
    get planned() {
      return planned;
    },
  };
}
