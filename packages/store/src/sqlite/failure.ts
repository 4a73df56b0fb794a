/** SQLite's result codes in the words of the port, each with a next step. Loaded by the worker too, so it imports types only. */
import type { Failure } from "./group.ts";

/** SQLite's extended result code, or an empty string for errors of another kind. */
export function sqliteCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && code.startsWith("SQLITE_") ? code : "";
}

/** True when the error concerns the batch alone and the medium is sound. */
export function isRefusal(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === ""
    ? error instanceof TypeError || error instanceof RangeError
    : /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(code);
}

/** Words an error for whoever waits for the commit or the read. Never holds a value that was bound. */
export function describeFailure(error: unknown): Failure {
  const code = sqliteCode(error);
  const said = error instanceof Error ? error.message : String(error);
  if (isRefusal(error))
    return { code: "STORE_FAILED", message: `the batch was refused and nothing of it is written: ${said}` };
  if (code.startsWith("SQLITE_FULL")) {
    return {
      code: "STORE_FULL",
      message: "the disk is full and nothing of this commit is written; free some space, then send again",
    };
  }
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    return {
      code: "STORE_BUSY",
      message: "another process holds this data directory; stop it, then try again",
    };
  }
  if (code.startsWith("SQLITE_CORRUPT") || code.startsWith("SQLITE_NOTADB")) {
    return {
      code: "STORE_CORRUPT",
      message: `the store's file is damaged (${code}); run "kith verify" to see which events, then restore a backup or sync again into a new data directory`,
    };
  }
  if (
    code.startsWith("SQLITE_READONLY") ||
    code.startsWith("SQLITE_CANTOPEN") ||
    code.startsWith("SQLITE_PERM")
  ) {
    return {
      code: "STORE_FAILED",
      message: `the store's file cannot be written (${code}); check the permissions of the data directory`,
    };
  }
  if (code.startsWith("SQLITE_IOERR")) {
    return {
      code: "STORE_FAILED",
      message: `the disk reported an error (${code}) and nothing of this commit is written; check the disk, then send again`,
    };
  }
  return { code: "STORE_FAILED", message: `the store failed and nothing of this commit is written: ${said}` };
}
