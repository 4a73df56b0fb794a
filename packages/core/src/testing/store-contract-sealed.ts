/** Contract of EventStore: bodies that open once and are kept as they were opened. */
import { describe, expect, it } from "vitest";
import { encodeOuter } from "../event/outer.ts";
import type { ActRow, EventStore, ViewChange, WriteBatch } from "../ports/index.ts";
import type { StoreInTest } from "./store-in-test.ts";
import { entryOf, eventId, eventOf, messageOf, numberOf, personOf, plain, scopeOf } from "./store-rows.ts";

type Entry = NonNullable<WriteBatch["events"]>[number];

const fields = {
  tag: new Uint8Array(32),
  bucket: 10,
  nonce: new Uint8Array(24),
  sealedHeader: new Uint8Array(600),
  contentHash: new Uint8Array(32),
};
/** As core writes them; nothing here opens them. */
const whole = encodeOuter({ ...fields, sealedBody: new Uint8Array(272).fill(7) }).bytes;
const withoutBody = encodeOuter({ ...fields, sealedBody: null }).bytes;

const place = (n: number) => ({ id: eventId(n), scope: scopeOf(1), author: personOf(1) });
const bodyOf = (n: number): Uint8Array => new Uint8Array(256).fill(n);

function sealed(n: number, body: Uint8Array | null = bodyOf(n), scope = scopeOf(1)): ViewChange {
  return { op: "sealed", row: { id: eventId(n), scope, body } };
}

function messageViews(n: number): ViewChange[] {
  return [{ op: "message", row: messageOf(n, { text: `text ${n}` }) }];
}

const entryFor = (n: number, views: readonly ViewChange[], outer = whole): Entry =>
  entryOf(eventOf(n, { seq: n, outer, kind: 32 }), { views });

function acted(n: number, target: number, facts: Pick<ActRow, "kind" | "text">): Entry {
  const row: ActRow = {
    target: eventId(target),
    event: eventId(n),
    scope: scopeOf(1),
    author: personOf(1),
    admin: false,
    timeMs: n,
    timeCount: 0,
    ...facts,
  };
  return entryFor(n, [{ op: "act", row }]);
}

function orders<Item>(items: readonly Item[]): Item[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, at) => orders(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

/** What the store says of these events: the first byte of the body it keeps, "closed", or null. */
function stateOf(store: EventStore, ns: readonly number[]): (number | "closed" | null)[] {
  const closed = store.closed(scopeOf(1), 1_000_000);
  const kept = store.sealedIds(scopeOf(1), 1_000_000);
  expect(store.closedCount(scopeOf(1))).toBe(closed.length);
  return ns.map((n) => {
    const body = store.sealedBody(eventId(n));
    expect(kept.includes(eventId(n))).toBe(body !== null);
    if (!closed.includes(eventId(n))) return body?.[0] ?? null;
    expect(body).toBeNull();
    return "closed";
  });
}

export function describeSealed(at: StoreInTest): void {
  describe("bodies that open once", () => {
    it("[ST31] are kept as they were opened, listed and counted by scope in the order of ids, those that did not open apart", async () => {
      const entries = [5, 3, 1, 4, 2].map((n) =>
        entryFor(n, [sealed(n, n === 3 ? bodyOf(3) : null), ...messageViews(n)]),
      );
      await at.store.commit({ events: entries });
      await at.store.commit({ events: [entryFor(6, [sealed(6, bodyOf(6), scopeOf(2))])] });
      await at.store.commit({ events: [entryFor(8, [sealed(8)]), entryFor(7, [sealed(7)])] });
      const check = (store: EventStore) => {
        const scope = scopeOf(1);
        const lists = (limit: number, after?: number) =>
          [store.closed, store.sealedIds].map((list) =>
            list(scope, limit, after === undefined ? undefined : eventId(after)).map(numberOf),
          );
        expect(lists(9)).toEqual([
          [1, 2, 4, 5],
          [3, 7, 8],
        ]);
        expect(lists(2)).toEqual([
          [1, 2],
          [3, 7],
        ]);
        expect(lists(2, 2)).toEqual([
          [4, 5],
          [3, 7],
        ]);
        expect(lists(2, 5)).toEqual([[], [7, 8]]);
        expect(lists(9, 8)).toEqual([[], []]);
        expect(lists(0)).toEqual([[], []]);
        expect([1, 2, 3].map((n) => store.closedCount(scopeOf(n)))).toEqual([4, 0, 0]);
        expect([store.closed(scopeOf(2), 9), store.sealedIds(scopeOf(2), 9)]).toEqual([[], [eventId(6)]]);
        expect([store.closed(scopeOf(3), 9), store.sealedIds(scopeOf(3), 9)]).toEqual([[], []]);
        expect(plain([3, 6].map((n) => store.sealedBody(eventId(n))))).toEqual(plain([bodyOf(3), bodyOf(6)]));
        expect([1, 99].map((n) => store.sealedBody(eventId(n)))).toEqual([null, null]);
      };
      check(at.store);
      check(await at.reopen());
    });

    it("[ST31] take the place of word that they did not open, and nothing takes theirs", async () => {
      await at.store.commit({ events: [entryFor(1, [sealed(1, null)]), entryFor(2, [sealed(2)])] });
      expect(stateOf(at.store, [1, 2])).toEqual(["closed", 2]);
      await at.store.commit({ views: [sealed(1, null), sealed(2, null)] });
      expect(stateOf(at.store, [1, 2])).toEqual(["closed", 2]);
      await at.store.commit({ views: [sealed(1), sealed(2, bodyOf(9))] });
      expect(stateOf(at.store, [1, 2])).toEqual([1, 2]);
      await at.store.commit({ views: [sealed(1, null), sealed(1, bodyOf(9))] });
      expect(stateOf(await at.reopen(), [1, 2])).toEqual([1, 2]);
    });

    it("[ST2] [ST31] of an event that is here already are passed over, and the bytes behind them go where they belong", async () => {
      await at.store.commit({ events: [entryFor(1, [sealed(1)])] });
      const name = "1".padStart(32, "0") as never;
      await at.store.commit({
        events: [
          entryFor(1, [sealed(1, bodyOf(9)), sealed(5, bodyOf(9))]),
          entryFor(2, [sealed(2)]),
          entryFor(2, [sealed(6, bodyOf(9))]),
          entryFor(3, [sealed(3)]),
        ],
        views: [sealed(4)],
        boxes: [{ name, blob: bodyOf(10) }],
        meta: [{ key: "k", value: bodyOf(11) }],
      });
      expect(stateOf(at.store, [1, 2, 3, 4, 5, 6])).toEqual([1, 2, 3, 4, null, null]);
      expect(plain([at.store.box(name), at.store.meta("k")])).toEqual(plain([bodyOf(10), bodyOf(11)]));
      expect(plain(at.store.event(eventId(3))?.outer)).toEqual(plain(whole));
    });

    it("[ST2] [ST31] [ST33] of a batch that is refused are not kept, and what it would have taken stays", async () => {
      const name = "1".padStart(32, "0") as never;
      await at.store.commit({
        events: [1, 2, 3].map((n) =>
          entryFor(n, [sealed(n, n === 2 ? null : bodyOf(n)), ...messageViews(n)]),
        ),
        boxes: [{ name, blob: bodyOf(1) }],
      });
      const contradiction: ViewChange = { op: "message", row: messageOf(99) };
      const refused = [
        at.store.commit({ views: [sealed(4)] }),
        at.store.commit({
          events: [entryFor(5, [sealed(5)]), acted(6, 3, { kind: "delete", text: null })],
          views: [sealed(2), sealed(7, null), { op: "expire", row: place(1) }, contradiction],
          boxes: [{ name, blob: null }],
        }),
        at.store.commit({ views: [sealed(8, null)] }),
      ];
      const settled = await Promise.allSettled(refused);
      expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      const check = (store: EventStore) => {
        expect(stateOf(store, [1, 2, 3, 4, 5, 7, 8])).toEqual([1, "closed", 3, 4, null, null, "closed"]);
        expect(store.shedReason(eventId(1))).toBeNull();
      };
      check(at.store);
      // A box that the refused batch deletes after what it is refused for: none of it is done.
      expect(plain(at.store.box(name))).toEqual(plain(bodyOf(1)));
      await at.store.commit({ views: [{ op: "expire", row: place(1) }] });
      expect(stateOf(await at.reopen(), [1, 3])).toEqual([null, 3]);
    });

    it("[ST3] [ST31] are copied when they are handed over", async () => {
      const [inEvent, inViews, box] = [bodyOf(1), bodyOf(2), bodyOf(3)];
      const name = "1".padStart(32, "0") as never;
      const done = at.store.commit({
        events: [entryFor(1, [sealed(1, inEvent)])],
        views: [sealed(2, inViews)],
        boxes: [{ name, blob: box }],
      });
      for (const bytes of [inEvent, inViews, box]) bytes.fill(0);
      await done;
      expect(stateOf(at.store, [1, 2])).toEqual([1, 2]);
      expect(plain(at.store.box(name))).toEqual(plain(bodyOf(3)));
    });

    it.each([
      ["a body", true],
      ["none", false],
    ] as const)(
      "[ST32] go with a deletion, from the message and its edit, whatever came first (with %s)",
      async (_name, opened) => {
        const batches = (base: number): WriteBatch[] => {
          const [message, edit] = [base, base + 1];
          const kept = (n: number) => sealed(n, opened ? bodyOf(1) : null);
          return [
            { events: [entryFor(message, messageViews(message))] },
            { views: [kept(message)] },
            { events: [acted(edit, message, { kind: "edit", text: "elsewhere" })] },
            { views: [kept(edit)] },
            { events: [acted(base + 2, message, { kind: "delete", text: null })] },
          ];
        };
        const all = orders([0, 1, 2, 3, 4]);
        const bases = all.map((_, index) => 10 * (index + 1));
        await Promise.all(
          all.flatMap((order, index) => {
            const parts = batches(bases[index] as number);
            return order.map((one) => at.store.commit(parts[one] as WriteBatch));
          }),
        );
        const ids = bases.flatMap((base) => [base, base + 1]);
        const check = (store: EventStore) => {
          expect(ids.map((n) => store.shedReason(eventId(n)))).toEqual(ids.map(() => "deleted"));
          expect(stateOf(store, ids)).toEqual(ids.map(() => null));
        };
        check(at.store);
        await at.store.commit({ views: ids.flatMap((n) => [sealed(n, null), sealed(n)]) });
        check(at.store);
        check(await at.reopen());
      },
      60_000,
    );

    it("[ST32] go with the end of their time, from the message and its edit, whatever came first", async () => {
      const batches = (base: number): WriteBatch[] => [
        { views: [sealed(base)] },
        { events: [acted(base + 1, base, { kind: "edit", text: "elsewhere" })] },
        { views: [sealed(base + 1, null)] },
        { events: [entryFor(base, [...messageViews(base), { op: "expire", row: place(base) }])] },
      ];
      const all = orders([0, 1, 2, 3]);
      const bases = all.map((_, index) => 10 * (index + 1));
      await Promise.all(
        all.flatMap((order, index) => {
          const parts = batches(bases[index] as number);
          return order.map((one) => at.store.commit(parts[one] as WriteBatch));
        }),
      );
      const ids = bases.flatMap((base) => [base, base + 1]);
      expect(ids.map((n) => at.store.shedReason(eventId(n)))).toEqual(ids.map(() => "expired"));
      expect(stateOf(at.store, ids)).toEqual(ids.map(() => null));
    });

    it("[ST32] that go leave what others keep", async () => {
      const ns = [1, 2, 3, 4];
      await at.store.commit({ events: ns.map((n) => entryFor(n, [sealed(n), ...messageViews(n)])) });
      await at.store.commit({
        events: [acted(5, 2, { kind: "delete", text: null })],
        views: [{ op: "expire", row: place(3) }],
      });
      expect(stateOf(at.store, ns)).toEqual([1, null, null, 4]);
      expect(at.store.sealedIds(scopeOf(1), 9)).toEqual([1, 4].map(eventId));
      expect(at.store.closedCount(scopeOf(1))).toBe(0);
    });

    it("[ST12] [ST31] of messages that are withdrawn stay, for they could not be opened again", async () => {
      const entry = entryFor(1, [sealed(1), ...messageViews(1)]);
      await at.store.commit({ events: [entry, entryFor(2, [sealed(2, null)])] });
      const row = { scope: scopeOf(1), device: entry.event.device, afterSeq: 0 };
      await at.store.commit({ views: [{ op: "withdraw", row }] });
      expect(at.store.message(eventId(1))).toBeNull();
      expect(stateOf(at.store, [1, 2])).toEqual([1, "closed"]);
    });

    it("[ST32] are not kept of an event that came without a body, until its whole form is filled in", async () => {
      const bare = (n: number): ViewChange => ({ op: "bare", row: place(n) });
      await at.store.commit({ views: [sealed(2)] });
      await at.store.commit({
        events: [1, 2, 3].map((n) => entryFor(n, [bare(n)], withoutBody)),
        views: [sealed(1), sealed(3, null)],
      });
      expect(stateOf(at.store, [1, 2, 3])).toEqual([null, null, null]);
      const filled = (n: number): ViewChange => ({ op: "fill", row: { id: eventId(n), outer: whole } });
      await at.store.commit({
        views: [filled(1), sealed(1), ...messageViews(1), filled(3), sealed(3, null), sealed(2)],
      });
      expect(stateOf(at.store, [1, 2, 3])).toEqual([1, null, "closed"]);
      expect([1, 2, 3].map((n) => at.store.shedReason(eventId(n)))).toEqual([null, "withheld", null]);
      const reopened = await at.reopen();
      expect(stateOf(reopened, [1, 2, 3])).toEqual([1, null, "closed"]);
    });

    it("[ST21] [ST32] do not come back with a whole form that is filled in after a deletion, shown or not", async () => {
      const filled = (n: number): ViewChange => ({ op: "fill", row: { id: eventId(n), outer: whole } });
      await at.store.commit({
        events: [
          entryFor(1, [{ op: "bare", row: place(1) }], withoutBody),
          acted(2, 1, { kind: "edit", text: "elsewhere" }),
          acted(3, 1, { kind: "delete", text: null }),
          entryFor(4, [{ op: "bare", row: place(4) }], withoutBody),
        ],
        views: [{ op: "expire", row: place(4) }],
      });
      const ns = [1, 2, 4];
      for (const body of [bodyOf(1), null])
        for (const shown of [[], messageViews(1)]) {
          await at.store.commit({
            views: [...ns.flatMap((n) => [filled(n), sealed(n, body)]), ...shown],
          });
          expect(stateOf(at.store, ns)).toEqual([null, null, null]);
          expect(ns.map((n) => at.store.shedReason(eventId(n)))).toEqual(["deleted", "deleted", "expired"]);
          for (const n of ns) expect(at.store.event(eventId(n))?.outer[0]).toBe(withoutBody[0]);
        }
    });
  });
}
