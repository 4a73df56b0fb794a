/**
 * The database of a stopped node in the hands of somebody who has its key: what no program does and a test of
 * tampering must. Everything else in tests stays on the surface.
 */
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeOuter } from "@kith/core";
import type { Database as Connection } from "better-sqlite3";
import Database from "better-sqlite3-multiple-ciphers";
import { temporaryDirectory } from "./kith-process.ts";

export const databaseFile = "store.db";

export type Opened = Connection;

/** A copy of a data directory on which no node runs. */
export function copyDirectory(data: string): string {
  const copy = join(temporaryDirectory(), "data");
  cpSync(data, copy, { recursive: true });
  return copy;
}

/** Opens the database with the directory's own key, lets `alter` at it and closes it again. */
export function alterStore(data: string, alter: (database: Opened) => void): void {
  const database = new Database(join(data, databaseFile));
  try {
    database.pragma("cipher = 'aegis'");
    database.pragma(`key = "x'${readFileSync(join(data, "key")).toString("hex")}'"`);
    alter(database);
    database.pragma("wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

export type OuterPart = "tag" | "nonce" | "sealedHeader" | "sealedBody";

/** The outer bytes with one bit of a part flipped: the first of it, or one of the authentication tag at its end. */
export function flipInOuter(bytes: Buffer, part: OuterPart, where: "start" | "end"): Buffer {
  const outer = decodeOuter(bytes) as unknown as Record<OuterPart, Uint8Array>;
  const found = Buffer.from(outer[part]);
  const at = bytes.indexOf(found) + (where === "start" ? 0 : found.length - 1);
  const altered = Buffer.from(bytes);
  altered[at] = (altered[at] ?? 0) ^ 1;
  return altered;
}
