/** One conversation's window over the node: what is shown of it, and how the log, the pages and the outbox change it. */
import { KithApiError } from "@kith/client";
import type { KithClient } from "@kith/client";
import type { Conversation, Message, Place } from "@kith/contract";
import type { Cells, Readable } from "./cell.ts";
import { applyChange } from "./changes.ts";
import type { Change } from "./changes.ts";
import type { Gate } from "./gate.ts";
import type { Host } from "./host.ts";
import type { Outbox, Outgoing } from "./outbox.ts";
import { createLoads } from "./loads.ts";
import { createPages, PAGE_ROWS } from "./pages.ts";
import { createReactions } from "./reactions.ts";
import { createReadMark } from "./read-mark.ts";
import { createRowChanges } from "./row-changes.ts";
import { toOutgoingRow } from "./rows.ts";
import type { SavedRow } from "./rows.ts";
import type { ConversationRef, Failure, MessageWindow, RefusedChange, Row } from "./types.ts";
import { addNewer, addOlder, emptyWindow, replaceRows, ROWS_MAX, settleOrder } from "./window.ts";
import type { Drop, Window } from "./window.ts";

/** What no device keeps, or this one never had. */
const isGone: ReadonlySet<string> = new Set(["UNKNOWN_MESSAGE", "MESSAGE_EXPIRED"]);

/** Rows of one millisecond come in groups where many write at once: the node is asked once for each group. */
const SETTLE_MS = 300;

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
  readonly gate: Pick<Gate, "mayGo">;
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
  /** Whether one may say anything here may be answered otherwise. */
  askAgain(): void;
  /** A text of the person's is nowhere but here. */
  hasUnsent(): boolean;
  leave(): void;
  close(): void;
}

export function createThread(options: ThreadOptions): Thread {
  const { client, host, conversation } = options;
  const pages = createPages({ client, conversation, self: () => options.self().person });
  const reactions = createReactions({
    client,
    self: () => options.self().person,
    mayGo: () => options.gate.mayGo(conversation),
    onChange: show,
    onDone: ({ message, emoji, present }) => {
      refused = null;
      take({ type: "reaction", message, emoji, present, person: options.self().person });
    },
    onRefused: (failure) => (refused = failure),
    onSignedOut: options.onSignedOut,
  });
  const changes = createRowChanges({
    client,
    host,
    mayGo: () => options.gate.mayGo(conversation),
    onChange: show,
    onDone(message) {
      refusedChange = null;
      take({ type: "edit", message });
    },
    onRefused: (change) => (refusedChange = change),
    onSignedOut: options.onSignedOut,
  });
  const mark = createReadMark({ client, host, channel: conversation.channel, onListed: options.onListed });
  let window: Window = emptyWindow;
  let loaded = false;
  let error: Failure | null = null;
  let refused: Failure | null = null;
  let refusedChange: RefusedChange | null = null;
  let newSince: string | null = null;
  /** What the reader had seen when last at the end; null while something new has not been looked at. */
  let seenUpTo: string | null = null;
  let place: Place | null = null;
  let atEnd: boolean | null = null;
  /** Which end is let go: away from where the reader went last. */
  let drop: Drop = "oldest";
  /** Changes that came while pages were under way: those may or may not hold them. */
  let crossed: Change[] = [];
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
    edit: now(changes.edit),
    undoEdit: now(changes.undoEdit),
    remove: now(changes.remove),
    undoRemove: now(changes.undoRemove),
    markRead,
    savePlace,
    setAtEnd(next: boolean) {
      atEnd = next;
      if (next && !window.hasNewer) drop = "oldest";
    },
  };
  const loads = createLoads({
    isLive: options.isLive,
    onSignedOut: options.onSignedOut,
    onEnd(failure) {
      error = failure;
      const missed = crossed;
      crossed = [];
      for (const change of missed) apply(change);
      show();
    },
  });
  const { load } = loads;
  const view = options.cells.derive<MessageWindow>(compose, () => {
    open();
    return () => {
      place = mark.place() ?? place;
      // Whoever comes back is first shown what is worked out then, not what was known when they came last.
      show();
    };
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
    const saved = window.rows.map((row) => changes.over(reactions.over(row)));
    const rows: readonly Row[] = unsaved.length === 0 ? saved : [...saved, ...unsaved].slice(-ROWS_MAX);
    return {
      rows,
      isLoading: !loaded && error === null,
      error,
      refused,
      refusedChange,
      hasOlder: !awaitsOlder() && (window.hasOlder || rows.length < saved.length + unsaved.length),
      awaitsOlder: awaitsOlder(),
      hasNewer: window.hasNewer,
      isAtLatest: loaded && !window.hasNewer,
      newSince,
      place,
      ...actions,
    };
  }

  const awaitsOlder = (): boolean => window.hasOlder && window.rows[0]?.early === true;

  function show(): void {
    view.touch();
  }

  /** Somebody begins to look: the divider and the place are those of this visit. */
  function open(): void {
    const listed = options.listed();
    place = mark.place() ?? listed?.place ?? place;
    atEnd = null;
    if (loaded) {
      setDivider(listed);
      show();
    } else void load(first);
  }

  function setDivider(listed: Conversation | null): void {
    newSince = null;
    seenUpTo = null;
    if (listed === null) return;
    if (listed.unread === 0) seenUpTo = window.rows.at(-1)?.id ?? listed.readUpTo;
    else newSince = firstAfter(listed.readUpTo);
  }

  /** Key of the first row of others after that one; null when it lies further back than what is shown. */
  function firstAfter(read: string | null): string | null {
    const at = window.rows.findIndex(({ id }) => id === read);
    if (at === -1 && window.hasOlder) return null;
    return window.rows.slice(at + 1).find(({ mine }) => !mine)?.key ?? null;
  }

  function divideAt(key: string | null): void {
    if (key === null) return;
    newSince = key;
    seenUpTo = null;
  }

  const isReading = (): boolean => view.isWatched() && atEnd === true && !window.hasNewer && !host.isHidden();

  /** Open, and not looked at: who scrolled up or went to another tab finds the line above what came meanwhile. */
  const isLookingAway = (): boolean => seenUpTo !== null && view.isWatched() && !isReading();

  async function first(): Promise<void> {
    if (loaded) return;
    const listed = options.listed();
    const stood = mark.place() ?? listed?.place ?? null;
    const anchor = stood?.message ?? (listed && listed.unread > 0 ? listed.readUpTo : null);
    const latest = await pages.latest();
    let next: Window | null = { rows: latest.rows, hasOlder: latest.hasMore, hasNewer: false };
    if (anchor && latest.hasMore && !latest.rows.some(({ id }) => id === anchor))
      next = (await aroundOrNull(anchor)) ?? next;
    window = replaceRows(window, next);
    place = stood;
    loaded = true;
    setDivider(listed);
  }

  /** A remembered message may be gone: the newest are then what there is to show. */
  async function aroundOrNull(message: string, rows?: number): Promise<Window | null> {
    try {
      return await pages.around(message, rows);
    } catch (failure) {
      if (failure instanceof KithApiError && isGone.has(failure.code)) return null;
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
    if (isLookingAway() && window.rows.some(({ id }) => id === seenUpTo)) divideAt(firstAfter(seenUpTo));
  }

  function showLatest(): Promise<void> {
    return load(async () => {
      if (window.hasNewer || !loaded) await latest();
    });
  }

  function extend(side: "older" | "newer"): Promise<void> {
    const isDone = (): boolean =>
      !loaded || !(side === "older" ? window.hasOlder && !awaitsOlder() : window.hasNewer);
    // Asked for on every scroll: while one page is under way the next cannot be known.
    if (isDone() || loads.isBusy()) return loads.settled();
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
    if (loads.isAsking()) crossed.push(change);
    const last = window.rows.at(-1);
    apply(change);
    // It was looked at before it could be marked.
    if (last?.early === true && window.rows.at(-1)?.early === false && isReading()) markRead();
    show();
  }

  function apply(change: Change): void {
    if (!loaded) return;
    if (change.type === "message" && isLookingAway()) divideBefore(change.message);
    const next = applyChange(window, change, { self: options.self().person, drop });
    window = next.window;
    if (next.isUnsure) settleSoon();
  }

  function divideBefore({ id, author, at }: Message): void {
    const first = window.rows[0];
    // Further back than what is shown it would be found by nobody.
    const isFarBack = window.hasOlder && first !== undefined && Date.parse(at) < first.atMs;
    if (author === options.self().person || isFarBack) return;
    if (window.rows.every((row) => row.id !== id)) divideAt(id);
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
    view.tellNow();
    return key;
  }

  function setReaction(id: string, emoji: string, present: boolean): void {
    reactions.set(id, emoji, present);
    view.tellNow();
  }

  /** As what is sent, painted in the frame of the key press. */
  function now<Args extends unknown[]>(change: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      change(...args);
      view.tellNow();
    };
  }

  function markRead(): void {
    const last = window.rows.at(-1);
    if (!loaded || window.hasNewer || last === undefined) return;
    seenUpTo = last.id;
    const stored = window.rows.findLast(({ early }) => !early);
    if (stored !== undefined) mark.read(stored.id, options.listed());
  }

  function savePlace(...[at, how]: Parameters<MessageWindow["savePlace"]>): void {
    // The node does not know such a message yet.
    if (window.rows.some(({ id, early }) => early && id === at.message)) return;
    mark.savePlace(at, how);
  }

  return {
    view,
    conversation,
    isWatched: view.isWatched,
    isReading,
    take,
    show,
    live(fresh) {
      reactions.nodeIsBack();
      changes.nodeIsBack();
      mark.nodeIsBack();
      if (!loaded) {
        if (view.isWatched()) void load(first);
      } else if (fresh) void load(again);
    },
    recount() {
      if (loaded) void load(again);
    },
    askAgain: changes.askAgain,
    hasUnsent: changes.hasUnsent,
    leave() {
      mark.leave();
      changes.leave();
    },
    close() {
      cancelSettle?.();
      changes.leave();
      mark.close();
    },
  };
}
