/**
 * The first cells of each scope for datagrams, kept up by reading what has arrived, and the newest ids of each, among
 * which short ids are found. Reads no more at a time than its caller allows: a beat must not walk a long history, and
 * no peer can make it do so. Reconciliations have an index of their own, set-index. spec/sync SY33-SY35.
 */
import type { EventId, ScopeId, ShortId } from "../ids.ts";
import type { ArrivedId } from "../ports/index.ts";
import {
  CELL_STAGES,
  DIGEST_READ_ROWS_MAX,
  DIGEST_RECENT_IDS_MAX,
  DIGEST_RUSH_EVENTS,
  INDEXED_SCOPES_MAX,
} from "./limits.ts";
import { createDaySketch, idsOf } from "./kept-sketch.ts";
import type { DaySketch, SetKeeper } from "./kept-sketch.ts";
import { scopeCellKey, findByShortId, shortIdOf } from "./riblt/short-id.ts";
import type { ArrivalReader } from "./set-index.ts";

export interface ScopeDigest {
  readonly key: Uint8Array;
  /** Ids in the set. */
  readonly events: number;
  readonly cells: Uint8Array;
}

export interface RecentIds {
  readonly ids: readonly ArrivedId[];
  /** There is nothing before them. */
  readonly isAll: boolean;
}

export interface DigestIndex {
  /** Events of the scope were stored. */
  note(scope: ScopeId): void;
  /** Once a beat: as many rows may be read again. */
  refill(): void;
  /** The scope as it is, under the key of our own day; null while its history has not been read yet, and in a rush. */
  own(scope: ScopeId, day: number): ScopeDigest | null;
  /** The same under the day of a peer's clock, which may be another. One such day is kept for each scope. */
  under(scope: ScopeId, day: number): ScopeDigest | null;
  /** The newest arrivals as far as they have been read, in no order. */
  recent(scope: ScopeId): RecentIds;
  /** Those of the newest ids that have these short ids. */
  find(scope: ScopeId, day: number, shorts: readonly ShortId[]): Map<ShortId, EventId>;
  /** Drops what is in memory of the scope. */
  forget(scope: ScopeId): void;
}

/** The cells of one datagram. */
const [LENGTH] = CELL_STAGES;

interface Sketched {
  readonly sketch: DaySketch;
  /** Everything that was noted has been read. */
  isFull: boolean;
  cells: Uint8Array | null;
}

interface Entry {
  own: Sketched | null;
  foreign: Sketched | null;
  /** The newest arrivals, the oldest first once it is full: a ring with its next place. */
  readonly recent: ArrivedId[];
  next: number;
  /** The last arrival among them, and how many there were. */
  arrival: number;
  count: number;
  /** Notes since our own digest was asked for last. */
  noted: number;
}

/** Without a keeper cells begin anew with each process. */
export function createDigestIndex(reader: ArrivalReader, keeper: SetKeeper | null = null): DigestIndex {
  // The least recently asked about first.
  const entries = new Map<ScopeId, Entry>();
  let rowsLeft = DIGEST_READ_ROWS_MAX;

  function entryOf(scope: ScopeId): Entry {
    const entry = entries.get(scope) ?? {
      own: null,
      foreign: null,
      recent: [],
      next: 0,
      arrival: 0,
      count: 0,
      noted: 0,
    };
    entries.delete(scope);
    entries.set(scope, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= INDEXED_SCOPES_MAX) break;
      entries.delete(oldest);
    }
    return entry;
  }

  function remember(entry: Entry, row: ArrivedId): void {
    if (row.arrival <= entry.arrival) return;
    entry.arrival = row.arrival;
    entry.count += 1;
    entry.recent[entry.next] = row;
    entry.next = (entry.next + 1) % DIGEST_RECENT_IDS_MAX;
  }

  /** What kept cells go on from is not read for them: of it the newest alone. */
  function skipTo(scope: ScopeId, entry: Entry, { arrival, size }: DaySketch): void {
    if (arrival <= entry.arrival) return;
    const newest = reader.idsBefore(scope, arrival + 1, DIGEST_RECENT_IDS_MAX).reverse();
    rowsLeft -= newest.length;
    for (const row of newest) remember(entry, row);
    entry.count = size;
  }

  /** Reads what has arrived, as far as it may. */
  function advance(scope: ScopeId, entry: Entry, of: Sketched): ScopeDigest | null {
    while (!of.isFull && rowsLeft > 0) {
      const limit = rowsLeft;
      const rows = reader.idsOfScope(scope, of.sketch.arrival, limit);
      rowsLeft -= rows.length;
      for (const row of rows) {
        of.sketch.add(row);
        remember(entry, row);
      }
      if (rows.length > 0) of.cells = null;
      of.isFull = rows.length < limit;
    }
    if (!of.isFull) return null;
    of.sketch.settle();
    of.cells ??= of.sketch.cells(0, LENGTH);
    return { key: of.sketch.key, events: of.sketch.size, cells: of.cells };
  }

  return {
    note(scope) {
      const entry = entries.get(scope);
      if (entry === undefined) return;
      entry.noted += 1;
      if (entry.own) entry.own.isFull = false;
      if (entry.foreign) entry.foreign.isFull = false;
    },
    refill() {
      rowsLeft = DIGEST_READ_ROWS_MAX;
    },
    own(scope, day) {
      const entry = entryOf(scope);
      const isRushed = entry.noted > DIGEST_RUSH_EVENTS;
      entry.noted = 0;
      if (isRushed) return null;
      if (entry.own?.sketch.day !== day) {
        entry.own = createSketched(scope, day, keeper);
        skipTo(scope, entry, entry.own.sketch);
      }
      return advance(scope, entry, entry.own);
    },
    under(scope, day) {
      const entry = entryOf(scope);
      if (entry.own?.sketch.day === day) return advance(scope, entry, entry.own);
      if (entry.foreign?.sketch.day !== day) entry.foreign = createSketched(scope, day, null);
      return advance(scope, entry, entry.foreign);
    },
    recent(scope) {
      const entry = entries.get(scope);
      return { ids: entry?.recent ?? [], isAll: entry !== undefined && entry.count === entry.recent.length };
    },
    find(scope, day, shorts) {
      const entry = entries.get(scope);
      return entry
        ? findByShortId(scopeCellKey(scope, day), shorts, idsOf(entry.recent))
        : new Map<ShortId, EventId>();
    },
    forget: (scope) => void entries.delete(scope),
  };
}

function createSketched(scope: ScopeId, day: number, keeper: SetKeeper | null): Sketched {
  return {
    sketch: createDaySketch({ scope, day, keeper, length: LENGTH }),
    isFull: false,
    cells: null,
  };
}

/** Short ids under a day's key. */
export function shortIdsOf(scope: ScopeId, day: number, ids: Iterable<EventId>): Set<ShortId> {
  const key = scopeCellKey(scope, day);
  const shorts = new Set<ShortId>();
  for (const id of ids) shorts.add(shortIdOf(key, id));
  return shorts;
}
