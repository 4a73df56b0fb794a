/**
 * Frames of reconciliations on their way in, at the pace that their device's budget allows: what is beyond it waits in
 * order, and with too many waiting their link is read no further. spec/sync SY43.
 */
import type { Clock, SyncFrame } from "@kith/core";
import type { CpuBudget } from "./cpu-budget.ts";
import { SYNC_WAITING_FRAMES_MAX } from "./limits.ts";
import type { PeerSession } from "./peer-session.ts";

export interface FrameGateOptions {
  readonly clock: Clock;
  readonly budget: CpuBudget;
  readonly session: Pick<PeerSession, "pause" | "resume">;
  readonly receive: (frame: SyncFrame) => void;
}

export interface FrameGate {
  take(frame: SyncFrame): void;
  close(): void;
}

export function createFrameGate({ clock, budget, session, receive }: FrameGateOptions): FrameGate {
  const waiting: SyncFrame[] = [];
  let cancel: (() => void) | null = null;
  let isClosed = false;

  function wait(): void {
    if (waiting.length > 0) cancel ??= clock.after(budget.waitMs(), goOn);
  }

  /** One at a time: what other devices have sent comes in between. */
  function goOn(): void {
    cancel = null;
    const frame = budget.waitMs() === 0 ? waiting.shift() : undefined;
    if (frame) budget.spend(() => receive(frame));
    // The frame may have ended its link.
    if (isClosed) return;
    if (waiting.length < SYNC_WAITING_FRAMES_MAX) session.resume("sync");
    wait();
  }

  return {
    take(frame) {
      if (waiting.length === 0 && budget.waitMs() === 0) {
        budget.spend(() => receive(frame));
        return;
      }
      waiting.push(frame);
      if (waiting.length >= SYNC_WAITING_FRAMES_MAX) session.pause("sync");
      wait();
    },
    close() {
      isClosed = true;
      waiting.length = 0;
      cancel?.();
    },
  };
}
