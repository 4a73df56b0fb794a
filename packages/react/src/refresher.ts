/** Asks the node for something again: one call at a time, and once more if it changed meanwhile. */
import { judge } from "./failure.ts";
import type { Cancel, Host } from "./host.ts";

/** Changes come in groups: a joined space is a hundred entries and one question. */
const SOON_MS = 120;

export interface Refresher {
  /** Resolves when an answer that was asked for after this call has been taken, or failed. */
  refresh(): Promise<void>;
  soon(delayMs?: number): void;
  close(): void;
}

export function createRefresher(options: {
  readonly host: Host;
  load(): Promise<void>;
  /** Only what the reader can be told: no answer is the connection's to say. */
  onError(error: unknown): void;
  onSignedOut(error: unknown): void;
}): Refresher {
  const { host } = options;
  let running: Promise<void> | null = null;
  let again: Promise<void> | null = null;
  let cancelSoon: Cancel | null = null;
  let closed = false;

  async function run(): Promise<void> {
    if (closed) return;
    try {
      await options.load();
    } catch (error) {
      const kind = judge(error);
      if (kind === "signed-out") options.onSignedOut(error);
      else if (kind !== "away") options.onError(error);
    }
  }

  function refresh(): Promise<void> {
    cancelSoon?.();
    cancelSoon = null;
    if (running === null) {
      running = run().finally(() => (running = null));
      return running;
    }
    again ??= running.then(() => {
      again = null;
      return refresh();
    });
    return again;
  }

  return {
    refresh,
    soon(delayMs = SOON_MS) {
      if (!closed) cancelSoon ??= host.after(delayMs, () => void refresh());
    },
    close() {
      closed = true;
      cancelSoon?.();
    },
  };
}
