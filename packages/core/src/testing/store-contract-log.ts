/** Contract of EventStore, third part: the log, small values, closing and coming back. */
import { describe, expect, it } from "vitest";
import { LOG_ROWS_MAX } from "../ports/index.ts";
import type { StoreInTest } from "./store-in-test.ts";
import { deviceOf, draft, entryOf, eventId, eventOf, messageOf, plain, scopeOf } from "./store-rows.ts";

/** How far an adapter may let the log grow beyond LOG_ROWS_MAX before it cuts. */
const LOG_SLACK_ROWS = 1_000;

export function describeLogAndRest(at: StoreInTest): void {
  describe("log, heights, boxes, meta", () => {
    it("[ST5] cursors grow by one an entry, drafts of events before those of the batch", async () => {
      expect(at.store.logBounds()).toEqual({ oldest: 0, newest: 0 });
      const { log } = await at.store.commit({
        events: [entryOf(eventOf(1), { log: 1 })],
        log: [draft("a"), draft("b")],
      });
      expect(log.map((row) => row.cursor)).toEqual([1, 2, 3]);
      expect(log[0]).toEqual({ cursor: 1, type: "message", atMs: 1, data: null, ref: eventId(1) });
      expect(at.store.logAfter(0, 10)).toEqual(log);
      expect(at.store.logAfter(1, 1)).toEqual([log[1]]);
      expect(at.store.logAfter(3, 10)).toEqual([]);
      expect(at.store.logAfter(0, 0)).toEqual([]);
      expect(at.store.logBounds()).toEqual({ oldest: 1, newest: 3 });
    });

    it("[ST5] the log keeps its newest entries and its cursors go on", async () => {
      const step = 20_000;
      for (let from = 0; from < LOG_ROWS_MAX + step; from += step) {
        await at.store.commit({ log: Array.from({ length: step }, () => draft("x")) });
      }
      const { oldest, newest } = at.store.logBounds();
      expect(newest).toBe(LOG_ROWS_MAX + step);
      expect(newest - oldest + 1).toBeGreaterThanOrEqual(LOG_ROWS_MAX);
      expect(newest - oldest + 1).toBeLessThanOrEqual(LOG_ROWS_MAX + LOG_SLACK_ROWS);
      expect(at.store.logAfter(0, 2).map((row) => row.cursor)).toEqual([oldest, oldest + 1]);
      at.store = await at.reopen();
      const { log } = await at.store.commit({ log: [draft("y")] });
      expect(log[0]?.cursor).toBe(newest + 1);
    }, 30_000);

    it("[ST6] a height only rises", async () => {
      const row = { scope: scopeOf(1), holder: deviceOf(1), device: deviceOf(2), seq: 5 };
      await at.store.commit({ heights: [row, { ...row, seq: 3 }, { ...row, holder: deviceOf(3), seq: 1 }] });
      await at.store.commit({
        heights: [
          { ...row, seq: 4 },
          { ...row, holder: deviceOf(3), seq: 2 },
        ],
      });
      const expected = [row, { ...row, holder: deviceOf(3), seq: 2 }];
      expect(at.store.heights(scopeOf(1))).toEqual(expected.sort((a, b) => (a.holder < b.holder ? -1 : 1)));
      expect(at.store.heights(scopeOf(2))).toEqual([]);
    });

    it("[ST6] [ST33] boxes and meta hold the last value; null deletes", async () => {
      const [name, other, none] = [1, 2, 3].map((n) => "0".repeat(31) + String(n));
      const bytes = (...values: number[]) => Uint8Array.from(values);
      await at.store.commit({
        boxes: [
          { name: name as never, blob: bytes(1) },
          { name: other as never, blob: bytes(7, 7) },
        ],
        meta: [
          { key: "a/2", value: bytes(2) },
          { key: "a/1", value: bytes() },
          { key: "b", value: bytes(3) },
        ],
      });
      expect(plain(at.store.box(name as never))).toEqual([1]);
      expect(at.store.box("f".repeat(32) as never)).toBeNull();
      expect(plain(at.store.meta("a/1"))).toEqual([]);
      expect(at.store.metaKeys("a/")).toEqual(["a/1", "a/2"]);
      expect(at.store.metaKeys("")).toEqual(["a/1", "a/2", "b"]);
      expect(at.store.metaKeys("c")).toEqual([]);
      await at.store.commit({
        boxes: [
          { name: other as never, blob: null },
          { name: none as never, blob: null },
          { name: name as never, blob: bytes(9, 9) },
        ],
        meta: [
          { key: "a/2", value: null },
          { key: "b", value: bytes(4) },
          { key: "none", value: null },
        ],
      });
      expect(plain(at.store.box(name as never))).toEqual([9, 9]);
      expect([other, none].map((one) => at.store.box(one as never))).toEqual([null, null]);
      expect(plain(at.store.meta("b"))).toEqual([4]);
      expect(at.store.meta("a/2")).toBeNull();
      expect(at.store.metaKeys("a/")).toEqual(["a/1"]);
      await at.store.commit({ boxes: [{ name: other as never, blob: bytes(8) }] });
      expect(plain(at.store.box(other as never))).toEqual([8]);
      await at.store.commit({ boxes: [{ name: name as never, blob: null }] });
      const reopened = await at.reopen();
      expect([name, other].map((one) => plain(reopened.box(one as never)))).toEqual([null, [8]]);
    });

    it("[ST3] the caller's bytes may change as soon as commit has been called", async () => {
      const outer = Uint8Array.of(1, 2, 3);
      const value = Uint8Array.of(4);
      const done = at.store.commit({
        events: [entryOf({ ...eventOf(1), outer })],
        meta: [{ key: "k", value }],
      });
      outer.fill(0);
      value.fill(0);
      await done;
      expect(plain(at.store.event(eventId(1))?.outer)).toEqual([1, 2, 3]);
      expect(plain(at.store.meta("k"))).toEqual([4]);
    });
  });

  describe("closing", () => {
    it("[ST1] closing writes what was accepted, and a reopened store holds it", async () => {
      const accepted = Array.from({ length: 50 }, (_, n) =>
        at.store.commit({
          events: [
            entryOf(eventOf(n, { seq: n }), { views: [{ op: "message", row: messageOf(n) }], log: 1 }),
          ],
        }),
      );
      await at.store.close();
      await Promise.all(accepted);
      at.store = await at.reopen();
      expect(at.store.eventsOfScope(scopeOf(1), 0, 100)).toHaveLength(50);
      expect(at.store.messages({ limit: 100 })).toHaveLength(50);
      expect(at.store.search("message", { limit: 100 })).toHaveLength(50);
      expect(at.store.logBounds()).toEqual({ oldest: 1, newest: 50 });
      const { appended } = await at.store.commit({ events: [entryOf(eventOf(50, { seq: 50 }))] });
      expect(appended[0]?.arrival).toBe(51);
    });

    it("[ST1] a closed store refuses everything with STORE_CLOSED, and closing twice is closing once", async () => {
      await Promise.all([at.store.close(), at.store.close()]);
      await expect(at.store.commit({})).rejects.toMatchObject({ code: "STORE_CLOSED" });
      expect(() => at.store.hasEvent(eventId(1))).toThrow(expect.objectContaining({ code: "STORE_CLOSED" }));
      expect(() => at.store.scan()).toThrow(expect.objectContaining({ code: "STORE_CLOSED" }));
    });
  });
}
