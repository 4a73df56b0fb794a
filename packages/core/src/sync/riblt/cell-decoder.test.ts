import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EventId, ShortId } from "../../ids.ts";
import { CELL_BYTES, CELL_STAGES, CELLS_MAX } from "../limits.ts";
import { createCellDecoder } from "./cell-decoder.ts";
import type { CellDecodeResult } from "./cell-decoder.ts";
import { createPeeling } from "./cell-peeling.ts";
import { decoderOf, idsOf, keyOfDay, sketchOf, takeInSteps } from "./cell-fixtures.ts";
import { findByShortId, shortIdOf } from "./short-id.ts";

const common = idsOf("common", 3_000);
const pool = idsOf("different", 6_000);
const oneByOne = Array.from({ length: CELLS_MAX }, (_, n) => n + 1);

/** What differs, as a decoder says it, in an order of its own. */
function sorted(result: CellDecodeResult): { theirs: ShortId[]; ours: EventId[] } | string {
  if (result.state !== "done") return result.state;
  return { theirs: result.onlyTheirs.toSorted(), ours: result.onlyOurs.toSorted() };
}

function expected(key: Uint8Array, theirs: readonly EventId[], ours: readonly EventId[]): object {
  return { theirs: theirs.map((id) => shortIdOf(key, id)).toSorted(), ours: ours.toSorted() };
}

/** Two sets that differ by `differences` ids, of which the peer alone has every n-th. */
function pairOf(differences: number, day: number, split = 2, length = CELLS_MAX) {
  const from = (day * 41) % (pool.length - differences);
  const different = pool.slice(from, from + differences);
  const theirs = different.filter((_, n) => n % split === 0);
  const ours = different.filter((_, n) => n % split !== 0);
  const key = keyOfDay(day);
  const shared = differences > 100 ? common : common.slice(0, 50);
  const parts = decoderOf({ key, theirs: [...shared, ...theirs], ours: [...shared, ...ours], length });
  return { ...parts, exact: expected(key, theirs, ours) };
}

describe("the difference", () => {
  it.each([0, 1, 2, 3, 10, 40, 100, 300, 1_000, 2_000])(
    "[CE7] [CE8] of two sets that differ by %i ids is exact",
    (differences) => {
      for (const split of [1, 2, 3]) {
        const { decoder, cells, exact } = pairOf(differences, differences + split, split);
        expect(sorted(takeInSteps(decoder, cells, CELL_STAGES).result)).toEqual(exact);
      }
    },
  );

  it("[CE6] [CE8] of any two sets is exact, in steps of any size, and is never said before it is", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 5, maxLength: 60 });
    fc.assert(
      fc.property(
        fc.nat(500),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(10_000),
        sizes,
        (n, split, day, steps) => {
          const { decoder, cells, exact } = pairOf(n, day, split);
          const until: number[] = [];
          for (const step of steps) until.push(Math.min((until.at(-1) ?? 0) + step, CELLS_MAX));
          const ascending = [...new Set([...until, CELLS_MAX])];
          expect(sorted(takeInSteps(decoder, cells, ascending).result)).toEqual(exact);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("[CE7] of a set and the empty set is the set", () => {
    const key = keyOfDay(1);
    const ids = pool.slice(0, 30);
    for (const [theirs, ours] of [
      [ids, []],
      [[], ids],
    ] as const) {
      const { decoder, cells } = decoderOf({ key, theirs, ours });
      expect(sorted(takeInSteps(decoder, cells, CELL_STAGES).result)).toEqual(expected(key, theirs, ours));
    }
  });

  it("[CE6] the decoder names the next stage, and answers the same once it is done", () => {
    const { decoder, cells } = pairOf(100, 3);
    expect(decoder.take(cells.subarray(0, 80 * CELL_BYTES))).toEqual({
      state: "more",
      received: 80,
      next: 256,
    });
    expect(decoder.take(cells.subarray(80 * CELL_BYTES, 90 * CELL_BYTES))).toMatchObject({ next: 256 });
    const done = decoder.take(cells.subarray(90 * CELL_BYTES, 256 * CELL_BYTES));
    expect(done.state).toBe("done");
    expect(decoder.take(Uint8Array.of(1))).toBe(done);
  });
});

describe("what it costs", () => {
  it.each([
    [100, 30, 1.35, 1.6],
    [300, 10, 1.3, 1.5],
    [1_000, 3, 1.3, 1.45],
  ])("[CE4] %i differences take about 1.4 cells each", (differences, runs, least, most) => {
    let taken = 0;
    for (let run = 0; run < runs; run += 1) {
      const { decoder, cells } = pairOf(differences, 700 + run);
      taken += takeInSteps(decoder, cells, oneByOne).received;
    }
    expect(taken / runs / differences).toBeGreaterThan(least);
    expect(taken / runs / differences).toBeLessThan(most);
  });

  it("[CE9] a datagram's 80 cells give 40 differences in 99 of 100 cases", () => {
    const runs = 2_000;
    let done = 0;
    for (let run = 0; run < runs; run += 1) {
      const { decoder, cells, exact } = pairOf(40, 1_000 + run, 1 + (run % 4), 80);
      const result = decoder.take(cells);
      if (result.state !== "done") continue;
      expect(sorted(result)).toEqual(exact);
      done += 1;
    }
    expect(done / runs).toBeGreaterThanOrEqual(0.99);
  });
});

describe("what cannot be decoded", () => {
  it("[CE11] too many differences are overfull, early or late", () => {
    const late = pairOf(3_500, 5);
    expect(takeInSteps(late.decoder, late.cells, CELL_STAGES)).toEqual({
      result: { state: "overfull" },
      received: CELLS_MAX,
    });
    const early = pairOf(200, 6, 2, 80);
    expect(early.decoder.take(early.cells)).toEqual({ state: "overfull" });
  });

  it("[CE11] [CE13] two ids of one short id in a set corrupt nothing", () => {
    const key = keyOfDay(7);
    const [a, b] = pool as [EventId, EventId];
    // The same id added twice is what two ids of one short id look like to the cells.
    const both = sketchOf([...common, a, a], key).cells(0, CELLS_MAX);
    const lookup = (wanted: readonly ShortId[]) => findByShortId(key, wanted, [...common, a]);
    const neither = createCellDecoder({ key, own: both, lookup });
    const without = sketchOf([...common, b], key).cells(0, CELLS_MAX);
    expect(takeInSteps(neither, without, CELL_STAGES).result).toEqual({ state: "overfull" });
    const one = createCellDecoder({ key, own: both, lookup });
    const withOne = sketchOf([...common, a, b], key).cells(0, CELLS_MAX);
    expect(sorted(takeInSteps(one, withOne, CELL_STAGES).result)).toEqual(expected(key, [b], [a]));
  });

  it("[CE8] cells under another key never give an id", () => {
    const ids = pool.slice(0, 20);
    const own = sketchOf(common, keyOfDay(8)).cells(0, 256);
    const lookup = () => new Map<ShortId, EventId>();
    const result = createCellDecoder({ key: keyOfDay(8), own, lookup }).take(
      sketchOf([...common, ...ids], keyOfDay(9)).cells(0, 256),
    );
    expect(result).toEqual({ state: "overfull" });
  });

  it("[CE8] [CE10] cells with any bits changed give the exact difference or none", () => {
    const flips = fc.array(
      fc.record({ at: fc.nat(256 * CELL_BYTES - 1), bits: fc.integer({ min: 1, max: 255 }) }),
      {
        minLength: 1,
        maxLength: 300,
      },
    );
    fc.assert(
      fc.property(flips, fc.nat(60), fc.nat(1_000), (changes, differences, day) => {
        const { decoder, cells, exact } = pairOf(differences, day, 3, 256);
        for (const { at, bits } of changes) cells[at]! ^= bits;
        let result: CellDecodeResult | null = null;
        for (let from = 0; from < 256 && (result === null || result.state === "more"); from += 64)
          result = decoder.take(cells.subarray(from * CELL_BYTES, (from + 64) * CELL_BYTES));
        if (result?.state === "done") expect(sorted(result)).toEqual(exact);
        else expect(["overfull", "failed"]).toContain(result?.state);
      }),
      { numRuns: 300 },
    );
  });

  it("[CE10] what is said to be ours and is not, is corrupt", () => {
    const key = keyOfDay(10);
    const own = sketchOf(common, key).cells(0, 80);
    // The peer takes an id out of its cells that nobody ever added.
    const forged = sketchOf(common, key, 80);
    forged.remove(pool[0] as EventId);
    const lookup = (wanted: readonly ShortId[]) => findByShortId(key, wanted, common);
    const corrupt = { state: "failed", code: "CELLS_CORRUPT" };
    expect(createCellDecoder({ key, own, lookup }).take(forged.cells(0, 80))).toEqual(corrupt);
    const liar = (wanted: readonly ShortId[]) =>
      new Map(wanted.map((short) => [short, common[0] as EventId]));
    expect(createCellDecoder({ key, own, lookup: liar }).take(forged.cells(0, 80))).toEqual(corrupt);
  });

  it("[CE10] an item outside its own cells is corrupt", () => {
    const key = keyOfDay(11);
    const empty = new Uint8Array(80 * CELL_BYTES);
    const single = sketchOf([pool[0] as EventId], key).cells(0, 1);
    const indexes = sketchOf([pool[0] as EventId], key).cells(0, 80);
    const foreign = Array.from({ length: 80 }, (_, n) => n).find(
      (n) => indexes[n * CELL_BYTES + 12] === 0,
    ) as number;
    // Among so many others that nothing else would give it away.
    const forged = sketchOf(common.slice(0, 400), key).cells(0, 80);
    forged.set(single, foreign * CELL_BYTES);
    const lookup = () => new Map<ShortId, EventId>();
    expect(createCellDecoder({ key, own: empty, lookup }).take(forged)).toEqual({
      state: "failed",
      code: "CELLS_CORRUPT",
    });
  });

  it("[CE10] an item that comes back into its own cell for ever is corrupt", () => {
    const key = keyOfDay(12);
    const forged = sketchOf([pool[0] as EventId], key).cells(0, 80);
    const later = Array.from({ length: 79 }, (_, n) => n + 1).find(
      (n) => forged[n * CELL_BYTES + 12] === 1,
    ) as number;
    // Twice the item: taken out once, the cell is the item's again, and so is the first one after that.
    forged.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2], later * CELL_BYTES);
    const own = new Uint8Array(forged.length);
    expect(createCellDecoder({ key, own, lookup: () => new Map() }).take(forged)).toEqual({
      state: "failed",
      code: "CELLS_CORRUPT",
    });
  });

  it("[CE10] cells that all look like single items fail, however many", () => {
    const key = keyOfDay(12);
    const cells = Buffer.concat(pool.slice(0, CELLS_MAX).map((id) => sketchOf([id], key, 1).cells(0, 1)));
    const own = new Uint8Array(cells.length);
    const result = createCellDecoder({ key, own, lookup: () => new Map() }).take(cells);
    expect(result).toEqual({ state: "failed", code: "CELLS_CORRUPT" });
  });

  it("[CE10] peeling ends at its number of steps", () => {
    const key = keyOfDay(15);
    const cells = sketchOf(pool.slice(0, 100), key).cells(0, 256);
    const own = new Uint8Array(cells.length);
    const bounded = createPeeling({ key, cellsMax: 256, stepsPerCellMax: 2 });
    expect(bounded.extend(cells, own, 256)).toBe("CELLS_STEPS");
    const free = createPeeling({ key, cellsMax: 256 });
    expect(free.extend(cells, own, 256)).toBe(null);
    expect(free.isEmpty()).toBe(true);
  });

  it("[CE12] parts of cells and too many of them are malformed, and change nothing", () => {
    const { decoder, cells, exact } = pairOf(60, 13, 2, 256);
    const malformed = expect.objectContaining({ code: "CELLS_MALFORMED" });
    expect(decoder.take(cells.subarray(0, 40 * CELL_BYTES)).state).toBe("more");
    const rest = cells.subarray(40 * CELL_BYTES);
    for (const bytes of [new Uint8Array(0), rest.subarray(1), cells, new Uint8Array(CELL_BYTES - 1)])
      expect(() => decoder.take(bytes)).toThrow(malformed);
    expect(sorted(decoder.take(rest))).toEqual(exact);
    const own = new Uint8Array((CELLS_MAX + 1) * CELL_BYTES);
    expect(() => createCellDecoder({ key: keyOfDay(13), own, lookup: () => new Map() })).toThrow(malformed);
  });

  it("[CE10] [CE12] random bytes give only coded answers, and never an id", () => {
    const key = keyOfDay(14);
    const own = sketchOf(common, key).cells(0, 256);
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc
        .integer({ min: 1, max: 60 })
        .chain((n) => fc.uint8Array({ minLength: n * CELL_BYTES, maxLength: n * CELL_BYTES })),
    );
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1, maxLength: 8 }), (chunks) => {
        const decoder = createCellDecoder({
          key,
          own,
          lookup: (wanted) => findByShortId(key, wanted, common),
        });
        for (const bytes of chunks) {
          try {
            const result = decoder.take(bytes);
            expect(["more", "overfull", "failed"]).toContain(result.state);
          } catch (error) {
            expect(error).toMatchObject({ code: "CELLS_MALFORMED" });
          }
        }
      }),
    );
  });
});
