/** Pages of one conversation are asked for one at a time, and only while the log tells what comes meanwhile. */
import { judge, toFailure } from "./failure.ts";
import type { Failure } from "./types.ts";

export interface Loads {
  /** Never rejects: how it ended is told to `onEnd`. */
  load(ask: () => Promise<void>): Promise<void>;
  /** Something is asked for or waits its turn. */
  isBusy(): boolean;
  /** An answer is under way that may or may not hold what the log tells now. */
  isAsking(): boolean;
  settled(): Promise<void>;
}

export function createLoads(options: {
  isLive(): boolean;
  /** Null when it went well, or when only the connection is to blame. */
  onEnd(failure: Failure | null): void;
  onSignedOut(error: unknown): void;
}): Loads {
  let queue: Promise<void> = Promise.resolve();
  let waiting = 0;
  let asking = false;

  async function carryOut(ask: () => Promise<void>): Promise<void> {
    let failure: Failure | null = null;
    asking = true;
    try {
      if (options.isLive()) await ask();
    } catch (error) {
      const kind = judge(error);
      if (kind === "signed-out") options.onSignedOut(error);
      else if (kind !== "away") failure = toFailure(error);
    }
    asking = false;
    waiting -= 1;
    options.onEnd(failure);
  }

  return {
    load(ask) {
      waiting += 1;
      queue = queue.then(() => carryOut(ask));
      return queue;
    },
    isBusy: () => waiting > 0,
    isAsking: () => asking,
    settled: () => queue,
  };
}
