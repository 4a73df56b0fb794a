/**
 * One process for a data directory. The lock is the operating system's own, taken through SQLite on a file of
 * its own: it ends with its process, however that ends, so there is no stale lock to be recognised.
 */
import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

export interface DirectoryLock {
  release(): void;
}

/** SQLite's code for a lock that somebody else holds. */
const SQLITE_BUSY = 5;

/** Null when another process (or another holder in this one) has it. */
export function lockDirectory(path: string): DirectoryLock | null {
  closeSync(openSync(path, "a", 0o600));
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // No journal: nothing is ever written, and no file but the lock appears.
    database.exec("PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return null;
    throw error;
  }
  return { release: () => database.close() };
}
