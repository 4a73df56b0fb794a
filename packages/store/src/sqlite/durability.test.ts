import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { deviceOf, entryOf, eventId, eventOf, scopeOf } from "@kith/core/testing";
import { checkKept } from "@kith/core";
import type { ScopeId, StoreError } from "@kith/core";
import { describe, expect, it } from "vitest";
import { openSqliteStore } from "./index.ts";
import { makeTestDirectory, testKey } from "./test-directory.ts";

const scope = `c${"1".padStart(63, "0")}` as ScopeId;
const ROUNDS = 10;
/** Deaths are spread over the first hundred acknowledgements of a round. */
const ACKNOWLEDGED_BEFORE_DEATH_MAX = 100;

/** Runs the committing process until it has acknowledged so many batches, kills it, and returns all that it acknowledged. */
async function killAfter(directory: string, batches: number): Promise<number[]> {
  const file = fileURLToPath(new URL("./commit-until-killed.ts", import.meta.url));
  const child = spawn(process.execPath, [file, directory, Buffer.from(testKey).toString("hex")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const acknowledged: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(Number(line));
    if (acknowledged.length === batches) child.kill("SIGKILL");
  }
  const [, signal] = (await exited) as [number | null, string | null];
  expect(signal).toBe("SIGKILL");
  return acknowledged;
}

describe("durability", () => {
  it("[ST1] [ST2] [ST13] [ST31] attack 35: whatever was acknowledged before a kill is there, whole and once, and the store opens", async () => {
    const directory = makeTestDirectory();
    const acknowledged: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      acknowledged.push(
        ...(await killAfter(directory, 1 + Math.floor(Math.random() * ACKNOWLEDGED_BEFORE_DEATH_MAX))),
      );
      const store = await openSqliteStore({ directory, key: testKey });
      try {
        const events = store.eventsOfScope(scope, 0, 1_000_000);
        const seqs = events.map((event) => event.seq);
        for (const first of acknowledged)
          expect(seqs.slice(first, first + 3)).toEqual([first, first + 1, first + 2]);
        // Nothing half-written: the chain has no gap, ends with a whole batch, and the views agree with it.
        expect(seqs).toEqual(seqs.map((_, index) => index));
        expect(seqs.length % 3).toBe(0);
        expect(
          events.every(
            (event) => event.outer.length === 700 && event.outer.every((byte) => byte === (event.seq & 0xff)),
          ),
        ).toBe(true);
        expect(store.stats()).toMatchObject({ events: seqs.length, messages: seqs.length / 3 });
        expect(store.search("word", { limit: 1_000_000 })).toHaveLength(Math.min(seqs.length / 3, 1_000_000));
        expect(store.logBounds().newest).toBe(seqs.length);
        expect(store.heads(scope)).toEqual(seqs.length === 0 ? [] : [events.at(-1)?.id]);
        expect(store.buckets(scope)).toEqual([{ bucket: 1, count: seqs.length }]);
        const idsFrom = (from: number) =>
          events.flatMap(({ id, seq }) => (seq % 3 === from ? id : [])).sort();
        expect(store.sealedIds(scope, 1_000_000)).toEqual(idsFrom(0));
        expect(store.closed(scope, 1_000_000)).toEqual(idsFrom(2));
        expect(store.closedCount(scope)).toBe(seqs.length / 3);
        const isWhole = (body: Uint8Array | null, seq: number) =>
          body !== null && Buffer.alloc(700, seq).equals(body);
        expect(
          events.every(({ id, seq }) =>
            seq % 3 === 0 ? isWhole(store.sealedBody(id), seq) : store.sealedBody(id) === null,
          ),
        ).toBe(true);
        expect(checkKept(store, scope)).toEqual([]);
        expect(store.rangeLeaves(scope)?.leaves.reduce((sum, { count }) => sum + count, 0)).toBe(seqs.length);
        expect(store.checkIntegrity()).toEqual([]);
      } finally {
        await store.close();
      }
    }
  }, 60_000);

  it("[ST1] [ST2] attack 35: a full disk refuses with STORE_FULL, keeps what was acknowledged and works again with room", async () => {
    const directory = makeTestDirectory();
    const bytesMax = 524_288;
    let store = await openSqliteStore({ directory, key: testKey, bytesMax });
    const acknowledged: number[] = [];
    const big = (n: number) =>
      entryOf(eventOf(n, { seq: n, device: deviceOf(1), outer: new Uint8Array(20_000) }), { log: 1 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, n) =>
        store.commit({ events: [big(n)] }).then(() => acknowledged.push(n)),
      ),
    );
    for (let n = 60; n < 120; n += 1) {
      outcomes.push(
        ...(await Promise.allSettled([store.commit({ events: [big(n)] }).then(() => acknowledged.push(n))])),
      );
    }
    const refused = outcomes
      .filter((outcome) => outcome.status === "rejected")
      .map((outcome) => outcome.reason as { code: string; message: string });
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused.map((reason) => reason.code))).toEqual(new Set(["STORE_FULL"]));
    expect(refused[0]?.message).toContain("free some space");
    const kept = store.eventsOfScope(scopeOf(1), 0, 1_000).map((event) => event.id);
    expect(kept).toEqual(acknowledged.map(eventId));
    expect(store.logBounds().newest).toBe(acknowledged.length);
    expect(store.checkIntegrity()).toEqual([]);

    await store.close();
    store = await openSqliteStore({ directory, key: testKey, bytesMax: bytesMax * 8 });
    const { appended } = await store.commit({ events: [big(200)] });
    expect(appended[0]?.arrival).toBe(acknowledged.length + 1);
    expect(store.eventsOfScope(scopeOf(1), 0, 1_000).map((event) => event.id)).toEqual(
      [...acknowledged, 200].map(eventId),
    );
    await store.close();
  });

  it("[ST2] attack 35: when the medium fails, what was handed over behind it fails too, however small", async () => {
    const store = await openSqliteStore({ directory: makeTestDirectory(), key: testKey, bytesMax: 524_288 });
    // The first fills a group of its own; the others wait behind it, and the last of them would fit alone.
    const large = store.commit({ events: [entryOf(eventOf(1, { outer: new Uint8Array(9_000_000) }))] });
    const behind = [2, 3].map((n) => store.commit({ events: [entryOf(eventOf(n, { seq: n }))] }));
    const outcomes = await Promise.allSettled([large, ...behind]);
    expect(
      outcomes.map((one) => (one.status === "rejected" ? (one.reason as StoreError).code : one.status)),
    ).toEqual(["STORE_FULL", "STORE_FULL", "STORE_FULL"]);
    // Whoever knows of the failure may write again at once.
    expect((await store.commit({ events: [entryOf(eventOf(4, { seq: 4 }))] })).appended).toHaveLength(1);
    await store.close();
  });

  it("[ST2] a store that was full takes commits again in the same run, as soon as they fit", async () => {
    const directory = makeTestDirectory();
    const store = await openSqliteStore({ directory, key: testKey, bytesMax: 524_288 });
    const tooMuch = store.commit({ events: [entryOf(eventOf(1, { outer: new Uint8Array(1_000_000) }))] });
    await expect(tooMuch).rejects.toMatchObject({ code: "STORE_FULL" });
    expect((await store.commit({ events: [entryOf(eventOf(1), { log: 1 })] })).appended[0]?.arrival).toBe(1);
    expect(store.heads(scopeOf(1))).toEqual([eventId(1)]);
    await store.close();
  });
});
