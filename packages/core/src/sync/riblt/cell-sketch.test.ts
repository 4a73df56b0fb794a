import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hkdfSha256, labelled, labels, sha256, sipHashInto, utf8 } from "../../crypto/index.ts";
import { idBytes } from "../../ids.ts";
import type { EventId, ShortId } from "../../ids.ts";
import { CELL_BYTES, CELL_STAGES, CELLS_MAX } from "../limits.ts";
import { idsOf, keyOfDay, sketchOf, testScope } from "./cell-fixtures.ts";
import { cellIndexes, drawOf, nextIndex } from "./cell-index.ts";
import { createCellSketch } from "./cell-sketch.ts";
import { dayCellKey, findByShortId, sessionCellKey, shortIdOf } from "./short-id.ts";

const key = keyOfDay(20_000);
const [first, second, third] = idsOf("sketch", 3) as [EventId, EventId, EventId];

function hash(message: Uint8Array): Buffer {
  const out = Buffer.alloc(8);
  sipHashInto(out, key, message);
  return out;
}

describe("short ids", () => {
  it("[CE1] a short id is SipHash of the id under a key of the day or the session, scope by scope", () => {
    expect(shortIdOf(key, first)).toBe(hash(idBytes(first)).toString("hex"));
    const secret = sha256(utf8("discovery key"));
    const info = labelled(labels.syncCellsDay, idBytes(testScope), Uint8Array.of(0, 0, 0x4e, 0x20));
    expect(key).toEqual(hkdfSha256(secret, { info, length: 16 }));
    const keys = [
      key,
      keyOfDay(20_001),
      dayCellKey(secret, { scope: "ab".repeat(32) as typeof testScope, day: 20_000 }),
      sessionCellKey(secret, { scope: testScope, session: 20_000 }),
    ].map((bytes) => Buffer.from(bytes).toString("hex"));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("[CE1] other secrets, days and ids are refused by code", () => {
    const secret = new Uint8Array(32);
    for (const day of [-1, 0.5, 2 ** 32, Number.NaN])
      expect(() => dayCellKey(secret, { scope: testScope, day })).toThrow(
        expect.objectContaining({ code: "CELL_KEY" }),
      );
    expect(() => sessionCellKey(secret.subarray(1), { scope: testScope, session: 1 })).toThrow(
      expect.objectContaining({ code: "CELL_KEY" }),
    );
    for (const id of ["", "ab", "zz".repeat(32), "ab".repeat(33)])
      expect(() => shortIdOf(key, id as EventId)).toThrow(expect.objectContaining({ code: "SYNC_ID" }));
  });

  it("[CE13] own ids are found again by their short ids, in one pass", () => {
    const ids = idsOf("held", 50);
    const wanted = [...ids.slice(10, 13).map((id) => shortIdOf(key, id)), "00".repeat(8) as ShortId];
    expect([...findByShortId(key, wanted, ids).values()]).toEqual(ids.slice(10, 13));
  });
});

describe("the cells of an item", () => {
  const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

  it("[CE4] ascend from cell 0, each the least that the rule allows", () => {
    fc.assert(
      fc.property(word, word, (high, low) => {
        const indexes = cellIndexes(high, low, CELLS_MAX);
        expect(indexes[0]).toBe(0);
        for (let n = 1; n < indexes.length; n += 1) {
          const [before, index] = [BigInt(indexes[n - 1] as number), BigInt(indexes[n] as number)];
          const draw = BigInt(drawOf(high, low, n));
          const least = (2n * before + 3n) ** 2n * 2n ** 26n;
          const holds = (j: bigint): boolean => (2n * j + 3n) ** 2n * draw >= least;
          expect(index > before && holds(index)).toBe(true);
          expect(index === before + 1n || !holds(index - 1n)).toBe(true);
        }
      }),
    );
  });

  it("[CE4] every product of the rule is exact in a double, at the ends as well", () => {
    expect((2 * (CELLS_MAX + 1) + 3) ** 2 * 2 ** 26).toBeLessThan(Number.MAX_SAFE_INTEGER);
    expect(nextIndex(0, 1)).toBe(CELLS_MAX);
    expect(nextIndex(0, 2 ** 26)).toBe(1);
    expect(nextIndex(CELLS_MAX - 1, 2 ** 26)).toBe(CELLS_MAX);
    // The draws at which 4,095 is just reached from 0, and just missed.
    const reached = Math.ceil((9 * 2 ** 26) / 8_193 ** 2);
    expect(nextIndex(0, reached)).toBe(CELLS_MAX - 1);
    expect(nextIndex(0, reached - 1)).toBe(CELLS_MAX);
  });

  it("[CE4] cell i holds an item with probability 1 / (1 + i/2)", () => {
    const items = 20_000;
    const held = new Float64Array(CELLS_MAX);
    for (const id of idsOf("density", items)) {
      const short = Buffer.from(shortIdOf(key, id), "hex");
      for (const index of cellIndexes(short.readInt32BE(0), short.readInt32BE(4), CELLS_MAX))
        held[index]! += 1;
    }
    expect(held[0]).toBe(items);
    for (const [from, to] of [
      [1, 2],
      [2, 3],
      [3, 10],
      [10, 100],
      [100, 1_000],
      [1_000, CELLS_MAX],
    ] as const) {
      let expected = 0;
      for (let index = from; index < to; index += 1) expected += items / (1 + index / 2);
      const found = held.subarray(from, to).reduce((sum, count) => sum + count, 0);
      expect(Math.abs(found / expected - 1)).toBeLessThan(5 / Math.sqrt(expected) + 0.005);
    }
  });
});

describe("a sketch", () => {
  it("[CE2] [CE3] [CE5] a cell is sum, check and count of its items, in 13 bytes", () => {
    const shorts = [first, second, third].map((id) => hash(idBytes(id)));
    const xor = (parts: readonly Uint8Array[], length: number): number[] =>
      Array.from({ length }, (_, at) => parts.reduce((sum, part) => sum ^ (part[at] as number), 0));
    const cell = sketchOf([first, second, third], key).cells(0, 1);
    expect([...cell]).toEqual([...xor(shorts, 8), ...xor(shorts.map(hash), 4), 3]);
    expect(CELL_STAGES[0] * CELL_BYTES).toBeLessThanOrEqual(1_060);
  });

  it("[CE5] counts go modulo 256", () => {
    const cell = sketchOf(idsOf("many", 300), key).cells(0, 1);
    expect(cell[12]).toBe(300 - 256);
  });

  it("[CE3] equals a sketch built afresh, after adds and removes in any order", () => {
    const pool = idsOf("pool", 40);
    fc.assert(
      fc.property(
        fc.array(fc.nat(39), { maxLength: 200 }),
        fc.integer({ min: 1, max: 300 }),
        (acts, length) => {
          const sketch = createCellSketch({ key, length });
          const held = new Set<EventId>();
          for (const n of acts) {
            const id = pool[n] as EventId;
            if (held.delete(id)) sketch.remove(id);
            else {
              held.add(id);
              sketch.add(id);
            }
          }
          expect(sketch.size).toBe(held.size);
          const fresh = sketchOf([...held].toSorted(), key);
          expect(sketch.cells(0, length)).toEqual(fresh.cells(0, length));
        },
      ),
    );
  });

  it("[CE6] gives any run of its cells, and no others", () => {
    const sketch = sketchOf([first, second], key, 100);
    const all = sketch.cells(0, 100);
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        expect(sketch.cells(from, to)).toEqual(all.subarray(from * CELL_BYTES, to * CELL_BYTES));
      }),
    );
    for (const [from, to] of [
      [-1, 2],
      [2, 1],
      [0, 101],
      [0.5, 1],
      [0, Number.NaN],
    ] as const)
      expect(() => sketch.cells(from, to)).toThrow(expect.objectContaining({ code: "CELLS_RANGE" }));
    for (const length of [0, CELLS_MAX + 1, 1.5])
      expect(() => createCellSketch({ key, length })).toThrow(
        expect.objectContaining({ code: "CELLS_RANGE" }),
      );
  });

  it("[CE6] what is taken from a sketch does not change when ids arrive", () => {
    const sketch = sketchOf([first], key);
    const taken = sketch.cells(0, 80);
    sketch.add(second);
    expect(taken).toEqual(sketchOf([first], key).cells(0, 80));
  });

  it("[CE3] an empty sketch, a wrong key and a wrong id are refused and change nothing", () => {
    const sketch = createCellSketch({ key });
    expect(() => sketch.remove(first)).toThrow(expect.objectContaining({ code: "CELLS_EMPTY" }));
    expect(() => sketch.add("ab" as EventId)).toThrow(expect.objectContaining({ code: "SYNC_ID" }));
    expect(sketch.size).toBe(0);
    expect(sketch.cells(0, 80)).toEqual(new Uint8Array(80 * CELL_BYTES));
    expect(() => createCellSketch({ key: key.subarray(1) })).toThrow(
      expect.objectContaining({ code: "SIPHASH_KEY" }),
    );
  });
});
