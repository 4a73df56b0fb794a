import { shedBody, checkKept } from "@kith/core";
import type { EventStore, ViewChange } from "@kith/core";
import { entryOf, eventId, eventOf, messageOf, personOf, scopeOf } from "@kith/core/testing";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { openSqliteStore } from "./index.ts";
import { migrations } from "./schema.ts";
import { testKey } from "./test-directory.ts";
import { makeOlderStore, openRaw } from "./test-older.ts";

const vectors = JSON.parse(
  readFileSync(new URL("../../../../spec/vectors/event.json", import.meta.url), "utf8"),
) as { events: { outer: string }[] };
const outer = new Uint8Array(Buffer.from(vectors.events[0]?.outer ?? "", "hex"));
const texts = ["under the lighthouse", "beside the pier", "behind the barn"];

async function fill(store: EventStore): Promise<void> {
  for (const [index, text] of texts.entries()) {
    const n = index + 1;
    await store.commit({
      events: [
        entryOf(eventOf(n, { seq: n, outer, kind: 32 }), {
          views: [{ op: "message", row: messageOf(n, { text }) }],
          log: 1,
        }),
      ],
    });
  }
}

function act(n: number, message: number, kind: "edit" | "delete"): ReturnType<typeof entryOf> {
  const views: ViewChange[] = [
    {
      op: "act",
      row: {
        target: eventId(message),
        kind,
        event: eventId(n),
        scope: scopeOf(1),
        author: personOf(1),
        admin: false,
        timeMs: n,
        timeCount: 0,
        text: kind === "edit" ? "in the attic" : null,
      },
    },
  ];
  return entryOf(eventOf(n, { seq: n, outer, kind: kind === "edit" ? 36 : 37 }), { views });
}

it.each(migrations.slice(1).map((_, index) => index + 1))(
  "[ST24] a store of version %i is opened, holds what it held, and does what a store of today does",
  async (version) => {
    const directory = await makeOlderStore(version, fill);
    let store = await openSqliteStore({ directory, key: testKey });
    const shown = (): string[] => store.messages({ limit: 10 }).map(({ text }) => text);
    expect(shown()).toEqual(texts);
    expect(store.search("lighthouse", { limit: 10 })).toHaveLength(1);
    expect(store.logAfter(0, 10)).toHaveLength(texts.length);

    await store.commit({ events: [act(4, 1, "edit"), act(5, 2, "delete")] });
    expect(shown()).toEqual(["in the attic", "", "behind the barn"]);
    expect(store.shedReason(eventId(2))).toBe("deleted");
    const bridge = messageOf(7, { text: "over the bridge", expiresMs: 9 });
    const due = { id: eventId(7), scope: scopeOf(1), author: personOf(1) };
    const views: ViewChange[] = [
      { op: "message", row: bridge },
      { op: "expiring", row: { ...due, expiresMs: 9 } },
      { op: "sealed", row: { ...due, body: Buffer.from("over the bridge, with salt and padding") } },
    ];
    await store.commit({ events: [entryOf(eventOf(7, { seq: 7, outer, kind: 38 }), { views })] });
    expect(store.message(eventId(7))).toEqual(bridge);
    await store.commit({ views: [{ op: "expire", row: due }] });
    expect(store.shedReason(eventId(7))).toBe("expired");
    expect(store.sealedBody(eventId(7))).toBeNull();
    // Two events of one device with one number.
    const sealed = (n: number, body: Uint8Array | null): ViewChange => {
      return { op: "sealed", row: { id: eventId(n), scope: scopeOf(1), body } };
    };
    await store.commit({
      events: [entryOf(eventOf(6, { seq: 3, outer: shedBody(outer), kind: 32 }))],
      views: [sealed(1, Buffer.from("in the cellar")), sealed(3, null)],
    });
    expect(store.eventsAt(scopeOf(1), eventOf(3).device, 3)).toHaveLength(2);
    await store.close();

    store = await openSqliteStore({ directory, key: testKey });
    expect(shown()).toEqual(["in the attic", "", "behind the barn"]);
    for (const [word, hits] of [
      ["lighthouse", 0],
      ["pier", 0],
      ["attic", 1],
      ["barn", 1],
    ] as const)
      expect(store.search(word, { limit: 10 }), word).toHaveLength(hits);
    expect(Buffer.from(store.sealedBody(eventId(1)) ?? []).toString()).toBe("in the cellar");
    expect([store.sealedIds(scopeOf(1), 9), store.closed(scopeOf(1), 9)]).toEqual([
      [eventId(1)],
      [eventId(3)],
    ]);
    expect(checkKept(store, scopeOf(1))).toEqual([]);
    expect(store.checkIntegrity()).toEqual([]);
    await store.close();

    const database = openRaw(directory);
    const bytes = database.serialize();
    database.close();
    // The deleted text is on no page, and in no leaf of the index; the one that was edited is kept as its history.
    expect(bytes.includes("barn")).toBe(true);
    expect(bytes.includes("pier")).toBe(false);
    expect(bytes.includes("bridge")).toBe(false);
  },
);
