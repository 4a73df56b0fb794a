/** Contract of EventStore: what a person has not read yet. */
import { describe, expect, it } from "vitest";
import type { MessageRow, UnreadQuery } from "../ports/index.ts";
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
  spaceOf,
} from "./store-rows.ts";

const me = personOf(1);
const other = personOf(2);

export function describeUnread(at: StoreInTest): void {
  describe("unread", () => {
    const say = (...rows: readonly MessageRow[]): Promise<unknown> =>
      at.store.commit({
        events: rows.map((row) =>
          entryOf(eventOf(numberOf(row.id), { seq: numberOf(row.id) }), { views: [{ op: "message", row }] }),
        ),
      });
    const theirs = (n: number, facts: Partial<MessageRow> = {}): MessageRow =>
      messageOf(n, { author: other, ...facts });
    const count = (facts: Partial<UnreadQuery> = {}): number => unread(facts).count;
    const unread = (facts: Partial<UnreadQuery> = {}) =>
      at.store.unread({
        space: spaceOf(1),
        channel: channelOf(1),
        mark: null,
        author: me,
        most: 99,
        look: 99,
        ...facts,
      });

    it("[ST11] without a mark every message of others in that channel is unread", async () => {
      await say(
        theirs(1),
        messageOf(2),
        theirs(3, { channel: channelOf(2) }),
        theirs(4, { space: spaceOf(2) }),
      );
      await say(theirs(5, { text: "who? @ann" }), theirs(6, { text: "mail ann@x" }));
      expect(count()).toBe(3);
      expect([...unread().calls].sort()).toEqual(["mail ann@x", "who? @ann"]);
      expect(count({ author: personOf(9) })).toBe(4);
      expect(count({ channel: channelOf(9) })).toBe(0);
      expect(count({ space: spaceOf(9) })).toBe(0);
    });

    it("[ST11] messages of those who are left out count neither as unread nor as calls", async () => {
      await say(
        theirs(1, { text: "@ann" }),
        theirs(2, { author: personOf(3) }),
        theirs(3, { author: personOf(4) }),
      );
      expect(count()).toBe(3);
      expect(unread({ without: [other, personOf(4)] })).toEqual({ count: 1, calls: [] });
      expect(count({ without: [personOf(9)] })).toBe(3);
      const mark = { message: eventId(1), arrival: 0 };
      expect(count({ mark, without: [personOf(3)] })).toBe(1);
    });

    it("[ST11] with a mark those that stand after it, ties decided as pages decide them", async () => {
      const tie = { timeMs: 50, timeCount: 1 };
      await say(
        theirs(1, { timeMs: 40 }),
        theirs(2, tie),
        theirs(3, tie),
        theirs(4, { ...tie, device: deviceOf(2) }),
        theirs(5, { timeMs: 60, text: "@Ann" }),
        messageOf(6, { timeMs: 70 }),
      );
      const order = at.store.messages({ channel: channelOf(1), limit: 9 });
      for (const [index, row] of order.entries()) {
        const rest = order.slice(index + 1).filter(({ author }) => author !== me);
        expect(count({ mark: { message: row.id, arrival: 6 } }), row.text).toBe(rest.length);
      }
      expect(unread({ mark: { message: eventId(5), arrival: 6 } })).toEqual({ count: 0, calls: [] });
      expect(unread({ mark: { message: eventId(2), arrival: 6 } }).calls).toEqual(["@Ann"]);
      expect(count({ mark: { message: eventId(77), arrival: 0 } })).toBe(0);
    });

    it("[ST11] what arrived after the mark was set is unread, however old it is", async () => {
      await say(theirs(10), theirs(11));
      const mark = { message: eventId(11), arrival: 2 };
      await say(
        theirs(3, { text: "from the train @ann" }),
        messageOf(4),
        theirs(5, { channel: channelOf(2) }),
      );
      expect(unread({ mark })).toEqual({ count: 1, calls: ["from the train @ann"] });
      await say(theirs(12));
      expect(count({ mark })).toBe(2);
      expect(count({ mark: { message: eventId(11), arrival: 5 } })).toBe(1);
      expect(count({ mark: { message: eventId(12), arrival: 6 } })).toBe(0);
    });

    it("[ST11] counts to what is asked for, and looks at no more rows than that", async () => {
      await say(...Array.from({ length: 30 }, (_, n) => theirs(n + 1)));
      await say(...Array.from({ length: 5 }, (_, n) => messageOf(n + 31)));
      const mark = { message: eventId(1), arrival: 1 };
      expect(count({ most: 7 })).toBe(7);
      expect(count({ most: 7, mark })).toBe(7);
      expect(count({ look: 8 })).toBe(3);
      expect(count({ look: 8, mark })).toBe(3);
      expect(count({ most: 0 })).toBe(0);
    });
  });
}
