/** Contract of EventStore: messages that are kept for a time. */
import { expect, describe, it } from "vitest";
import { encodeOuter } from "../event/outer.ts";
import type { EventStore, ReactionRow, ViewChange, WriteBatch } from "../ports/index.ts";
import type { StoreInTest } from "./store-in-test.ts";
import {
  channelOf,
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

type Entry = NonNullable<WriteBatch["events"]>[number];

/** As core writes it; nothing here opens it. */
const whole = encodeOuter({
  tag: new Uint8Array(32),
  bucket: 10,
  nonce: new Uint8Array(24),
  sealedHeader: new Uint8Array(600),
  sealedBody: new Uint8Array(272).fill(7),
  contentHash: new Uint8Array(32),
}).bytes;
const SHED = 0x87;
const MESSAGE = 1;
const place = (n: number) => ({ id: eventId(n), scope: scopeOf(1), author: personOf(1) });
const expire = (n: number): ViewChange => ({ op: "expire", row: place(n) });

function posted(n: number, expiresMs: number, text: string): Entry {
  return entryOf(eventOf(n, { seq: n, outer: whole, kind: 38 }), {
    views: [
      { op: "message", row: messageOf(n, { text, expiresMs, clientId: `client ${n}` }) },
      { op: "expiring", row: { ...place(n), expiresMs } },
    ],
  });
}

function acted(n: number, kind: "edit" | "pin", text: string | null): Entry {
  const row = { target: eventId(MESSAGE), kind, event: eventId(n), scope: scopeOf(1), admin: false };
  const views: ViewChange[] = [
    { op: "act", row: { ...row, author: personOf(1), timeMs: n, timeCount: 0, text } },
  ];
  return entryOf(eventOf(n, { seq: n, outer: whole, kind: kind === "edit" ? 36 : 39 }), { views });
}

function reacted(n: number): Entry {
  const row: ReactionRow = reactionOf(MESSAGE, { event: eventId(n), author: personOf(2) });
  return entryOf(eventOf(n, { seq: n, outer: whole, kind: 33 }), { views: [{ op: "reaction", row }] });
}

export function describeExpiry(at: StoreInTest): void {
  describe("messages for a time", () => {
    const isShed = (store: EventStore, n: number): boolean => store.event(eventId(n))?.outer[0] === SHED;
    const all = [
      posted(MESSAGE, 500, "under the stone"),
      acted(2, "edit", "in the well"),
      acted(3, "pin", null),
      reacted(4),
    ];
    const over = (): Promise<unknown> => at.store.commit({ views: [expire(MESSAGE)] });

    function expectNothing(store: EventStore): void {
      expect(store.message(eventId(MESSAGE))).toBeNull();
      expect(store.messages({ limit: 9 })).toEqual([]);
      expect(store.messageByClientId("client 1")).toBeNull();
      for (const word of ["stone", "well"]) expect(store.search(word, { limit: 9 })).toEqual([]);
      expect(store.acts(eventId(MESSAGE))).toEqual([]);
      expect(store.pinned(channelOf(1))).toEqual([]);
      expect(store.reactions([eventId(MESSAGE)])).toEqual([]);
      expect(store.expiring(9)).toEqual([]);
      expect(store.withheld(scopeOf(1), 9)).toEqual([]);
      expect(store.shedReason(eventId(MESSAGE))).toBe("expired");
      expect(store.stats().messages).toBe(0);
      expect(store.checkIntegrity()).toEqual([]);
    }

    it("[ST30] are listed as they fall due, the next one first, shown or not", async () => {
      await at.store.commit({
        events: [posted(1, 900, "late"), posted(2, 500, "soon"), posted(3, 500, "as soon")],
      });
      const hidden = { op: "expiring", row: { ...place(4), expiresMs: 700 } } as const;
      await at.store.commit({ events: [entryOf(eventOf(4, { seq: 4, kind: 38 }), { views: [hidden] })] });
      const due = (limit: number) =>
        at.store.expiring(limit).map(({ id, expiresMs }) => [numberOf(id), expiresMs]);
      expect(due(9)).toEqual([
        [2, 500],
        [3, 500],
        [4, 700],
        [1, 900],
      ]);
      expect(due(1)).toEqual([[2, 500]]);
      expect(due(0)).toEqual([]);
      expect(at.store.expiring(1)[0]).toEqual({ ...place(2), expiresMs: 500 });
      expect(at.store.message(eventId(2))?.expiresMs).toBe(500);
      expect(at.store.messages({ limit: 1 })[0]).toEqual(at.store.message(eventId(3)));
      const reopened = await at.reopen();
      expect(reopened.expiring(9)).toHaveLength(4);
    });

    it("[ST30] leave nothing when their time is over but their event and its edits without bodies", async () => {
      await at.store.commit({ events: all });
      expect(at.store.message(eventId(MESSAGE))?.text).toBe("in the well");
      expect(at.store.reactions([eventId(MESSAGE)])).toHaveLength(1);
      await over();
      expectNothing(at.store);
      for (const [n, bare] of [
        [MESSAGE, true],
        [2, true],
        [3, false],
        [4, false],
      ] as const)
        expect(isShed(at.store, n), String(n)).toBe(bare);
      expectNothing(await at.reopen());
    });

    it.each([1, 2, 3, 4])(
      "[ST30] whichever comes first, the end of it or what was done to it, nothing brings it back (%i before)",
      async (before) => {
        const { store } = at;
        await store.commit({ events: all.slice(0, before) });
        await over();
        await store.commit({ events: all.slice(before) });
        expectNothing(store);
        await store.commit({ views: [{ op: "fill", row: { id: eventId(MESSAGE), outer: whole } }] });
        await store.commit({ views: all.flatMap(({ views }) => views).filter(({ op }) => op !== "message") });
        expectNothing(store);
        for (const n of [MESSAGE, 2]) expect(isShed(store, n), String(n)).toBe(true);
      },
    );

    it("[ST30] come without a body when they are over, and what was done to them is not kept", async () => {
      await at.store.commit({ events: [acted(2, "edit", "in the well"), reacted(4)] });
      const bare = eventOf(MESSAGE, { seq: MESSAGE, outer: encodeShed(), kind: 38 });
      await at.store.commit({ events: [entryOf(bare, { views: [expire(MESSAGE)] })] });
      expectNothing(at.store);
      expect(isShed(at.store, 2)).toBe(true);
    });

    it("[ST30] that are withheld are asked for until their time is over, deleted ones are forgotten as well", async () => {
      const views: ViewChange[] = [
        { op: "bare", row: place(MESSAGE) },
        { op: "expiring", row: { ...place(MESSAGE), expiresMs: 500 } },
      ];
      const bare = eventOf(MESSAGE, { seq: MESSAGE, outer: encodeShed(), kind: 38 });
      await at.store.commit({ events: [entryOf(bare, { views })] });
      expect(at.store.withheld(scopeOf(1), 9)).toEqual([eventId(MESSAGE)]);
      await over();
      expectNothing(at.store);
    });

    it("[ST11] [ST30] what was read with one of them stays read, and what comes later is unread", async () => {
      const rows = [2, 3].map((n) =>
        entryOf(eventOf(n, { seq: n }), {
          views: [{ op: "message", row: messageOf(n, { author: personOf(2) }) }],
        }),
      );
      await at.store.commit({ events: [rows[0] as Entry, posted(5, 500, "last read")] });
      await at.store.commit({ views: [expire(5)] });
      const unread = (n: number) =>
        at.store.unread({
          space: spaceOf(1),
          channel: channelOf(1),
          author: personOf(1),
          most: 9,
          look: 9,
          mark: { message: eventId(n), arrival: 2 },
        }).count;
      expect(unread(5)).toBe(0);
      const later = messageOf(7, { author: personOf(2) });
      await at.store.commit({
        events: [entryOf(eventOf(7, { seq: 7 }), { views: [{ op: "message", row: later }] })],
      });
      expect(unread(5)).toBe(1);
      expect(unread(99)).toBe(0);
    });

    it("[ST30] still bound pages and searches where they stood", async () => {
      const entries = [1, 2, 3].map((n) => posted(n, 500, `apple ${n}`));
      await at.store.commit({ events: entries });
      await at.store.commit({ views: [expire(2)] });
      const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => numberOf(id));
      expect(ids(at.store.messages({ limit: 9 }))).toEqual([1, 3]);
      expect(ids(at.store.messages({ before: eventId(2), limit: 9 }))).toEqual([1]);
      expect(ids(at.store.messages({ after: eventId(2), limit: 9 }))).toEqual([3]);
      expect(ids(at.store.search("apple", { before: eventId(2), limit: 9 }))).toEqual([1]);
    });

    it("[ST30] an end that is about no event here changes nothing", async () => {
      const row = { ...place(9), expiresMs: 1 };
      await at.store.commit({ views: [{ op: "expiring", row }] });
      await at.store.commit({ views: [expire(9)] });
      expect(at.store.expiring(9)).toEqual([]);
      expect(at.store.shedReason(eventId(9))).toBeNull();
    });
  });
}

function encodeShed(): Uint8Array {
  const hash = new Uint8Array(32).fill(3);
  const fields = { tag: new Uint8Array(32), bucket: 10, nonce: new Uint8Array(24) };
  return encodeOuter({ ...fields, sealedHeader: new Uint8Array(600), sealedBody: null, contentHash: hash })
    .bytes;
}
