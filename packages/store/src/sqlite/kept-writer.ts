/**
 * Writes what is kept for sync beside the events: leaves with each event, roots and cells as they are handed in, and all
 * of it anew for a scope where it was found wrong. On the writer thread, within a batch. spec/store ST13-ST17.
 */
import type { Database } from "better-sqlite3";
import type { GroupReader } from "./group.ts";
import type { NameWriter } from "./names.ts";
import { createRangeLeafWriter } from "./range-leaves.ts";
import type { RangeEvent } from "./range-leaves.ts";

export interface KeptWriter {
  /** After the event itself is in the table. */
  append(event: RangeEvent): void;
  /** Writes the leaves that the batch's events went into. */
  flush(): void;
  /** What the batch brings for the structures. */
  apply(reader: GroupReader, names: NameWriter): void;
  /** Forgets what was not flushed, and what may have been rolled back. */
  forget(): void;
}

export function createKeptWriter(database: Database): KeptWriter {
  const leaves = createRangeLeafWriter(database);
  // Events are never deleted: of the same count it is the same set.
  const putRoot = database.prepare(
    "UPDATE buckets SET root = ? WHERE scope = ? AND bucket = ? AND count = ?",
  );
  const putCells = database.prepare(
    `INSERT INTO set_cells (scope, day, arrival, size, words) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET day = excluded.day, arrival = excluded.arrival, size = excluded.size, words = excluded.words`,
  );
  const dropItems = database.prepare(
    "DELETE FROM range_items WHERE leaf IN (SELECT leaf FROM range_leaves WHERE scope = ?)",
  );
  const dropLeaves = database.prepare("DELETE FROM range_leaves WHERE scope = ?");
  const dropRoots = database.prepare("UPDATE buckets SET root = NULL WHERE scope = ?");
  const dropCells = database.prepare("DELETE FROM set_cells WHERE scope = ?");
  const eventsOf = database
    .prepare(
      "SELECT arrival, time_ms, id FROM events INDEXED BY events_scope WHERE scope = ? AND arrival > ? ORDER BY arrival LIMIT ?",
    )
    .raw();

  function rebuild(scope: number): void {
    leaves.forget();
    for (const drop of [dropItems, dropLeaves, dropRoots, dropCells]) drop.run(scope);
    for (let after = 0; ;) {
      const rows = eventsOf.all(scope, after, FILL_STEP_EVENTS) as [number, number, Buffer][];
      for (const [arrival, timeMs, id] of rows) {
        leaves.add({ scope, timeMs, id, arrival });
        after = arrival;
      }
      if (rows.length < FILL_STEP_EVENTS) break;
    }
    leaves.flush();
  }

  return {
    append: (event) => leaves.add(event),
    flush: () => leaves.flush(),
    apply(reader, names) {
      for (let left = reader.number(); left > 0; left -= 1) {
        const scope = names.number(reader.id());
        const bucket = reader.number();
        const count = reader.number();
        putRoot.run(reader.blob(), scope, bucket, count);
      }
      for (let left = reader.number(); left > 0; left -= 1) {
        const scope = names.number(reader.id());
        putCells.run(scope, reader.number(), reader.number(), reader.number(), reader.blob());
      }
      for (let left = reader.number(); left > 0; left -= 1) rebuild(names.number(reader.id()));
    },
    forget: () => leaves.forget(),
  };
}

/** Events that are read and put into leaves at a time: some 20 ms. */
export const FILL_STEP_EVENTS = 8_192;
