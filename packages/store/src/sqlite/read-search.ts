/** Searches message texts: those indexed through FTS5, the newest ones by reading them. Synchronous, on the caller's thread. */
import type { Database, Statement } from "better-sqlite3";
import type { EventId, EventStore, MessageRow } from "@kith/core";
import type { MessagePlace } from "@kith/core/ports";
import { compareMessages } from "../order.ts";
import { holdsWords, searchWords } from "../words.ts";
import { messageColumns, messageJoins } from "./message-columns.ts";
import { bytesOf, limitOf } from "./read-events.ts";
import type { NameReader } from "./reader-names.ts";

/** Hits that are put in order of time, newest arrivals first: it bounds what a common word costs the caller's thread. */
export const SEARCH_HITS_MAX = 5_000;

interface MessageReads {
  readonly messageFromColumns: (row: unknown) => MessageRow;
  readonly placeOf: (id: EventId) => MessagePlace | null;
}

export function createSearch(
  database: Database,
  names: NameReader,
  { messageFromColumns, placeOf }: MessageReads,
): EventStore["search"] {
  // At the first search: a damaged index must not keep the rest from being read.
  let statements: ReturnType<typeof prepareSearch> | null = null;

  // In one read transaction, or the writer could index a message between the two halves.
  const findBoth = database.transaction(
    (
      words: readonly string[],
      { space, before, limit }: { space: number | null; before: MessagePlace | null; limit: number },
    ): MessageRow[] => {
      const { indexed, newest } = (statements ??= prepareSearch(database));
      const match = words.map((word) => `"${word}"*`).join(" ");
      const bounds = {
        space,
        beforeMs: before?.timeMs ?? null,
        beforeCount: before?.timeCount ?? null,
        beforeDevice: before && bytesOf(before.device),
        beforeSeq: before?.seq ?? null,
        beforeId: before && bytesOf(before.id),
      };
      const found = indexed.all({ words: match, limit, ...bounds }).map(messageFromColumns);
      for (const row of newest.iterate(bounds)) {
        const late = messageFromColumns(row);
        if (holdsWords(late.text, words)) found.push(late);
      }
      return found.sort((a, b) => compareMessages(b, a)).slice(0, limit);
    },
  );

  return function search(query, options) {
    const words = searchWords(query);
    const limit = limitOf(options.limit);
    if (words.length === 0 || limit === 0) return [];
    const space = options.space === undefined ? null : names.number(options.space);
    if (options.space !== undefined && space === null) return [];
    const before = options.before === undefined ? null : placeOf(options.before);
    // As with pages: what is not here has no place in the order.
    if (options.before !== undefined && before === null) return [];
    return findBoth(words, { space, before, limit });
  };
}

/** In the order in which people read (order.ts). */
const isBefore =
  "(:beforeMs IS NULL OR (m.time_ms, m.time_count, d.id, m.seq, e.id) < (:beforeMs, :beforeCount, :beforeDevice, :beforeSeq, :beforeId))";

function prepareSearch(database: Database): { indexed: Statement; newest: Statement } {
  // The inner part finds, by number alone; the outer reads what is shown.
  const indexed = database
    .prepare(
      `SELECT ${messageColumns} FROM (
         SELECT m.arrival AS hit FROM message_words w JOIN messages m ON m.arrival = w.rowid
         WHERE w.message_words MATCH :words AND (:space IS NULL OR m.space = :space)
           AND (:beforeMs IS NULL OR (m.time_ms, m.time_count) <= (:beforeMs, :beforeCount))
         ORDER BY w.rowid DESC LIMIT ${SEARCH_HITS_MAX}
       ) JOIN messages m ON m.arrival = hit ${messageJoins}
       WHERE ${isBefore}
       ORDER BY m.time_ms DESC, m.time_count DESC, d.id DESC, m.seq DESC, e.id DESC LIMIT :limit`,
    )
    .raw();
  const newest = database
    .prepare(
      `SELECT ${messageColumns} FROM messages m ${messageJoins}
       WHERE m.arrival > (SELECT arrival FROM words_done) AND (:space IS NULL OR m.space = :space)
         AND ${isBefore}`,
    )
    .raw();
  return { indexed, newest };
}
