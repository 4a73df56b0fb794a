/**
 * The contract of the port EventStore: an adapter is finished when it passes. Rules: spec/store.
 * The stories here are told with small worlds; the property at the end compares with a naive model.
 */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LOG_ROWS_MAX } from "../ports/index.ts";
import type { EventStore, MessageRow, ReactionRow, ViewChange, WriteBatch } from "../ports/index.ts";
import { createStoreModel } from "./store-model.ts";
import { channelOf, deviceOf, entryOf, eventId, eventOf, messageOf, personOf, reactionOf, scopeOf, spaceOf } from "./store-rows.ts";

export interface StoreUnderTest {
  readonly store: EventStore;
  /** Closes the store and opens the same data again, as a restart does. */
  reopen(): Promise<EventStore>;
  dispose(): Promise<void> | void;
}

/** How far an adapter may let the log grow beyond LOG_ROWS_MAX before it cuts. */
const LOG_SLACK_ROWS = 1_000;

export function describeStoreContract(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`store contract: ${name}`, () => {
    let under: StoreUnderTest;
    let store: EventStore;
    beforeEach(async () => {
      under = await create();
      store = under.store;
    });
    afterEach(() => under.dispose());

    describe("events", () => {
      it("[ST3] what a commit has resolved for is read at once", async () => {
        const event = eventOf(1, { parents: [eventId(90), eventId(91)], prev: eventId(92), seq: 7, kind: 3 });
        const { appended } = await store.commit({ events: [entryOf(event)] });
        expect(appended).toEqual([{ ...event, arrival: 1 }]);
        expect(store.hasEvent(event.id)).toBe(true);
        expect(plain(store.event(event.id))).toEqual(plain({ ...event, arrival: 1 }));
        expect(plain(store.eventAt(event.scope, event.device, 7))).toEqual(plain({ ...event, arrival: 1 }));
        expect(store.eventAt(event.scope, event.device, 8)).toBeNull();
        expect(store.hasEvent(eventId(2))).toBe(false);
        expect(store.event(eventId(2))).toBeNull();
      });

      it("[ST2] an event that is here already is passed over with its views and log drafts", async () => {
        const entry = entryOf(eventOf(1), { views: [{ op: "message", row: messageOf(1, { text: "first" }) }], log: 1 });
        await store.commit({ events: [entry] });
        const again = entryOf(eventOf(1), { views: [{ op: "message", row: messageOf(1, { text: "second" }) }], log: 1 });
        const fresh = entryOf(eventOf(2, { seq: 1 }), { log: 1 });
        const result = await store.commit({ events: [again, fresh, fresh], log: [draft("own")] });
        expect(result.appended.map((event) => [event.id, event.arrival])).toEqual([[eventId(2), 2]]);
        expect(result.log.map((row) => [row.cursor, row.ref, row.data])).toEqual([[2, eventId(2), null], [3, null, "own"]]);
        expect(store.message(eventId(1))?.text).toBe("first");
        expect(store.stats()).toMatchObject({ events: 2, messages: 1 });
      });

      it("[ST2] a batch that contradicts what is stored is refused whole, and its neighbours are kept", async () => {
        await store.commit({ events: [entryOf(eventOf(1, { seq: 1 }))] });
        const neighbours = [
          store.commit({ events: [entryOf(eventOf(2, { seq: 2 }))], log: [draft("before")] }),
          store.commit({
            events: [entryOf(eventOf(3, { seq: 3 }), { log: 1 }), entryOf(eventOf(4, { seq: 1 }))],
            log: [draft("never")], meta: [{ key: "never", value: Uint8Array.of(1) }],
          }),
          store.commit({ events: [entryOf(eventOf(5, { seq: 3 }))], log: [draft("after")] }),
        ];
        const settled = await Promise.allSettled(neighbours);
        expect(settled.map((one) => one.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
        expect((settled[1] as PromiseRejectedResult).reason).toMatchObject({ name: "StoreError", code: "STORE_FAILED" });
        expect([2, 3, 4, 5].map((n) => store.hasEvent(eventId(n)))).toEqual([true, false, false, true]);
        expect(store.event(eventId(5))?.arrival).toBe(3);
        expect(store.logAfter(0, 10).map((row) => [row.cursor, row.data])).toEqual([[1, "before"], [2, "after"]]);
        expect(store.meta("never")).toBeNull();
        expect(store.heads(scopeOf(1))).toEqual([eventId(1), eventId(2), eventId(5)]);
        expect(store.buckets(scopeOf(1))).toEqual([{ bucket: 10, count: 3 }]);
      });

      it("[ST5] many commits at once are applied in the order of their calls", async () => {
        const calls = Array.from({ length: 300 }, (_, index) =>
          store.commit({ events: [entryOf(eventOf(index, { seq: index }), { log: 1 })], log: [draft(`${index}`)] }),
        );
        const results = await Promise.all(calls);
        results.forEach((result, index) => {
          expect(result.appended[0]?.arrival).toBe(index + 1);
          expect(result.log.map((row) => row.cursor)).toEqual([index * 2 + 1, index * 2 + 2]);
        });
        expect(store.logAfter(0, 1_000).map((row) => row.cursor)).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
      });

      it("[ST3] events come in order of arrival, by scope, by position and by id", async () => {
        const order = [5, 3, 9, 1];
        for (const n of order) await store.commit({ events: [entryOf(eventOf(n, { seq: n, scope: scopeOf(n === 9 ? 2 : 1) }))] });
        expect(store.eventsOfScope(scopeOf(1), 0, 10).map((event) => event.id)).toEqual([5, 3, 1].map(eventId));
        expect(store.eventsOfScope(scopeOf(1), 1, 1).map((event) => event.arrival)).toEqual([2]);
        expect(store.eventsOfScope(scopeOf(3), 0, 10)).toEqual([]);
        expect(store.eventsOfScope(scopeOf(1), 0, 0)).toEqual([]);
        const wanted = [1, 77, 9, 5, 5].map(eventId);
        expect(store.eventsById(wanted).map((event) => event.id)).toEqual([5, 9, 1].map(eventId));
      });

      it("[ST3] a bucket lists its ids in order, within bounds", async () => {
        const events = [8, 2, 6, 4].map((n) => eventOf(n, { seq: n }));
        await store.commit({ events: [...events, eventOf(5, { seq: 5, bucket: 11 })].map((event) => entryOf(event)) });
        const ids = (from?: number, to?: number) =>
          from === undefined
            ? store.idsInBucket(scopeOf(1), 10)
            : store.idsInBucket(scopeOf(1), 10, { from: eventId(from), to: to === undefined ? null : eventId(to) });
        expect(ids()).toEqual([2, 4, 6, 8].map(eventId));
        expect(ids(4, 8)).toEqual([4, 6].map(eventId));
        expect(ids(5)).toEqual([6, 8].map(eventId));
        expect(ids(9)).toEqual([]);
        expect(store.idsInBucket(scopeOf(1), 12)).toEqual([]);
        expect(store.buckets(scopeOf(1))).toEqual([{ bucket: 10, count: 4 }, { bucket: 11, count: 1 }]);
      });

      it("[ST4] heads are those that nothing here follows, in whatever order events come", async () => {
        const a = eventOf(1, { seq: 1 });
        const b = eventOf(2, { seq: 2, prev: a.id, parents: [a.id] });
        const c = eventOf(3, { seq: 1, device: deviceOf(2), parents: [a.id] });
        const d = eventOf(4, { seq: 3, prev: b.id, parents: [c.id] });
        for (const [event, heads] of [[b, [2]], [a, [2]], [c, [2, 3]], [d, [4]]] as const) {
          await store.commit({ events: [entryOf(event)] });
          expect(store.heads(scopeOf(1))).toEqual(heads.map(eventId));
        }
        expect(store.heads(scopeOf(2))).toEqual([]);
      });

      it("[ST4] a tip is the highest seq of each device in a scope", async () => {
        const events = [
          eventOf(1, { seq: 4 }), eventOf(2, { seq: 2 }), eventOf(3, { seq: 1, device: deviceOf(2), timeMs: 5, timeCount: 6 }),
          eventOf(4, { seq: 9, device: deviceOf(3), scope: scopeOf(2) }),
        ];
        await store.commit({ events: events.map((event) => entryOf(event)) });
        const tips = store.chainTips(scopeOf(1)).map((tip) => [tip.device, tip.seq, tip.id]);
        const expected = [[deviceOf(1), 4, eventId(1)], [deviceOf(2), 1, eventId(3)]];
        expect(tips).toEqual(expected.sort((x, y) => ((x[0] as string) < (y[0] as string) ? -1 : 1)));
        expect(store.chainTips(scopeOf(1)).find((tip) => tip.device === deviceOf(2))).toMatchObject({ timeMs: 5, timeCount: 6 });
      });

      it("[ST8] a scan names every event once", async () => {
        await store.commit({ events: Array.from({ length: 700 }, (_, n) => entryOf(eventOf(n, { seq: n }))) });
        const rows = [...store.scan()].flat();
        expect(rows.every((row) => row.ok)).toBe(true);
        const ids = rows.map((row) => (row.ok ? row.event.id : "")).sort();
        expect(ids).toEqual(Array.from({ length: 700 }, (_, n) => eventId(n)).sort());
        expect(store.checkIntegrity()).toEqual([]);
      });
    });

    describe("views", () => {
      const say = (rows: readonly MessageRow[]): Promise<unknown> =>
        store.commit({
          events: rows.map((row) =>
            entryOf(eventOf(numberOf(row.id), { seq: numberOf(row.id) }), { views: [{ op: "message", row }] }),
          ),
        });

      it("[ST6] spaces, channels and people are written over by a later row", async () => {
        const views: ViewChange[] = [
          { op: "space", row: { id: spaceOf(2), name: "Later", kind: "group", createdMs: 20 } },
          { op: "space", row: { id: spaceOf(1), name: "Climbing", kind: "community", createdMs: 10 } },
          { op: "channel", row: { id: channelOf(1), space: spaceOf(1), scope: scopeOf(1), name: "general", createdMs: 5 } },
          { op: "person", row: { id: personOf(1), name: "Ada" } },
        ];
        await store.commit({ views });
        await store.commit({
          views: [
            { op: "channel", row: { id: channelOf(1), space: spaceOf(1), scope: scopeOf(2), name: "hall", createdMs: 5 } },
            { op: "person", row: { id: personOf(1), name: "Ada L." } },
          ],
        });
        expect(store.spaces().map((row) => row.name)).toEqual(["Climbing", "Later"]);
        expect(store.spaces()[0]).toEqual({ id: spaceOf(1), name: "Climbing", kind: "community", createdMs: 10 });
        expect(store.channels(spaceOf(1))).toEqual([
          { id: channelOf(1), space: spaceOf(1), scope: scopeOf(2), name: "hall", createdMs: 5 },
        ]);
        expect(store.channels(spaceOf(2))).toEqual([]);
        expect(store.people()).toEqual([{ id: personOf(1), name: "Ada L." }]);
      });

      it("[ST6] a page runs oldest first, with ties by count, device, seq and id", async () => {
        const rows = [
          messageOf(1, { timeMs: 5 }), messageOf(2, { timeMs: 4, timeCount: 2 }), messageOf(3, { timeMs: 4, timeCount: 1 }),
          messageOf(4, { timeMs: 4, timeCount: 1, device: deviceOf(2) }), messageOf(5, { timeMs: 4, timeCount: 1 }),
          messageOf(6, { timeMs: 4, timeCount: 1, channel: channelOf(2) }),
          // The same device and seq, in another scope: only the id tells them apart.
          messageOf(8, { timeMs: 4, timeCount: 1, seq: 5, scope: scopeOf(2) }), messageOf(7, { timeMs: 9, space: spaceOf(2), channel: channelOf(3) }),
        ];
        await say(rows);
        const order = [...rows].sort(inOrder);
        const ids = (list: readonly MessageRow[]) => list.map((row) => row.id);
        expect(ids(store.messages({ limit: 50 }))).toEqual(ids(order));
        expect(ids(store.messages({ limit: 2 }))).toEqual(ids(order.slice(-2)));
        const inSpace = order.filter((row) => row.space === spaceOf(1));
        const inChannel = inSpace.filter((row) => row.channel === channelOf(1));
        for (const [filter, all] of [[{}, order], [{ space: spaceOf(1) }, inSpace], [{ channel: channelOf(1), space: spaceOf(1) }, inChannel]] as const) {
          all.forEach((bound, at) => {
            expect(ids(store.messages({ ...filter, after: bound.id, limit: 2 }))).toEqual(ids(all.slice(at + 1, at + 3)));
            expect(ids(store.messages({ ...filter, before: bound.id, limit: 2 }))).toEqual(ids(all.slice(Math.max(0, at - 2), at)));
          });
          const [first, last] = [all[0], all.at(-1)] as [MessageRow, MessageRow];
          expect(ids(store.messages({ ...filter, after: first.id, before: last.id, limit: 2 }))).toEqual(ids(all.slice(1, -1).slice(0, 2)));
        }
        expect(store.messages({ limit: 0 })).toEqual([]);
        expect(store.messages({ after: eventId(99), limit: 5 })).toEqual([]);
        expect(store.messages({ channel: channelOf(1), space: spaceOf(2), limit: 5 })).toEqual([]);
      });

      it("[ST6] a message is found by its id and by its client id, and can be written over", async () => {
        const row = messageOf(1, { clientId: "mine", replyTo: eventId(70), text: "an apple" });
        await say([row, messageOf(2)]);
        expect(store.message(eventId(1))).toEqual(row);
        expect(store.messageByClientId("mine")).toEqual(row);
        expect(store.messageByClientId("other")).toBeNull();
        expect(store.message(eventId(3))).toBeNull();
        const edited = { ...row, text: "a pear" };
        await store.commit({ views: [{ op: "message", row: edited }] });
        expect(store.message(eventId(1))).toEqual(edited);
        expect(store.search("apple", { limit: 5 })).toEqual([]);
        expect(store.search("pear", { limit: 5 })).toEqual([edited]);
        expect(store.stats().messages).toBe(2);
      });

      it("[ST6] a second message with a client id is refused, and so is a message without its event", async () => {
        await say([messageOf(1, { clientId: "mine" })]);
        await expect(say([messageOf(2, { clientId: "mine" })])).rejects.toMatchObject({ code: "STORE_FAILED" });
        await expect(store.commit({ views: [{ op: "message", row: messageOf(3) }] })).rejects.toMatchObject({ code: "STORE_FAILED" });
        expect(store.hasEvent(eventId(2))).toBe(false);
        expect(store.messageByClientId("mine")?.id).toBe(eventId(1));
        expect(store.search("message", { limit: 5 })).toHaveLength(1);
      });

      it("[ST6] of two reactions the later one stands, whichever came first", async () => {
        const on = reactionOf(1, { timeMs: 10, event: eventId(51) });
        const off = reactionOf(1, { timeMs: 10, timeCount: 1, event: eventId(50), present: false });
        const back = reactionOf(1, { timeMs: 10, timeCount: 1, event: eventId(52) });
        const put = (row: ReactionRow) => store.commit({ views: [{ op: "reaction", row }] });
        await put(off);
        await put(on);
        expect(store.reactions([eventId(1)])).toEqual([]);
        await put(back);
        await put(off);
        const other = reactionOf(1, { emoji: "\u{1f389}", author: personOf(2), timeMs: 3, event: eventId(53) });
        const elsewhere = reactionOf(2, { timeMs: 1, event: eventId(54) });
        await put(other);
        await put(elsewhere);
        expect(store.reactions([eventId(1)])).toEqual([other, back]);
        expect(store.reactions([eventId(2), eventId(1), eventId(2)])).toEqual([elsewhere, other, back]);
      });

      it("[ST9] a search finds messages by beginnings of words, newest first", async () => {
        const rows = [
          messageOf(1, { text: "Climbing at the Crag tomorrow", timeMs: 3 }), messageOf(2, { text: "climb: caf\u00e9 first?", timeMs: 1 }),
          messageOf(3, { text: "the CLIMBERS' cafe", timeMs: 2, space: spaceOf(2) }), messageOf(4, { text: "rope and \u043c\u0435\u043b", timeMs: 4 }),
        ];
        await say(rows);
        const find = (query: string, space?: number) =>
          store.search(query, space === undefined ? { limit: 9 } : { limit: 9, space: spaceOf(space) }).map((row) => numberOf(row.id));
        expect(find("climb")).toEqual([1, 3, 2]);
        expect(find("CAFE")).toEqual([3, 2]);
        expect(find("cafe clim", 1)).toEqual([2]);
        expect(find("\u041c\u0415\u041b")).toEqual([4]);
        expect(find("imb")).toEqual([]);
        expect(find("climb", 3)).toEqual([]);
        expect(store.search("climb", { limit: 1 })).toEqual([rows[0]]);
        expect(store.search("climb", { limit: 0 })).toEqual([]);
      });

      it("[ST9] whatever is typed is words and never an error", async () => {
        await say([messageOf(1, { text: "near AND far" })]);
        for (const query of ["", "   ", '"', '"near', "near*", "text:near", "near AND", "near OR", "NOT", "(near", "^near", "near + far", "a\0b", "{text}:x", "-", "\u{1f600}", "\ud800"]) {
          expect(() => store.search(query, { limit: 5 }), JSON.stringify(query)).not.toThrow();
        }
        expect(store.search('"near" (far)', { limit: 5 })).toHaveLength(1);
        expect(store.search("\u{1f600}", { limit: 5 })).toEqual([]);
        fc.assert(fc.property(fc.string({ unit: "binary" }), (query) => Array.isArray(store.search(query, { limit: 5 }))), { numRuns: 200 });
      });
    });

    describe("log, heights, boxes, meta", () => {
      it("[ST5] cursors grow by one an entry, drafts of events before those of the batch", async () => {
        expect(store.logBounds()).toEqual({ oldest: 0, newest: 0 });
        const { log } = await store.commit({ events: [entryOf(eventOf(1), { log: 1 })], log: [draft("a"), draft("b")] });
        expect(log.map((row) => row.cursor)).toEqual([1, 2, 3]);
        expect(log[0]).toEqual({ cursor: 1, type: "message", atMs: 1, data: null, ref: eventId(1) });
        expect(store.logAfter(0, 10)).toEqual(log);
        expect(store.logAfter(1, 1)).toEqual([log[1]]);
        expect(store.logAfter(3, 10)).toEqual([]);
        expect(store.logAfter(0, 0)).toEqual([]);
        expect(store.logBounds()).toEqual({ oldest: 1, newest: 3 });
      });

      it("[ST5] the log keeps its newest entries and its cursors go on", async () => {
        const step = 20_000;
        for (let from = 0; from < LOG_ROWS_MAX + step; from += step) {
          await store.commit({ log: Array.from({ length: step }, () => draft("x")) });
        }
        const { oldest, newest } = store.logBounds();
        expect(newest).toBe(LOG_ROWS_MAX + step);
        expect(newest - oldest + 1).toBeGreaterThanOrEqual(LOG_ROWS_MAX);
        expect(newest - oldest + 1).toBeLessThanOrEqual(LOG_ROWS_MAX + LOG_SLACK_ROWS);
        expect(store.logAfter(0, 2).map((row) => row.cursor)).toEqual([oldest, oldest + 1]);
        store = await under.reopen();
        const { log } = await store.commit({ log: [draft("y")] });
        expect(log[0]?.cursor).toBe(newest + 1);
      }, 30_000);

      it("[ST6] a height only rises", async () => {
        const row = { scope: scopeOf(1), holder: deviceOf(1), device: deviceOf(2), seq: 5 };
        await store.commit({ heights: [row, { ...row, seq: 3 }, { ...row, holder: deviceOf(3), seq: 1 }] });
        await store.commit({ heights: [{ ...row, seq: 4 }, { ...row, holder: deviceOf(3), seq: 2 }] });
        const expected = [row, { ...row, holder: deviceOf(3), seq: 2 }];
        expect(store.heights(scopeOf(1))).toEqual(expected.sort((a, b) => (a.holder < b.holder ? -1 : 1)));
        expect(store.heights(scopeOf(2))).toEqual([]);
      });

      it("[ST6] boxes and meta hold the last value; null deletes", async () => {
        const name = "0".repeat(31) + "1";
        const bytes = (...values: number[]) => Uint8Array.from(values);
        await store.commit({
          boxes: [{ name: name as never, blob: bytes(1) }],
          meta: [{ key: "a/2", value: bytes(2) }, { key: "a/1", value: bytes() }, { key: "b", value: bytes(3) }],
        });
        expect(plain(store.box(name as never))).toEqual([1]);
        expect(store.box("f".repeat(32) as never)).toBeNull();
        expect(plain(store.meta("a/1"))).toEqual([]);
        expect(store.metaKeys("a/")).toEqual(["a/1", "a/2"]);
        expect(store.metaKeys("")).toEqual(["a/1", "a/2", "b"]);
        expect(store.metaKeys("c")).toEqual([]);
        await store.commit({
          boxes: [{ name: name as never, blob: bytes(9, 9) }],
          meta: [{ key: "a/2", value: null }, { key: "b", value: bytes(4) }, { key: "none", value: null }],
        });
        expect(plain(store.box(name as never))).toEqual([9, 9]);
        expect(plain(store.meta("b"))).toEqual([4]);
        expect(store.meta("a/2")).toBeNull();
        expect(store.metaKeys("a/")).toEqual(["a/1"]);
      });

      it("[ST3] the caller's bytes may change as soon as commit has been called", async () => {
        const outer = Uint8Array.of(1, 2, 3);
        const value = Uint8Array.of(4);
        const done = store.commit({ events: [entryOf({ ...eventOf(1), outer })], meta: [{ key: "k", value }] });
        outer.fill(0);
        value.fill(0);
        await done;
        expect(plain(store.event(eventId(1))?.outer)).toEqual([1, 2, 3]);
        expect(plain(store.meta("k"))).toEqual([4]);
      });
    });

    describe("closing", () => {
      it("[ST1] closing writes what was accepted, and a reopened store holds it", async () => {
        const accepted = Array.from({ length: 50 }, (_, n) =>
          store.commit({ events: [entryOf(eventOf(n, { seq: n }), { views: [{ op: "message", row: messageOf(n) }], log: 1 })] }),
        );
        await store.close();
        await Promise.all(accepted);
        store = await under.reopen();
        expect(store.eventsOfScope(scopeOf(1), 0, 100)).toHaveLength(50);
        expect(store.messages({ limit: 100 })).toHaveLength(50);
        expect(store.search("message", { limit: 100 })).toHaveLength(50);
        expect(store.logBounds()).toEqual({ oldest: 1, newest: 50 });
        const { appended } = await store.commit({ events: [entryOf(eventOf(50, { seq: 50 }))] });
        expect(appended[0]?.arrival).toBe(51);
      });

      it("[ST1] a closed store refuses everything with STORE_CLOSED, and closing twice is closing once", async () => {
        await Promise.all([store.close(), store.close()]);
        await expect(store.commit({})).rejects.toMatchObject({ code: "STORE_CLOSED" });
        expect(() => store.hasEvent(eventId(1))).toThrow(expect.objectContaining({ code: "STORE_CLOSED" }));
        expect(() => store.scan()).toThrow(expect.objectContaining({ code: "STORE_CLOSED" }));
      });
    });

    it("[ST2] [ST3] [ST4] [ST5] any run of batches leaves what a naive model says", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(batches, { minLength: 1, maxLength: 12 }), fc.nat(12), async (run, reopenAt) => {
          const fresh = await create();
          try {
            let subject = fresh.store;
            const model = createStoreModel();
            for (const [at, batch] of run.entries()) {
              if (at === reopenAt) subject = await fresh.reopen();
              const expected = model.commit(batch);
              const actual = await subject.commit(batch).catch(() => null);
              expect(actual === null ? null : plain(actual)).toEqual(plain(expected));
            }
            expect(plain(model.read(subject))).toEqual(plain(model.expected()));
          } finally {
            await fresh.dispose();
          }
        }),
        { numRuns: 30 },
      );
    }, 120_000);
  });
}

function draft(data: string) {
  return { type: "peer", atMs: 1, data, ref: null } as const;
}

function numberOf(id: string): number {
  return Number.parseInt(id.slice(-8), 16);
}

/** Values without the difference between Buffer and Uint8Array. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null, (_, inner: unknown) => {
    if (inner instanceof Uint8Array) return [...inner];
    const buffer = inner as { type?: unknown; data?: unknown } | null;
    return buffer?.type === "Buffer" && Array.isArray(buffer.data) ? buffer.data : inner;
  }));
}

function inOrder(a: MessageRow, b: MessageRow): number {
  return a.timeMs - b.timeMs || a.timeCount - b.timeCount || (a.device < b.device ? -1 : a.device > b.device ? 1 : a.seq - b.seq || (a.id < b.id ? -1 : 1));
}

/** Batches over few names (and one event a reaction, as an event makes one), so that they meet, repeat and contradict each other. */
const small = fc.nat(14);
const batches: fc.Arbitrary<WriteBatch> = fc.record({
  events: fc.array(
    fc
      .record({
        n: small, seq: fc.nat(6), device: fc.integer({ min: 1, max: 3 }), scope: fc.integer({ min: 1, max: 2 }),
        bucket: fc.integer({ min: 10, max: 12 }), parents: fc.uniqueArray(small, { maxLength: 3 }), prev: fc.option(small),
        text: fc.option(fc.constantFrom("apple pie", "apple", "pear tree", "")), log: fc.nat(1), timeMs: fc.nat(3),
        clientId: fc.option(fc.constantFrom("k1", "k2", "k3")),
      })
      .map(({ n, seq, device, scope, bucket, parents, prev, text, log, timeMs, clientId }) => {
        const event = eventOf(n, {
          // An id is a hash of its parents, so none follows itself.
          seq, device: deviceOf(device), scope: scopeOf(scope), bucket, parents: parents.filter((one) => one !== n).map(eventId),
          prev: prev === null || prev === n ? null : eventId(prev), timeMs,
        });
        const row = messageOf(n, { text: text ?? "", seq, device: event.device, scope: event.scope, timeMs, clientId });
        return entryOf(event, { views: text === null ? [] : [{ op: "message", row }], log });
      }),
    { maxLength: 6 },
  ),
  views: fc.array(
    fc
      .record({ message: small, author: fc.integer({ min: 1, max: 2 }), present: fc.boolean(), timeMs: fc.nat(4), event: small })
      .map(({ message, author, present, timeMs, event }): ViewChange => {
        return { op: "reaction", row: reactionOf(message, { author: personOf(author), present, timeMs, event: eventId(1_000 * (author + 1) + 20 * message + event) }) };
      }),
    { maxLength: 3 },
  ),
  log: fc.array(fc.constant(draft("log")), { maxLength: 2 }),
  heights: fc.array(
    fc.record({ holder: fc.integer({ min: 1, max: 2 }), seq: fc.nat(9) }).map(({ holder, seq }) => {
      return { scope: scopeOf(1), holder: deviceOf(holder), device: deviceOf(3), seq };
    }),
    { maxLength: 2 },
  ),
  meta: fc.array(
    fc.record({ key: fc.constantFrom("a", "b", "c"), value: fc.option(fc.uint8Array({ maxLength: 3 })) }),
    { maxLength: 2 },
  ),
});
