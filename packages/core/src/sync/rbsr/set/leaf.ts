/**
 * Up to 256 items of a tree, packed: a double and 32 bytes each, no object an item. Owns layout, order and
 * search; refuses to know its neighbours. Room grows with use, so that a thousand small scopes cost little. Items that
 * a store keeps as well need not stay in memory: a cold leaf knows its start, count and sum, and reads them when asked.
 */
import { RBSR_LEAF_ITEMS_MAX } from "../../limits.ts";
import { addIds, addSum, carrySum, createIdSum, ID_BYTES } from "./id-sum.ts";
import type { IdSum } from "./id-sum.ts";

const ROOM_FIRST = 8;

/** Where the items of cold leaves come from. */
export interface LeafSource {
  /** Exactly the leaf's items, in room for at least as many. Throws RANGE_SET_DAMAGED. */
  read(leaf: Leaf): LeafItems;
  /** The leaf was used, and is among the last to be made cold. */
  touch(leaf: Leaf): void;
}

export interface LeafItems {
  readonly timestamps: Float64Array;
  readonly ids: Uint8Array;
  readonly view: DataView;
}

export interface Leaf {
  readonly kind: "leaf";
  /** null: the items are in memory only. */
  readonly source: LeafSource | null;
  /** Not after the first item; every leaf but the first of a tree begins with an item that lies there. */
  readonly startMs: number;
  readonly startId: Uint8Array;
  count: number;
  /** Of all items, carried. */
  readonly sum: IdSum;
  /** null: cold. */
  items: LeafItems | null;
}

const NO_ID = new Uint8Array(ID_BYTES);

/** The first leaf of a tree that holds nothing yet. */
export function createLeaf(source: LeafSource | null = null): Leaf {
  const start = { startMs: 0, startId: NO_ID };
  return { kind: "leaf", source, ...start, count: 0, sum: createIdSum(), items: makeItems(ROOM_FIRST) };
}

/** A leaf whose items are in the store. `id` and `sum` have 32 bytes. */
export function createColdLeaf(
  source: LeafSource,
  { timeMs, id, count, sum }: { timeMs: number; id: Uint8Array; count: number; sum: Uint8Array },
): Leaf {
  const lanes = createIdSum();
  addIds(lanes, new DataView(sum.buffer, sum.byteOffset, ID_BYTES), { from: 0, to: 1 });
  return { kind: "leaf", source, startMs: timeMs, startId: id.slice(), count, sum: lanes, items: null };
}

export function makeItems(room: number): LeafItems {
  const ids = new Uint8Array(room * ID_BYTES);
  return { timestamps: new Float64Array(room), ids, view: new DataView(ids.buffer) };
}

/** Throws RANGE_SET_DAMAGED when the store does not give what the leaf was said to hold. */
export function itemsOf(leaf: Leaf): LeafItems {
  leaf.items ??= (leaf.source as LeafSource).read(leaf);
  leaf.source?.touch(leaf);
  return leaf.items;
}

/** Negative when the leaf begins before the bound; 0 when it begins with a prefix that is as long as an id. */
export function compareStart(leaf: Leaf, timestamp: number, prefix: Uint8Array): number {
  return leaf.startMs - timestamp || comparePrefix(leaf.startId, 0, prefix);
}

/** The same of one item. */
export function compareItem(items: LeafItems, index: number, timestamp: number, prefix: Uint8Array): number {
  return (
    (items.timestamps[index] as number) - timestamp || comparePrefix(items.ids, index * ID_BYTES, prefix)
  );
}

function comparePrefix(ids: Uint8Array, at: number, prefix: Uint8Array): number {
  for (let i = 0; i < prefix.length; i += 1) {
    const byByte = (ids[at + i] as number) - (prefix[i] as number);
    if (byByte !== 0) return byByte;
  }
  return 0;
}

/** Index of the first item at or after the bound, the count if there is none. */
export function searchLeaf(leaf: Leaf, timestamp: number, prefix: Uint8Array): number {
  const items = itemsOf(leaf);
  let low = 0;
  let high = leaf.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareItem(items, middle, timestamp, prefix) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The leaf must have fewer than RBSR_LEAF_ITEMS_MAX items. */
export function insertItem(leaf: Leaf, index: number, timestamp: number, id: Uint8Array): void {
  let items = itemsOf(leaf);
  if (leaf.count === items.timestamps.length) items = grow(leaf, items);
  items.timestamps.copyWithin(index + 1, index, leaf.count);
  items.ids.copyWithin((index + 1) * ID_BYTES, index * ID_BYTES, leaf.count * ID_BYTES);
  items.timestamps[index] = timestamp;
  items.ids.set(id, index * ID_BYTES);
  leaf.count += 1;
}

function grow(leaf: Leaf, items: LeafItems): LeafItems {
  const larger = makeItems(Math.min(Math.max(items.timestamps.length * 2, ROOM_FIRST), RBSR_LEAF_ITEMS_MAX));
  larger.timestamps.set(items.timestamps);
  larger.ids.set(items.ids);
  leaf.items = larger;
  return larger;
}

/** An empty right neighbour that begins with an item yet to be inserted. */
export function openLeaf(leaf: Leaf, timestamp: number, id: Uint8Array): Leaf {
  const start = { startMs: timestamp, startId: id.slice() };
  return {
    kind: "leaf",
    source: leaf.source,
    ...start,
    count: 0,
    sum: createIdSum(),
    items: makeItems(ROOM_FIRST),
  };
}

/** Moves the items from `index` on, one or more, into a new leaf. */
export function splitLeaf(leaf: Leaf, index: number): Leaf {
  const from = itemsOf(leaf);
  const items = makeItems(RBSR_LEAF_ITEMS_MAX);
  items.timestamps.set(from.timestamps.subarray(index, leaf.count));
  items.ids.set(from.ids.subarray(index * ID_BYTES, leaf.count * ID_BYTES));
  const right: Leaf = {
    kind: "leaf",
    source: leaf.source,
    startMs: items.timestamps[0] as number,
    startId: items.ids.slice(0, ID_BYTES),
    count: leaf.count - index,
    sum: createIdSum(),
    items,
  };
  leaf.count = index;
  addIds(right.sum, items.view, { from: 0, to: right.count });
  carrySum(right.sum);
  addSum(leaf.sum, right.sum, -1);
  carrySum(leaf.sum);
  return right;
}

/** Adds the ids from `from` to `to`, whichever way is shorter: those, or all less the others. */
export function addLeafRange(sum: IdSum, leaf: Leaf, from: number, to: number): void {
  const { view } = itemsOf(leaf);
  if ((to - from) * 2 <= leaf.count) {
    addIds(sum, view, { from, to });
    return;
  }
  addSum(sum, leaf.sum);
  addIds(sum, view, { from: 0, to: from, times: -1 });
  addIds(sum, view, { from: to, to: leaf.count, times: -1 });
}
