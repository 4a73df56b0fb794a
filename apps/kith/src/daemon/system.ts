/** Time and randomness of the real system, behind core's ports. */
import { randomBytes } from "node:crypto";
import type { Clock, Random } from "@kith/core";

/** setTimeout takes a signed 32-bit count and fires at once beyond it. */
const TIMER_MS_MAX = 2_147_483_647;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, call) {
    const untilMs = performance.now() + delayMs;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = untilMs - performance.now();
      // Servers keep the process alive, timers never do.
      timer =
        leftMs > TIMER_MS_MAX
          ? setTimeout(arm, TIMER_MS_MAX).unref()
          : setTimeout(call, Math.max(0, leftMs)).unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };
