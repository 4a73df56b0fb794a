/** The log as an async iterable whose reader sets the pace. */
import type { LogEntry } from "@kith/contract";
import type { KithApiError } from "./error.ts";
import type { Follow, FollowHandlers } from "./follow.ts";

/** Entries kept for a slow reader; beyond it the socket is let go, and the log is resumed once they are read. */
export const ENTRIES_QUEUED_MAX = 4_096;

/** Ends when the signal aborts; throws the KithApiError that ended the stream for good. */
export async function* iterateEntries(
  follow: (handlers: Pick<FollowHandlers, "entry" | "ended">) => Follow,
  signal?: AbortSignal,
): AsyncGenerator<LogEntry, void, void> {
  let queue: LogEntry[] = [];
  let paused = false;
  let outcome: { readonly error: KithApiError | null } | null = null;
  let wake: (() => void) | null = null;

  const isAborted = (): boolean => signal?.aborted === true;

  if (isAborted()) return;
  const handle = follow({
    entry(entry) {
      queue.push(entry);
      if (queue.length >= ENTRIES_QUEUED_MAX && !paused) {
        paused = true;
        handle.pause();
      }
      wake?.();
    },
    ended(error) {
      outcome = { error };
      wake?.();
    },
  });
  const onAbort = (): void => handle.end();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    for (;;) {
      const ready = queue;
      queue = [];
      for (const entry of ready) {
        if (isAborted()) return;
        yield entry;
      }
      if (queue.length > 0) continue;
      const ended = outcome as { readonly error: KithApiError | null } | null;
      if (ended !== null) {
        if (ended.error !== null) throw ended.error;
        return;
      }
      if (paused) {
        paused = false;
        handle.resume();
      }
      await new Promise<void>((resolve) => (wake = resolve));
      wake = null;
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    handle.end();
  }
}
