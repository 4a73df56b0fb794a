/** Searches message texts: those indexed through FTS5, the newest ones by reading them. Synchronous, on the caller's thread. */
import type { Database, Statement } from "better-sqlite3";
import type { EventStore, MessageRow } from "@kith/core";
import { compareMessages } from "../order.ts";
import { holdsWords, searchWords } from "../words.ts";
import { messageColumns, messageJoins } from "./message-columns.ts";
import { limitOf } from "./read-events.ts";
import type { NameReader } from "./reader-names.ts";

/** Hits that are put in order of time, newest arrivals first: it bounds what a common word costs the caller's thread. */
export const SEARCH_HITS_MAX = 5_000;

export function createSearch(
  database: Database,
  names: NameReader,
  messageFromColumns: (row: unknown) => MessageRow,
): EventStore["search"] {
  // At the first search: a damaged index must not keep the rest from being read.
  let statements: ReturnType<typeof prepareSearch> | null = null;

  // In one read transaction, or the writer could index a message between the two halves.
  const findBoth = database.transaction(
    (words: readonly string[], space: number | null, limit: number): MessageRow[] => {
      const { indexed, newest } = (statements ??= prepareSearch(database));
      const match = words.map((word) => `"${word}"*`).join(" ");
      const found = indexed.all({ words: match, space, limit }).map(messageFromColumns);
      for (const row of newest.iterate({ space })) {
        const message = messageFromColumns(row);
        if (holdsWords(message.text, words)) found.push(message);
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
    return findBoth(words, space, limit);
  };
}

function prepareSearch(database: Database): { indexed: Statement; newest: Statement } {
  // The inner part finds, by number alone; the outer reads what is shown.
  const indexed = database
    .prepare(
      `SELECT ${messageColumns} FROM (
         SELECT m.arrival AS hit FROM message_words w JOIN messages m ON m.arrival = w.rowid
         WHERE w.message_words MATCH :words AND (:space IS NULL OR m.space = :space)
         ORDER BY w.rowid DESC LIMIT ${SEARCH_HITS_MAX}
       ) JOIN messages m ON m.arrival = hit ${messageJoins}
       ORDER BY m.time_ms DESC, m.time_count DESC, d.id DESC, m.seq DESC, e.id DESC LIMIT :limit`,
    )
    .raw();
  const newest = database
    .prepare(
      `SELECT ${messageColumns} FROM messages m ${messageJoins}
       WHERE m.arrival > (SELECT arrival FROM words_done) AND (:space IS NULL OR m.space = :space)`,
    )
    .raw();
  return { indexed, newest };
}
