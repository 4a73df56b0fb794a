/**
 * A RangeSet in memory: about 40 bytes an item that was appended, 60 if inserted at random, and half a byte an item that
 * is in the store and not in use. Owns the checks of what goes in; the tree below believes them. spec/sync-ranges RB3, RB5,
 * RB21.
 */
import { coreError } from "../../../crypto/errors.ts";
import type { RangeLeaf } from "../../../ports/index.ts";
import { RBSR_TIMESTAMP_MAX } from "../../limits.ts";
import { addIds, createIdSum, fingerprintOf, ID_BYTES } from "./id-sum.ts";
import type { RangeSet } from "./range-set.ts";
import { createColdLeaf, itemsOf } from "./leaf.ts";
import type { LeafSource } from "./leaf.ts";
import {
  addTreeRange,
  buildTree,
  createTree,
  insertIntoTree,
  locate,
  searchTree,
  visitLeaves,
} from "./tree.ts";
import type { Node } from "./tree.ts";

export interface MemoryRangeSet extends RangeSet {
  /**
   * Milliseconds and 32 bytes, which are copied. False when the pair is there already. Throws RANGE_SET_ITEM.
   */
  insert(timestamp: number, id: Uint8Array): boolean;
}

/** An empty set whose items stay in memory. */
export function createRangeSet(): MemoryRangeSet {
  return createSetOver(createTree());
}

/** The set that these leaves are, of which only those in use stay in memory. Reading one may throw RANGE_SET_DAMAGED. */
export function createStoredRangeSet(leaves: readonly RangeLeaf[], source: LeafSource): MemoryRangeSet {
  return createSetOver(
    buildTree(
      leaves.map((leaf) => createColdLeaf(source, leaf)),
      source,
    ),
  );
}

function createSetOver(tree: Node): MemoryRangeSet {
  let root = tree;
  const inserted = createIdSum();
  const summed = createIdSum();

  function check(from: number, to: number): void {
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < from || to > root.count) {
      throw coreError("RANGE_SET_INDEX", `items ${from} to ${to} of ${root.count}; ask within the set`);
    }
  }

  return {
    get size() {
      return root.count;
    },
    insert(timestamp, id) {
      if (
        !Number.isInteger(timestamp) ||
        timestamp < 0 ||
        timestamp > RBSR_TIMESTAMP_MAX ||
        id.length !== ID_BYTES
      ) {
        throw coreError(
          "RANGE_SET_ITEM",
          `time ${timestamp} with an id of ${id.length} bytes; give whole milliseconds and ${ID_BYTES} bytes`,
        );
      }
      inserted.fill(0);
      addIds(inserted, new DataView(id.buffer, id.byteOffset, ID_BYTES), { from: 0, to: 1 });
      const grown = insertIntoTree(root, { timestamp, id, sum: inserted });
      if (grown === null) return false;
      root = grown;
      return true;
    },
    timestampAt(index) {
      check(index, index + 1);
      const { leaf, at } = locate(root, index);
      return itemsOf(leaf).timestamps[at] as number;
    },
    idAt(index) {
      check(index, index + 1);
      const { leaf, at } = locate(root, index);
      return itemsOf(leaf).ids.slice(at * ID_BYTES, (at + 1) * ID_BYTES);
    },
    lowerBound: (timestamp, prefix) => searchTree(root, timestamp, prefix),
    fingerprint(from, to) {
      check(from, to);
      summed.fill(0);
      addTreeRange(summed, root, from, to);
      return fingerprintOf(summed, to - from);
    },
    packedIds(from, to) {
      check(from, to);
      const packed = new Uint8Array((to - from) * ID_BYTES);
      let written = 0;
      visitLeaves(root, { from, to }, (leaf, start, end) => {
        packed.set(itemsOf(leaf).ids.subarray(start * ID_BYTES, end * ID_BYTES), written);
        written += (end - start) * ID_BYTES;
      });
      return packed;
    },
  };
}
