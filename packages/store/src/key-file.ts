/**
 * The data key of a data directory: 32 random bytes in a file for its owner alone. Without it the store
 * is noise, so it is on disk for certain before anything is encrypted with it. spec/store ST7.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Random } from "@kith/core";

export const KEY_FILE_BYTES = 32;
/** Windows keeps access in lists that the mode does not show. */
const modesCount = process.platform !== "win32";

export class KeyFileError extends Error {
  readonly code:
    | "KEY_FILE_EXISTS"
    | "KEY_FILE_MISSING"
    | "KEY_FILE_MODE"
    | "KEY_FILE_LENGTH"
    | "KEY_FILE_FAILED";
  constructor(code: KeyFileError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KeyFileError";
    this.code = code;
  }
}

/** Makes the file, never over an existing one, and returns the key. Throws a KeyFileError. */
export function createKeyFile(path: string, { random }: { random: Random }): Uint8Array {
  const key = random.bytes(KEY_FILE_BYTES);
  if (key.length !== KEY_FILE_BYTES)
    throw new Error(`the random source gave ${key.length} bytes for a key of ${KEY_FILE_BYTES}`);
  const file = openOr(path, "wx", (code) =>
    code === "EEXIST"
      ? new KeyFileError(
          "KEY_FILE_EXISTS",
          `${path} exists already; it is the only key to its data, so move it away before making another`,
        )
      : new KeyFileError(
          "KEY_FILE_FAILED",
          `${path} cannot be made (${code}); check the permissions of its directory`,
        ),
  );
  try {
    for (let written = 0; written < key.length;) written += writeSync(file, key, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncDirectory(dirname(path));
  return key;
}

/** Throws a KeyFileError when the file is missing, open to others or of another length. */
export function readKeyFile(path: string): Uint8Array {
  const file = openOr(path, "r", (code) =>
    code === "ENOENT"
      ? new KeyFileError(
          "KEY_FILE_MISSING",
          `${path} is missing; put back the key file that belongs to this data directory`,
        )
      : new KeyFileError(
          "KEY_FILE_FAILED",
          `${path} cannot be read (${code}); check its owner and permissions`,
        ),
  );
  try {
    const { mode, size } = fstatSync(file);
    if (modesCount && (mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, "0");
      throw new KeyFileError(
        "KEY_FILE_MODE",
        `${path} is open to others (mode ${shown}); run: chmod 600 "${path}"`,
      );
    }
    const key = new Uint8Array(KEY_FILE_BYTES);
    if (size !== KEY_FILE_BYTES || readSync(file, key) !== KEY_FILE_BYTES) {
      const message = `${path} has ${size} bytes where a key has ${KEY_FILE_BYTES}; put back the key file that belongs to this data directory`;
      throw new KeyFileError("KEY_FILE_LENGTH", message);
    }
    return key;
  } finally {
    closeSync(file);
  }
}

function openOr(path: string, flags: "wx" | "r", explain: (code: string) => KeyFileError): number {
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    const told = explain((error as NodeJS.ErrnoException).code ?? "unknown");
    throw new KeyFileError(told.code, told.message, { cause: error });
  }
}

/** A new name is durable when its directory is; Windows has no such call and orders it itself. */
function syncDirectory(path: string): void {
  if (process.platform === "win32") return;
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
