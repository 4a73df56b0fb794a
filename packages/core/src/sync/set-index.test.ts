import fc from "fast-check";
import { expect, it } from "vitest";
import { sha256, utf8 } from "../crypto/index.ts";
import { toId } from "../ids.ts";
import type { EventId, ScopeId } from "../ids.ts";
import type { ArrivedId } from "../ports/index.ts";
import { createListReader } from "./list-reader.ts";
import { createSetIndex } from "./set-index.ts";
import type { SetReader } from "./set-index.ts";
import { shortIdOf } from "./riblt/short-id.ts";

const scope = "5c".repeat(32) as ScopeId;
const idOf = (name: number): EventId => toId<EventId>(sha256(utf8(`event ${name}`)));

/** A store whose arrivals may have gaps: other scopes are written too. */
function readerOver(rows: readonly ArrivedId[]): SetReader {
  return {
    buckets: () => (rows.length === 0 ? [] : [{ bucket: 1, count: rows.length }]),
    ...createListReader(() => rows),
  };
}

it("[SY26] cells, ranges and lookups that are kept up are equal to a rebuild, whenever they are asked for", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), asks: fc.boolean(), day: fc.nat(2) }), {
        maxLength: 40,
      }),
      (steps) => {
        const rows: ArrivedId[] = [];
        const kept = createSetIndex(readerOver(rows));
        let arrival = 0;
        for (const [index, { gap, asks, day }] of steps.entries()) {
          arrival += gap;
          rows.push({ arrival, id: idOf(index), timeMs: index % 5 });
          if (!asks) continue;
          const rebuilt = createSetIndex(readerOver(rows));
          const { key, cells } = kept.cells(scope, day);
          expect({ key, cells }).toEqual(rebuilt.cells(scope, day));
          const set = kept.rangeSet(scope);
          expect(set.fingerprint(0, set.size)).toEqual(rebuilt.rangeSet(scope).fingerprint(0, set.size));
          expect(kept.count(scope)).toBe(rows.length);
          const wanted = rows.map(({ id }) => shortIdOf(key, id));
          expect([...kept.byShortId(scope, day, wanted).values()].toSorted()).toEqual(
            rows.map(({ id }) => id).toSorted(),
          );
          expect(kept.byShortId(scope, day, [shortIdOf(key, idOf(-1))]).size).toBe(0);
        }
      },
    ),
    { numRuns: 50 },
  );
});

it("[SY25] among thousands each short id finds its own event", () => {
  const rows = Array.from({ length: 5_000 }, (_, at) => ({ arrival: at + 1, id: idOf(at), timeMs: 1 }));
  const index = createSetIndex(readerOver(rows));
  const { key } = index.cells(scope, 1);
  const wanted = [0, 17, 4_999].map((at) => shortIdOf(key, idOf(at)));
  const found = index.byShortId(scope, 1, wanted);
  expect(wanted.map((short) => found.get(short))).toEqual([idOf(0), idOf(17), idOf(4_999)]);
});
