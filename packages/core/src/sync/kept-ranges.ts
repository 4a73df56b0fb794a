/**
 * A scope's set for ranges, over the leaves that the store keeps and what has arrived since. Where the store's leaves turn
 * out not to be what they say, the set is built from the ids instead, in the midst of an answer too, and the store is
 * told. Equal to a rebuild at any time. spec/sync SY26, spec/sync-ranges RB21-RB23.
 */
import { CoreError } from "../crypto/errors.ts";
import { idBytes } from "../ids.ts";
import type { ScopeId } from "../ids.ts";
import { StoreError } from "../ports/index.ts";
import type { ArrivedId } from "../ports/index.ts";
import { createRangeSet, createStoredRangeSet } from "./rbsr/index.ts";
import type { LeafCache, MemoryRangeSet, RangeSet } from "./rbsr/index.ts";
import type { SetReader } from "./set-index.ts";

export interface KeptRanges {
  /** As it is now; it changes only when it is asked for again. */
  current(): RangeSet;
}

export interface KeptRangesOptions {
  readonly scope: ScopeId;
  readonly reader: Pick<SetReader, "rangeLeaves" | "rangeItems">;
  readonly arrivedAfter: (arrival: number) => Iterable<ArrivedId>;
  readonly leaves: LeafCache;
  /** The store's leaves are not to be believed: nothing is read from them. */
  readonly isDamaged: boolean;
  readonly onDamaged: () => void;
}

export function createKeptRanges(options: KeptRangesOptions): KeptRanges {
  const { scope, reader, arrivedAfter, leaves, onDamaged } = options;
  let set: MemoryRangeSet = createRangeSet();
  let arrival = 0;

  function open(): void {
    if (options.isDamaged) return;
    const kept = reader.rangeLeaves(scope);
    if (kept === null) {
      onDamaged();
      return;
    }
    arrival = kept.arrival;
    const source = leaves.source((leaf) =>
      reader.rangeItems(
        scope,
        { timeMs: leaf.startMs, id: leaf.startId },
        { count: leaf.count, arrivalMax: arrival },
      ),
    );
    set = createStoredRangeSet(kept.leaves, source);
  }

  /** The same set from its ids alone. */
  function remake(): void {
    const rebuilt = createRangeSet();
    for (const row of arrivedAfter(0)) {
      if (row.arrival > arrival) break;
      rebuilt.insert(row.timeMs, idBytes(row.id));
    }
    set = rebuilt;
    onDamaged();
  }

  function guarded<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      if (!isDamage(error)) throw error;
      remake();
      return read();
    }
  }

  const view: RangeSet = {
    get size() {
      return set.size;
    },
    timestampAt: (index) => guarded(() => set.timestampAt(index)),
    idAt: (index) => guarded(() => set.idAt(index)),
    lowerBound: (timestamp, prefix) => guarded(() => set.lowerBound(timestamp, prefix)),
    fingerprint: (from, to) => guarded(() => set.fingerprint(from, to)),
    packedIds: (from, to) => guarded(() => set.packedIds(from, to)),
  };

  guarded(open);
  return {
    current() {
      for (const row of arrivedAfter(arrival)) {
        guarded(() => set.insert(row.timeMs, idBytes(row.id)));
        arrival = row.arrival;
      }
      return view;
    },
  };
}

function isDamage(error: unknown): boolean {
  if (error instanceof StoreError) return error.code === "STORE_CORRUPT";
  return error instanceof CoreError && error.code === "RANGE_SET_DAMAGED";
}
