import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareBytes, sha256, utf8 } from "../../../crypto/index.ts";
import { createSeededRandom } from "../../../testing/seeded-random.ts";
import { RBSR_TIMESTAMP_MAX } from "../../limits.ts";
import { createRangeSet } from "./memory-range-set.ts";
import type { MemoryRangeSet } from "./memory-range-set.ts";

interface Item {
  readonly timestamp: number;
  readonly id: Uint8Array;
}

const inOrder = (a: Item, b: Item): number => a.timestamp - b.timestamp || compareBytes(a.id, b.id);

/** Straight from the rule: a sum of big integers. */
function fingerprintByRule(items: readonly Item[]): Uint8Array {
  let sum = 0n;
  for (const { id } of items) sum += BigInt(`0x${Buffer.from(id).reverse().toString("hex")}`);
  const big = (sum % 2n ** 256n).toString(16).padStart(64, "0");
  const digits: number[] = [items.length % 128];
  for (let rest = Math.floor(items.length / 128); rest > 0; rest = Math.floor(rest / 128))
    digits.unshift((rest % 128) + 128);
  return sha256(Buffer.from(big, "hex").reverse(), Uint8Array.from(digits)).subarray(0, 16);
}

function fill(items: readonly Item[]): MemoryRangeSet {
  const set = createRangeSet();
  for (const { timestamp, id } of items) set.insert(timestamp, id);
  return set;
}

/** Ids from a seed, some with long equal beginnings; times that repeat. */
function makeItems(count: number, { seed, times }: { seed: string; times: number }): Item[] {
  const random = createSeededRandom(seed);
  return Array.from({ length: count }, (_, n) => {
    const id = random.bytes(32);
    if (n % 7 === 0) id.fill(0xff, 0, 24);
    return { timestamp: 1_760_000_000_000 + (id[31] as number) * times + (n % 3), id };
  });
}

describe("a set in memory", () => {
  it("[RB5] the fingerprint of nothing, of one id, and of ids whose sum overflows are those of the rule", () => {
    const items: Item[] = [0xff, 0xfe, 0x01].map((byte, n) => ({
      timestamp: n,
      id: new Uint8Array(32).fill(byte),
    }));
    const set = fill(items);
    for (const [from, to] of [
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 3],
      [2, 3],
    ] as const)
      expect(set.fingerprint(from, to)).toEqual(fingerprintByRule(items.slice(from, to)));
  });

  it.each(["ascending", "descending", "any"])(
    "[RB3] [RB5] 40,000 items inserted in %s order lie in order of time and id, and any range has its fingerprint",
    (order) => {
      const items = makeItems(40_000, { seed: order, times: 3 });
      const sorted = items.toSorted(inOrder);
      const given = { ascending: sorted, descending: sorted.toReversed(), any: items }[order] as Item[];
      const set = fill(given);
      expect(set.size).toBe(items.length);
      expect(Buffer.from(set.packedIds(0, set.size)).equals(Buffer.concat(sorted.map(({ id }) => id)))).toBe(
        true,
      );
      const index = fc.nat(items.length - 1);
      fc.assert(
        fc.property(index, index, fc.nat(32), (one, other, prefixBytes) => {
          const [from, to] = [Math.min(one, other), Math.max(one, other)];
          const item = sorted[one] as Item;
          expect(set.timestampAt(one)).toBe(item.timestamp);
          expect(set.idAt(one)).toEqual(item.id);
          expect(set.lowerBound(item.timestamp, item.id)).toBe(one);
          const prefix = item.id.subarray(0, prefixBytes);
          const padded = { timestamp: item.timestamp, id: new Uint8Array(32) };
          padded.id.set(prefix);
          const firstAtOrAfter = sorted.findIndex((each) => inOrder(each, padded) >= 0);
          expect(set.lowerBound(item.timestamp, prefix)).toBe(firstAtOrAfter);
          const near = Math.min(to, from + 300);
          expect(set.fingerprint(from, near)).toEqual(fingerprintByRule(sorted.slice(from, near)));
        }),
        { numRuns: 60 },
      );
      expect(set.fingerprint(5, 39_000)).toEqual(fingerprintByRule(sorted.slice(5, 39_000)));
      expect(set.fingerprint(0, set.size)).toEqual(fingerprintByRule(sorted));
      expect(set.lowerBound(RBSR_TIMESTAMP_MAX, new Uint8Array(0))).toBe(set.size);
      const again = sorted[20_000] as Item;
      expect(set.insert(again.timestamp, again.id)).toBe(false);
      expect(set.size).toBe(items.length);
    },
  );

  it("[RB3] an item that is there already is not counted again, wherever it lies", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ timestamp: fc.nat(3), n: fc.nat(40) }), { maxLength: 120 }),
        (wanted) => {
          const items = wanted.map(({ timestamp, n }) => ({ timestamp, id: sha256(utf8(String(n))) }));
          const set = createRangeSet();
          const seen = new Map<string, Item>();
          for (const item of items) {
            const key = `${item.timestamp} ${Buffer.from(item.id).toString("hex")}`;
            expect(set.insert(item.timestamp, item.id)).toBe(!seen.has(key));
            seen.set(key, item);
          }
          const sorted = [...seen.values()].toSorted(inOrder);
          expect(set.fingerprint(0, set.size)).toEqual(fingerprintByRule(sorted));
        },
      ),
    );
  });

  it("[RB2] a time that is no whole number of milliseconds, or an id of another length, does not go in", () => {
    const set = createRangeSet();
    const id = new Uint8Array(32);
    for (const timestamp of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, RBSR_TIMESTAMP_MAX + 1])
      expect(() => set.insert(timestamp, id)).toThrow(expect.objectContaining({ code: "RANGE_SET_ITEM" }));
    expect(() => set.insert(1, new Uint8Array(31))).toThrow(
      expect.objectContaining({ code: "RANGE_SET_ITEM" }),
    );
    expect(set.insert(RBSR_TIMESTAMP_MAX, id)).toBe(true);
    expect(() => set.fingerprint(0, 2)).toThrow(expect.objectContaining({ code: "RANGE_SET_INDEX" }));
    expect(() => set.idAt(1)).toThrow(expect.objectContaining({ code: "RANGE_SET_INDEX" }));
  });
});
