import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { labels, sha256, sha256Labelled, sipHashInto, utf8 } from "../../crypto/index.ts";
import { idBytes, toId } from "../../ids.ts";
import type { EventId } from "../../ids.ts";
import { BLOOM_FILTER_BYTES_MAX, BLOOM_FILTER_BYTES_MIN, BLOOM_HASHES_MAX } from "../limits.ts";
import {
  bloomCapacity,
  createBloomFilter,
  decodeBloomFilter,
  encodeBloomFilter,
  missingFrom,
} from "./bloom-filter.ts";
import type { BloomFilter } from "./bloom-filter.ts";

function saltOf(round: number): Uint8Array {
  return sha256(utf8(`salt ${round}`)).subarray(0, 16);
}

function idsOf(name: string, count: number): EventId[] {
  return Array.from({ length: count }, (_, n) => toId<EventId>(sha256(utf8(`${name} ${n}`))));
}

const held = idsOf("bloom held", 20_000);
const strange = idsOf("bloom strange", 40_000);

function hiddenShare(filter: BloomFilter, ids: readonly EventId[]): number {
  return 1 - [...missingFrom(filter, ids)].length / ids.length;
}

describe("a filter", () => {
  it("[BL1] hides every id it was made of, and never calls one of them missing, over the wire as well", () => {
    const rates = fc.double({ min: 2 ** -16, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(fc.nat(600), fc.nat(10_000), rates, fc.nat(99), (count, from, rate, round) => {
        const ids = held.slice(from, from + count);
        const filter = createBloomFilter(ids, { salt: saltOf(round), rate });
        const decoded = decodeBloomFilter(encodeBloomFilter(filter));
        expect([...missingFrom(decoded, ids)]).toEqual([]);
        expect({ ...decoded, mayHold: null }).toEqual({ ...filter, mayHold: null });
      }),
    );
  });

  it("[BL2] sets the bits of enhanced double hashing under a key of its salt", () => {
    const [id] = held as [EventId];
    const key = sha256Labelled(labels.syncBloom, saltOf(1)).subarray(0, 16);
    const hash = Buffer.alloc(8);
    sipHashInto(hash, key, idBytes(id));
    const bitCount = BLOOM_FILTER_BYTES_MIN * 8;
    const expected = new Uint8Array(BLOOM_FILTER_BYTES_MIN);
    for (let n = 0; n < 6; n += 1) {
      // The closed form of the steps.
      const bit = (hash.readUInt32BE(0) + n * hash.readUInt32BE(4) + (n ** 3 - n) / 6) % bitCount;
      expected[Math.floor(bit / 8)]! |= 1 << (bit % 8);
    }
    const filter = createBloomFilter([id], { salt: saltOf(1), rate: 0.01 });
    expect(filter.hashes).toBe(6);
    expect(filter.bits).toEqual(expected);
  });

  it("[BL4] has a size and probes after ids and rate, and refuses what would not fit", () => {
    const sizeOf = (count: number, rate: number): [number, number] => {
      const { bits, hashes } = createBloomFilter(held.slice(0, count), { salt: saltOf(0), rate });
      return [bits.length, hashes];
    };
    expect(sizeOf(0, 0.01)).toEqual([BLOOM_FILTER_BYTES_MIN, 6]);
    expect(sizeOf(1_000, 0.01)).toEqual([1_199, 6]);
    expect(sizeOf(1_000, 0.05)).toEqual([780, 4]);
    expect(sizeOf(10, 2 ** -16)).toEqual([BLOOM_FILTER_BYTES_MIN, BLOOM_HASHES_MAX]);
    expect(bloomCapacity(0.01)).toBe(109_396);
    const capacity = bloomCapacity(2 ** -16);
    const ids = [...held, ...strange];
    const full = createBloomFilter(ids.slice(0, capacity), { salt: saltOf(0), rate: 2 ** -16 });
    expect(full.bits.length).toBe(BLOOM_FILTER_BYTES_MAX);
    expect(() => decodeBloomFilter(encodeBloomFilter(full))).not.toThrow();
    expect(() => createBloomFilter(ids.slice(0, capacity + 1), { salt: saltOf(0), rate: 2 ** -16 })).toThrow(
      expect.objectContaining({ code: "BLOOM_WINDOW" }),
    );
  });

  it("[BL4] other rates, salts and ids are refused by code", () => {
    for (const rate of [0, 2 ** -17, 0.51, 1, Number.NaN, -1])
      expect(() => bloomCapacity(rate)).toThrow(expect.objectContaining({ code: "BLOOM_RATE" }));
    expect(() => createBloomFilter([], { salt: new Uint8Array(15), rate: 0.01 })).toThrow(
      expect.objectContaining({ code: "BLOOM_SALT" }),
    );
    expect(() => createBloomFilter(["ab" as EventId], { salt: saltOf(0), rate: 0.01 })).toThrow(
      expect.objectContaining({ code: "SYNC_ID" }),
    );
  });

  it.each([0.3, 0.05, 0.01, 0.001])("[BL7] at rate %d hides at most twice that of what it lacks", (rate) => {
    for (const count of [40, 1_000, 20_000]) {
      const filter = createBloomFilter(held.slice(0, count), { salt: saltOf(count), rate });
      expect(hiddenShare(filter, strange)).toBeLessThanOrEqual(2 * rate);
    }
  });

  it("[BL3] [BL7] ids ground against one salt are shown by the next", () => {
    const rate = 0.05;
    const ids = held.slice(0, 2_000);
    const known = createBloomFilter(ids, { salt: saltOf(1), rate });
    const ground = strange.filter((id) => known.mayHold(id));
    expect(ground.length).toBeGreaterThan(1_000);
    expect(hiddenShare(known, ground)).toBe(1);
    for (let round = 2; round < 12; round += 1) {
      const fresh = createBloomFilter(ids, { salt: saltOf(round), rate });
      expect(hiddenShare(fresh, ground)).toBeLessThanOrEqual(2 * rate);
    }
  });
});

describe("bytes from outside", () => {
  const sent = encodeBloomFilter(createBloomFilter(held.slice(0, 100), { salt: saltOf(5), rate: 0.01 }));

  it("[BL5] are salt, probes and bits", () => {
    expect(sent.subarray(0, 16)).toEqual(saltOf(5));
    expect(sent[16]).toBe(6);
    expect(sent.length).toBe(17 + 120);
  });

  it("[BL5] of other lengths or probes are malformed", () => {
    const malformed = expect.objectContaining({ code: "BLOOM_MALFORMED" });
    for (const length of [0, 16, 17, 17 + BLOOM_FILTER_BYTES_MIN - 1, 17 + BLOOM_FILTER_BYTES_MAX + 1])
      expect(() => decodeBloomFilter(new Uint8Array(length).fill(1))).toThrow(malformed);
    for (const hashes of [0, BLOOM_HASHES_MAX + 1, 255]) {
      const bytes = sent.slice();
      bytes[16] = hashes;
      expect(() => decodeBloomFilter(bytes)).toThrow(malformed);
    }
  });

  it("[BL6] with more than 60% of the bits set are refused, with 60% they are not", () => {
    const bytes = new Uint8Array(17 + 100);
    bytes[16] = 3;
    bytes.fill(0xff, 17, 17 + 60);
    expect(decodeBloomFilter(bytes).hashes).toBe(3);
    bytes[116] = 0x10;
    expect(() => decodeBloomFilter(bytes)).toThrow(expect.objectContaining({ code: "BLOOM_FULL" }));
  });

  it("[BL5] [BL6] of any kind give a filter within its bounds or a code", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .tuple(fc.nat(sent.length - 1), fc.integer({ min: 1, max: 255 }))
        .map(([at, bits]) => sent.map((byte, n) => (n === at ? byte ^ bits : byte))),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        try {
          const filter = decodeBloomFilter(input);
          expect(filter.hashes).toBeLessThanOrEqual(BLOOM_HASHES_MAX);
          expect(encodeBloomFilter(filter)).toEqual(input);
          expect([true, false]).toContain(filter.mayHold(held[0] as EventId));
        } catch (error) {
          expect(["BLOOM_MALFORMED", "BLOOM_FULL"]).toContain((error as { code?: unknown }).code);
        }
      }),
      { numRuns: 400 },
    );
  });
});

/** Rounds until both hold the same, each sending a filter and what the other's shows as missing; null after 40. */
function roundsUntilEqual(
  a: Set<EventId>,
  b: Set<EventId>,
  saltOfRound: (round: number) => Uint8Array,
): number | null {
  for (let round = 0; round < 40; round += 1) {
    if (a.size === b.size && [...a].every((id) => b.has(id))) return round;
    const [ofA, ofB] = [a, b].map((ids, side) =>
      decodeBloomFilter(
        encodeBloomFilter(createBloomFilter([...ids], { salt: saltOfRound(2 * round + side), rate: 0.05 })),
      ),
    ) as [BloomFilter, BloomFilter];
    const [toA, toB] = [[...missingFrom(ofA, b)], [...missingFrom(ofB, a)]];
    for (const id of toA) a.add(id);
    for (const id of toB) b.add(id);
  }
  return null;
}

describe("two parties", () => {
  const parties = (): [Set<EventId>, Set<EventId>] => [
    new Set([...held.slice(0, 1_000), ...strange.slice(0, 300)]),
    new Set([...held.slice(0, 1_000), ...strange.slice(300, 700)]),
  ];

  it("[BL3] become equal at a rate of 5% when each filter has a new salt", () => {
    for (let run = 0; run < 10; run += 1) {
      const rounds = roundsUntilEqual(...parties(), (round) => saltOf(1_000 * run + round));
      expect(rounds).not.toBeNull();
      expect(rounds).toBeLessThanOrEqual(6);
    }
  });

  it("[BL3] may never become equal under one salt", () => {
    // Filters of one size: what is hidden in one round is hidden in all, since bits are only ever added.
    const [a] = parties();
    const probe = createBloomFilter([...a], { salt: saltOf(1), rate: 0.05 });
    const hidden = strange.slice(700).find((id) => probe.mayHold(id)) as EventId;
    expect(roundsUntilEqual(new Set(a), new Set([...a, hidden]), () => saltOf(1))).toBeNull();
    expect(
      roundsUntilEqual(new Set(a), new Set([...a, hidden]), (round) => saltOf(50 + round)),
    ).not.toBeNull();
  });

  it("[BL8] have no way to call sets equal: a filter says what is missing and nothing else", () => {
    expectTypeOf<keyof BloomFilter>().toEqualTypeOf<"salt" | "hashes" | "bits" | "mayHold">();
    expectTypeOf(missingFrom).returns.toEqualTypeOf<Generator<EventId, void, void>>();
    // Two different sets, nothing missing: silence is no proof.
    const ids = held.slice(0, 1_000);
    const filter = createBloomFilter(ids, { salt: saltOf(1), rate: 0.05 });
    const hidden = strange.find((id) => filter.mayHold(id)) as EventId;
    expect([...missingFrom(filter, [...ids, hidden])]).toEqual([]);
  });
});
