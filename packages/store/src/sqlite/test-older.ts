/** For tests: stores as earlier versions of the program left them. */
import Database from "better-sqlite3-multiple-ciphers";
import type { Database as Connection } from "better-sqlite3";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { EventStore } from "@kith/core";
import { openSqliteStore, STORE_CHECK_FILE, STORE_FILE } from "./index.ts";
import { migrations } from "./schema.ts";
import { makeTestDirectory, testKey } from "./test-directory.ts";

const keyPragma = `x'${Buffer.from(testKey).toString("hex")}'`;

export function openRaw(directory: string): Connection {
  const database = new Database(join(directory, STORE_FILE));
  database.pragma("cipher = 'aegis'");
  database.pragma(`key = "${keyPragma}"`);
  return database;
}

/**
 * A directory with a closed store of that version, from 1: its tables were made by the first steps alone, and its rows are what
 * `fill` wrote. What later steps brought is not there.
 */
export async function makeOlderStore(
  version: number,
  fill: (store: EventStore) => Promise<void>,
): Promise<string> {
  const [today, directory] = [makeTestDirectory(), makeTestDirectory()];
  const store = await openSqliteStore({ directory: today, key: testKey });
  await fill(store);
  await store.close();
  const database = openRaw(directory);
  for (const sql of migrations.slice(0, version)) database.exec(sql);
  database.pragma(`user_version = ${version}`);
  database.exec(`ATTACH '${join(today, STORE_FILE)}' AS today KEY "${keyPragma}"`);
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'message_words%'")
    .pluck()
    .all() as string[];
  for (const table of tables) {
    const columns = (database.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
    database.exec(
      `DELETE FROM main.${table}; INSERT INTO main.${table} (${columns.join()}) SELECT ${columns.join()} FROM today.${table}`,
    );
  }
  database.exec(
    `INSERT INTO message_words (rowid, text)
     SELECT arrival, text FROM messages WHERE arrival <= (SELECT arrival FROM words_done)`,
  );
  database.exec("DETACH today");
  database.close();
  copyFileSync(join(today, STORE_CHECK_FILE), join(directory, STORE_CHECK_FILE));
  return directory;
}
