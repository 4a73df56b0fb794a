import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { entryOf, eventId, eventOf, messageOf } from "@kith/core/testing";
import { describe, expect, it } from "vitest";
import { connect } from "./connect.ts";
import { openSqliteStore, STORE_CHECK_FILE, STORE_FILE } from "./index.ts";
import { makeTestDirectory, testKey } from "./test-directory.ts";

const otherKey = new Uint8Array(32).fill(7);

async function makeStore(directory: string): Promise<void> {
  const store = await openSqliteStore({ directory, key: testKey });
  await store.commit({
    events: [
      entryOf(eventOf(1), { views: [{ op: "message", row: messageOf(1, { text: "plaintext-marker" }) }] }),
    ],
  });
  await store.close();
}

describe("opening a sqlite store", () => {
  it("[ST8] another key is refused with STORE_KEY, to read and to write, and nothing is changed", async () => {
    const directory = makeTestDirectory();
    await makeStore(directory);
    const before = readFileSync(join(directory, STORE_FILE));
    for (const readOnly of [false, true]) {
      await expect(openSqliteStore({ directory, key: otherKey, readOnly })).rejects.toMatchObject({
        name: "StoreError",
        code: "STORE_KEY",
        message: expect.stringContaining("put back the key file") as string,
      });
    }
    await expect(openSqliteStore({ directory, key: otherKey.subarray(1) })).rejects.toMatchObject({
      code: "STORE_KEY",
    });
    expect(readFileSync(join(directory, STORE_FILE)).equals(before)).toBe(true);
    const store = await openSqliteStore({ directory, key: testKey });
    expect(store.hasEvent(eventId(1))).toBe(true);
    await store.close();
  });

  it("[EP82] a value that was deleted lies neither in the file nor in its log once the store has rested", async () => {
    const directory = makeTestDirectory();
    const store = await openSqliteStore({ directory, key: testKey });
    const log = join(directory, `${STORE_FILE}-wal`);
    const secret = new Uint8Array(32).fill(7);
    await store.commit({ meta: [{ key: "secret", value: secret }] });
    await store.commit({ meta: [{ key: "secret", value: null }] });
    await expect.poll(() => statSync(log).size, { timeout: 30_000 }).toBe(0);
    await store.close();
    const database = connect({ directory, key: testKey, role: "reader" });
    // Its pages as they lie there, but deciphered. A change of the key would write them anew, without what was deleted.
    const plain = database.serialize();
    database.close();
    expect(plain.includes("CREATE TABLE meta")).toBe(true);
    expect(plain.includes(Buffer.from(secret))).toBe(false);
  });

  it("[ST8] a damaged first page is STORE_CORRUPT with the right key, and STORE_KEY with another", async () => {
    const directory = makeTestDirectory();
    await makeStore(directory);
    const file = join(directory, STORE_FILE);
    const bytes = readFileSync(file);
    bytes[200] = (bytes[200] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    await expect(openSqliteStore({ directory, key: testKey })).rejects.toMatchObject({
      code: "STORE_CORRUPT",
    });
    await expect(openSqliteStore({ directory, key: otherKey })).rejects.toMatchObject({ code: "STORE_KEY" });
    writeFileSync(file, "this is no database, whatever it is".repeat(300));
    await expect(openSqliteStore({ directory, key: testKey, readOnly: true })).rejects.toMatchObject({
      code: "STORE_CORRUPT",
    });
  });

  it("[ST8] attack 35: a store that was cut to nothing is refused, never begun anew in silence", async () => {
    const destroy = [
      (file: string) => writeFileSync(file, "x"),
      (file: string) => writeFileSync(file, ""),
      (file: string) => rmSync(file),
    ];
    for (const [n, apply] of destroy.entries()) {
      const directory = makeTestDirectory();
      await makeStore(directory);
      apply(join(directory, STORE_FILE));
      for (const readOnly of [false, true]) {
        const outcome = openSqliteStore({ directory, key: testKey, readOnly });
        const code = n === 2 && readOnly ? "STORE_FAILED" : "STORE_CORRUPT";
        await expect(outcome, `way ${n}`).rejects.toMatchObject({ code });
        if (n === 2) rmSync(join(directory, STORE_FILE), { force: true });
      }
    }
  });

  it("[ST8] the file that tells keys apart is made again when it is lost", async () => {
    const directory = makeTestDirectory();
    await makeStore(directory);
    rmSync(join(directory, STORE_CHECK_FILE));
    await expect(openSqliteStore({ directory, key: otherKey })).rejects.toMatchObject({ code: "STORE_KEY" });
    expect(readdirSync(directory)).not.toContain(STORE_CHECK_FILE);
    await (await openSqliteStore({ directory, key: testKey })).close();
    expect(readdirSync(directory)).toContain(STORE_CHECK_FILE);
  });

  it("[ST8] a store of a newer version is refused with STORE_NEWER and left as it is", async () => {
    const directory = makeTestDirectory();
    await makeStore(directory);
    const database = connect({ directory, key: testKey, role: "writer" });
    database.pragma("user_version = 9999");
    database.close();
    for (const readOnly of [false, true]) {
      await expect(openSqliteStore({ directory, key: testKey, readOnly })).rejects.toMatchObject({
        code: "STORE_NEWER",
        message: expect.stringContaining("update Kith") as string,
      });
    }
  });

  it("[ST8] a directory held by another writer is STORE_BUSY", async () => {
    const directory = makeTestDirectory();
    await makeStore(directory);
    const store = await openSqliteStore({ directory, key: testKey });
    const other = connect({ directory, key: testKey, role: "writer" });
    other.exec("BEGIN IMMEDIATE");
    await expect(store.commit({ events: [entryOf(eventOf(2, { seq: 2 }))] })).rejects.toMatchObject({
      code: "STORE_BUSY",
      message: expect.stringContaining("another process") as string,
    });
    other.exec("ROLLBACK");
    other.close();
    await store.commit({ events: [entryOf(eventOf(2, { seq: 2 }))] });
    expect(store.hasEvent(eventId(2))).toBe(true);
    await store.close();
  });

  it("[ST8] a read-only store reads and writes nothing", async () => {
    const directory = makeTestDirectory();
    await expect(openSqliteStore({ directory, key: testKey, readOnly: true })).rejects.toMatchObject({
      code: "STORE_FAILED",
    });
    expect(readdirSync(directory)).toEqual([]);
    await makeStore(directory);
    const store = await openSqliteStore({ directory, key: testKey, readOnly: true });
    expect(store.message(eventId(1))?.text).toBe("plaintext-marker");
    await expect(store.commit({ log: [] })).rejects.toMatchObject({ code: "STORE_FAILED" });
    await store.close();
    await expect(store.commit({ log: [] })).rejects.toMatchObject({ code: "STORE_CLOSED" });
  });

  it("[ST8] neither texts nor ids nor the key are on the disk in clear, and only the owner can read the files", async () => {
    const directory = makeTestDirectory();
    const store = await openSqliteStore({ directory, key: testKey });
    const row = messageOf(1, { text: "plaintext-marker" });
    await store.commit({
      events: [entryOf(eventOf(1), { views: [{ op: "message", row }] })],
      meta: [{ key: "name-marker", value: testKey }],
    });
    const names = readdirSync(directory);
    expect(names).toContain(`${STORE_FILE}-wal`);
    for (const name of names) {
      const bytes = readFileSync(join(directory, name));
      for (const secret of [
        "plaintext-marker",
        "name-marker",
        Buffer.from(testKey),
        Buffer.from(eventId(1), "hex"),
        "SQLite format 3",
      ]) {
        expect(bytes.includes(secret), name).toBe(false);
      }
      if (process.platform !== "win32") expect(statSync(join(directory, name)).mode & 0o077, name).toBe(0);
    }
    await store.close();
    expect(readdirSync(directory).sort()).toEqual([STORE_CHECK_FILE, STORE_FILE]);
  });

  it("[ST1] attack 23: an idle store does not keep the process, and a commit under way does", async () => {
    const directory = makeTestDirectory();
    const entry = pathToFileURL(join(import.meta.dirname, "index.ts")).href;
    const script = `
      const { openSqliteStore } = await import(${JSON.stringify(entry)});
      const store = await openSqliteStore({ directory: ${JSON.stringify(directory)}, key: new Uint8Array(32).fill(7) });
      store.commit({ meta: [{ key: "left", value: new Uint8Array([1]) }] }).then(() => console.log("written"));`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    expect([code, output]).toEqual([0, "written\n"]);
    const store = await openSqliteStore({ directory, key: otherKey, readOnly: true });
    expect(store.meta("left")).not.toBeNull();
    await store.close();
  }, 60_000);
});

it("[ST29] what the writer deletes is overwritten in the file", () => {
  const directory = makeTestDirectory();
  const database = connect({ directory, key: testKey, role: "writer" });
  try {
    expect(database.pragma("secure_delete", { simple: true })).toBe(1);
  } finally {
    database.close();
  }
});
