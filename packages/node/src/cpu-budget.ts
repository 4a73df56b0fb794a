/**
 * How much of this machine's time each device may take for reconciling: an allowance that fills up again, charged
 * with what each step took by the clock. Kept by device, so that a new link is no new allowance. spec/sync SY43.
 */
import type { Clock, DeviceId } from "@kith/core";
import { trimOldest } from "./bounded.ts";
import { SYNC_CPU_DEBT_MS_MAX, SYNC_CPU_DEVICES_MAX, SYNC_CPU_MS_PER_SECOND } from "./limits.ts";

export interface CpuBudget {
  /** How long the next step has to wait; 0: not at all. */
  waitMs(): number;
  /** Charges what the step takes. It is never cut short: the next one waits for it. */
  spend(step: () => void): void;
}

export type CpuBudgets = (device: DeviceId) => CpuBudget;

export function createCpuBudgets(clock: Clock): CpuBudgets {
  // The one longest unused first.
  const budgets = new Map<DeviceId, CpuBudget>();
  return (device) => {
    const budget = budgets.get(device) ?? createCpuBudget(clock);
    budgets.delete(device);
    budgets.set(device, budget);
    trimOldest(budgets, SYNC_CPU_DEVICES_MAX);
    return budget;
  };
}

function createCpuBudget(clock: Clock): CpuBudget {
  const share = SYNC_CPU_MS_PER_SECOND / 1_000;
  let leftMs = SYNC_CPU_MS_PER_SECOND;
  let filledMs = clock.monotonicMs();

  function fill(): void {
    const nowMs = clock.monotonicMs();
    leftMs = Math.min(SYNC_CPU_MS_PER_SECOND, leftMs + (nowMs - filledMs) * share);
    filledMs = nowMs;
  }

  return {
    waitMs() {
      fill();
      return leftMs >= 0 ? 0 : Math.ceil(-leftMs / share);
    },
    spend(step) {
      fill();
      const beganMs = clock.monotonicMs();
      try {
        step();
      } finally {
        leftMs = Math.max(-SYNC_CPU_DEBT_MS_MAX, leftMs - (clock.monotonicMs() - beganMs));
        // What passed within the step fills nothing.
        filledMs = clock.monotonicMs();
      }
    },
  };
}
