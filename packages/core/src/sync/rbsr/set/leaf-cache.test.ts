import { expect, it } from "vitest";
import { compareBytes } from "../../../crypto/index.ts";
import { createSeededRandom } from "../../../testing/seeded-random.ts";
import { RANGE_LEAVES_WARM_MAX, RBSR_LEAF_ITEMS_MAX } from "../../limits.ts";
import { addIds, carrySum, createIdSum, ID_BYTES } from "./id-sum.ts";
import { createLeafCache } from "./leaf-cache.ts";
import type { Leaf, LeafSource } from "./leaf.ts";
import { createRangeSet, createStoredRangeSet } from "./memory-range-set.ts";

interface Item {
  readonly timeMs: number;
  readonly id: Uint8Array;
}

const inOrder = (a: Item, b: Item): number => a.timeMs - b.timeMs || compareBytes(a.id, b.id);

function makeItems(count: number): Item[] {
  const random = createSeededRandom("cold");
  return Array.from({ length: count }, (_, n) => ({ timeMs: (n * 7) % 1_000, id: random.bytes(ID_BYTES) }));
}

function pack(items: readonly Item[]): { timesMs: Float64Array; ids: Uint8Array } {
  const ids = new Uint8Array(items.length * ID_BYTES);
  items.forEach(({ id }, at) => ids.set(id, at * ID_BYTES));
  return { timesMs: Float64Array.from(items, ({ timeMs }) => timeMs), ids };
}

function sumOf(items: readonly Item[]): Uint8Array {
  const sum = createIdSum();
  const { ids } = pack(items);
  addIds(sum, new DataView(ids.buffer), { from: 0, to: items.length });
  carrySum(sum);
  const bytes = new Uint8Array(ID_BYTES);
  sum.forEach((lane, at) => new DataView(bytes.buffer).setUint32(at * 4, lane, true));
  return bytes;
}

/** A set over leaves of a list that is kept up as a store would be, and the leaves that were made warm. */
function createRig(first: readonly Item[]) {
  const stored = first.toSorted(inOrder);
  const leaves = [];
  for (let at = 0; at < stored.length; at += 100) {
    const items = stored.slice(at, at + 100);
    const start = at === 0 ? { timeMs: 0, id: new Uint8Array(ID_BYTES) } : (items[0] as Item);
    leaves.push({ ...start, count: items.length, sum: sumOf(items) });
  }
  const seen = new Set<Leaf>();
  const inner = createLeafCache().source((leaf) => {
    const from = stored.findIndex((item) => inOrder(item, { timeMs: leaf.startMs, id: leaf.startId }) >= 0);
    return pack(stored.slice(from, from + leaf.count));
  });
  const source: LeafSource = {
    read: (leaf) => inner.read(leaf),
    touch(leaf) {
      seen.add(leaf);
      inner.touch(leaf);
    },
  };
  return {
    set: createStoredRangeSet(leaves, source),
    seen,
    store(item: Item) {
      stored.push(item);
      stored.sort(inOrder);
    },
    stored,
  };
}

it("[RB21] a set over leaves that are read when asked for equals one in memory, also while items go in", () => {
  const items = makeItems(3_000);
  const rig = createRig(items.slice(0, 2_000));
  const right = createRangeSet();
  for (const { timeMs, id } of items.slice(0, 2_000)) right.insert(timeMs, id);
  for (const item of items.slice(2_000)) {
    expect(rig.set.insert(item.timeMs, item.id)).toBe(right.insert(item.timeMs, item.id));
    rig.store(item);
  }
  expect(rig.set.insert(items[5]?.timeMs ?? 0, items[5]?.id ?? new Uint8Array())).toBe(false);
  expect(rig.set.size).toBe(3_000);
  for (const [from, to] of [
    [0, 3_000],
    [0, 1],
    [17, 2_345],
    [1_500, 1_600],
    [2_999, 3_000],
  ] as const)
    expect(rig.set.fingerprint(from, to)).toEqual(right.fingerprint(from, to));
  expect(rig.set.packedIds(0, 3_000)).toEqual(right.packedIds(0, 3_000));
});

it("[RB22] of a long history only the leaves that were used last stay in memory", () => {
  const leaves = Array.from({ length: RANGE_LEAVES_WARM_MAX + 500 }, (_, n) => {
    const items = [{ timeMs: n, id: new Uint8Array(ID_BYTES).fill(n % 251) }];
    return { timeMs: n, id: items[0]?.id ?? new Uint8Array(), count: 1, sum: sumOf(items) };
  });
  const read: number[] = [];
  const seen = new Set<Leaf>();
  const inner = createLeafCache().source((leaf) => {
    read.push(leaf.startMs);
    return { timesMs: Float64Array.of(leaf.startMs), ids: leaf.startId.slice() };
  });
  const set = createStoredRangeSet(leaves, {
    read: (leaf) => inner.read(leaf),
    touch(leaf) {
      seen.add(leaf);
      inner.touch(leaf);
    },
  });
  expect(set.fingerprint(0, set.size)).toHaveLength(16);
  expect(read, "a sum of whole leaves reads none").toEqual([]);
  set.packedIds(0, set.size);
  expect(read).toHaveLength(leaves.length);
  expect([...seen].filter(({ items }) => items !== null)).toHaveLength(RANGE_LEAVES_WARM_MAX);
  set.idAt(set.size - 1);
  expect(read, "the last one is warm").toHaveLength(leaves.length);
  set.idAt(0);
  expect(read, "the first one is not").toHaveLength(leaves.length + 1);
});

it("[RB23] a leaf that the store does not hold as it says is refused", () => {
  const rig = createRig(makeItems(RBSR_LEAF_ITEMS_MAX * 4));
  rig.stored.splice(130, 1);
  expect(() => rig.set.packedIds(0, rig.set.size)).toThrow(
    expect.objectContaining({ code: "RANGE_SET_DAMAGED" }),
  );
});
