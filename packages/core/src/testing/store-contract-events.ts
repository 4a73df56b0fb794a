/** Contract of EventStore, first part: events and what sync asks of them. */
import { describe, expect, it } from "vitest";
import type { StoreInTest } from "./store-in-test.ts";
import { deviceOf, draft, entryOf, eventId, eventOf, messageOf, plain, scopeOf } from "./store-rows.ts";

export function describeEvents(at: StoreInTest): void {
  describe("events", () => {
    it("[ST3] what a commit has resolved for is read at once", async () => {
      const event = eventOf(1, { parents: [eventId(90), eventId(91)], prev: eventId(92), seq: 7, kind: 3 });
      const { appended } = await at.store.commit({ events: [entryOf(event)] });
      expect(appended).toEqual([{ ...event, arrival: 1 }]);
      expect(at.store.hasEvent(event.id)).toBe(true);
      expect(plain(at.store.event(event.id))).toEqual(plain({ ...event, arrival: 1 }));
      expect(plain(at.store.eventsAt(event.scope, event.device, 7)[0] ?? null)).toEqual(
        plain({ ...event, arrival: 1 }),
      );
      expect(at.store.eventsAt(event.scope, event.device, 8)).toEqual([]);
      expect(at.store.hasEvent(eventId(2))).toBe(false);
      expect(at.store.event(eventId(2))).toBeNull();
    });

    it("[ST2] an event that is here already is passed over with its views and log drafts", async () => {
      const entry = entryOf(eventOf(1), {
        views: [{ op: "message", row: messageOf(1, { text: "first" }) }],
        log: 1,
      });
      await at.store.commit({ events: [entry] });
      const again = entryOf(eventOf(1), {
        views: [{ op: "message", row: messageOf(1, { text: "second" }) }],
        log: 1,
      });
      const fresh = entryOf(eventOf(2, { seq: 1 }), { log: 1 });
      const result = await at.store.commit({ events: [again, fresh, fresh], log: [draft("own")] });
      expect(result.appended.map((event) => [event.id, event.arrival])).toEqual([[eventId(2), 2]]);
      expect(result.log.map((row) => [row.cursor, row.ref, row.data])).toEqual([
        [2, eventId(2), null],
        [3, null, "own"],
      ]);
      expect(at.store.message(eventId(1))?.text).toBe("first");
      expect(at.store.stats()).toMatchObject({ events: 2, messages: 1 });
    });

    it("[ST2] a batch that contradicts what is stored is refused whole, and its neighbours are kept", async () => {
      const named = (n: number) =>
        entryOf(eventOf(n, { seq: n }), {
          views: [{ op: "message", row: messageOf(n, { clientId: "once" }) }],
        });
      await at.store.commit({ events: [named(1)] });
      const neighbours = [
        at.store.commit({ events: [entryOf(eventOf(2, { seq: 2 }))], log: [draft("before")] }),
        at.store.commit({
          events: [entryOf(eventOf(3, { seq: 3 }), { log: 1 }), named(4)],
          log: [draft("never")],
          meta: [{ key: "never", value: Uint8Array.of(1) }],
        }),
        at.store.commit({ events: [entryOf(eventOf(5, { seq: 3 }))], log: [draft("after")] }),
      ];
      const settled = await Promise.allSettled(neighbours);
      expect(settled.map((one) => one.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect((settled[1] as PromiseRejectedResult).reason).toMatchObject({
        name: "StoreError",
        code: "STORE_FAILED",
      });
      expect([2, 3, 4, 5].map((n) => at.store.hasEvent(eventId(n)))).toEqual([true, false, false, true]);
      expect(at.store.event(eventId(5))?.arrival).toBe(3);
      expect(at.store.logAfter(0, 10).map((row) => [row.cursor, row.data])).toEqual([
        [1, "before"],
        [2, "after"],
      ]);
      expect(at.store.meta("never")).toBeNull();
      expect(at.store.heads(scopeOf(1))).toEqual([eventId(1), eventId(2), eventId(5)]);
      expect(at.store.buckets(scopeOf(1))).toEqual([{ bucket: 10, count: 3 }]);
    });

    it("[ST5] many commits at once are applied in the order of their calls", async () => {
      const calls = Array.from({ length: 300 }, (_, index) =>
        at.store.commit({
          events: [entryOf(eventOf(index, { seq: index }), { log: 1 })],
          log: [draft(`${index}`)],
        }),
      );
      const results = await Promise.all(calls);
      results.forEach((result, index) => {
        expect(result.appended[0]?.arrival).toBe(index + 1);
        expect(result.log.map((row) => row.cursor)).toEqual([index * 2 + 1, index * 2 + 2]);
      });
      expect(at.store.logAfter(0, 1_000).map((row) => row.cursor)).toEqual(
        Array.from({ length: 600 }, (_, index) => index + 1),
      );
    });

    it("[ST3] events come in order of arrival, by scope, by position and by id", async () => {
      const order = [5, 3, 9, 1];
      for (const n of order)
        await at.store.commit({ events: [entryOf(eventOf(n, { seq: n, scope: scopeOf(n === 9 ? 2 : 1) }))] });
      expect(at.store.eventsOfScope(scopeOf(1), 0, 10).map((event) => event.id)).toEqual(
        [5, 3, 1].map(eventId),
      );
      expect(at.store.eventsOfScope(scopeOf(1), 1, 1).map((event) => event.arrival)).toEqual([2]);
      expect(at.store.idsOfScope(scopeOf(1), 0, 10)).toEqual(
        at.store.eventsOfScope(scopeOf(1), 0, 10).map(({ arrival, id, timeMs }) => ({ arrival, id, timeMs })),
      );
      expect(at.store.idsOfScope(scopeOf(1), 1, 1).map(({ arrival }) => arrival)).toEqual([2]);
      expect(at.store.idsOfScope(scopeOf(3), 0, 10)).toEqual([]);
      expect(at.store.eventsOfScope(scopeOf(3), 0, 10)).toEqual([]);
      expect(at.store.eventsOfScope(scopeOf(1), 0, 0)).toEqual([]);
      const wanted = [1, 77, 9, 5, 5].map(eventId);
      expect(at.store.eventsById(wanted).map((event) => event.id)).toEqual([5, 9, 1].map(eventId));
      const arrivals = at.store.arrivals(wanted);
      expect(arrivals).toEqual([1, 3, 4]);
      const outers = [5, 9, 1]
        .flatMap((n) => at.store.event(eventId(n))?.outer ?? [])
        .map((outer) => Buffer.from(outer));
      expect(outers).toHaveLength(3);
      expect(at.store.outersAt([...arrivals, 77]).map((outer) => Buffer.from(outer))).toEqual(outers);
      expect(at.store.outersAt([])).toEqual([]);
    });

    it("[ST3] a bucket lists its ids in order, within bounds", async () => {
      const events = [8, 2, 6, 4].map((n) => eventOf(n, { seq: n }));
      await at.store.commit({
        events: [...events, eventOf(5, { seq: 5, bucket: 11 })].map((event) => entryOf(event)),
      });
      const ids = (from?: number, to?: number) =>
        from === undefined
          ? at.store.idsInBucket(scopeOf(1), 10)
          : at.store.idsInBucket(scopeOf(1), 10, {
              from: eventId(from),
              to: to === undefined ? null : eventId(to),
            });
      expect(ids()).toEqual([2, 4, 6, 8].map(eventId));
      expect(ids(4, 8)).toEqual([4, 6].map(eventId));
      expect(ids(5)).toEqual([6, 8].map(eventId));
      expect(ids(9)).toEqual([]);
      const firsts = (...bytes: number[]) =>
        at.store.idsInBucket(scopeOf(1), 10, { firsts: Uint8Array.from(bytes) });
      const beginOf = (n: number): number => Number.parseInt(eventId(n).slice(0, 2), 16);
      expect(firsts(...[2, 4, 6, 8].map(beginOf))).toEqual([2, 4, 6, 8].map(eventId));
      expect(firsts(beginOf(4) ^ 0xff)).toEqual([]);
      expect(at.store.idsInBucket(scopeOf(1), 12)).toEqual([]);
      expect(at.store.buckets(scopeOf(1))).toEqual([
        { bucket: 10, count: 4 },
        { bucket: 11, count: 1 },
      ]);
    });

    it("[ST4] heads are those that nothing here follows, in whatever order events come", async () => {
      const a = eventOf(1, { seq: 1 });
      const b = eventOf(2, { seq: 2, prev: a.id, parents: [a.id] });
      const c = eventOf(3, { seq: 1, device: deviceOf(2), parents: [a.id] });
      const d = eventOf(4, { seq: 3, prev: b.id, parents: [c.id] });
      for (const [event, heads] of [
        [b, [2]],
        [a, [2]],
        [c, [2, 3]],
        [d, [4]],
      ] as const) {
        await at.store.commit({ events: [entryOf(event)] });
        expect(at.store.heads(scopeOf(1))).toEqual(heads.map(eventId));
      }
      expect(at.store.heads(scopeOf(2))).toEqual([]);
    });

    it("[EV29] two events of one device with one number are both kept; the last that arrived is the tip", async () => {
      const [first, second] = [eventOf(1, { seq: 1 }), eventOf(2, { seq: 1 })];
      await at.store.commit({ events: [entryOf(first)] });
      await at.store.commit({ events: [entryOf(second)] });
      const { scope, device } = first;
      expect(at.store.eventsAt(scope, device, 1).map(({ id }) => id)).toEqual([first.id, second.id]);
      expect(at.store.chainTips(scope).map(({ id }) => id)).toEqual([second.id]);
      expect(at.store.heads(scope)).toEqual([first.id, second.id].toSorted());
    });

    it("[ST4] a tip is the highest seq of each device in a scope", async () => {
      const events = [
        eventOf(1, { seq: 4 }),
        eventOf(2, { seq: 2 }),
        eventOf(3, { seq: 1, device: deviceOf(2), timeMs: 5, timeCount: 6 }),
        eventOf(4, { seq: 9, device: deviceOf(3), scope: scopeOf(2) }),
      ];
      await at.store.commit({ events: events.map((event) => entryOf(event)) });
      const tips = at.store.chainTips(scopeOf(1)).map((tip) => [tip.device, tip.seq, tip.id]);
      const expected = [
        [deviceOf(1), 4, eventId(1)],
        [deviceOf(2), 1, eventId(3)],
      ];
      expect(tips).toEqual(expected.sort((x, y) => ((x[0] as string) < (y[0] as string) ? -1 : 1)));
      expect(at.store.chainTips(scopeOf(1)).find((tip) => tip.device === deviceOf(2))).toMatchObject({
        timeMs: 5,
        timeCount: 6,
      });
    });

    it("[ST8] a scan names every event once", async () => {
      await at.store.commit({
        events: Array.from({ length: 700 }, (_, n) => entryOf(eventOf(n, { seq: n }))),
      });
      const rows = [...at.store.scan()].flat();
      expect(rows.every((row) => row.ok)).toBe(true);
      const ids = rows.map((row) => (row.ok ? row.event.id : "")).sort();
      expect(ids).toEqual(Array.from({ length: 700 }, (_, n) => eventId(n)).sort());
      expect(at.store.checkIntegrity()).toEqual([]);
    });
  });
}
