/**
 * A B+ tree of leaves whose nodes know the count and the sum of what lies below: insert, search and the sum
 * of any range are O(log n). Owns shape and sums; nodes are never emptied, for nothing is ever removed.
 */
import { RBSR_LEAF_ITEMS_MAX, RBSR_NODE_CHILDREN_MAX } from "../../limits.ts";
import { addCarried, addSum, carrySum, createIdSum } from "./id-sum.ts";
import type { IdSum } from "./id-sum.ts";
import {
  addLeafRange,
  compareItem,
  compareStart,
  createLeaf,
  insertItem,
  itemsOf,
  openLeaf,
  searchLeaf,
  splitLeaf,
} from "./leaf.ts";
import type { Leaf, LeafSource } from "./leaf.ts";

export interface Inner {
  readonly kind: "inner";
  count: number;
  /** Of all items below, carried. */
  readonly sum: IdSum;
  /** At least one. */
  children: Node[];
  /** The leftmost leaf below stays the same one: splitting makes new nodes to the right. */
  readonly first: Leaf;
}

export type Node = Leaf | Inner;

/** An item with its id read as a sum, so that it is read once for all levels. */
export interface NewItem {
  readonly timestamp: number;
  readonly id: Uint8Array;
  readonly sum: IdSum;
}

function firstLeaf(node: Node): Leaf {
  return node.kind === "leaf" ? node : node.first;
}

function createInner(children: Node[]): Inner {
  const inner: Inner = {
    kind: "inner",
    count: 0,
    sum: createIdSum(),
    children,
    first: firstLeaf(children[0] as Node),
  };
  for (const child of children) {
    inner.count += child.count;
    addSum(inner.sum, child.sum);
  }
  carrySum(inner.sum);
  return inner;
}

/**
 * The last child that begins before the bound, the first one if none does. With `orAt` also one that begins at it:
 * right for whole ids only, since many items may begin with the same prefix.
 */
function childBefore(
  inner: Inner,
  { timestamp, prefix, orAt }: { timestamp: number; prefix: Uint8Array; orAt: boolean },
): number {
  const limit = orAt ? 1 : 0;
  let low = 1;
  let high = inner.children.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareStart(firstLeaf(inner.children[middle] as Node), timestamp, prefix) < limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Index of the first item at or after the bound. */
export function searchTree(root: Node, timestamp: number, prefix: Uint8Array): number {
  let before = 0;
  let node = root;
  while (node.kind === "inner") {
    const at = childBefore(node, { timestamp, prefix, orAt: false });
    for (let i = 0; i < at; i += 1) before += (node.children[i] as Node).count;
    node = node.children[at] as Node;
  }
  return before + searchLeaf(node, timestamp, prefix);
}

/** The root afterwards; null when the item is there already. */
export function insertIntoTree(root: Node, item: NewItem): Node | null {
  const added = insertBelow(root, item, true);
  if (added === null) return null;
  return added === root ? root : createInner([root, added]);
}

/**
 * null: there already. The node itself: done. Another node: done, and that one is its new right neighbour. `isLast`:
 * nothing lies to the right of the node.
 */
function insertBelow(node: Node, item: NewItem, isLast: boolean): Node | null {
  return node.kind === "leaf" ? insertIntoLeaf(node, item, isLast) : insertIntoInner(node, item, isLast);
}

function insertIntoLeaf(leaf: Leaf, item: NewItem, isLast: boolean): Leaf | null {
  const { timestamp, id } = item;
  const index = searchLeaf(leaf, timestamp, id);
  if (index < leaf.count && compareItem(itemsOf(leaf), index, timestamp, id) === 0) return null;
  if (leaf.count < RBSR_LEAF_ITEMS_MAX) {
    insertItem(leaf, index, timestamp, id);
    addCarried(leaf.sum, item.sum);
    return leaf;
  }
  // Histories grow at their end: leaving the full leaf full there keeps memory at 40 bytes an item. At no other place:
  // of items that descend just behind a full leaf each would get a leaf of its own, and anyone can write such times.
  const isAppend = isLast && index === leaf.count;
  const right = isAppend ? openLeaf(leaf, timestamp, id) : splitLeaf(leaf, leaf.count >>> 1);
  const into = !isAppend && index <= leaf.count ? leaf : right;
  insertItem(into, into === leaf ? index : index - leaf.count, timestamp, id);
  addCarried(into.sum, item.sum);
  return right;
}

function insertIntoInner(inner: Inner, item: NewItem, isLast: boolean): Inner | null {
  const at = childBefore(inner, { timestamp: item.timestamp, prefix: item.id, orAt: true });
  const child = inner.children[at] as Node;
  const added = insertBelow(child, item, isLast && at === inner.children.length - 1);
  if (added === null) return null;
  inner.count += 1;
  addCarried(inner.sum, item.sum);
  if (added === child) return inner;
  inner.children.splice(at + 1, 0, added);
  if (inner.children.length <= RBSR_NODE_CHILDREN_MAX) return inner;
  const half = isLast && at + 2 === inner.children.length ? at + 1 : inner.children.length >>> 1;
  const right = createInner(inner.children.splice(half));
  inner.count -= right.count;
  addSum(inner.sum, right.sum, -1);
  carrySum(inner.sum);
  return right;
}

/** Adds the ids of the items from `from` to `to`. */
export function addTreeRange(sum: IdSum, node: Node, from: number, to: number): void {
  if (from >= to) return;
  if (from === 0 && to === node.count) {
    addSum(sum, node.sum);
    return;
  }
  if (node.kind === "leaf") {
    addLeafRange(sum, node, from, to);
    return;
  }
  let start = 0;
  for (const child of node.children) {
    if (start >= to) return;
    const end = start + child.count;
    if (end > from) addTreeRange(sum, child, Math.max(from - start, 0), Math.min(to - start, child.count));
    start = end;
  }
}

/** Calls back with each run of items of one leaf, in order. */
export function visitLeaves(
  node: Node,
  { from, to }: { from: number; to: number },
  visit: (leaf: Leaf, from: number, to: number) => void,
): void {
  if (from >= to) return;
  if (node.kind === "leaf") {
    visit(node, from, to);
    return;
  }
  let start = 0;
  for (const child of node.children) {
    if (start >= to) return;
    const inside = { from: Math.max(from - start, 0), to: Math.min(to - start, child.count) };
    visitLeaves(child, inside, visit);
    start += child.count;
  }
}

/** The leaf that holds an index, and where in it. */
export function locate(root: Node, index: number): { leaf: Leaf; at: number } {
  let at = index;
  let node = root;
  while (node.kind === "inner") {
    let next = node.children[0] as Node;
    for (let i = 1; at >= next.count && i < node.children.length; i += 1) {
      at -= next.count;
      next = node.children[i] as Node;
    }
    node = next;
  }
  return { leaf: node, at };
}

export function createTree(source: LeafSource | null = null): Node {
  return createLeaf(source);
}

/** The tree over leaves that ascend; one without any is empty. */
export function buildTree(leaves: readonly Leaf[], source: LeafSource): Node {
  let level: Node[] = [...leaves];
  while (level.length > 1) {
    const above: Node[] = [];
    for (let at = 0; at < level.length; at += RBSR_NODE_CHILDREN_MAX)
      above.push(createInner(level.slice(at, at + RBSR_NODE_CHILDREN_MAX)));
    level = above;
  }
  return level[0] ?? createLeaf(source);
}
