/**
 * The draft of one conversation: shown as typed, kept in the node a quarter of a second after the last change.
 * It carries the clientId that its send will use, so that after a crash it is a draft or a message, never both.
 */
import type { KithClient } from "@kith/client";
import type { Draft } from "@kith/contract";
import { judge } from "./failure.ts";
import type { Cells, Readable } from "./cell.ts";
import type { Cancel, Host } from "./host.ts";
import type { DraftView } from "./types.ts";

/** Shorter than a pause between words, long enough that typing is not one write a letter. */
export const SAVE_DELAY_MS = 250;
/** For a node that was away without the stream noticing. */
const AGAIN_MS = 2_000;
/** A save that hangs must not hold up the send behind it. */
const SAVE_MS_MAX = 5_000;
/** What the node refused is refused again until it is changed; asked seldom, in case the node has changed its mind. */
const REFUSED_AGAIN_MS = 10_000;
/** Sent a moment ago: an answer of the node from before that may still name them. */
const GONE_MAX = 64;
/** Browsers let a page that is being left send 64 KiB; JSON may escape each character. */
const KEEPALIVE_CHARS_MAX = 10_000;

export interface DraftOptions {
  readonly channel: string;
  readonly client: Pick<KithClient, "saveDraft">;
  readonly host: Host;
  readonly cells: Cells;
  /** What the node was just given: lists show it. */
  onSaving(draft: Draft | null): void;
  onSignedOut(error: unknown): void;
}

export interface DraftKeeper {
  readonly view: Readable<DraftView>;
  /** The clientId for a text that is sent now. Takes the draft if that is the text; otherwise leaves it. */
  take(text: string): string;
  /** Nothing about it is on its way to the node any more. */
  settled(): Promise<void> | null;
  /** Says how far the draft was when the node was asked for it; null while the node does not have it all. */
  stamp(): number | null;
  /** What the node has, asked for at that stamp. Never overwrites what was typed since. */
  adopt(draft: Draft | null, stamp: number | null): void;
  /** That message exists: its draft goes, if it is still here. */
  forget(clientId: string): void;
  /** A message was given up: what the node may still keep of it as a draft goes. */
  clean(): void;
  nodeIsBack(): void;
  leave(): void;
  close(): void;
}

/** The stamp of a draft nobody has changed since the page was opened. */
export const UNTOUCHED = 0;

interface Words {
  readonly text: string;
  readonly replyTo: string | null;
}

const nothing: Words = { text: "", replyTo: null };
const isNothing = ({ text, replyTo }: Words): boolean => text === "" && replyTo === null;

export function createDraft(options: DraftOptions): DraftKeeper {
  const { channel, client, host } = options;
  let words: Words = nothing;
  let clientId: string | null = null;
  /** From the node and not changed since: another page may be sending it under the same clientId. */
  let isAdopted = false;
  let stamp = UNTOUCHED;
  let savedStamp = UNTOUCHED;
  let cancelTimer: Cancel | null = null;
  let underWay: { readonly giveUp: AbortController; readonly done: Promise<void> } | null = null;
  let closed = false;
  const gone = new Set<string>();

  const actions = {
    setText: (text: string) => change({ ...words, text }),
    setReplyTo: (replyTo: string | null) => change({ ...words, replyTo }),
    flush: () => void save(),
  };
  const view = options.cells.create<DraftView>({ ...words, isSaved: true, ...actions });

  function show(): void {
    const isSaved = savedStamp === stamp;
    const shown = view.get();
    if (shown.text === words.text && shown.replyTo === words.replyTo && shown.isSaved === isSaved) return;
    view.set({ ...words, isSaved, ...actions });
  }

  function schedule(delayMs: number): void {
    cancelTimer?.();
    cancelTimer = closed ? null : host.after(delayMs, () => void save());
  }

  function change(next: Words): void {
    if (next.text === words.text && next.replyTo === words.replyTo) return;
    words = next;
    stamp += 1;
    if (clientId === null || isAdopted) clientId = host.freshId();
    isAdopted = false;
    show();
    view.tellNow();
    schedule(SAVE_DELAY_MS);
  }

  async function save(keepalive = false): Promise<void> {
    cancelTimer?.();
    cancelTimer = null;
    if (savedStamp === stamp || closed) return;
    if (underWay !== null) {
      // Two at once could arrive in the other order; the page that is left cannot wait for the first.
      if (!keepalive) return underWay.done;
      underWay.giveUp.abort();
    }
    const giveUp = new AbortController();
    const run = { giveUp, done: put(giveUp, keepalive) };
    underWay = run;
    await run.done;
    if (underWay !== run) return;
    underWay = null;
    if (savedStamp !== stamp && cancelTimer === null) schedule(0);
  }

  async function put(giveUp: AbortController, keepalive: boolean): Promise<void> {
    const at = stamp;
    const { text, replyTo } = words;
    const cancel = host.after(SAVE_MS_MAX, () => giveUp.abort());
    options.onSaving(
      isNothing(words) ? null : { ...words, clientId, at: new Date(host.nowMs()).toISOString() },
    );
    try {
      await client.saveDraft(
        channel,
        { text, replyTo, clientId: isNothing(words) ? null : clientId },
        {
          signal: giveUp.signal,
          ...(keepalive && text.length <= KEEPALIVE_CHARS_MAX ? { keepalive } : null),
        },
      );
      savedStamp = Math.max(savedStamp, at);
      show();
    } catch (error) {
      const kind = judge(error);
      if (kind === "signed-out") options.onSignedOut(error);
      schedule(kind === "refused" ? REFUSED_AGAIN_MS : AGAIN_MS);
    } finally {
      cancel();
    }
  }

  function clear(): void {
    if (clientId !== null) gone.add(clientId);
    for (const oldest of gone) {
      if (gone.size <= GONE_MAX) break;
      gone.delete(oldest);
    }
    words = nothing;
    clientId = null;
    isAdopted = false;
    stamp += 1;
    // The post itself removes it from the node, in the same commit.
    savedStamp = stamp;
    cancelTimer?.();
    cancelTimer = null;
    options.onSaving(null);
    show();
    view.tellNow();
  }

  return {
    view,
    take(text) {
      const own = clientId;
      if (own === null || text.trim() !== words.text.trim()) return host.freshId();
      clear();
      return own;
    },
    settled: () => underWay?.done ?? null,
    stamp: () => (savedStamp === stamp ? stamp : null),
    adopt(draft, asked) {
      if (asked !== stamp || savedStamp !== stamp) return;
      if (gone.has(draft?.clientId ?? "")) return;
      words = draft === null ? nothing : { text: draft.text, replyTo: draft.replyTo };
      clientId = draft?.clientId ?? null;
      isAdopted = draft !== null;
      show();
    },
    forget(sent) {
      if (clientId === sent && isAdopted) clear();
    },
    clean() {
      if (!isNothing(words)) return;
      stamp += 1;
      void save();
    },
    nodeIsBack: () => void save(),
    leave: () => void save(true),
    close() {
      closed = true;
      cancelTimer?.();
      underWay?.giveUp.abort();
    },
  };
}
