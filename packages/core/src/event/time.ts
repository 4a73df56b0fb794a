/**
 * Hybrid logical time: wall milliseconds and a count, ordered as a pair. Owns the local clock's rule and
 * the bucket. Refuses nothing for skew: a time far ahead orders what follows it and moves this clock
 * little. spec/event EV16-EV19.
 */
import type { Clock } from "../ports/clock.ts";
import { TIME_COUNT_MAX, TIME_MS_MAX } from "./limits.ts";

export interface HybridTime {
  /** Milliseconds since 1970, below 2^48. */
  readonly ms: number;
  /** Below 2^20. */
  readonly count: number;
}

export interface HybridClock {
  /** A time for a new event: later than all of `after`, and than what was issued or observed within the cap. */
  next(after: readonly HybridTime[]): HybridTime;
  /** Learns of another's time; advances this clock at most REMOTE_AHEAD_MS past the wall. */
  observe(time: HybridTime): void;
}

/** A remote clock may pull ours this far past the wall: enough for honest drift, too little to harm. */
export const REMOTE_AHEAD_MS = 5 * 60 * 1000;

/** About 70 minutes: coarse enough to tell little, fine enough for a day's traffic to fall into some twenty sets. */
const BUCKET_MS = 2 ** 22;

/** Unit of 2^22 ms (about 70 minutes) in which an event was made. */
export function bucketOf(ms: number): number {
  return Math.floor(ms / BUCKET_MS);
}

/** The bucket of the last representable time. */
export const BUCKET_MAX: number = bucketOf(TIME_MS_MAX);

/** Negative when a is earlier. */
export function compareTimes(a: HybridTime, b: HybridTime): number {
  return a.ms - b.ms || a.count - b.count;
}

/** Later than each, or at the last representable time, which nothing can exceed and which must not end a chain. */
export function followsInTime(time: HybridTime, times: readonly HybridTime[]): boolean {
  if (isLast(time)) return true;
  return times.every((other) => compareTimes(time, other) > 0);
}

/** The clock of one device. State is not kept over restarts: `after` holds the device's own previous event. */
export function createHybridClock(clock: Clock): HybridClock {
  let state: HybridTime = { ms: 0, count: 0 };

  return {
    next(after) {
      const wallMs = clampMs(clock.nowMs());
      state = wallMs > state.ms ? { ms: wallMs, count: 0 } : successor(state);
      let time = state;
      for (const other of after) {
        if (compareTimes(time, other) <= 0) time = successor(other);
      }
      // An event that has to follow a time far ahead takes it; the next that need not stays near the wall.
      if (time.ms <= wallMs + REMOTE_AHEAD_MS) state = later(state, time);
      return time;
    },
    observe(time) {
      const ceilingMs = clampMs(clock.nowMs()) + REMOTE_AHEAD_MS;
      state = later(state, time.ms > ceilingMs ? { ms: ceilingMs, count: 0 } : time);
    },
  };
}

function later(a: HybridTime, b: HybridTime): HybridTime {
  return compareTimes(a, b) >= 0 ? a : { ms: b.ms, count: b.count };
}

function successor(time: HybridTime): HybridTime {
  if (time.count < TIME_COUNT_MAX) return { ms: time.ms, count: time.count + 1 };
  return isLast(time) ? { ms: time.ms, count: time.count } : { ms: time.ms + 1, count: 0 };
}

function isLast(time: HybridTime): boolean {
  return time.ms === TIME_MS_MAX && time.count === TIME_COUNT_MAX;
}

/** A wall clock before 1970 or beyond the format still yields events. */
function clampMs(ms: number): number {
  return Math.min(Math.max(Math.floor(ms), 0), TIME_MS_MAX - REMOTE_AHEAD_MS);
}
