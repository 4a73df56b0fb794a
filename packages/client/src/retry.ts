/** Waiting between attempts: fast at first, then slower, never in step with others. */

/** After a lost connection most nodes are back at once: the first wait is short. */
const DELAY_FIRST_MS = 100;
/** A node that is away for hours is asked every ten seconds at most. */
const DELAY_MAX_MS = 10_000;

/** Between half of it and all of it. */
export const jitter = (fullMs: number): number => fullMs / 2 + (Math.random() * fullMs) / 2;

/** Wait before attempt n (0 is the first retry). */
export function retryDelayMs(attempt: number): number {
  return jitter(Math.min(DELAY_MAX_MS, DELAY_FIRST_MS * 2 ** Math.min(attempt, 16)));
}

/** Resolves after delayMs; rejects with the signal's reason as soon as it aborts. */
export function wait(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
