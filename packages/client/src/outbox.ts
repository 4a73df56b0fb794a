/**
 * What is to be sent, whether the node answers now or not: kept in order, shown at once, tried until it is stored or
 * refused. Every message has its clientId before it is first sent, so that no repeat is a second message. Spec: client, CL12-CL13.
 */
import type { BatchItem, Message, PostMessage } from "@kith/contract";
import { isTransient, KithApiError } from "./error.ts";
import { retryDelayMs, wait } from "./retry.ts";

/** Messages that wait; a program that makes more has to look at them first. As many that were sent are remembered. */
export const OUTBOX_MAX = 1_000;
/** Sent in one call: at 16 KiB each they stay far below the largest body that a node takes. */
const BATCH_MAX = 64;

/** waiting: goes out by itself; sending: a call is under way; sent: on the node's disk; failed: refused. */
export type OutgoingState = "waiting" | "sending" | "sent" | "failed";

export interface Outgoing {
  readonly clientId: string;
  readonly post: PostMessage & { readonly clientId: string };
  readonly state: OutgoingState;
  /** Under its real id, once it is stored. */
  readonly message: Message | null;
  /** Why it was refused. */
  readonly error: KithApiError | null;
}

/**
 * Where unsent messages outlive the program. Both are called synchronously. What `load` throws rises from the client's making, what
 * `save` throws from `send`, which then has not sent; of messages sent before it is told as the client's `error`, STORAGE_FAILED.
 */
export interface OutboxStorage {
  load(): readonly PostMessage[];
  /** All that is not stored yet, oldest first. */
  save(posts: readonly PostMessage[]): void;
}

export interface Outbox {
  /** In the outbox when it returns; told as `outgoing` at every change. Throws OUTBOX_FULL. */
  send(post: PostMessage): Outgoing;
  /** Resolves when it is stored; rejects when it is refused or discarded. */
  settled(clientId: string, options?: { readonly signal?: AbortSignal }): Promise<Message>;
  /** Everything that is not stored yet, oldest first. */
  list(): readonly Outgoing[];
  /** A refused one once more, under the same clientId. */
  retry(clientId: string): void;
  discard(clientId: string): void;
  /** Nothing more is sent until the next `send` or `retry`; what waits is kept. */
  stop(): void;
}

export interface OutboxOptions {
  postBatch(
    posts: readonly PostMessage[],
    options: { readonly retryForMs: number; readonly signal: AbortSignal },
  ): Promise<readonly BatchItem[]>;
  freshId(): string;
  onChange(outgoing: Outgoing): void;
  onError(error: KithApiError): void;
  readonly storage?: OutboxStorage;
}

interface OwnOutbox extends Outbox {
  /** The node answers: what waits is sent now. */
  wake(): void;
  /** The log told of a message of this device. */
  heard(message: Message): void;
}

export function createOutbox(options: OutboxOptions): OwnOutbox {
  const { storage } = options;
  const kept = new Map<string, Outgoing>();
  /** The last that were stored: who asks for one may come after its answer. */
  const sent = new Map<string, Outgoing>();
  const watchers = new Map<string, Set<(outgoing: Outgoing | null) => void>>();
  let running: AbortController | null = null;
  let sleep: AbortController | null = null;

  for (const post of storage?.load() ?? []) {
    const clientId = post.clientId ?? options.freshId();
    kept.set(clientId, entryOf({ ...post, clientId }));
  }

  function entryOf(post: Outgoing["post"]): Outgoing {
    return { clientId: post.clientId, post, state: "waiting", message: null, error: null };
  }

  function save(): void {
    storage?.save([...kept.values()].map(({ post }) => post));
  }

  /** What is there too much is sent once more by the next program, and is no second message. */
  function saveFewer(): void {
    try {
      save();
    } catch (error) {
      options.onError(
        new KithApiError({
          status: 0,
          code: "STORAGE_FAILED",
          message: `what is to be sent could not be stored: ${String(error)}`,
          next: "make room where the outbox is stored",
        }),
      );
    }
  }

  function put(outgoing: Outgoing): void {
    if (!kept.has(outgoing.clientId)) return;
    if (outgoing.state === "sent") {
      kept.delete(outgoing.clientId);
      remember(outgoing);
      saveFewer();
    } else kept.set(outgoing.clientId, outgoing);
    options.onChange(outgoing);
    for (const watcher of watchers.get(outgoing.clientId) ?? []) watcher(outgoing);
  }

  function remember(outgoing: Outgoing): void {
    sent.set(outgoing.clientId, outgoing);
    for (const oldest of sent.keys()) {
      if (sent.size <= OUTBOX_MAX) return;
      sent.delete(oldest);
    }
  }

  function settle(outgoing: Outgoing, answer: BatchItem | undefined): void {
    if (answer === undefined) put({ ...outgoing, state: "waiting" });
    else if ("error" in answer) refuse(outgoing, new KithApiError({ status: 0, ...answer.error }));
    else put({ ...outgoing, state: "sent", message: answer });
  }

  function refuse(outgoing: Outgoing, error: KithApiError): void {
    put({ ...outgoing, state: isTransient(error) ? "waiting" : "failed", error });
  }

  async function run(): Promise<void> {
    if (running !== null) return;
    const controller = new AbortController();
    const { signal } = controller;
    running = controller;
    try {
      for (let attempt = 0; !signal.aborted;) {
        const batch = [...kept.values()].filter(({ state }) => state === "waiting").slice(0, BATCH_MAX);
        if (batch.length === 0) break;
        for (const one of batch) put({ ...one, state: "sending", error: null });
        const isDone = await sendBatch(batch, signal);
        attempt = isDone ? 0 : attempt + 1;
        if (!isDone && !signal.aborted) await pause(retryDelayMs(attempt));
      }
    } finally {
      if (running === controller) running = null;
    }
  }

  /** False when something is to be tried again. */
  async function sendBatch(batch: readonly Outgoing[], signal: AbortSignal): Promise<boolean> {
    try {
      const answers = await options.postBatch(
        batch.map(({ post }) => post),
        { retryForMs: 0, signal },
      );
      for (const [index, one] of batch.entries()) settle(one, answers[index]);
    } catch (error) {
      for (const one of batch) {
        if (error instanceof KithApiError) refuse(one, error);
        else put({ ...one, state: "waiting" });
      }
      if (!(error instanceof KithApiError) && !signal.aborted) throw error;
    }
    return !batch.some(({ clientId }) => kept.get(clientId)?.state === "waiting");
  }

  async function pause(delayMs: number): Promise<void> {
    sleep = new AbortController();
    const { signal } = sleep;
    await wait(delayMs, signal).catch(() => undefined);
    sleep = null;
  }

  function begin(): void {
    sleep?.abort();
    void run();
  }

  if (kept.size > 0) queueMicrotask(begin);

  return {
    send(post) {
      if (kept.size >= OUTBOX_MAX)
        throw new KithApiError({
          status: 0,
          code: "OUTBOX_FULL",
          message: `${OUTBOX_MAX} messages wait to be sent already`,
          next: "start the node, or discard those that were refused",
        });
      const clientId = post.clientId ?? options.freshId();
      const known = kept.get(clientId) ?? sent.get(clientId);
      if (known !== undefined) return known;
      const outgoing = entryOf({ ...post, clientId });
      kept.set(clientId, outgoing);
      try {
        save();
      } catch (error) {
        kept.delete(clientId);
        throw error;
      }
      options.onChange(outgoing);
      // A turn later, so that what is sent in one go travels in one call.
      queueMicrotask(begin);
      return outgoing;
    },
    settled: (clientId, { signal } = {}) =>
      new Promise((resolve, reject) => {
        const own = watchers.get(clientId) ?? new Set();
        const leave = (): void => {
          own.delete(watch);
          if (own.size === 0) watchers.delete(clientId);
          signal?.removeEventListener("abort", abort);
        };
        const abort = (): void => {
          leave();
          reject(signal?.reason as Error);
        };
        const watch = (outgoing: Outgoing | null): void => {
          if (outgoing !== null && (outgoing.state === "waiting" || outgoing.state === "sending")) return;
          leave();
          const message = outgoing?.message ?? null;
          if (message === null) reject(outgoing?.error ?? discarded(clientId));
          else resolve(message);
        };
        watchers.set(clientId, own);
        own.add(watch);
        signal?.addEventListener("abort", abort, { once: true });
        if (signal?.aborted === true) abort();
        else watch(kept.get(clientId) ?? sent.get(clientId) ?? null);
      }),
    list: () => [...kept.values()],
    retry(clientId) {
      const known = kept.get(clientId);
      if (known?.state !== "failed") return;
      put({ ...known, state: "waiting", error: null });
      begin();
    },
    discard(clientId) {
      if (!kept.delete(clientId)) return;
      saveFewer();
      for (const watcher of watchers.get(clientId) ?? []) watcher(null);
    },
    stop() {
      sleep?.abort();
      running?.abort();
      running = null;
    },
    wake: begin,
    heard(message) {
      const known = kept.get(message.clientId ?? "");
      if (known !== undefined) put({ ...known, state: "sent", message, error: null });
    },
  };
}

function discarded(clientId: string): KithApiError {
  return new KithApiError({
    status: 0,
    code: "DISCARDED",
    message: `no message ${clientId} waits to be sent`,
    next: "send it again",
  });
}
