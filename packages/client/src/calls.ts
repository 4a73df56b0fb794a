/** What the calls of the client have in common: each takes a signal, and rejects with its reason as soon as it aborts. */
import { isTransient, unreachable } from "./error.ts";
import { retryDelayMs, wait } from "./retry.ts";

/** How long a send is tried again by default: a node's restart, not a night. */
const SEND_RETRY_MS = 30_000;
/** A send that is not answered so long counts as lost: what stands behind it must not wait for a socket that is dead. */
export const SEND_ANSWER_MS = 10_000;

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
    const late = AbortSignal.timeout(SEND_ANSWER_MS);
    try {
      return await send({ signal: signal === undefined ? late : AbortSignal.any([signal, late]) });
    } catch (caught) {
      const error = late.aborted && signal?.aborted !== true ? unreachable(late.reason) : caught;
      const delayMs = retryDelayMs(attempt);
      if (!isTransient(error) || performance.now() + delayMs > untilMs) throw error;
      await wait(delayMs, signal);
    }
  }
}
