/**
 * Locks a node by itself after a time without its person. Time is taken by the wall clock as well: the other one stands
 * still while a laptop sleeps, and that is when it is stolen. Spec: http, HT83.
 */
import type { Clock } from "@kith/core";

/** Between two looks: a sixth of the shortest time that can be asked for. */
const LOOK_MS = 10_000;
const MINUTE_MS = 60_000;

export interface AutoLock {
  /** A person was here. */
  touch(): void;
  stop(): void;
}

export function createAutoLock(options: {
  readonly clock: Clock;
  /** Null: never. Asked at each look. */
  readonly minutes: () => number | null;
  /** Called once. */
  readonly onDue: () => void;
}): AutoLock {
  const { clock, minutes, onDue } = options;
  let wallMs = 0;
  let steadyMs = 0;
  let cancel = (): void => undefined;

  function touch(): void {
    wallMs = clock.nowMs();
    steadyMs = clock.monotonicMs();
  }

  function look(): void {
    const limit = minutes();
    // Nobody waits for anything: what counts begins when it is asked for.
    if (limit === null) touch();
    else if (Math.max(clock.nowMs() - wallMs, clock.monotonicMs() - steadyMs) >= limit * MINUTE_MS) {
      onDue();
      return;
    }
    cancel = clock.after(LOOK_MS, look);
  }

  touch();
  cancel = clock.after(LOOK_MS, look);
  return { touch, stop: () => cancel() };
}
