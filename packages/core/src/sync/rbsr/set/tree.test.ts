import { describe, expect, it } from "vitest";
import { sha256, utf8 } from "../../../crypto/index.ts";
import { RBSR_LEAF_ITEMS_MAX } from "../../limits.ts";
import { addIds, createIdSum } from "./id-sum.ts";
import { createTree, insertIntoTree, visitLeaves } from "./tree.ts";
import type { Node } from "./tree.ts";

function fill(timestamps: readonly number[]): Node {
  let root: Node = createTree();
  timestamps.forEach((timestamp, n) => {
    const id = sha256(utf8(String(n)));
    const sum = createIdSum();
    addIds(sum, new DataView(id.buffer, id.byteOffset, id.length), { from: 0, to: 1 });
    root = insertIntoTree(root, { timestamp, id, sum }) ?? root;
  });
  return root;
}

function leavesOf(root: Node): number[] {
  const counts: number[] = [];
  visitLeaves(root, { from: 0, to: root.count }, (_, from, to) => counts.push(to - from));
  return counts;
}

const FULL = RBSR_LEAF_ITEMS_MAX;
const range = (count: number, of: (n: number) => number): number[] =>
  Array.from({ length: count }, (_, n) => of(n));

describe("the shape of a tree", () => {
  it("[RB20] items that descend just behind a full leaf share leaves: nobody can order a leaf for each item", () => {
    const far = 1_000_000;
    const items = [
      // A full leaf and one item far behind it, so that the full leaf is not the last.
      ...range(FULL, (n) => n),
      far,
      ...range(20_000, (n) => far - 1 - n),
    ];
    const leaves = leavesOf(fill(items));
    expect(items.length / leaves.length).toBeGreaterThan(FULL / 2 - 1);
  });

  it("[RB20] what is appended fills its leaves, and in any other order they are half full at least", () => {
    const count = 20_000;
    const mean = (timestamps: readonly number[]) => timestamps.length / leavesOf(fill(timestamps)).length;
    expect(mean(range(count, (n) => n))).toBeGreaterThan(FULL * 0.98);
    expect(mean(range(count, (n) => count - n))).toBeGreaterThanOrEqual(FULL / 2 - 1);
    expect(mean(range(count, (n) => (n * 7_919) % count))).toBeGreaterThan(FULL / 2);
    // To and fro at the end: each pair skips ahead and then fills in below.
    expect(mean(range(count, (n) => (n % 2 === 0 ? n * 2 : n * 2 - 3)))).toBeGreaterThan(FULL / 2 - 1);
  });
});
