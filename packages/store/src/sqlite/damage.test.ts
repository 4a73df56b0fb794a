import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "@kith/core";
import type { EventStore, ScanRow } from "@kith/core";
import { entryOf, eventId, eventOf, messageOf } from "@kith/core/testing";
import { describe, expect, it } from "vitest";
import { openSqliteStore, STORE_FILE } from "./index.ts";
import { makeTestDirectory, testKey } from "./test-directory.ts";

const EVENTS = 400;
const PAGE_BYTES = 4_096;

async function makeStore(directory: string): Promise<Buffer> {
  const store = await openSqliteStore({ directory, key: testKey });
  const events = Array.from({ length: EVENTS }, (_, n) =>
    entryOf(eventOf(n, { seq: n, outer: new Uint8Array(500).fill(n) }), {
      views: [{ op: "message", row: messageOf(n) }],
      log: 1,
    }),
  );
  await store.commit({ events });
  await store.close();
  return readFileSync(join(directory, STORE_FILE));
}

/** The store with one byte of the page flipped; null where it refuses to open, with a fitting code. */
async function openFlipped(directory: string, sound: Buffer, page: number): Promise<EventStore | null> {
  const bytes = Buffer.from(sound);
  const at = page * PAGE_BYTES + 1_234;
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  writeFileSync(join(directory, STORE_FILE), bytes);
  try {
    return await openSqliteStore({ directory, key: testKey, readOnly: true });
  } catch (error) {
    expect(error).toMatchObject({ name: "StoreError", code: "STORE_CORRUPT" });
    return null;
  }
}

describe("a damaged file", () => {
  it("[ST8] every flipped page is reported, none yields a wrong event, and the rest is still named", async () => {
    const directory = makeTestDirectory();
    const sound = await makeStore(directory);
    const pages = sound.length / PAGE_BYTES;
    expect(pages).toBeGreaterThan(60);
    let refusedToOpen = 0;
    let tellsLostIds = 0;
    for (let page = 0; page < pages; page += 1) {
      const store = await openFlipped(directory, sound, page);
      if (store === null) {
        refusedToOpen += 1;
        continue;
      }
      try {
        const rows = [...store.scan()].flat();
        const read = rows.filter((row): row is Extract<ScanRow, { ok: true }> => row.ok);
        const lost = rows.filter((row): row is Extract<ScanRow, { ok: false }> => !row.ok);
        for (const { event } of read) {
          const n = Number.parseInt(event.id.slice(-8), 16);
          expect([event.seq, event.arrival, event.outer.length]).toEqual([n, n + 1, 500]);
          expect(event.outer.every((byte) => byte === (n & 0xff))).toBe(true);
        }
        expect(new Set(read.map(({ event }) => event.id)).size).toBe(read.length);
        const named = new Set([...read.map(({ event }) => event.id), ...lost.map((row) => row.id)]);
        const missing = Array.from({ length: EVENTS }, (_, n) => eventId(n)).filter((id) => !named.has(id));
        // Ids are missing only where the page that names them is gone, and then an error without an id says so.
        if (missing.length > 0)
          expect(
            lost.some((row) => row.id === null),
            `page ${page}`,
          ).toBe(true);
        if (lost.some((row) => row.id !== null)) tellsLostIds += 1;
        expect(store.checkIntegrity(), `page ${page}`).not.toEqual([]);
      } finally {
        await store.close();
      }
    }
    // The first page and those that describe the tables; the store cannot begin without them.
    expect(refusedToOpen).toBeLessThan(12);
    expect(tellsLostIds).toBeGreaterThan(30);
  }, 300_000);

  it("[ST8] a read of a damaged row throws STORE_CORRUPT with a next step", async () => {
    const directory = makeTestDirectory();
    const sound = await makeStore(directory);
    let thrown = 0;
    // A few of each table: which lies where is for SQLite to say.
    for (let page = 20; page < sound.length / PAGE_BYTES; page += 3) {
      const store = await openFlipped(directory, sound, page);
      if (store === null) continue;
      for (let n = 0; n < EVENTS; n += 1) {
        try {
          expect(store.event(eventId(n))?.seq).toBe(n);
        } catch (error) {
          if (!(error instanceof StoreError)) throw error;
          expect(error.code).toBe("STORE_CORRUPT");
          expect(error.message).toContain("kith verify");
          thrown += 1;
        }
      }
      await store.close();
    }
    expect(thrown).toBeGreaterThan(0);
  }, 300_000);
});
