/**
 * Looks at the medium itself: every event whatever the state of the others, and the pages. A damaged page
 * costs the rows it held, never the walk. Every page carries an authentication tag of the cipher, so a
 * changed byte is an error when the page is read, never a wrong value. spec/store ST8.
 */
import type { Database, Statement } from "better-sqlite3";
import { toId } from "@kith/core";
import type { EventId, ScanRow } from "@kith/core";
import { sqliteCode } from "./failure.ts";
import type { NameReader } from "./reader-names.ts";
import { eventFromColumns, prepareEvent } from "./read-events.ts";

/** Rows between two chances to yield. */
const SCAN_ROWS = 256;

const tables = [
  "names",
  "events",
  "buckets",
  "heads",
  "awaited",
  "spaces",
  "channels",
  "people",
  "messages",
  "reactions",
  "log",
  "heights",
  "boxes",
  "meta",
  "range_leaves",
  "range_items",
  "set_cells",
  "sealed",
] as const;
const indexes = [
  ["events", "events_id"],
  ["events", "events_chain"],
  ["events", "events_bucket"],
  ["events", "events_scope"],
  ["messages", "messages_channel"],
  ["messages", "messages_space"],
  ["sealed", "sealed_opened"],
] as const;

const explain = (error: unknown): string => {
  const said = error instanceof Error ? error.message : String(error);
  const code = sqliteCode(error);
  return code === "" ? said : `${said} (${code})`;
};

/** Walks the index of ids; where that is damaged, goes on by order of arrival. */
export function* scanEvents(database: Database, names: NameReader): Generator<ScanRow[]> {
  const page = database
    .prepare("SELECT id, arrival FROM events INDEXED BY events_id WHERE id > ? ORDER BY id LIMIT ?")
    .raw();
  const byArrival = prepareEvent(database, "WHERE arrival = ?");
  const read = (arrival: number, id: EventId | null): ScanRow | null => {
    try {
      const row = byArrival.get(arrival);
      if (row !== undefined) return { ok: true, event: eventFromColumns(names, row) };
      return id === null
        ? null
        : { ok: false, id, error: "the index names it and the table has no such row" };
    } catch (error) {
      return { ok: false, id, error: explain(error) };
    }
  };

  let last: Buffer = Buffer.alloc(0);
  for (;;) {
    let entries: [Buffer, number][];
    try {
      entries = page.all(last, SCAN_ROWS) as [Buffer, number][];
    } catch (error) {
      yield [{ ok: false, id: null, error: `the index of ids is damaged: ${explain(error)}` }];
      break;
    }
    const tail = entries.at(-1);
    if (tail === undefined) return;
    last = tail[0];
    yield entries.map(([id, arrival]) => read(arrival, toId<EventId>(id)) as ScanRow);
  }
  yield* scanByArrival(database, read, toId<EventId>(last));
}

/** Those after the id up to which the index could be read; a row that cannot be read may be one already named. */
function* scanByArrival(
  database: Database,
  read: (arrival: number, id: EventId | null) => ScanRow | null,
  seenUpTo: EventId,
): Generator<ScanRow[]> {
  const newest = newestArrival(database);
  if (newest === null) {
    yield [
      {
        ok: false,
        id: null,
        error: "the order of arrival is damaged too; the rows after this cannot be listed",
      },
    ];
    return;
  }
  for (let from = 1; from <= newest; from += SCAN_ROWS) {
    const rows: ScanRow[] = [];
    for (let arrival = from; arrival < from + SCAN_ROWS && arrival <= newest; arrival += 1) {
      const row = read(arrival, null);
      if (row !== null && !(row.ok && row.event.id <= seenUpTo)) rows.push(row);
    }
    yield rows;
  }
}

/** From whichever structure can still be read. */
function newestArrival(database: Database): number | null {
  for (const source of ["events", "events INDEXED BY events_scope", "events INDEXED BY events_bucket"]) {
    try {
      const where = source === "events" ? "" : "WHERE scope >= 0";
      return (
        (database.prepare(`SELECT max(arrival) FROM ${source} ${where}`).pluck().get() as number | null) ?? 0
      );
    } catch (error) {
      // The next structure may be whole; the caller reports when none is.
      if (!sqliteCode(error).startsWith("SQLITE_CORRUPT")) throw error;
    }
  }
  return null;
}

/** Readable lines, empty when sound. */
export function checkPages(database: Database): string[] {
  try {
    // FTS5 keeps how its index was laid out at this connection's last search: what the writer has merged since would look damaged
    // to a check that does not look again. A search does, and in one transaction nothing changes between the two.
    const lines = database.transaction(() => {
      database.prepare("SELECT rowid FROM message_words WHERE message_words MATCH 'a' LIMIT 1").get();
      return database.pragma("integrity_check(100)") as { integrity_check: string }[];
    })();
    return lines.map((line) => line.integrity_check).filter((line) => line !== "ok");
  } catch (error) {
    // The check gives up at a page that does not authenticate, so each structure is read by itself.
    const damaged = [
      ...tables.map((table) =>
        readThrough(database.prepare.bind(database), `table ${table}`, `SELECT * FROM ${table} NOT INDEXED`),
      ),
      ...indexes.map(([table, index]) => {
        return readThrough(
          database.prepare.bind(database),
          `index ${index}`,
          `SELECT count(*) FROM ${table} INDEXED BY ${index}`,
        );
      }),
      readThrough(
        database.prepare.bind(database),
        "search words",
        "SELECT count(length(block)) FROM message_words_data",
      ),
    ].filter((line) => line !== null);
    return damaged.length > 0 ? damaged : [explain(error)];
  }
}

function readThrough(prepare: (sql: string) => Statement, what: string, sql: string): string | null {
  try {
    for (const row of prepare(sql).iterate()) void row;
    return null;
  } catch (error) {
    return `${what}: ${explain(error)}`;
  }
}
