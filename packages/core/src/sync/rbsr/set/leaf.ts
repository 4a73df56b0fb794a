/**
 * Up to 256 items of a tree, packed: a double and 32 bytes each, no object an item. Owns layout, order and
 * search; refuses to know its neighbours. Room grows with use, so that a thousand small scopes cost little.
 */
import { RBSR_LEAF_ITEMS_MAX } from "../../limits.ts";
import { addIds, addSum, carrySum, createIdSum, ID_BYTES } from "./id-sum.ts";
import type { IdSum } from "./id-sum.ts";

const ROOM_FIRST = 8;

export interface Leaf {
  readonly kind: "leaf";
  count: number;
  /** Of all items, carried. */
  readonly sum: IdSum;
  timestamps: Float64Array;
  ids: Uint8Array;
  view: DataView;
}

export function createLeaf(room = ROOM_FIRST): Leaf {
  const ids = new Uint8Array(room * ID_BYTES);
  const view = new DataView(ids.buffer);
  return { kind: "leaf", count: 0, sum: createIdSum(), timestamps: new Float64Array(room), ids, view };
}

/** Negative when the item lies before the bound; 0 when it begins with a prefix that is as long as an id. */
export function compareItem(leaf: Leaf, index: number, timestamp: number, prefix: Uint8Array): number {
  const byTime = (leaf.timestamps[index] as number) - timestamp;
  if (byTime !== 0) return byTime;
  const at = index * ID_BYTES;
  for (let i = 0; i < prefix.length; i += 1) {
    const byByte = (leaf.ids[at + i] as number) - (prefix[i] as number);
    if (byByte !== 0) return byByte;
  }
  return 0;
}

/** Index of the first item at or after the bound, the count if there is none. */
export function searchLeaf(leaf: Leaf, timestamp: number, prefix: Uint8Array): number {
  let low = 0;
  let high = leaf.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareItem(leaf, middle, timestamp, prefix) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The leaf must have fewer than RBSR_LEAF_ITEMS_MAX items. */
export function insertItem(leaf: Leaf, index: number, timestamp: number, id: Uint8Array): void {
  if (leaf.count === leaf.timestamps.length) grow(leaf);
  leaf.timestamps.copyWithin(index + 1, index, leaf.count);
  leaf.ids.copyWithin((index + 1) * ID_BYTES, index * ID_BYTES, leaf.count * ID_BYTES);
  leaf.timestamps[index] = timestamp;
  leaf.ids.set(id, index * ID_BYTES);
  leaf.count += 1;
}

function grow(leaf: Leaf): void {
  const larger = createLeaf(Math.min(leaf.timestamps.length * 2, RBSR_LEAF_ITEMS_MAX));
  larger.timestamps.set(leaf.timestamps);
  larger.ids.set(leaf.ids);
  leaf.timestamps = larger.timestamps;
  leaf.ids = larger.ids;
  leaf.view = larger.view;
}

/** Moves the items from `index` on into a new leaf. */
export function splitLeaf(leaf: Leaf, index: number): Leaf {
  const right = createLeaf(index === leaf.count ? ROOM_FIRST : RBSR_LEAF_ITEMS_MAX);
  right.timestamps.set(leaf.timestamps.subarray(index, leaf.count));
  right.ids.set(leaf.ids.subarray(index * ID_BYTES, leaf.count * ID_BYTES));
  right.count = leaf.count - index;
  leaf.count = index;
  addIds(right.sum, right.view, { from: 0, to: right.count });
  carrySum(right.sum);
  addSum(leaf.sum, right.sum, -1);
  carrySum(leaf.sum);
  return right;
}

/** Adds the ids from `from` to `to`, whichever way is shorter: those, or all less the others. */
export function addLeafRange(sum: IdSum, leaf: Leaf, from: number, to: number): void {
  if ((to - from) * 2 <= leaf.count) {
    addIds(sum, leaf.view, { from, to });
    return;
  }
  addSum(sum, leaf.sum);
  addIds(sum, leaf.view, { from: 0, to: from, times: -1 });
  addIds(sum, leaf.view, { from: to, to: leaf.count, times: -1 });
}
