/** The clock of one simulated process: it ends with the process, stands still in suspension, and tells the time wrongly when asked. */
import type { Clock } from "@kith/core";
import type { Timeline } from "./timeline.ts";

/** Wall time at the beginning of every run: a day like any other, the same for every seed. */
export const START_MS = Date.UTC(2031, 4, 12, 9);

export interface DeviceClock extends Clock {
  /** Added to the wall time from now on. */
  setSkew(skewMs: number): void;
  suspend(): void;
  /** What was due meanwhile is called now, in order. */
  resume(): void;
  /** The process is gone: nothing it asked for is called any more. */
  end(): void;
  /** Calls asked for and not yet made. */
  readonly pending: number;
}

export function createDeviceClock(timeline: Timeline, skewMs: number): DeviceClock {
  let skew = skewMs;
  let state: "running" | "suspended" | "ended" = "running";
  let pending = 0;
  let missed: (() => void)[] = [];

  return {
    nowMs: () => START_MS + Math.floor(timeline.nowMs) + skew,
    monotonicMs: () => timeline.nowMs,
    after(delayMs, call) {
      if (state === "ended") return () => undefined;
      let isDue = true;
      const done = (): void => {
        if (!isDue) return;
        isDue = false;
        pending -= 1;
      };
      pending += 1;
      const run = (): void => {
        if (state === "ended" || !isDue) return;
        if (state === "suspended") {
          missed.push(run);
          return;
        }
        done();
        call();
      };
      const cancel = timeline.after(delayMs, run);
      return () => {
        cancel();
        done();
      };
    },
    setSkew: (next) => void (skew = next),
    suspend: () => void (state = state === "running" ? "suspended" : state),
    resume() {
      if (state !== "suspended") return;
      state = "running";
      const calls = missed;
      missed = [];
      for (const call of calls) timeline.after(0, call);
    },
    end() {
      state = "ended";
      missed = [];
    },
    get pending() {
      return pending;
    },
  };
}
