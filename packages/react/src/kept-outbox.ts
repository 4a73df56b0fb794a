/**
 * What this tab has not handed to its node yet, over a reload or a crash of the tab. The one text of people that a
 * browser keeps, and only for as long as the node does not have it. Bound to the node it was written on.
 */
import type { Host } from "./host.ts";
import type { Outbox, Outgoing } from "./outbox.ts";
import type { Failure } from "./types.ts";

const KEY = "kith-outbox";

export interface KeptOutbox {
  /** That node answers: what was kept of it, once; what was kept of another node is gone. */
  recall(node: string): Outbox;
  /** Kept, and its node has not answered yet. */
  has(key: string): boolean;
  keep(outbox: Outbox): void;
  /** This browser is no longer signed in: nothing is kept until a node is known again. */
  forget(): void;
}

interface Kept {
  readonly node: string;
  readonly messages: Outbox;
}

export function createKeptOutbox(host: Pick<Host, "rememberInTab" | "recallInTab">): KeptOutbox {
  let last = host.recallInTab(KEY);
  let found = read(last);
  let node: string | null = found?.node ?? null;
  let isForgotten = false;

  function write(text: string | null): void {
    if (text === last) return;
    last = text;
    host.rememberInTab(KEY, text);
  }

  return {
    recall(known) {
      const mine = found?.node === known ? found.messages : [];
      if (found !== null && found.node !== known) write(null);
      node = known;
      found = null;
      isForgotten = false;
      return mine;
    },
    has: (key) => found?.messages.some((one) => one.key === key) ?? false,
    keep(outbox) {
      if (isForgotten || node === null) return;
      const messages = [...(found?.messages ?? []), ...outbox];
      write(messages.length === 0 ? null : JSON.stringify({ node, messages } satisfies Kept));
    },
    forget() {
      found = null;
      isForgotten = true;
      last = null;
      host.rememberInTab(KEY, null);
    },
  };
}

function read(text: string | null): Kept | null {
  if (text === null) return null;
  try {
    const { node, messages } = JSON.parse(text) as Partial<Record<keyof Kept, unknown>>;
    if (typeof node !== "string" || !Array.isArray(messages)) return null;
    return { node, messages: messages.flatMap((one: unknown) => toOutgoing(one) ?? []) };
  } catch {
    // Not written by this version: as good as nothing.
    return null;
  }
}

const isText = (value: unknown): value is string => typeof value === "string";

/** An attempt that was under way ended with the page: all but the refused ones wait. */
function toOutgoing(value: unknown): Outgoing | null {
  const { key, space, channel, text, replyTo, atMs, failure } = Object(value) as Record<string, unknown>;
  if (!isText(key) || !isText(space) || !isText(channel) || !isText(text)) return null;
  if (!(replyTo === null || isText(replyTo)) || typeof atMs !== "number") return null;
  const reason = toReason(failure);
  const state = reason === null ? "waiting" : "failed";
  return {
    key,
    space,
    channel,
    text,
    replyTo,
    atMs,
    state,
    isDue: false,
    failure: reason,
    busySinceMs: null,
  };
}

function toReason(value: unknown): Failure | null {
  const { code, message, next } = Object(value) as Record<string, unknown>;
  return isText(code) && isText(message) && isText(next) ? { code, message, next } : null;
}
