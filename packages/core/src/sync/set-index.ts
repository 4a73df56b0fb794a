/**
 * What the rungs read of a scope's ids: cells under the keys of a day, and a set for ranges. Read from what the store
 * keeps and kept up by reading what has arrived since, so that it is equal to a rebuild whatever came in between.
 * Owns these caches and their number; the ids are the store's. spec/sync SY26, SY27.
 */
import type { EventId, ScopeId, ShortId } from "../ids.ts";
import type { ArrivedId, BucketCount, KeptStructures } from "../ports/index.ts";
import { createDaySketch } from "./kept-sketch.ts";
import type { DaySketch, SetKeeper } from "./kept-sketch.ts";
import { CELLS_MAX, INDEXED_SCOPES_MAX } from "./limits.ts";
import { createKeptRanges } from "./kept-ranges.ts";
import type { KeptRanges } from "./kept-ranges.ts";
import { createLeafCache } from "./rbsr/index.ts";
import type { RangeSet } from "./rbsr/index.ts";
import { createShortSearch } from "./short-search.ts";
import type { ShortSearch } from "./short-search.ts";

/** A scope's ids in the order of their arrival; an EventStore is one. */
export interface ArrivalReader extends Pick<KeptStructures, "idsBefore"> {
  idsOfScope(scope: ScopeId, afterArrival: number, limit: number): ArrivedId[];
}

/** What the index reads; an EventStore is one. */
export interface SetReader extends ArrivalReader, Pick<KeptStructures, "rangeLeaves" | "rangeItems"> {
  buckets(scope: ScopeId): BucketCount[];
}

export interface SetIndex {
  buckets: SetReader["buckets"];
  count(scope: ScopeId): number;
  /** The key of that day's cells, 16 bytes, and all cells as they are now. */
  cells(scope: ScopeId, day: number): { readonly key: Uint8Array; readonly cells: Uint8Array };
  byShortId(scope: ScopeId, day: number, shorts: readonly ShortId[]): ReadonlyMap<ShortId, EventId>;
  rangeSet(scope: ScopeId): RangeSet;
  /** Drops what is in memory of the scope: the next question reads what the store keeps. */
  forget(scope: ScopeId): void;
}

/** Ids read at a time. */
const READ_ROWS = 4_096;

interface Sketched {
  readonly sketch: DaySketch;
  /** From the first search on: most sides never look anything up. */
  search: ShortSearch | null;
}

/** Without a keeper cells begin anew with each process. */
export function createSetIndex(reader: SetReader, keeper: SetKeeper | null = null): SetIndex {
  // The least recently asked about first.
  const sketches = new Map<ScopeId, Sketched>();
  const ranges = new Map<ScopeId, KeptRanges>();
  const leaves = createLeafCache();
  /** Scopes whose kept leaves were found wrong: built from their ids until the process ends. */
  const damaged = new Set<ScopeId>();

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
    if (of?.sketch.day !== day) of = { sketch: createDaySketch({ scope, day, keeper }), search: null };
    for (const row of arrivedAfter(scope, of.sketch.arrival)) of.sketch.add(row);
    of.sketch.settle();
    touch(sketches, scope, of);
    return of;
  }

  function ranged(scope: ScopeId): KeptRanges {
    return createKeptRanges({
      scope,
      reader,
      leaves,
      arrivedAfter: (arrival) => arrivedAfter(scope, arrival),
      isDamaged: damaged.has(scope),
      onDamaged: () => {
        damaged.add(scope);
        keeper?.keep({ rebuild: [scope] });
      },
    });
  }

  return {
    buckets: (scope) => reader.buckets(scope),
    count: (scope) => reader.buckets(scope).reduce((sum, { count }) => sum + count, 0),
    cells(scope, day) {
      const { sketch } = sketched(scope, day);
      return { key: sketch.key, cells: sketch.cells(0, CELLS_MAX) };
    },
    byShortId(scope, day, shorts) {
      const of = sketched(scope, day);
      of.search ??= createShortSearch(reader, scope, of.sketch.key);
      return of.search.find(shorts);
    },
    rangeSet(scope) {
      const of = ranges.get(scope) ?? ranged(scope);
      const set = of.current();
      touch(ranges, scope, of);
      return set;
    },
    forget(scope) {
      damaged.delete(scope);
      sketches.delete(scope);
      ranges.delete(scope);
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
