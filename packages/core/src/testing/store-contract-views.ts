/** Contract of EventStore, second part: what people read and search. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MessageRow, ReactionRow, ViewChange } from "../ports/index.ts";
import type { StoreInTest } from "./store-in-test.ts";
import {
  channelOf,
  deviceOf,
  entryOf,
  eventId,
  eventOf,
  messageOf,
  numberOf,
  personOf,
  reactionOf,
  scopeOf,
  spaceOf,
} from "./store-rows.ts";

export function describeViews(at: StoreInTest): void {
  describe("views", () => {
    const say = (rows: readonly MessageRow[]): Promise<unknown> =>
      at.store.commit({
        events: rows.map((row) =>
          entryOf(eventOf(numberOf(row.id), { seq: numberOf(row.id) }), {
            views: [{ op: "message", row }],
          }),
        ),
      });

    it("[ST6] spaces, channels and people are written over by a later row", async () => {
      const views: ViewChange[] = [
        { op: "space", row: { id: spaceOf(2), name: "Later", kind: "group", createdMs: 20 } },
        { op: "space", row: { id: spaceOf(1), name: "Climbing", kind: "community", createdMs: 10 } },
        {
          op: "channel",
          row: { id: channelOf(1), space: spaceOf(1), scope: scopeOf(1), name: "general", createdMs: 5 },
        },
        { op: "person", row: { id: personOf(1), name: "Ada" } },
      ];
      await at.store.commit({ views });
      await at.store.commit({
        views: [
          {
            op: "channel",
            row: { id: channelOf(1), space: spaceOf(1), scope: scopeOf(2), name: "hall", createdMs: 5 },
          },
          { op: "person", row: { id: personOf(1), name: "Ada L." } },
        ],
      });
      expect(at.store.spaces().map((row) => row.name)).toEqual(["Climbing", "Later"]);
      expect(at.store.spaces()[0]).toEqual({
        id: spaceOf(1),
        name: "Climbing",
        kind: "community",
        createdMs: 10,
      });
      expect(at.store.channels(spaceOf(1))).toEqual([
        { id: channelOf(1), space: spaceOf(1), scope: scopeOf(2), name: "hall", createdMs: 5 },
      ]);
      expect(at.store.channels(spaceOf(2))).toEqual([]);
      expect(at.store.people()).toEqual([{ id: personOf(1), name: "Ada L." }]);
    });

    it("[ST6] a page runs oldest first, with ties by count, device, seq and id", async () => {
      const rows = [
        messageOf(1, { timeMs: 5 }),
        messageOf(2, { timeMs: 4, timeCount: 2 }),
        messageOf(3, { timeMs: 4, timeCount: 1 }),
        messageOf(4, { timeMs: 4, timeCount: 1, device: deviceOf(2) }),
        messageOf(5, { timeMs: 4, timeCount: 1 }),
        messageOf(6, { timeMs: 4, timeCount: 1, channel: channelOf(2) }),
        // The same device and seq, in another scope: only the id tells them apart.
        messageOf(8, { timeMs: 4, timeCount: 1, seq: 5, scope: scopeOf(2) }),
        messageOf(7, { timeMs: 9, space: spaceOf(2), channel: channelOf(3) }),
      ];
      await say(rows);
      const order = [...rows].sort(inOrder);
      const ids = (list: readonly MessageRow[]) => list.map((row) => row.id);
      expect(ids(at.store.messages({ limit: 50 }))).toEqual(ids(order));
      expect(ids(at.store.messages({ limit: 2 }))).toEqual(ids(order.slice(-2)));
      const inSpace = order.filter((row) => row.space === spaceOf(1));
      const inChannel = inSpace.filter((row) => row.channel === channelOf(1));
      for (const [filter, all] of [
        [{}, order],
        [{ space: spaceOf(1) }, inSpace],
        [{ channel: channelOf(1), space: spaceOf(1) }, inChannel],
      ] as const) {
        all.forEach((bound, index) => {
          expect(ids(at.store.messages({ ...filter, after: bound.id, limit: 2 }))).toEqual(
            ids(all.slice(index + 1, index + 3)),
          );
          expect(ids(at.store.messages({ ...filter, before: bound.id, limit: 2 }))).toEqual(
            ids(all.slice(Math.max(0, index - 2), index)),
          );
        });
        const [first, last] = [all[0], all.at(-1)] as [MessageRow, MessageRow];
        expect(ids(at.store.messages({ ...filter, after: first.id, before: last.id, limit: 2 }))).toEqual(
          ids(all.slice(1, -1).slice(0, 2)),
        );
      }
      expect(at.store.messages({ limit: 0 })).toEqual([]);
      expect(at.store.messages({ after: eventId(99), limit: 5 })).toEqual([]);
      expect(at.store.messages({ channel: channelOf(1), space: spaceOf(2), limit: 5 })).toEqual([]);
    });

    it("[ST6] a message is found by its id and by its client id, and can be written over", async () => {
      const row = messageOf(1, { clientId: "mine", replyTo: eventId(70), text: "an apple" });
      await say([row, messageOf(2)]);
      expect(at.store.message(eventId(1))).toEqual(row);
      expect(at.store.messageByClientId("mine")).toEqual(row);
      expect(at.store.messageByClientId("other")).toBeNull();
      expect(at.store.message(eventId(3))).toBeNull();
      const edited = { ...row, text: "a pear" };
      await at.store.commit({ views: [{ op: "message", row: edited }] });
      expect(at.store.message(eventId(1))).toEqual(edited);
      expect(at.store.search("apple", { limit: 5 })).toEqual([]);
      expect(at.store.search("pear", { limit: 5 })).toEqual([edited]);
      expect(at.store.stats().messages).toBe(2);
    });

    it("[ST6] a second message with a client id is refused, and so is a message without its event", async () => {
      await say([messageOf(1, { clientId: "mine" })]);
      await expect(say([messageOf(2, { clientId: "mine" })])).rejects.toMatchObject({
        code: "STORE_FAILED",
      });
      await expect(at.store.commit({ views: [{ op: "message", row: messageOf(3) }] })).rejects.toMatchObject({
        code: "STORE_FAILED",
      });
      expect(at.store.hasEvent(eventId(2))).toBe(false);
      expect(at.store.messageByClientId("mine")?.id).toBe(eventId(1));
      expect(at.store.search("message", { limit: 5 })).toHaveLength(1);
    });

    it("[ST6] of two reactions the later one stands, whichever came first", async () => {
      const on = reactionOf(1, { timeMs: 10, event: eventId(51) });
      const off = reactionOf(1, { timeMs: 10, timeCount: 1, event: eventId(50), present: false });
      const back = reactionOf(1, { timeMs: 10, timeCount: 1, event: eventId(52) });
      const put = (row: ReactionRow) => at.store.commit({ views: [{ op: "reaction", row }] });
      await put(off);
      await put(on);
      expect(at.store.reactions([eventId(1)])).toEqual([]);
      await put(back);
      await put(off);
      const other = reactionOf(1, {
        emoji: "\u{1f389}",
        author: personOf(2),
        timeMs: 3,
        event: eventId(53),
      });
      const elsewhere = reactionOf(2, { timeMs: 1, event: eventId(54) });
      await put(other);
      await put(elsewhere);
      expect(at.store.reactions([eventId(1)])).toEqual([other, back]);
      expect(at.store.reactions([eventId(2), eventId(1), eventId(2)])).toEqual([elsewhere, other, back]);
    });

    it("[ST12] what a device says beyond a place is shown no more, and can be shown again", async () => {
      const other = messageOf(4, { device: deviceOf(2), seq: 1 });
      const mine = [1, 2, 3].map((n) => messageOf(n, { text: `apple ${n}`, clientId: `client ${n}` }));
      const views = [reactionOf(1, { event: eventId(3) }), reactionOf(2, { event: eventId(1), emoji: "x" })];
      await say(mine);
      await at.store.commit({
        events: [
          entryOf(eventOf(4, { device: deviceOf(2), seq: 1 }), { views: [{ op: "message", row: other }] }),
        ],
        views: views.map((row) => ({ op: "reaction", row })),
      });
      const row = { scope: scopeOf(1), device: deviceOf(1), afterSeq: 1 };
      await at.store.commit({ views: [{ op: "withdraw", row }] });
      const page = () => at.store.messages({ limit: 9 }).map(({ id }) => numberOf(id));
      expect(page()).toEqual([1, 4]);
      expect(at.store.message(eventId(3))).toBeNull();
      expect(at.store.messageByClientId("client 3")).toBeNull();
      expect(at.store.search("apple", { limit: 9 })).toEqual([mine[0]]);
      expect(at.store.reactions([eventId(1), eventId(2)])).toEqual([views[1]]);
      // The events themselves stay: all replicas hold the same set.
      expect(at.store.hasEvent(eventId(3))).toBe(true);
      await at.store.commit({ views: mine.slice(1).map((message) => ({ op: "message", row: message })) });
      expect(page()).toEqual([1, 2, 3, 4]);
      expect(at.store.search("apple", { limit: 9 })).toHaveLength(3);
    });

    it("[ST9] a search finds messages by beginnings of words, newest first", async () => {
      const rows = [
        messageOf(1, { text: "Climbing at the Crag tomorrow", timeMs: 3 }),
        messageOf(2, { text: "climb: caf\u00e9 first?", timeMs: 1 }),
        messageOf(3, { text: "the CLIMBERS' cafe", timeMs: 2, space: spaceOf(2) }),
        messageOf(4, { text: "rope and \u043c\u0435\u043b", timeMs: 4 }),
      ];
      await say(rows);
      const find = (query: string, space?: number) =>
        at.store
          .search(query, space === undefined ? { limit: 9 } : { limit: 9, space: spaceOf(space) })
          .map((row) => numberOf(row.id));
      expect(find("climb")).toEqual([1, 3, 2]);
      expect(find("CAFE")).toEqual([3, 2]);
      expect(find("cafe clim", 1)).toEqual([2]);
      expect(find("\u041c\u0415\u041b")).toEqual([4]);
      expect(find("imb")).toEqual([]);
      expect(find("climb", 3)).toEqual([]);
      expect(at.store.search("climb", { limit: 1 })).toEqual([rows[0]]);
      const before = (n: number) => at.store.search("climb", { limit: 9, before: eventId(n) });
      expect(before(1).map((row) => numberOf(row.id))).toEqual([3, 2]);
      // The bound need not be a hit itself.
      expect(before(4)).toHaveLength(3);
      expect(before(2)).toEqual([]);
      expect(before(77)).toEqual([]);
      expect(at.store.search("climb", { limit: 0 })).toEqual([]);
    });

    it("[ST9] pages of a search make up the whole, also where times are equal", async () => {
      await say(
        Array.from({ length: 12 }, (_, n) =>
          messageOf(n + 1, { text: `apple ${n}`, timeMs: Math.floor(n / 4) }),
        ),
      );
      const whole = at.store.search("apple", { limit: 99 });
      expect(whole).toHaveLength(12);
      const pages: MessageRow[] = [];
      for (let last: MessageRow | undefined; ; last = pages.at(-1)) {
        const page = at.store.search("apple", { limit: 5, ...(last && { before: last.id }) });
        if (page.length === 0) break;
        pages.push(...page);
      }
      expect(pages).toEqual(whole);
    });

    it("[ST9] whatever is typed is words and never an error", async () => {
      await say([messageOf(1, { text: "near AND far" })]);
      for (const query of [
        "",
        "   ",
        '"',
        '"near',
        "near*",
        "text:near",
        "near AND",
        "near OR",
        "NOT",
        "(near",
        "^near",
        "near + far",
        "a\0b",
        "{text}:x",
        "-",
        "\u{1f600}",
        "\ud800",
      ]) {
        expect(() => at.store.search(query, { limit: 5 }), JSON.stringify(query)).not.toThrow();
      }
      expect(at.store.search('"near" (far)', { limit: 5 })).toHaveLength(1);
      expect(at.store.search("\u{1f600}", { limit: 5 })).toEqual([]);
      fc.assert(
        fc.property(fc.string({ unit: "binary" }), (query) =>
          Array.isArray(at.store.search(query, { limit: 5 })),
        ),
        { numRuns: 200 },
      );
    });
  });
}

function inOrder(a: MessageRow, b: MessageRow): number {
  return (
    a.timeMs - b.timeMs ||
    a.timeCount - b.timeCount ||
    (a.device < b.device ? -1 : a.device > b.device ? 1 : a.seq - b.seq || (a.id < b.id ? -1 : 1))
  );
}
