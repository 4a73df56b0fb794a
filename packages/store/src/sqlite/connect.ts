/**
 * Opens the encrypted file: key first, then settings, then the version of its tables. Both the writer
 * thread and the reader come through here. Loaded by the worker, so it imports types of core only.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3-multiple-ciphers";
import type { Database as Connection } from "better-sqlite3";
import { describeFailure, sqliteCode } from "./failure.ts";
import type { Failure } from "./group.ts";
import { migrations } from "./schema.ts";

/** The database of a data directory. */
export const STORE_FILE = "store.db";
/** Tells a wrong key from a damaged first page; it holds a keyed hash and no key. */
export const STORE_CHECK_FILE = "store.check";

/** How long a statement waits for another process before it says STORE_BUSY. */
const BUSY_TIMEOUT_MS = 1_000;
/** Pages kept by the writer: the inner pages of its B-trees and the leaves of a burst. 8 MiB were no faster. In KiB. */
const WRITER_CACHE_KIB = 4_096;
/** Pages kept by the reader. In KiB. */
const READER_CACHE_KIB = 4_096;
/** After a checkpoint the write-ahead log's file is cut to this. */
const WAL_BYTES_KEPT = 4_194_304;

/** Carries a failure to the place that turns it into the port's StoreError. */
export class ConnectError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, cause?: unknown) {
    super(failure.message, { cause });
    this.failure = failure;
  }
}

export interface ConnectOptions {
  readonly directory: string;
  readonly key: Uint8Array;
  readonly role: "writer" | "reader";
  /** Largest size of the database's file in bytes; a commit that would need more says STORE_FULL. */
  readonly bytesMax?: number | undefined;
}

export function connect(options: ConnectOptions): Connection {
  const file = join(options.directory, STORE_FILE);
  let database: Connection | null = null;
  try {
    if (options.role === "writer") createPrivately(file);
    database = new Database(file, {
      readonly: options.role === "reader",
      fileMustExist: true,
      timeout: BUSY_TIMEOUT_MS,
    });
    prepareCipher(database, options);
    const version = database.pragma("user_version", { simple: true }) as number;
    if (version > migrations.length) throw new ConnectError(describeNewer(version));
    // SQLite takes a file that was cut to nothing for a new one; what lay in it would be gone without a word.
    if (version === 0 && existsSync(join(options.directory, STORE_CHECK_FILE))) {
      throw new ConnectError(describeEmptied(options));
    }
    if (options.role === "writer") {
      prepareWriter(database, options);
      migrate(database, version);
      writeCheck(options);
    } else {
      if (version < migrations.length) throw new ConnectError(describeOlder(version));
      database.pragma(`cache_size = -${READER_CACHE_KIB}`);
      database.pragma("query_only = ON");
    }
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof ConnectError) throw error;
    throw new ConnectError(describeOpening(error, options), error);
  }
}

/** SQLite gives its side files the mode of the database, so that one is made first, for the owner alone. */
function createPrivately(file: string): void {
  closeSync(openSync(file, "a", 0o600));
}

function prepareCipher(database: Connection, { key }: ConnectOptions): void {
  database.pragma("cipher = 'aegis'");
  // A raw key: it is random already, so no key derivation slows the start.
  database.pragma(`key = "x'${Buffer.from(key).toString("hex")}'"`);
  database.pragma("temp_store = MEMORY");
}

function prepareWriter(database: Connection, { bytesMax }: ConnectOptions): void {
  const mode = database.pragma("journal_mode = WAL", { simple: true });
  if (mode !== "wal") {
    const message = `the data directory's file system offers no shared memory (journal mode ${String(mode)}); choose a directory on a local disk`;
    throw new ConnectError({ code: "STORE_FAILED", message });
  }
  database.pragma("synchronous = FULL");
  database.pragma("secure_delete = ON");
  database.pragma(`cache_size = -${WRITER_CACHE_KIB}`);
  database.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`);
  // Checkpoints are begun by the writer between groups, never inside somebody's COMMIT.
  database.pragma("wal_autocheckpoint = 0");
  if (bytesMax !== undefined) {
    const pageBytes = database.pragma("page_size", { simple: true }) as number;
    database.pragma(`max_page_count = ${Math.max(1, Math.floor(bytesMax / pageBytes))}`);
  }
}

function migrate(database: Connection, version: number): void {
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue;
    database.transaction(() => {
      database.exec(sql);
      database.pragma(`user_version = ${index + 1}`);
    })();
  }
}

function describeEmptied({ directory }: ConnectOptions): Failure {
  const message =
    `the store in ${directory} was here before and is empty now; put ${STORE_FILE} back from a backup, ` +
    "or begin anew as a new device with `kith reset`";
  return { code: "STORE_CORRUPT", message };
}

function describeNewer(version: number): Failure {
  const message = `the store has version ${version}, this program knows up to ${migrations.length}; update Kith, then start it again`;
  return { code: "STORE_NEWER", message };
}

function describeOlder(version: number): Failure {
  const message = `the store has version ${version} and must be brought to ${migrations.length} first; start the node once on this data directory`;
  return { code: "STORE_FAILED", message };
}

function describeOpening(error: unknown, options: ConnectOptions): Failure {
  const code = sqliteCode(error);
  if (code === "SQLITE_NOTADB" && !matchesCheck(options)) {
    const message =
      "the data key does not open this store; put back the key file that belongs to this data directory";
    return { code: "STORE_KEY", message };
  }
  if (code === "SQLITE_CANTOPEN" && options.role === "reader") {
    return {
      code: "STORE_FAILED",
      message: `there is no readable store in ${options.directory}; check the path and its permissions`,
    };
  }
  return describeFailure(error);
}

function checkOf(key: Uint8Array): Buffer {
  return createHmac("sha256", key).update("kith store key check v1").digest();
}

/** True when the file beside the store says that this is its key; false when it says otherwise or is missing. */
function matchesCheck({ directory, key }: ConnectOptions): boolean {
  try {
    const kept = readFileSync(join(directory, STORE_CHECK_FILE));
    return kept.length === 32 && timingSafeEqual(kept, checkOf(key));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** The key has just opened the store: whatever the file said before, this is right. */
function writeCheck(options: ConnectOptions): void {
  if (matchesCheck(options)) return;
  const file = openSync(join(options.directory, STORE_CHECK_FILE), "w", 0o600);
  try {
    writeFileSync(file, checkOf(options.key));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
