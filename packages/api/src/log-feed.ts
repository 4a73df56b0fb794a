/**
 * The log of changes for many readers at once. A reader is a position in the log: what is new goes straight
 * to the readers that stand exactly before it, encoded once for all; every other reader (behind, or too slow
 * to take more) reads on from the log itself. So nothing is buffered, missed or sent twice, and no order of
 * cursors is assumed. Spec: http, HT9-HT10.
 */
import type { KithService, LogEntry } from "@kith/node";
import { LOG_PAGE_ENTRIES, SOCKET_QUEUE_BYTES_MAX } from "./limits.ts";
import { toLogEntry } from "./translate.ts";

/** Where a reader's entries go. */
export interface LogSink {
  /** Hands over encoded entries; calls back when the network has taken the last of them. */
  send(frames: readonly string[], onTaken: () => void): void;
  /** Bytes handed over and not yet taken. */
  queuedBytes(): number;
  /** The log could not be read: for example its cursor is unknown. */
  fail(error: unknown): void;
}

export interface LogFeed {
  /** Sends everything after `since`, then what comes. Returns the end of it. */
  read(since: string, sink: LogSink): () => void;
  close(): void;
}

interface Group {
  /** Cursor just before the group; null for the first one heard, whose place is not known. */
  readonly previous: string | null;
  readonly last: string;
  readonly frames: readonly string[];
}

function encode(entry: LogEntry): string {
  return JSON.stringify(toLogEntry(entry));
}

type ReaderState = "live" | "reading" | "blocked" | "ended";

function createReader(service: KithService, since: string, sink: LogSink) {
  let position = since;
  let state: ReaderState = "reading";

  function send(frames: readonly string[], last: string): void {
    position = last;
    sink.send(frames, () => {
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
      else if (group.previous === position && group.frames.length <= LOG_PAGE_ENTRIES)
        send(group.frames, group.last);
      else readOn();
    },
    end(): void {
      state = "ended";
    },
  };
}

export function createLogFeed(service: KithService): LogFeed {
  const readers = new Set<ReturnType<typeof createReader>>();
  let heard: string | null = null;

  const unsubscribe = service.onLog((entries) => {
    const last = entries.at(-1);
    if (last === undefined) return;
    const previous = heard;
    heard = last.cursor;
    if (readers.size === 0) return;
    const group: Group = { previous, last: last.cursor, frames: entries.map(encode) };
    for (const reader of readers) reader.take(group);
  });

  return {
    read(since, sink) {
      const reader = createReader(service, since, sink);
      readers.add(reader);
      reader.readOn();
      return () => {
        reader.end();
        readers.delete(reader);
      };
    },
    close() {
      unsubscribe();
      for (const reader of readers) reader.end();
      readers.clear();
    },
  };
}
