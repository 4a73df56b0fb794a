/** What the calls of the client have in common: each takes a signal, and rejects with its reason as soon as it aborts. */
import { isTransient } from "./error.ts";
import { retryDelayMs, wait } from "./retry.ts";

/** How long a send is tried again by default: a node's restart, not a night. */
const SEND_RETRY_MS = 30_000;

export interface List<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

export interface CallSignal {
  readonly signal?: AbortSignal;
}

export interface SendOptions extends CallSignal {
  /** How long to try again when no answer comes; default 30 s, 0 never. Repeats carry the same clientId: one message. */
  readonly retryForMs?: number;
}

export interface KeepOptions extends CallSignal {
  /** Sent even when the page is being left; the browser then takes at most 64 KiB. */
  readonly keepalive?: boolean;
}

/** Repeats a send until it is answered, refused for good, aborted or out of time. */
export async function persist<T>(
  send: (options: CallSignal) => Promise<T>,
  { retryForMs = SEND_RETRY_MS, signal }: SendOptions,
): Promise<T> {
  const untilMs = performance.now() + retryForMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await send(signal === undefined ? {} : { signal });
    } catch (error) {
      const delayMs = retryDelayMs(attempt);
      if (!isTransient(error) || performance.now() + delayMs > untilMs) throw error;
      await wait(delayMs, signal);
    }
  }
}
