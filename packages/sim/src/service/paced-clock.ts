/** A clock that runs at a pace of its own: faster, slower, or not at all. Timers keep their place in its time. */
import type { Clock } from "@kith/core";

export interface PacedClock extends Clock {
  /** Seconds of this clock in one of the base's; 0 stands still. */
  readonly pace: number;
  setPace(pace: number): void;
}

interface Timer {
  readonly dueMs: number;
  readonly call: () => void;
  cancel: () => void;
}

const nothing = (): void => undefined;

export function createPacedClock(base: Clock): PacedClock {
  const startMs = base.nowMs();
  const timers = new Set<Timer>();
  let pace = 1;
  /** This clock's time at the base's time `sinceMs`. */
  let atMs = 0;
  let sinceMs = base.monotonicMs();

  const monotonicMs = (): number => atMs + (base.monotonicMs() - sinceMs) * pace;

  function arm(timer: Timer): void {
    timer.cancel = nothing;
    if (pace === 0) return;
    timer.cancel = base.after(Math.max(0, (timer.dueMs - monotonicMs()) / pace), () => {
      timers.delete(timer);
      timer.call();
    });
  }

  return {
    get pace() {
      return pace;
    },
    nowMs: () => Math.floor(startMs + monotonicMs()),
    monotonicMs,
    after(delayMs, call) {
      const timer: Timer = { dueMs: monotonicMs() + delayMs, call, cancel: nothing };
      timers.add(timer);
      arm(timer);
      return () => {
        timer.cancel();
        timers.delete(timer);
      };
    },
    setPace(next) {
      atMs = monotonicMs();
      sinceMs = base.monotonicMs();
      pace = next;
      for (const timer of timers) {
        timer.cancel();
        arm(timer);
      }
    },
  };
}
