/**
 * Keeps the items of the leaves that were used last in memory, over all sets of a node, and lets go of the others: what
 * sets cost is bounded however long their histories are. spec/sync-ranges RB22.
 */
import { coreError } from "../../../crypto/errors.ts";
import type { RangeItems } from "../../../ports/index.ts";
import { RANGE_LEAVES_WARM_MAX } from "../../limits.ts";
import { addIds, carrySum, createIdSum, ID_BYTES, SUM_LANES } from "./id-sum.ts";
import type { Leaf, LeafItems, LeafSource } from "./leaf.ts";

export interface LeafCache {
  /** The source of one set's leaves; `read` gives at most leaf.count items from the leaf's start on. */
  source(read: (leaf: Leaf) => RangeItems): LeafSource;
}

export function createLeafCache(): LeafCache {
  // The least recently used first.
  const warm = new Set<Leaf>();
  let last: Leaf | null = null;

  function touch(leaf: Leaf): void {
    // A leaf is used many times in a row.
    if (leaf === last) return;
    last = leaf;
    warm.delete(leaf);
    warm.add(leaf);
    for (const oldest of warm) {
      if (warm.size <= RANGE_LEAVES_WARM_MAX) return;
      warm.delete(oldest);
      oldest.items = null;
    }
  }

  return {
    source: (read) => ({ touch, read: (leaf) => checkItems(leaf, read(leaf)) }),
  };
}

/** A leaf that is not what its sum says would make every range over it differ, and no round would close it. */
function checkItems(leaf: Leaf, { timesMs, ids }: RangeItems): LeafItems {
  const view = new DataView(ids.buffer, ids.byteOffset, ids.byteLength);
  const sum = createIdSum();
  if (timesMs.length === leaf.count && ids.length === leaf.count * ID_BYTES) {
    addIds(sum, view, { from: 0, to: leaf.count });
    carrySum(sum);
    let same = 0;
    while (same < SUM_LANES && sum[same] === leaf.sum[same]) same += 1;
    if (same === SUM_LANES) return { timestamps: timesMs, ids, view };
  }
  throw coreError("RANGE_SET_DAMAGED", `a leaf of ${leaf.count} items is not what the store holds there`);
}
