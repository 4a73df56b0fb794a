/**
 * A RangeSet in memory: about 40 bytes an item that was appended, 60 if inserted at random. Owns the checks of
 * what goes in; the tree below believes them. spec/sync-ranges RB3, RB5.
 */
import { coreError } from "../../../crypto/errors.ts";
import { RBSR_TIMESTAMP_MAX } from "../../limits.ts";
import { addIds, createIdSum, fingerprintOf, ID_BYTES } from "./id-sum.ts";
import type { RangeSet } from "./range-set.ts";
import { addTreeRange, createTree, insertIntoTree, locate, searchTree, visitLeaves } from "./tree.ts";
import type { Node } from "./tree.ts";

export interface MemoryRangeSet extends RangeSet {
  /**
   * Milliseconds and 32 bytes, which are copied. False when the pair is there already. Throws RANGE_SET_ITEM.
   */
  insert(timestamp: number, id: Uint8Array): boolean;
}

export function createRangeSet(): MemoryRangeSet {
  let root: Node = createTree();
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
      return leaf.timestamps[at] as number;
    },
    idAt(index) {
      check(index, index + 1);
      const { leaf, at } = locate(root, index);
      return leaf.ids.slice(at * ID_BYTES, (at + 1) * ID_BYTES);
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
        packed.set(leaf.ids.subarray(start * ID_BYTES, end * ID_BYTES), written);
        written += (end - start) * ID_BYTES;
      });
      return packed;
    },
  };
}
