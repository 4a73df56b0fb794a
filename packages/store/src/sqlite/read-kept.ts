/** Reads what is kept for sync beside the events. Each answer is of one moment. Synchronous, on the caller's thread. spec/store ST13-ST17. */
import type { Database } from "better-sqlite3";
import type {
  KeptCells,
  KeptRoot,
  KeptStructures,
  RangeItems,
  RangeLeaf,
  RangeLeaves,
} from "@kith/core/ports";
import { ARRIVAL_BYTES, RANGE_ITEM_BYTES, RANGE_KEY_BYTES, writeRangeKey } from "./range-leaves.ts";
import type { NameReader } from "./reader-names.ts";

const ID_BYTES = 32;
const TIME_BYTES = RANGE_KEY_BYTES - ID_BYTES;
const NO_ID = new Uint8Array(ID_BYTES);

export type KeptReads = Omit<KeptStructures, "idsBefore">;

export function createKeptReads(database: Database, names: NameReader): KeptReads {
  const isFilling = database.prepare("SELECT EXISTS (SELECT 1 FROM range_fill)").pluck();
  const newest = database
    .prepare("SELECT max(arrival) FROM events INDEXED BY events_scope WHERE scope = ?")
    .pluck();
  const counted = database.prepare("SELECT sum(count) FROM buckets WHERE scope = ?").pluck();
  const leaves = database
    .prepare("SELECT start, count, sum FROM range_leaves WHERE scope = ? ORDER BY start")
    .raw();
  const items = database
    .prepare(
      `SELECT i.items, l.count FROM range_leaves l JOIN range_items i ON i.leaf = l.leaf
       WHERE l.scope = :scope AND l.start >=
         (SELECT start FROM range_leaves WHERE scope = :scope AND start <= :key ORDER BY start DESC LIMIT 1)
       ORDER BY l.start`,
    )
    .raw();
  const roots = database.prepare(
    "SELECT bucket, count, root FROM buckets WHERE scope = ? AND root IS NOT NULL ORDER BY bucket",
  );
  const cells = database.prepare("SELECT day, arrival, size, words FROM set_cells WHERE scope = ?");

  const readLeaves = database.transaction((scope: number): RangeLeaves | null => {
    if (isFilling.get() === 1) return null;
    let events = 0;
    const found = (leaves.all(scope) as [Buffer, number, Buffer][]).map(([start, count, sum]): RangeLeaf => {
      events += count;
      if (start.length === 0) return { timeMs: 0, id: NO_ID, count, sum };
      return { timeMs: timeAt(start, 0), id: start.subarray(TIME_BYTES), count, sum };
    });
    if (events !== ((counted.get(scope) as number | null) ?? 0)) return null;
    return { arrival: (newest.get(scope) as number | null) ?? 0, leaves: found };
  });

  return {
    rangeLeaves(scope) {
      const n = names.number(scope);
      return n === null ? { arrival: 0, leaves: [] } : readLeaves(n);
    },
    rangeItems(scope, from, { count, arrivalMax }): RangeItems {
      const n = names.number(scope);
      const timesMs = new Float64Array(count);
      const ids = new Uint8Array(count * ID_BYTES);
      const key = Buffer.alloc(RANGE_KEY_BYTES);
      writeRangeKey(key, from.timeMs, from.id);
      let taken = 0;
      if (n !== null && count > 0) {
        for (const row of items.iterate({ scope: n, key }) as IterableIterator<[Buffer, number]>) {
          const [packed, held] = row;
          for (let at = 0; at < held * RANGE_ITEM_BYTES && taken < count; at += RANGE_ITEM_BYTES) {
            if (packed.readUIntBE(at + RANGE_KEY_BYTES, ARRIVAL_BYTES) > arrivalMax) continue;
            if (taken === 0 && packed.compare(key, 0, RANGE_KEY_BYTES, at, at + RANGE_KEY_BYTES) < 0)
              continue;
            timesMs[taken] = timeAt(packed, at);
            ids.set(packed.subarray(at + TIME_BYTES, at + RANGE_KEY_BYTES), taken * ID_BYTES);
            taken += 1;
          }
          if (taken === count) break;
        }
      }
      return { timesMs: timesMs.subarray(0, taken), ids: ids.subarray(0, taken * ID_BYTES) };
    },
    keptRoots(scope) {
      const n = names.number(scope);
      return n === null ? [] : (roots.all(n) as KeptRoot[]);
    },
    keptCells(scope) {
      const n = names.number(scope);
      return n === null ? null : ((cells.get(n) as KeptCells | undefined) ?? null);
    },
  };
}

function timeAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
