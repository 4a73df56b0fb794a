/**
 * The log of changes for many readers at once. A reader is a position in the log: what is new goes straight
 * to the readers that stand exactly before it, encoded once for all; every other reader (behind, or too slow
 * to take more) reads on from the log itself. So nothing is buffered, missed or sent twice, and no order of
 * cursors is assumed. WebSockets, server-sent events and polls are all readers of it. Spec: http, HT9-HT10, HT50-HT53.
 */
import type { KithService, LogEntry } from "@kith/node";
import { ApiFault } from "./fault.ts";
import { LOG_PAGE_ENTRIES, SOCKET_QUEUE_BYTES_MAX, STREAMS_MAX } from "./limits.ts";
import { toLogEntry } from "./translate.ts";

/** An entry as every way of reading carries it, encoded once for all of them. */
export interface EncodedEntry {
  readonly cursor: string;
  readonly json: string;
  /** What it is about, where it is about a space. */
  readonly space: string | null;
}

export type StopReason = "STOPPING" | "LOCKED";

/** Where a reader's entries go. */
export interface LogSink {
  /** Hands over encoded entries; calls back when the network has taken the last of them. */
  send(entries: readonly EncodedEntry[], onTaken: () => void): void;
  /** Bytes handed over and not yet taken. */
  queuedBytes(): number;
  /** The log could not be read: for example its cursor is unknown. */
  fail(error: unknown): void;
  /** Everything up to this cursor was of other spaces: who resumes may do so from there. */
  passed?(cursor: string): void;
  /** The node is stopping, or is being locked: nothing more will come. */
  stop(why: StopReason): void;
}

export interface LogFeed {
  /** Throws TOO_MANY or STOPPING when no further reader is taken. */
  checkRoom(): void;
  /** Sends everything after `since` (of that space's id), then what comes. Returns the end of it. */
  read(since: string, sink: LogSink, space?: string): () => void;
  /** How many there are. */
  readers(): number;
  /** Default: the node is stopping. */
  close(why?: StopReason): void;
}

interface Group {
  /** Cursor just before the group; null for the first one heard, whose place is not known. */
  readonly previous: string | null;
  readonly last: string;
  readonly entries: readonly EncodedEntry[];
}

/** The space that an entry is about, where it is about one. */
export function spaceOfEntry(entry: LogEntry): string | null {
  const { space } = Object(entry.message ?? entry.data) as { space?: unknown };
  return typeof space === "string" ? space : null;
}

function encode(entry: LogEntry): EncodedEntry {
  return { cursor: entry.cursor, json: JSON.stringify(toLogEntry(entry)), space: spaceOfEntry(entry) };
}

type ReaderState = "live" | "reading" | "blocked" | "ended";

function createReader(service: KithService, since: string, sink: LogSink, space: string | undefined) {
  let position = since;
  let state: ReaderState = "reading";

  function send(all: readonly EncodedEntry[], last: string): void {
    position = last;
    const entries = space === undefined ? all : all.filter((entry) => entry.space === space);
    if (entries.length < all.length) sink.passed?.(last);
    if (entries.length === 0) return;
    sink.send(entries, () => {
      if (state === "blocked" && sink.queuedBytes() < SOCKET_QUEUE_BYTES_MAX / 2) readOn();
    });
  }

  function readOn(): void {
    if (state === "ended") return;
    state = "reading";
    let page: LogEntry[];
    try {
      page = service.log(position, LOG_PAGE_ENTRIES);
    } catch (error) {
      state = "ended";
      sink.fail(error);
      return;
    }
    const last = page.at(-1);
    if (last !== undefined) send(page.map(encode), last.cursor);
    if (page.length < LOG_PAGE_ENTRIES) state = "live";
    else if (sink.queuedBytes() >= SOCKET_QUEUE_BYTES_MAX) state = "blocked";
    // Between pages others get their turn.
    else setImmediate(readOn);
  }

  return {
    readOn,
    take(group: Group): void {
      if (state !== "live") return;
      if (sink.queuedBytes() >= SOCKET_QUEUE_BYTES_MAX) state = "blocked";
      else if (group.previous === position && group.entries.length <= LOG_PAGE_ENTRIES)
        send(group.entries, group.last);
      else readOn();
    },
    end(): void {
      state = "ended";
    },
    stop(why: StopReason): void {
      if (state === "ended") return;
      state = "ended";
      sink.stop(why);
    },
  };
}

export function createLogFeed(service: KithService): LogFeed {
  const readers = new Set<ReturnType<typeof createReader>>();
  let heard: string | null = null;
  let closed = false;

  const unsubscribe = service.onLog((entries) => {
    const last = entries.at(-1);
    if (last === undefined) return;
    // What is told and not kept stands at the cursor of what came before it.
    const previous = last.type === "typing" ? last.cursor : heard;
    heard = last.cursor;
    if (readers.size === 0) return;
    const group: Group = { previous, last: last.cursor, entries: entries.map(encode) };
    for (const reader of readers) reader.take(group);
  });

  return {
    checkRoom() {
      if (closed) throw new ApiFault("STOPPING", "this node is stopping", "connect again once it runs");
      if (readers.size >= STREAMS_MAX) {
        throw new ApiFault(
          "TOO_MANY",
          `${STREAMS_MAX} streams are open already`,
          "close those that are not needed",
        );
      }
    },
    readers: () => readers.size,
    read(since, sink, space) {
      const reader = createReader(service, since, sink, space);
      readers.add(reader);
      reader.readOn();
      return () => {
        reader.end();
        readers.delete(reader);
      };
    },
    close(why = "STOPPING") {
      closed = true;
      unsubscribe();
      for (const reader of readers) reader.stop(why);
      readers.clear();
    },
  };
}
