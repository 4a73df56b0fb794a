import { expect, it } from "vitest";
import { sha256, utf8 } from "../crypto/index.ts";
import { idBytes, toId } from "../ids.ts";
import type { EventId, ScopeId } from "../ids.ts";
import type { ArrivedId } from "../ports/index.ts";
import { createListReader } from "./list-reader.ts";
import { createDigestIndex, shortIdsOf } from "./digest-index.ts";
import {
  DIGEST_READ_ROWS_MAX,
  DIGEST_RECENT_IDS_MAX,
  DIGEST_RUSH_EVENTS,
  INDEXED_SCOPES_MAX,
} from "./limits.ts";
import { createCellDecoder } from "./riblt/cell-decoder.ts";
import { createCellSketch } from "./riblt/cell-sketch.ts";
import { dayCellKey } from "./riblt/short-id.ts";

const scope = toId<ScopeId>(sha256(utf8("scope")));
const idOf = (n: number): EventId => toId<EventId>(sha256(utf8(`event ${n}`)));

/** One scope of `count` events, read as the store would; counts what is read. */
function createRig(count: number) {
  const ids = Array.from({ length: count }, (_, n) => idOf(n));
  let read = 0;
  const reader = createListReader(() => ids.map((id, at): ArrivedId => ({ id, arrival: at + 1, timeMs: 1 })));
  const index = createDigestIndex({
    idsBefore: reader.idsBefore,
    idsOfScope(...asked) {
      const rows = reader.idsOfScope(...asked);
      read += rows.length;
      return rows;
    },
  });
  return {
    index,
    read: () => read,
    write(from: number, to: number) {
      for (let n = from; n < to; n += 1) ids.push(idOf(n));
      index.note(scope);
    },
  };
}

function cellsOf(ids: readonly EventId[], day: number): Uint8Array {
  const sketch = createCellSketch({ key: dayCellKey(idBytes(scope), { scope, day }), length: 80 });
  for (const id of ids) sketch.add(id);
  return sketch.cells(0, 80);
}

it("[SY33] a digest is the first 80 cells of what is held, under the day's key, and follows what is written", () => {
  const { index, write, read } = createRig(10);
  const first = Array.from({ length: 10 }, (_, n) => idOf(n));
  expect(index.own(scope, 7)).toMatchObject({ events: 10, cells: cellsOf(first, 7) });
  expect(index.own(scope, 7)?.cells).toHaveLength(1_040);
  expect(read()).toBe(10);
  write(10, 13);
  const all = Array.from({ length: 13 }, (_, n) => idOf(n));
  expect(index.own(scope, 7)).toMatchObject({ events: 13, cells: cellsOf(all, 7) });
  // A peer's clock is a year ahead: its day beside ours.
  expect(index.under(scope, 372)).toMatchObject({ events: 13, cells: cellsOf(all, 372) });
  expect(index.under(scope, 7)?.cells).toEqual(cellsOf(all, 7));
  expect(read()).toBe(26);
});

it("[SY34] in a rush nothing is read for a digest, and once it is over it tells all", () => {
  const { index, write, read } = createRig(10);
  index.own(scope, 7);
  for (let n = 10; n <= 10 + DIGEST_RUSH_EVENTS; n += 1) write(n, n + 1);
  expect(index.own(scope, 7)).toBeNull();
  expect(read()).toBe(10);
  expect(index.own(scope, 7)).toMatchObject({ events: 11 + DIGEST_RUSH_EVENTS });
});

it("[SY33] two digests tell forty differences to either side", () => {
  const ours = createRig(1_000);
  const theirs = createRig(980);
  theirs.write(5_000, 5_020);
  const own = ours.index.under(scope, 3);
  const other = theirs.index.own(scope, 3);
  if (!own || !other) throw new Error("both have been read");
  const lookup = (shorts: Parameters<typeof ours.index.find>[2]) => ours.index.find(scope, 3, shorts);
  const result = createCellDecoder({ key: own.key, own: own.cells, lookup }).take(other.cells);
  if (result.state !== "done") throw new Error(result.state);
  expect(result.onlyOurs.toSorted()).toEqual(Array.from({ length: 20 }, (_, n) => idOf(980 + n)).toSorted());
  const written = Array.from({ length: 20 }, (_, n) => idOf(5_000 + n));
  expect(new Set(result.onlyTheirs)).toEqual(shortIdsOf(scope, 3, written));
});

it("[SY34] a beat reads 4,096 ids at most, and until all are read there is no digest", () => {
  const { index, read } = createRig(3 * DIGEST_READ_ROWS_MAX + 5);
  for (let beat = 1; beat <= 3; beat += 1) {
    expect(index.own(scope, 1)).toBeNull();
    expect(index.under(scope, 1)).toBeNull();
    expect(read()).toBe(beat * DIGEST_READ_ROWS_MAX);
    index.refill();
  }
  expect(index.own(scope, 1)?.events).toBe(3 * DIGEST_READ_ROWS_MAX + 5);
  // The day has changed: read anew, as slowly.
  index.refill();
  expect(index.own(scope, 2)).toBeNull();
});

it("[SY34] attack 14: days that somebody makes up cost a beat no more, and our own digest stays", () => {
  const { index, read } = createRig(100);
  expect(index.own(scope, 1)?.events).toBe(100);
  for (let day = 2; day < 1_000; day += 1) index.under(scope, day);
  expect(read()).toBeLessThanOrEqual(DIGEST_READ_ROWS_MAX);
  expect(index.own(scope, 1)?.events).toBe(100);
});

it("[SY34] attack 14: scopes beyond those that are kept are read again, not remembered", () => {
  const { index } = createRig(1);
  for (let n = 0; n < INDEXED_SCOPES_MAX; n += 1) index.own(toId<ScopeId>(sha256(utf8(`scope ${n}`))), 1);
  index.own(scope, 1);
  const [short] = shortIdsOf(scope, 1, [idOf(0)]);
  if (short === undefined) throw new Error("one short id");
  const first = toId<ScopeId>(sha256(utf8("scope 0")));
  expect(index.find(scope, 1, [short]).size).toBe(1);
  expect(index.find(first, 1, [...shortIdsOf(first, 1, [idOf(0)])]).size).toBe(0);
});

it("[SY35] short ids are found among the newest 1,024 arrivals and no further back", () => {
  const { index, write } = createRig(10);
  index.own(scope, 1);
  write(10, 5 + DIGEST_RECENT_IDS_MAX);
  index.own(scope, 1);
  const found = (n: number): EventId[] => {
    const shorts = [...shortIdsOf(scope, 1, [idOf(n)])];
    return [...index.find(scope, 1, shorts).values()];
  };
  expect(found(4)).toEqual([]);
  expect(found(5)).toEqual([idOf(5)]);
  expect(found(4 + DIGEST_RECENT_IDS_MAX)).toEqual([idOf(4 + DIGEST_RECENT_IDS_MAX)]);
  expect(found(99_999)).toEqual([]);
});
