/** One conversation's window over the node: what is shown of it, and how the log, the pages and the outbox change it. */
import { KithApiError } from "@kith/client";
import type { KithClient } from "@kith/client";
import type { Conversation, Message, Place } from "@kith/contract";
import type { Cells, Readable } from "./cell.ts";
import { judge, toFailure } from "./failure.ts";
import type { Host } from "./host.ts";
import type { Outbox, Outgoing } from "./outbox.ts";
import { createPages, PAGE_ROWS } from "./pages.ts";
import { createReactions } from "./reactions.ts";
import { createReadMark } from "./read-mark.ts";
import { toRow, withDelivery, withReaction } from "./rows.ts";
import type { SavedRow } from "./rows.ts";
import type { ConversationRef, Failure, MessageWindow, Row } from "./types.ts";
import {
  addNewer,
  addOlder,
  changeRow,
  changeRows,
  emptyWindow,
  placeRow,
  replaceRows,
  ROWS_MAX,
  settleOrder,
} from "./window.ts";
import type { Drop, Window } from "./window.ts";

/** Rows of one millisecond come in groups where many write at once: the node is asked once for each group. */
const SETTLE_MS = 300;

/** What an entry of the log does to the rows; saying it twice changes nothing. */
export type Change =
  | { readonly type: "message"; readonly message: Message }
  | {
      readonly type: "reaction";
      readonly message: string;
      readonly emoji: string;
      readonly person: string;
      readonly present: boolean;
    }
  | {
      readonly type: "delivery";
      readonly messages: readonly { readonly id: string; readonly devices: number; readonly of: number }[];
    }
  | { readonly type: "name"; readonly person: string; readonly name: string };

export interface ThreadOptions {
  readonly client: KithClient;
  readonly host: Host;
  readonly cells: Cells;
  readonly conversation: ConversationRef;
  /** Person and name of this node; empty until they are known. */
  self(): { readonly person: string; readonly name: string; readonly device: string };
  /** Entries flow: what is loaded now misses nothing. */
  isLive(): boolean;
  listed(): Conversation | null;
  outbox(): Outbox;
  onListed(change: (conversation: Conversation) => Conversation): void;
  onSignedOut(error: unknown): void;
  send(text: string, replyTo: string | null): string;
  retry(key: string): void;
  discard(key: string): void;
}

export interface Thread {
  readonly view: Readable<MessageWindow>;
  readonly conversation: ConversationRef;
  isWatched(): boolean;
  /** The reader sees the end of it. */
  isReading(): boolean;
  take(change: Change): void;
  /** The outbox has changed. */
  show(): void;
  /** Entries flow again; `fresh`: some may be missing. */
  live(fresh: boolean): void;
  /** Who counts as a recipient may have changed. */
  recount(): void;
  leave(): void;
  close(): void;
}

export function createThread(options: ThreadOptions): Thread {
  const { client, host, cells, conversation } = options;
  const pages = createPages({ client, conversation, self: () => options.self().person });
  const reactions = createReactions({
    client,
    self: () => options.self().person,
    onChange: show,
    onDone: ({ message, emoji, present }) => {
      refused = null;
      take({ type: "reaction", message, emoji, present, person: options.self().person });
    },
    onRefused: (failure) => (refused = failure),
    onSignedOut: options.onSignedOut,
  });
  const mark = createReadMark({ client, host, channel: conversation.channel, onListed: options.onListed });
  let window: Window = emptyWindow;
  let loaded = false;
  let error: Failure | null = null;
  let refused: Failure | null = null;
  let newSince: string | null = null;
  let place: Place | null = null;
  let atEnd: boolean | null = null;
  /** Which end is let go: away from where the reader went last. */
  let drop: Drop = "oldest";
  /** Changes that came while pages were under way: those may or may not hold them. */
  let early: Change[] = [];
  let isAsking = false;
  let queue: Promise<void> = Promise.resolve();
  let waiting = 0;
  let outgoingRows = new Map<Outgoing, Row>();
  let cancelSettle: (() => void) | null = null;

  const actions = {
    loadOlder: () => extend("older"),
    loadNewer: () => extend("newer"),
    showLatest,
    send,
    retry: (key: string) => options.retry(key),
    discard: (key: string) => options.discard(key),
    react: (id: string, emoji: string) => setReaction(id, emoji, true),
    unreact: (id: string, emoji: string) => setReaction(id, emoji, false),
    markRead,
    savePlace: mark.savePlace,
    setAtEnd(next: boolean) {
      atEnd = next;
      if (next && !window.hasNewer) drop = "oldest";
    },
  };
  const view = cells.derive<MessageWindow>(compose, () => {
    open();
    return undefined;
  });

  function outgoing(): Row[] {
    const rows = new Map<Outgoing, Row>();
    const saved = new Set(window.rows.map(({ key }) => key));
    for (const one of options.outbox()) {
      // For a moment it is both: on disk by the log, and not answered yet.
      if (one.channel !== conversation.channel || saved.has(one.key)) continue;
      rows.set(one, outgoingRows.get(one) ?? toOutgoingRow(one, options.self()));
    }
    outgoingRows = rows;
    return [...rows.values()];
  }

  function compose(): MessageWindow {
    const unsaved = outgoing();
    const saved = window.rows.map((row) => reactions.over(row));
    const rows: readonly Row[] = unsaved.length === 0 ? saved : [...saved, ...unsaved].slice(-ROWS_MAX);
    return {
      rows,
      isLoading: !loaded && error === null,
      error,
      refused,
      hasOlder: window.hasOlder || rows.length < saved.length + unsaved.length,
      hasNewer: window.hasNewer,
      isAtLatest: loaded && !window.hasNewer,
      newSince,
      place,
      ...actions,
    };
  }

  function show(): void {
    view.touch();
  }

  /** Somebody begins to look: the divider and the place are those of this visit. */
  function open(): void {
    const listed = options.listed();
    place = listed?.place ?? place;
    atEnd = null;
    if (loaded) {
      setDivider(listed);
      show();
    } else void load(first);
  }

  function setDivider(listed: Conversation | null): void {
    newSince = null;
    if (listed === null || listed.unread === 0) return;
    const read = window.rows.findIndex(({ id }) => id === listed.readUpTo);
    // The first of them lies further back than what is shown.
    if (read === -1 && window.hasOlder) return;
    newSince = window.rows.slice(read + 1).find(({ mine }) => !mine)?.key ?? null;
  }

  /** One at a time. */
  function load(ask: () => Promise<void>): Promise<void> {
    waiting += 1;
    const run = queue.then(() => carryOut(ask));
    queue = run;
    return run;
  }

  /** What the log says while pages are under way is said again afterwards. */
  async function carryOut(ask: () => Promise<void>): Promise<void> {
    isAsking = true;
    try {
      if (options.isLive()) {
        await ask();
        error = null;
      }
    } catch (failure) {
      const kind = judge(failure);
      if (kind === "signed-out") options.onSignedOut(failure);
      else if (kind !== "away") error = toFailure(failure);
    } finally {
      isAsking = false;
      waiting -= 1;
      const missed = early;
      early = [];
      for (const change of missed) apply(change);
      show();
    }
  }

  async function first(): Promise<void> {
    if (loaded) return;
    const listed = options.listed();
    const anchor = listed?.place?.message ?? (listed && listed.unread > 0 ? listed.readUpTo : null);
    const latest = await pages.latest();
    let next: Window | null = { rows: latest.rows, hasOlder: latest.hasMore, hasNewer: false };
    if (anchor && latest.hasMore && !latest.rows.some(({ id }) => id === anchor))
      next = (await aroundOrNull(anchor)) ?? next;
    window = replaceRows(window, next);
    place = listed?.place ?? null;
    loaded = true;
    setDivider(listed);
  }

  /** A remembered message may be gone: the newest are then what there is to show. */
  async function aroundOrNull(message: string, rows?: number): Promise<Window | null> {
    try {
      return await pages.around(message, rows);
    } catch (failure) {
      if (failure instanceof KithApiError && failure.code === "UNKNOWN_MESSAGE") return null;
      throw failure;
    }
  }

  async function latest(): Promise<void> {
    const page = await pages.latest(Math.max(window.hasNewer ? 0 : window.rows.length, PAGE_ROWS));
    window = replaceRows(window, { rows: page.rows, hasOlder: page.hasMore, hasNewer: false });
    drop = "oldest";
    loaded = true;
  }

  /** The same stretch, asked for again. */
  async function again(): Promise<void> {
    const middle = window.rows[Math.floor(window.rows.length / 2)];
    const around =
      window.hasNewer && middle !== undefined
        ? await aroundOrNull(middle.id, Math.max(window.rows.length, PAGE_ROWS))
        : null;
    if (around === null) await latest();
    else window = replaceRows(window, around);
  }

  function showLatest(): Promise<void> {
    return load(async () => {
      if (window.hasNewer || !loaded) await latest();
    });
  }

  function extend(side: "older" | "newer"): Promise<void> {
    const isDone = (): boolean => !loaded || !(side === "older" ? window.hasOlder : window.hasNewer);
    // Asked for on every scroll: while one page is under way the next cannot be known.
    if (isDone() || waiting > 0) return queue;
    return load(async () => {
      const edge = side === "older" ? window.rows[0] : window.rows.at(-1);
      if (isDone() || edge === undefined) return;
      if (side === "older") {
        const page = await pages.before(edge.id);
        window = addOlder(window, page.rows, page.hasMore);
        drop = "newest";
      } else {
        const page = await pages.after(edge.id);
        window = addNewer(window, page.rows, page.hasMore);
        if (!window.hasNewer) drop = "oldest";
      }
    });
  }

  function take(change: Change): void {
    if (isAsking) early.push(change);
    apply(change);
    show();
  }

  function apply(change: Change): void {
    const self = options.self().person;
    switch (change.type) {
      case "message": {
        if (!loaded) return;
        const placed = placeRow(window, toRow(change.message, self), drop);
        window = placed.window;
        if (placed.outcome === "unsure") settleSoon();
        return;
      }
      case "reaction":
        window = changeRow(window, change.message, (row) => withReaction(row, change, self));
        return;
      case "delivery":
        for (const told of change.messages)
          window = changeRow(window, told.id, (row) => withDelivery(row, told));
        return;
      case "name":
        window = changeRows(window, (row) =>
          row.author === change.person && row.authorName !== change.name
            ? { ...row, authorName: change.name }
            : row,
        );
        return;
      default:
        change satisfies never;
    }
  }

  function settleSoon(): void {
    cancelSettle ??= host.after(SETTLE_MS, () => {
      cancelSettle = null;
      void load(settle);
    });
  }

  async function settle(): Promise<void> {
    const ties = window.rows.findIndex((row, index) => row.atMs === window.rows[index - 1]?.atMs);
    if (ties === -1) return;
    const since = window.rows[ties - 2];
    const page: readonly SavedRow[] =
      since === undefined
        ? (await pages.latest(ROWS_MAX)).rows
        : (await pages.after(since.id, ROWS_MAX)).rows;
    window = settleOrder(window, page);
  }

  function send(text: string, { replyTo = null }: { replyTo?: string | null } = {}): string | null {
    if (text.trim() === "") return null;
    if (window.hasNewer) void showLatest();
    drop = "oldest";
    const key = options.send(text, replyTo);
    // At once, not with the next frame: it is painted in the frame of the key press.
    cells.flush();
    return key;
  }

  function setReaction(id: string, emoji: string, present: boolean): void {
    reactions.set(id, emoji, present);
    cells.flush();
  }

  function markRead(): void {
    const last = window.rows.at(-1);
    if (!loaded || window.hasNewer || last === undefined) return;
    mark.read(last.id, options.listed());
  }

  return {
    view,
    conversation,
    isWatched: view.isWatched,
    isReading: () => view.isWatched() && atEnd === true && !window.hasNewer && !host.isHidden(),
    take,
    show,
    live(fresh) {
      reactions.nodeIsBack();
      mark.nodeIsBack();
      if (!loaded) {
        if (view.isWatched()) void load(first);
      } else if (fresh) void load(again);
    },
    recount() {
      if (loaded) void load(again);
    },
    leave: mark.leave,
    close() {
      cancelSettle?.();
      mark.close();
    },
  };
}

function toOutgoingRow(one: Outgoing, self: { person: string; name: string; device: string }): Row {
  return {
    key: one.key,
    id: null,
    author: self.person,
    authorName: self.name,
    device: self.device,
    text: one.text,
    atMs: one.atMs,
    replyTo: one.replyTo,
    mine: true,
    reactions: [],
    delivery: { devices: 0, of: 0, readBy: 0 },
    state: one.state,
    failure: one.failure,
  };
}
