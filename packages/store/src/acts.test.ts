import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shedBody } from "@kith/core";
import type { EventStore, ViewChange } from "@kith/core";
import type { ActRow } from "@kith/core/ports";
import { entryOf, eventId, eventOf, messageOf, personOf, scopeOf } from "@kith/core/testing";
import { afterEach, describe, expect, test } from "vitest";
import { createMemoryStore } from "./memory/index.ts";
import { isShed, shedOuter } from "./shed.ts";
import { openSqliteStore } from "./sqlite/index.ts";

const vectors = JSON.parse(
  readFileSync(new URL("../../../spec/vectors/event.json", import.meta.url), "utf8"),
) as { events: { outer: string; shed?: string }[] };
const whole = new Uint8Array(Buffer.from(vectors.events[0]?.outer ?? "", "hex"));

test("[ST21] the body goes as core takes it, from every example of the specification", () => {
  for (const { outer, shed } of vectors.events) {
    const bytes = new Uint8Array(Buffer.from(outer, "hex"));
    if (shed !== undefined) expect(Buffer.from(shedOuter(bytes)).toString("hex")).toBe(shed);
    expect(Buffer.from(shedOuter(bytes))).toEqual(Buffer.from(shedBody(bytes)));
    expect([isShed(bytes), isShed(shedOuter(bytes))]).toEqual([false, true]);
    expect(shedOuter(shedOuter(bytes))).toEqual(shedOuter(bytes));
  }
});

test("[ST21] bytes that are no event stay as they are", () => {
  for (let n = 0; n < 200; n += 1) {
    const bytes = new Uint8Array(createHash("sha512").update(String(n)).digest());
    bytes[0] = 0x86;
    const shed = shedOuter(bytes);
    expect(shed === bytes || isShed(shed)).toBe(true);
  }
});

const MESSAGE = 1;
const postedText = "under the stone";

function act(n: number, facts: Partial<ActRow>): ReturnType<typeof entryOf> {
  const row: ActRow = {
    target: eventId(MESSAGE),
    kind: "edit",
    event: eventId(n),
    scope: scopeOf(1),
    author: personOf(1),
    admin: false,
    timeMs: n,
    timeCount: 0,
    text: "elsewhere",
    ...facts,
  };
  const views: ViewChange[] = [{ op: "act", row }];
  return entryOf(eventOf(n, { seq: n, outer: whole, kind: row.kind === "edit" ? 36 : 37 }), { views });
}

const posted = entryOf(eventOf(MESSAGE, { seq: MESSAGE, outer: whole, kind: 32 }), {
  views: [{ op: "message", row: messageOf(MESSAGE, { text: postedText }) }],
});
const edit = act(2, {});
const foreign = act(3, { author: personOf(2), text: "forged" });
const deletion = act(4, { kind: "delete", text: null });

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const adapters: [string, () => Promise<EventStore>][] = [
  ["memory", async () => createMemoryStore()],
  [
    "sqlite",
    async () => {
      const directory = mkdtempSync(join(tmpdir(), "kith-acts-"));
      const store = await openSqliteStore({ directory, key: new Uint8Array(randomBytes(32)) });
      open.push(async () => {
        await store.close();
        rmSync(directory, { recursive: true, force: true });
      });
      return store;
    },
  ],
];

function orders<Item>(items: readonly Item[]): Item[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, at) => orders(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

describe.each(adapters)("%s", (_name, make) => {
  test(
    "[ST20] an edit is shown whichever came first, and what another wrote is not",
    { timeout: 30_000 },
    async () => {
      for (const order of orders([posted, edit, foreign])) {
        const store = await make();
        for (const entry of order) await store.commit({ events: [entry] });
        expect(store.message(eventId(MESSAGE))).toMatchObject({ text: "elsewhere", editedMs: 2 });
        expect(store.search("stone", { limit: 9 })).toEqual([]);
        expect(store.search("elsewhere", { limit: 9 })).toHaveLength(1);
        expect(store.acts(eventId(MESSAGE)).map(({ event }) => event)).toEqual([eventId(2), eventId(3)]);
        expect(store.earlyTargets()).toEqual([]);
      }
    },
  );

  test(
    "[ST21] a deletion takes text and bodies whichever came first, and nothing brings them back",
    { timeout: 30_000 },
    async () => {
      for (const order of orders([posted, edit, deletion])) {
        const store = await make();
        for (const entry of order) await store.commit({ events: [entry] });
        await store.commit({ events: [posted, edit] });
        expect(store.message(eventId(MESSAGE))).toMatchObject({ text: "", deleted: true });
        for (const word of ["stone", "elsewhere"]) expect(store.search(word, { limit: 9 })).toEqual([]);
        for (const [n, bare] of [
          [MESSAGE, true],
          [2, true],
          [4, false],
        ] as const)
          expect(isShed(store.event(eventId(n))?.outer ?? whole)).toBe(bare);
        expect(store.acts(eventId(MESSAGE)).map(({ text }) => text)).toEqual(["", null]);
        expect(store.shedReason(eventId(MESSAGE))).toBe("deleted");
        expect(store.withheld(scopeOf(1), 9)).toEqual([]);
      }
    },
  );

  test("[SP150] a message is pinned as the last act says, whichever came first, and not once it is deleted", async () => {
    const pin = act(2, { kind: "pin", text: null, author: personOf(2), timeMs: 2 });
    const unpin = act(3, { kind: "unpin", text: null, author: personOf(1), timeMs: 3 });
    const again = act(5, { kind: "pin", text: null, author: personOf(3), timeMs: 5 });
    const elsewhere = act(6, { kind: "pin", text: null, scope: scopeOf(2), timeMs: 9 });
    const { channel } = messageOf(MESSAGE);
    for (const [order, isPinned] of [
      [[posted, pin], true],
      [[pin, posted], true],
      [[unpin, pin, posted], false],
      [[again, posted, unpin, pin], true],
      [[posted, elsewhere], false],
      [[posted, pin, deletion], false],
    ] as const) {
      const store = await make();
      for (const entry of order) await store.commit({ events: [entry] });
      expect(store.pinned(channel).map(({ id }) => id)).toEqual(isPinned ? [eventId(MESSAGE)] : []);
    }
  });

  test("[SP147] bodies that are missing are listed in the order of their ids, a page at a time", async () => {
    const store = await make();
    const bare = Array.from({ length: 5 }, (_, n) => {
      const row = { id: eventId(n + 1), scope: scopeOf(1), author: personOf(1) };
      const event = eventOf(n + 1, { seq: n + 1, outer: shedBody(whole), kind: 32 });
      return entryOf(event, { views: [{ op: "bare", row }] });
    });
    await store.commit({ events: bare });
    const all = bare.map(({ event }) => event.id).sort();
    expect(store.withheld(scopeOf(1), 9)).toEqual(all);
    expect(store.withheld(scopeOf(1), 2)).toEqual(all.slice(0, 2));
    expect(store.withheld(scopeOf(1), 2, all[1])).toEqual(all.slice(2, 4));
    expect(store.withheld(scopeOf(1), 2, all[4])).toEqual([]);
    expect(store.withheld(scopeOf(2), 9)).toEqual([]);
  });

  test("[ST20] two events of a forked device with one number are each changed and taken back by themselves", async () => {
    const store = await make();
    const beside = entryOf(eventOf(5, { seq: MESSAGE, outer: whole, kind: 32 }), {
      views: [{ op: "message", row: messageOf(5, { text: "the other branch" }) }],
    });
    const onBranch = entryOf(eventOf(6, { seq: 4, outer: whole, kind: 37 }), {
      views: act(6, { kind: "delete", text: null, target: eventId(5) }).views,
    });
    await store.commit({ events: [posted, beside, edit, deletion, onBranch] });
    const shown = () => store.messages({ limit: 9 }).map(({ id, deleted }) => [id, deleted ?? false]);
    expect(shown()).toEqual([
      [eventId(MESSAGE), true],
      [eventId(5), true],
    ]);
    // Both deletions have number 4: what is beyond the number before it goes on either branch.
    const row = { scope: scopeOf(1), device: eventOf(1).device, afterSeq: 3 };
    await store.commit({ views: [{ op: "withdraw", row }] });
    expect(shown()).toEqual([]);
    expect(store.withheld(scopeOf(1), 9)).toEqual([eventId(MESSAGE), eventId(5)].sort());
    expect(store.acts(eventId(MESSAGE)).map(({ kind }) => kind)).toEqual(["edit"]);
  });

  test("[ST20] edits that are withdrawn give the posted text back; a body that only a withdrawn deletion took is missing", async () => {
    const store = await make();
    const row = { scope: scopeOf(1), device: eventOf(1).device, afterSeq: MESSAGE };
    await store.commit({ events: [posted, edit] });
    await store.commit({ views: [{ op: "withdraw", row }] });
    expect(store.message(eventId(MESSAGE))?.text).toBe(postedText);
    expect(store.message(eventId(MESSAGE))).not.toHaveProperty("editedMs");
    await store.commit({ events: [deletion] });
    await store.commit({ views: [{ op: "withdraw", row }] });
    expect(store.message(eventId(MESSAGE))).toBeNull();
    expect(store.withheld(scopeOf(1), 9)).toEqual([eventId(MESSAGE)]);
    await store.commit({
      views: [{ op: "fill", row: { id: eventId(MESSAGE), outer: whole } }, ...posted.views],
    });
    expect(store.message(eventId(MESSAGE))?.text).toBe(postedText);
    expect(store.shedReason(eventId(MESSAGE))).toBeNull();
  });
});
