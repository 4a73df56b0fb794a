import { statSync } from "node:fs";
import { join } from "node:path";
import type { BoxName, ViewChange } from "@kith/core";
import { entryOf, eventId, eventOf, messageOf, personOf, scopeOf } from "@kith/core/testing";
import { expect, it } from "vitest";
import { connect } from "./connect.ts";
import { openSqliteStore, STORE_FILE } from "./index.ts";
import { sealedCountSql, sealedIdsSql } from "./read-sealed.ts";
import { makeTestDirectory, testKey } from "./test-directory.ts";
import { openRaw } from "./test-older.ts";

/** Some pages of it. */
const REPEATS = 600;
const bodies = {
  stays: "here to stay ",
  deleted: "taken by a deletion ",
  edited: "taken with its message ",
  expired: "taken by its time ",
  box: "taken from its box ",
};
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text.repeat(REPEATS)));
const name = "1".padStart(32, "0") as BoxName;
const place = (n: number) => ({ id: eventId(n), scope: scopeOf(1), author: personOf(1) });

function posted(n: number, body: string): ReturnType<typeof entryOf> {
  const views: ViewChange[] = [
    { op: "message", row: messageOf(n, { text: `message ${n}` }) },
    { op: "sealed", row: { ...place(n), body: bytesOf(body) } },
  ];
  return entryOf(eventOf(n, { seq: n, kind: 32 }), { views });
}

function acted(n: number, kind: "edit" | "delete", body: string | null): ReturnType<typeof entryOf> {
  const act = { target: eventId(2), kind, event: eventId(n), scope: scopeOf(1), author: personOf(1) };
  const text = kind === "edit" ? "" : null;
  const views: ViewChange[] = [
    { op: "act", row: { ...act, admin: false, timeMs: n, timeCount: 0, text } },
    ...(body === null ? [] : [{ op: "sealed", row: { ...place(n), body: bytesOf(body) } } as const]),
  ];
  return entryOf(eventOf(n, { seq: n, kind: kind === "edit" ? 36 : 37 }), { views });
}

/** Every page without its cipher, free ones and free room as they are: a file that is keyed anew has neither. */
function readPages(directory: string): Buffer {
  const database = openRaw(directory);
  const pages = database.serialize();
  database.close();
  return pages;
}

it.each([
  ["a deletion", [bodies.deleted, bodies.edited]],
  ["its time", [bodies.expired]],
  ["a box", [bodies.box]],
] as const)(
  "[ST32] [ST33] what goes by %s lies neither in the file nor in its log once the store has rested",
  async (how, gone) => {
    const directory = makeTestDirectory();
    const store = await openSqliteStore({ directory, key: testKey });
    await store.commit({
      events: [
        posted(1, bodies.stays),
        posted(2, bodies.deleted),
        acted(3, "edit", bodies.edited),
        posted(4, bodies.expired),
      ],
      boxes: [{ name, blob: bytesOf(bodies.box) }],
    });
    await store.commit(
      how === "a deletion"
        ? { events: [acted(5, "delete", null)] }
        : how === "its time"
          ? { views: [{ op: "expire", row: place(4) }] }
          : { boxes: [{ name, blob: null }] },
    );
    const log = join(directory, `${STORE_FILE}-wal`);
    await expect.poll(() => statSync(log).size, { timeout: 30_000 }).toBe(0);
    await store.close();
    const plain = readPages(directory);
    expect(plain.includes("CREATE TABLE sealed")).toBe(true);
    const found = Object.values(bodies).filter((text) => plain.includes(text));
    expect(found).toEqual(
      Object.values(bodies).filter((text) => !(gone as readonly string[]).includes(text)),
    );
  },
  60_000,
);

it("[ST31] lists and counts are read from an index that holds no body", () => {
  const directory = makeTestDirectory();
  const database = connect({ directory, key: testKey, role: "writer" });
  try {
    for (const [sql, values] of [
      [sealedIdsSql, [1, 0, Buffer.alloc(0), 9]],
      [sealedCountSql, [1, 0]],
    ] as const) {
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
      expect(plan.map(({ detail }) => detail)).toEqual([
        expect.stringContaining("SEARCH sealed USING COVERING INDEX sealed_opened"),
      ]);
    }
  } finally {
    database.close();
  }
});
