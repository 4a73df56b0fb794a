import { checkKept, createSetIndex } from "@kith/core";
import type { EventStore, Log, LogFacts, ScopeId, SetKeeper, WriteBatch } from "@kith/core";
import {
  createListReader,
  createSeededRandom,
  deviceOf,
  entryOf,
  eventOf,
  scopeOf,
} from "@kith/core/testing";
import { expect, it } from "vitest";
import { fillRangeLeaves } from "./fill-leaves.ts";
import { openSqliteStore } from "./index.ts";
import { makeTestDirectory, testKey } from "./test-directory.ts";
import { makeOlderStore, openRaw } from "./test-older.ts";

const DAY = 20_000;
const scopes = [scopeOf(1), scopeOf(2)] as [ScopeId, ScopeId];
const random = createSeededRandom("kept");

/** Events with random ids and times, in both scopes. */
function entries(from: number, to: number): NonNullable<WriteBatch["events"]> {
  return Array.from({ length: to - from }, (_, at) => {
    const n = from + at;
    const id = Buffer.from(random.bytes(32)).toString("hex") as ReturnType<typeof eventOf>["id"];
    const timeMs = 1_760_000_000_000 + (Buffer.from(random.bytes(4)).readUInt32BE() % 50_000_000);
    const scope = scopes[n % 2] as ScopeId;
    return entryOf(
      eventOf(n, { id, scope, device: deviceOf(1), seq: n, timeMs, bucket: Math.floor(timeMs / 2 ** 22) }),
    );
  });
}

/** A directory of a closed store with so many events, which no structure was kept of: as version 1 wrote it. */
function makeFirstStore(events: number): Promise<string> {
  return makeOlderStore(1, async (store) => {
    for (let from = 0; from < events; from += 2_000)
      await store.commit({ events: entries(from, Math.min(from + 2_000, events)) });
  });
}

function createTestLog() {
  const entriesOf: { event: string; facts: LogFacts | undefined }[] = [];
  const note = (event: string, facts?: LogFacts): void => void entriesOf.push({ event, facts });
  const log: Log = { debug: note, info: note, warn: note, error: note };
  return { log, entries: entriesOf };
}

function expectSound(store: EventStore): void {
  for (const scope of scopes) {
    expect(checkKept(store, scope)).toEqual([]);
    expect(store.rangeLeaves(scope)?.leaves.length).toBeGreaterThan(1);
  }
}

it("[ST16] an older store is brought up in steps when it is opened, which are told", async () => {
  const directory = await makeFirstStore(20_000);
  const { log, entries: said } = createTestLog();
  const store = await openSqliteStore({ directory, key: testKey, log });
  expect(said.filter(({ event }) => event === "store:filling").map(({ facts }) => facts)).toEqual(
    [8_192, 16_384, 20_000].map((done) => ({ done, events: 20_000 })),
  );
  expectSound(store);
  await store.commit({ events: entries(20_000, 21_000) });
  expectSound(store);
  await store.close();
}, 60_000);

it("[ST16] one that was cut off on the way goes on where it was, and until then is read without leaves", async () => {
  const directory = await makeFirstStore(20_000);
  (await openSqliteStore({ directory, key: testKey })).close().catch(expect.fail);
  const database = openRaw(directory);
  database.exec("DELETE FROM range_leaves; DELETE FROM range_items; INSERT INTO range_fill VALUES (0)");
  expect(() =>
    fillRangeLeaves(database, () => {
      throw new Error("the lights went out");
    }),
  ).toThrow("the lights went out");
  expect(database.prepare("SELECT arrival FROM range_fill").pluck().get()).toBe(8_192);
  database.close();
  const reader = await openSqliteStore({ directory, key: testKey, readOnly: true });
  expect(reader.rangeLeaves(scopes[0])).toBeNull();
  await reader.close();
  const { log, entries: said } = createTestLog();
  const store = await openSqliteStore({ directory, key: testKey, log });
  expect(said.filter(({ event }) => event === "store:filling")).toHaveLength(2);
  expectSound(store);
  await store.close();
}, 60_000);

it("[SY26] [RB21] sets over what the store keeps answer as sets built from all ids do, whatever is stored meanwhile", async () => {
  const directory = makeTestDirectory();
  let store = await openSqliteStore({ directory, key: testKey });
  const [scope] = scopes;
  let kept: Promise<unknown> = Promise.resolve();
  const keeperOf = (of: EventStore): SetKeeper => ({
    keptCells: of.keptCells,
    keptRoots: of.keptRoots,
    keep: (writes) => void (kept = of.commit(writes)),
  });
  let index = createSetIndex(store, keeperOf(store));
  for (let from = 0; from < 30_000; from += 3_000) {
    await store.commit({ events: entries(from, from + 3_000) });
    if (from === 12_000) {
      await kept;
      expect(store.keptCells(scope)?.size).toBeGreaterThanOrEqual(4_096);
      await store.close();
      store = await openSqliteStore({ directory, key: testKey });
      index = createSetIndex(store, keeperOf(store));
    }
    if (from % 9_000 === 3_000) continue;
    const rows = store.idsOfScope(scope, 0, 1_000_000);
    const rebuilt = createSetIndex({ buckets: store.buckets, ...createListReader(() => rows) });
    expect(index.cells(scope, DAY)).toEqual(rebuilt.cells(scope, DAY));
    // Written while a set is in use: what it holds is what it held.
    const set = index.rangeSet(scope);
    await store.commit({ events: entries(100_000 + from, 100_000 + from + 600) });
    const right = rebuilt.rangeSet(scope);
    expect(set.size).toBe(right.size);
    for (const [a, b] of [
      [0, 1],
      [0.1, 0.11],
      [0.5, 0.9],
      [0.299, 0.3],
    ] as const) {
      const [start, end] = [Math.floor(a * set.size), Math.floor(b * set.size)];
      expect(set.fingerprint(start, end)).toEqual(right.fingerprint(start, end));
      expect(set.timestampAt(start)).toBe(right.timestampAt(start));
      expect(set.lowerBound(right.timestampAt(start), right.idAt(start))).toBe(start);
    }
    expect(Buffer.from(set.packedIds(0, set.size)).equals(Buffer.from(right.packedIds(0, set.size)))).toBe(
      true,
    );
  }
  await kept;
  expectSound(store);
  await store.close();
}, 60_000);

it.each([
  ["a sum", "UPDATE range_leaves SET sum = zeroblob(32)", "not the sum of what it holds"],
  ["a count", "UPDATE range_leaves SET count = count - 1", "do not add up"],
  ["items", "UPDATE range_items SET items = zeroblob(length(items))", "not the sum of what it holds"],
  ["a leaf", "DELETE FROM range_leaves WHERE length(start) > 0", "do not add up"],
  ["a root", "UPDATE buckets SET root = zeroblob(32)", "the root of bucket"],
  ["cells", "UPDATE set_cells SET words = zeroblob(length(words))", "its cells of day"],
])(
  "[ST18] %s that is altered is found, sets are right all the same, and it is made anew",
  async (_, damage, found) => {
    const directory = makeTestDirectory();
    let store = await openSqliteStore({ directory, key: testKey });
    await store.commit({ events: entries(0, 12_000) });
    const writes: WriteBatch[] = [];
    const keeper: SetKeeper = {
      keptCells: (of) => store.keptCells(of),
      keptRoots: (of) => store.keptRoots(of),
      keep: (batch) => void writes.push(batch),
    };
    const [scope] = scopes;
    createSetIndex(store, keeper).cells(scope, DAY);
    for (const batch of writes.splice(0)) await store.commit(batch);
    expect(checkKept(store, scope)).toEqual([]);
    await store.close();
    const database = openRaw(directory);
    database.exec(damage);
    database.close();

    store = await openSqliteStore({ directory, key: testKey });
    expect(checkKept(store, scope).join("\n")).toContain(found);
    const rows = store.idsOfScope(scope, 0, 1_000_000);
    const right = createSetIndex({ buckets: store.buckets, ...createListReader(() => rows) }).rangeSet(scope);
    const set = createSetIndex(store, keeper).rangeSet(scope);
    expect(set.size).toBe(right.size);
    expect(set.fingerprint(3, 700)).toEqual(right.fingerprint(3, 700));
    expect(set.packedIds(0, set.size)).toEqual(right.packedIds(0, right.size));
    // Ranges notice by themselves; roots and cells are for verification to find.
    if (/range_/.test(damage)) expect(writes).toEqual([{ rebuild: [scope] }]);
    await store.commit({ rebuild: scopes });
    expect(checkKept(store, scope)).toEqual([]);
    await store.close();
  },
  60_000,
);
