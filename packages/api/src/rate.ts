/** A token bucket: holds `burst`, refills by `perSecond`; time comes from the clock that goes only forward. */
import type { Clock } from "@kith/core";

export interface RateLimit {
  /** Takes one; false when none is left. */
  take(): boolean;
}

export function createRateLimit(options: { clock: Clock; burst: number; perSecond: number }): RateLimit {
  let left = options.burst;
  let lastMs = options.clock.monotonicMs();
  return {
    take() {
      const nowMs = options.clock.monotonicMs();
      left = Math.min(options.burst, left + ((nowMs - lastMs) / 1_000) * options.perSecond);
      lastMs = nowMs;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
