/** Carries out the outbox: posts what is due, one of each conversation at a time, until the node has it. */
import type { KithClient } from "@kith/client";
import type { Message } from "@kith/contract";
import { judge, toFailure } from "./failure.ts";
import type { Gate } from "./gate.ts";
import type { Cancel, Host } from "./host.ts";
import { createKeptOutbox } from "./kept-outbox.ts";
import { advance, nextToPost } from "./outbox.ts";
import type { Outbox, OutboxEvent, Outgoing } from "./outbox.ts";

/** A node that hangs in the middle of a post is taken for one that does not answer. */
const POST_MS_MAX = 15_000;
/** The stream tells at once when the node is back; this is for a stream that never noticed the loss. */
const AGAIN_MS = 2_000;

export interface SenderOptions {
  readonly client: Pick<KithClient, "post">;
  readonly host: Host;
  /** The rows of what is not saved yet have changed. */
  onChange(): void;
  /** In the node's store. May be told twice for one message. */
  onSaved(message: Message): void;
  onSignedOut(error: unknown): void;
  readonly gate: Gate;
  /** Resolves when nothing about this conversation's draft is on its way any more; null when nothing is. */
  draftSettled(channel: string): Promise<void> | null;
}

export interface Sender {
  outbox(): Outbox;
  /** Sent, and not known to be saved. */
  isOutgoing(key: string): boolean;
  send(message: Extract<OutboxEvent, { type: "send" }>["message"]): void;
  retry(key: string): void;
  discard(key: string): void;
  /** A message of the log: ours, if we wait for its clientId. */
  heard(message: Message): void;
  /** Who reads in a conversation, or what is known of them, may have changed: it is asked anew whether anything may go there. */
  askAgain(): void;
  nodeIsBack(): void;
  /** Which node answers: what this tab had not handed to it before is back, and goes out. */
  knowNode(node: string): void;
  /** This browser is no longer signed in: it keeps nothing. */
  signedOut(): void;
  close(): void;
}

export function createSender(options: SenderOptions): Sender {
  const { client, host } = options;
  const underWay = new Map<string, AbortController>();
  const kept = createKeptOutbox(host);
  let outbox: Outbox = [];
  let cancelAgain: Cancel | null = null;
  let closed = false;

  function apply(event: OutboxEvent): void {
    const next = advance(outbox, event);
    if (next === outbox) return;
    outbox = next;
    kept.keep(outbox);
    options.onChange();
  }

  function pump(): void {
    if (closed) return;
    for (const message of nextToPost(outbox, new Set(underWay.keys()))) void post(message);
    const waits = outbox.some(({ state }) => state === "waiting");
    if (waits) cancelAgain ??= host.after(AGAIN_MS, again);
    else {
      cancelAgain?.();
      cancelAgain = null;
    }
  }

  function again(): void {
    cancelAgain?.();
    cancelAgain = null;
    apply({ type: "again" });
    askAgain();
  }

  function askAgain(): void {
    options.gate.forget();
    apply({ type: "ask-held" });
    pump();
  }

  async function post({ key, space, channel, text, replyTo }: Outgoing): Promise<void> {
    const giveUp = new AbortController();
    underWay.set(key, giveUp);
    const cancel = host.after(POST_MS_MAX, () => giveUp.abort());
    try {
      // A draft that arrives after its message would stand there as if it had not been sent.
      // Without one it leaves at once: what the page draws now comes after it.
      const draft = options.draftSettled(channel);
      if (draft !== null) await draft;
      const may = options.gate.mayGo({ space, channel }, giveUp.signal);
      if (may !== true && !(await may)) {
        apply({ type: "held", channel });
        return;
      }
      const message = await client.post(
        { space, channel, text, clientId: key, ...(replyTo === null ? null : { replyTo }) },
        // Not the client's own repeats: what waits is shown, and begins again the moment the node is back.
        { retryForMs: 0, signal: giveUp.signal },
      );
      saved(message, key);
    } catch (error) {
      fail(key, error);
    } finally {
      cancel();
      underWay.delete(key);
      pump();
    }
  }

  function saved(message: Message, key: string): void {
    options.onSaved(message);
    apply({ type: "saved", key });
  }

  function fail(key: string, error: unknown): void {
    const kind = judge(error);
    if (kind === "signed-out") options.onSignedOut(error);
    if (kind === "away" || kind === "signed-out") apply({ type: "away" });
    else apply({ type: kind, key, failure: toFailure(error), nowMs: host.nowMs() });
  }

  return {
    outbox: () => outbox,
    isOutgoing: (key) => kept.has(key) || outbox.some((one) => one.key === key),
    send(message) {
      apply({ type: "send", message });
      pump();
    },
    retry(key) {
      apply({ type: "retry", key });
      pump();
    },
    discard(key) {
      underWay.get(key)?.abort();
      apply({ type: "discard", key });
      pump();
    },
    heard(message) {
      if (message.clientId !== undefined && outbox.some(({ key }) => key === message.clientId))
        saved(message, message.clientId);
    },
    askAgain,
    nodeIsBack: again,
    knowNode(node) {
      const messages = kept.recall(node);
      if (messages.length === 0) return;
      apply({ type: "restore", messages });
      again();
    },
    signedOut: kept.forget,
    close() {
      closed = true;
      cancelAgain?.();
      for (const giveUp of underWay.values()) giveUp.abort();
    },
  };
}
