/**
 * What the rungs read of a scope's ids: cells under the keys of a day, and a set for ranges. Built when first asked
 * for and kept up by reading what has arrived since, so that it is equal to a rebuild whatever came in between.
 * Owns these caches and their number; the ids are the store's. spec/sync SY26, SY27.
 */
import { idBytes } from "../ids.ts";
import type { EventId, ScopeId, ShortId } from "../ids.ts";
import type { ArrivedId, BucketCount } from "../ports/index.ts";
import { CELLS_MAX, INDEXED_SCOPES_MAX } from "./limits.ts";
import { createRangeSet } from "./rbsr/index.ts";
import type { MemoryRangeSet, RangeSet } from "./rbsr/index.ts";
import { createCellSketch } from "./riblt/cell-sketch.ts";
import type { CellSketch } from "./riblt/cell-sketch.ts";
import { scopeCellKey, shortIdOf } from "./riblt/short-id.ts";
import { createShortTable } from "./riblt/short-table.ts";
import type { ShortTable } from "./riblt/short-table.ts";

/** What the index reads; an EventStore is one. */
export interface SetReader {
  buckets(scope: ScopeId): BucketCount[];
  idsOfScope(scope: ScopeId, afterArrival: number, limit: number): ArrivedId[];
}

export interface SetIndex {
  buckets: SetReader["buckets"];
  count(scope: ScopeId): number;
  /** The key of that day's cells, 16 bytes, and all cells as they are now. */
  cells(scope: ScopeId, day: number): { readonly key: Uint8Array; readonly cells: Uint8Array };
  byShortId(scope: ScopeId, day: number, shorts: readonly ShortId[]): ReadonlyMap<ShortId, EventId>;
  rangeSet(scope: ScopeId): RangeSet;
}

/** Ids read at a time. */
const READ_ROWS = 4_096;

interface Sketched {
  readonly day: number;
  readonly key: Uint8Array;
  readonly sketch: CellSketch;
  arrival: number;
  /** From the first search on: most sides never look anything up. */
  table: ShortTable | null;
  tableArrival: number;
}

interface Ranged {
  readonly set: MemoryRangeSet;
  arrival: number;
}

export function createSetIndex(reader: SetReader): SetIndex {
  // The least recently asked about first.
  const sketches = new Map<ScopeId, Sketched>();
  const ranges = new Map<ScopeId, Ranged>();

  function* arrivedAfter(scope: ScopeId, arrival: number): Generator<ArrivedId> {
    for (let after = arrival; ;) {
      const rows = reader.idsOfScope(scope, after, READ_ROWS);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < READ_ROWS) return;
      after = last.arrival;
    }
  }

  function sketched(scope: ScopeId, day: number): Sketched {
    let of = sketches.get(scope);
    if (of?.day !== day) {
      const key = scopeCellKey(scope, day);
      of = {
        day,
        key,
        sketch: createCellSketch({ key, length: CELLS_MAX }),
        arrival: 0,
        table: null,
        tableArrival: 0,
      };
    }
    for (const { arrival, id } of arrivedAfter(scope, of.arrival)) {
      of.sketch.add(id);
      of.arrival = arrival;
    }
    touch(sketches, scope, of);
    return of;
  }

  function tableOf(scope: ScopeId, of: Sketched): ShortTable {
    of.table ??= createShortTable();
    for (const { arrival, id } of arrivedAfter(scope, of.tableArrival)) {
      of.table.add(shortIdOf(of.key, id), arrival);
      of.tableArrival = arrival;
    }
    return of.table;
  }

  return {
    buckets: (scope) => reader.buckets(scope),
    count: (scope) => reader.buckets(scope).reduce((sum, { count }) => sum + count, 0),
    cells(scope, day) {
      const { key, sketch } = sketched(scope, day);
      return { key, cells: sketch.cells(0, CELLS_MAX) };
    },
    byShortId(scope, day, shorts) {
      const of = sketched(scope, day);
      const table = tableOf(scope, of);
      const found = new Map<ShortId, EventId>();
      for (const short of shorts) {
        for (const arrival of table.find(short)) {
          const id = reader.idsOfScope(scope, arrival - 1, 1)[0]?.id;
          if (id !== undefined && shortIdOf(of.key, id) === short) found.set(short, id);
        }
      }
      return found;
    },
    rangeSet(scope) {
      const of = ranges.get(scope) ?? { set: createRangeSet(), arrival: 0 };
      for (const { arrival, id, timeMs } of arrivedAfter(scope, of.arrival)) {
        of.set.insert(timeMs, idBytes(id));
        of.arrival = arrival;
      }
      touch(ranges, scope, of);
      return of.set;
    },
  };
}

function touch<Value>(map: Map<ScopeId, Value>, scope: ScopeId, value: Value): void {
  map.delete(scope);
  map.set(scope, value);
  for (const oldest of map.keys()) {
    if (map.size <= INDEXED_SCOPES_MAX) return;
    map.delete(oldest);
  }
}
