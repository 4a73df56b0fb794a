import { expect, it } from "vitest";
import { sha256, utf8 } from "../crypto/index.ts";
import { toId } from "../ids.ts";
import type { EventId, ScopeId } from "../ids.ts";
import type { EventStore, RangeLeaf, WriteBatch } from "../ports/index.ts";
import { RBSR_LEAF_ITEMS_MAX } from "../sync/limits.ts";
import { createSeededRandom } from "./seeded-random.ts";
import type { StoreInTest } from "./store-in-test.ts";
import { deviceOf, entryOf, eventOf, scopeOf } from "./store-rows.ts";

type Entry = NonNullable<WriteBatch["events"]>[number];

/** An item as text: its time and its id. */
type Item = `${number} ${EventId}`;

const FULL = RBSR_LEAF_ITEMS_MAX;
const scope = scopeOf(1);

/** The n-th event of a chain, with an id that is a hash. */
function entryAt(n: number, timeMs: number): Entry {
  const id = toId<EventId>(sha256(utf8(`event ${n}`)));
  const bucket = Math.floor(timeMs / 2 ** 22);
  return entryOf(eventOf(n, { id, scope, device: deviceOf(1 + (n % 3)), seq: n, timeMs, bucket }));
}

/** By (time, id). */
export function orderItems(items: readonly Item[]): Item[] {
  const timeOf = (item: Item): number => Number(item.split(" ")[0]);
  return items.toSorted((a, b) => timeOf(a) - timeOf(b) || (a < b ? -1 : 1));
}

/** Of all leaves, in order; checks that each is what it says. */
export function readLeaves(store: EventStore, of: ScopeId): Item[] {
  const kept = store.rangeLeaves(of);
  if (kept === null) throw new Error("leaves are kept");
  return kept.leaves.flatMap((leaf, at) => {
    expect(leaf.count, "no leaf is larger than a tree's").toBeLessThanOrEqual(FULL);
    const items = readItems(store, of, leaf, kept.arrival);
    expect(items).toHaveLength(leaf.count);
    if (at > 0) expect(items[0], "it begins with an event").toBe(`${leaf.timeMs} ${toId(leaf.id)}`);
    expect(Buffer.from(leaf.sum).toString("hex")).toBe(sumOf(items));
    return items;
  });
}

function readItems(store: EventStore, of: ScopeId, leaf: RangeLeaf, arrivalMax: number): Item[] {
  const { timesMs, ids } = store.rangeItems(of, leaf, { count: leaf.count, arrivalMax });
  expect(ids).toHaveLength(timesMs.length * 32);
  return Array.from(timesMs, (timeMs, at): Item => {
    return `${timeMs} ${toId<EventId>(ids.subarray(at * 32, (at + 1) * 32))}`;
  });
}

function sumOf(items: readonly Item[]): string {
  let sum = 0n;
  for (const item of items)
    sum += BigInt(
      `0x${Buffer.from(item.split(" ")[1] as string, "hex")
        .reverse()
        .toString("hex")}`,
    );
  const hex = (sum % 2n ** 256n).toString(16).padStart(64, "0");
  return Buffer.from(hex, "hex").reverse().toString("hex");
}

const itemOf = ({ event }: Entry): Item => `${event.timeMs} ${event.id}`;

export function describeSyncStructures(at: StoreInTest): void {
  const random = createSeededRandom("leaves");
  const any = (): number => Buffer.from(random.bytes(4)).readUInt32BE(0);
  const orders: Readonly<Record<string, (n: number) => number>> = {
    ascending: (n) => 1_760_000_000_000 + n,
    descending: (n) => 1_760_000_000_000 - n,
    "falling behind a full leaf": (n) => (n <= FULL ? (n < FULL ? n : 2 ** 40) : 2 ** 40 - n),
    "of equal times": (n) => 1_760_000_000_000 + (n % 2),
    any: () => 1_760_000_000_000 + (any() % 100_000_000),
  };
  it.each(Object.keys(orders))(
    "[ST13] leaves are what a rebuild from the events is, after events in order %s, in batches of any size, and a restart",
    async (order) => {
      const timeOf = orders[order] as (n: number) => number;
      const entries = Array.from({ length: 1_500 }, (_, n) => entryAt(n, timeOf(n)));
      for (let from = 0, step = 1; from < entries.length; from += step, step = 1 + ((step * 7) % 300)) {
        await at.store.commit({ events: entries.slice(from, from + step) });
        const here = entries.slice(0, from + step).map(itemOf);
        expect(readLeaves(at.store, scope)).toEqual(orderItems(here));
        if (from > 0 && from < 200) at.store = await at.reopen();
      }
      const leaves = at.store.rangeLeaves(scope)?.leaves ?? [];
      expect(entries.length / leaves.length, "they are half full at least").toBeGreaterThan(FULL / 2 - 5);
      expect(at.store.rangeLeaves(scopeOf(2))).toEqual({ arrival: 0, leaves: [] });
    },
    30_000,
  );

  it("[ST14] what a leaf held at an arrival can be read although the store has gone on", async () => {
    const entries = Array.from({ length: 400 }, (_, n) => entryAt(n, 1_000_000 + ((n * 37) % 400)));
    await at.store.commit({ events: entries });
    const then = at.store.rangeLeaves(scope);
    const leaves = then?.leaves ?? [];
    const before = leaves.map((leaf) => readItems(at.store, scope, leaf, then?.arrival ?? 0));
    const later = Array.from({ length: 700 }, (_, n) => entryAt(400 + n, 1_000_000 + ((n * 91) % 400)));
    await at.store.commit({ events: later });
    expect(at.store.rangeLeaves(scope)?.leaves.length).toBeGreaterThan(leaves.length);
    expect(leaves.map((leaf) => readItems(at.store, scope, leaf, 400))).toEqual(before);
    // And from a leaf's start on as many as are asked for, over the leaves that follow.
    const all = orderItems([...entries, ...later].map(itemOf));
    const [first] = leaves as [RangeLeaf];
    expect(readItems(at.store, scope, { ...first, count: 900 }, 1_100)).toEqual(all.slice(0, 900));
  });

  it("[ST15] the root of a bucket is kept until the bucket grows, and one that is of fewer events is not taken", async () => {
    const root = (n: number) => new Uint8Array(32).fill(n);
    await at.store.commit({ events: [entryAt(0, 5), entryAt(1, 6), entryAt(2, 2 ** 22 + 1)] });
    await at.store.commit({
      roots: [
        { scope, bucket: 0, count: 2, root: root(1) },
        { scope, bucket: 1, count: 2, root: root(2) },
        { scope, bucket: 9, count: 0, root: root(3) },
      ],
    });
    const plainRoots = () => at.store.keptRoots(scope).map((row) => ({ ...row, root: [...row.root] }));
    const first = { bucket: 0, count: 2, root: [...root(1)] };
    expect(plainRoots()).toEqual([first]);
    at.store = await at.reopen();
    await at.store.commit({ roots: [{ scope, bucket: 1, count: 1, root: root(4) }] });
    expect(plainRoots()).toEqual([first, { bucket: 1, count: 1, root: [...root(4)] }]);
    await at.store.commit({ events: [entryAt(3, 7)] });
    expect(plainRoots().map(({ bucket }) => bucket)).toEqual([1]);
    // An event that is here already changes nothing.
    await at.store.commit({ events: [entryAt(2, 2 ** 22 + 1)] });
    expect(plainRoots().map(({ bucket }) => bucket)).toEqual([1]);
  });

  it("[ST17] the cells of a scope's day are kept, those of another day instead of them", async () => {
    const words = new Uint8Array(65_536).fill(7);
    await at.store.commit({ cells: [{ scope, day: 20_000, arrival: 12, size: 9, words }] });
    at.store = await at.reopen();
    const kept = at.store.keptCells(scope);
    expect({ ...kept, words: null }).toEqual({ day: 20_000, arrival: 12, size: 9, words: null });
    expect(Buffer.from(kept?.words ?? []).equals(words)).toBe(true);
    expect(at.store.keptCells(scopeOf(2))).toBeNull();
    await at.store.commit({ cells: [{ scope, day: 20_001, arrival: 12, size: 9, words }] });
    expect(at.store.keptCells(scope)?.day).toBe(20_001);
  });

  it("[ST18] a scope's structures are made anew when that is asked for: leaves from the events, no root, no cells", async () => {
    const entries = Array.from({ length: 600 }, (_, n) => entryAt(n, 1_000 + ((n * 7) % 50)));
    await at.store.commit({ events: entries });
    await at.store.commit({
      roots: [{ scope, bucket: 0, count: 600, root: new Uint8Array(32) }],
      cells: [{ scope, day: 1, arrival: 600, size: 600, words: new Uint8Array(65_536) }],
    });
    expect(at.store.keptRoots(scope)).toHaveLength(1);
    await at.store.commit({ rebuild: [scope] });
    expect(readLeaves(at.store, scope)).toEqual(orderItems(entries.map(itemOf)));
    expect(at.store.keptRoots(scope)).toEqual([]);
    expect(at.store.keptCells(scope)).toBeNull();
    await at.store.commit({ events: [entryAt(600, 1_003)] });
    expect(readLeaves(at.store, scope)).toHaveLength(601);
  });

  it("[ST5] the newest ids before a position come newest first, of the scope alone", async () => {
    await at.store.commit({ events: [entryAt(0, 1), entryAt(1, 2), entryAt(2, 3)] });
    const other = entryOf(eventOf(9, { scope: scopeOf(2) }));
    await at.store.commit({ events: [other, entryAt(3, 4)] });
    const arrivals = (before: number, limit: number) =>
      at.store.idsBefore(scope, before, limit).map(({ arrival }) => arrival);
    expect(arrivals(Number.MAX_SAFE_INTEGER, 10)).toEqual([5, 3, 2, 1]);
    expect(arrivals(5, 2)).toEqual([3, 2]);
    expect(arrivals(1, 2)).toEqual([]);
    expect(arrivals(5, 0)).toEqual([]);
    expect(at.store.idsBefore(scope, 2, 1)).toEqual([{ arrival: 1, id: entryAt(0, 1).event.id, timeMs: 1 }]);
  });
}
