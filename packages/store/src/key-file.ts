/**
 * The data key of a data directory: 32 random bytes in a file for its owner alone, as they are or under a passphrase.
 * Without it the store is noise, so it is on disk for certain before anything is encrypted with it. spec/store ST7, ST25-ST27.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Random } from "@kith/core";
import {
  KEY_FILE_BYTES,
  looksWrapped,
  unwrapKey,
  WRAPPED_KEY_BYTES,
  WrappedKeyError,
  wrapKey,
} from "./wrapped-key.ts";
import type { PassphraseCost } from "./wrapped-key.ts";

/** Windows keeps access in lists that the mode does not show. */
const modesCount = process.platform !== "win32";

export class KeyFileError extends Error {
  readonly code:
    | "KEY_FILE_EXISTS"
    | "KEY_FILE_MISSING"
    | "KEY_FILE_MODE"
    | "KEY_FILE_LENGTH"
    | "KEY_FILE_DAMAGED"
    | "KEY_FILE_LOCKED"
    | "KEY_FILE_FAILED"
    | "WRONG_PASSPHRASE";
  constructor(code: KeyFileError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KeyFileError";
    this.code = code;
  }
}

/** Steps of replacing a key file, in their order: a process may die after any of them. */
export type KeyFileStep = "draft written" | "draft checked" | "renamed" | "old overwritten";

export interface KeyFileOptions {
  readonly random: Random;
  /** What guessing shall cost; for tests. */
  readonly cost?: PassphraseCost;
}

export interface ReplaceOptions extends KeyFileOptions {
  /** Null: the key lies there as it is. */
  readonly passphrase: string | null;
  readonly onStep?: (step: KeyFileStep) => void;
}

/** Makes the file, never over an existing one, and returns the key. Throws a KeyFileError. */
export function createKeyFile(path: string, { random }: { random: Random }): Uint8Array {
  const key = freshKey(random);
  writeNew(path, key);
  return key;
}

/** The same under a passphrase: the key is never in a file as it is. Rejects with a KeyFileError. */
export async function createLockedKeyFile(
  path: string,
  passphrase: string,
  options: KeyFileOptions,
): Promise<Uint8Array> {
  const key = freshKey(options.random);
  writeNew(path, await wrapKey(key, passphrase, options));
  return key;
}

/** Whether there is one, and whether it is under a passphrase. Throws a KeyFileError. */
export function lookAtKeyFile(path: string): "missing" | "clear" | "locked" {
  if (!existsSync(path)) return "missing";
  return looksWrapped(readBytes(path)) ? "locked" : "clear";
}

/** Throws a KeyFileError when the file is missing, open to others, of another length, or under a passphrase. */
export function readKeyFile(path: string): Uint8Array {
  const bytes = readBytes(path);
  if (looksWrapped(bytes))
    throw new KeyFileError(
      "KEY_FILE_LOCKED",
      `${path} is under a passphrase; give it with --passphrase-file`,
    );
  checkLength(path, bytes);
  return bytes;
}

/** Rejects with WRONG_PASSPHRASE, or another KeyFileError; a clear key needs none and ignores it. */
export async function unlockKeyFile(path: string, passphrase: string): Promise<Uint8Array> {
  const bytes = readBytes(path);
  if (!looksWrapped(bytes)) {
    checkLength(path, bytes);
    return bytes;
  }
  let key: Uint8Array | null;
  try {
    key = await unwrapKey(bytes, passphrase);
  } catch (error) {
    if (!(error instanceof WrappedKeyError)) throw error;
    throw new KeyFileError(
      "KEY_FILE_DAMAGED",
      `${path} ${error.message}; put back the key file that belongs to this data directory from a copy`,
      { cause: error },
    );
  }
  if (key === null)
    throw new KeyFileError(
      "WRONG_PASSPHRASE",
      "this passphrase does not open the data directory; type it again, and look at the keyboard's layout",
    );
  return key;
}

/**
 * Puts the key under another passphrase, or under none. At every moment the file is whole, the old one or the new one; what
 * the old one held is overwritten where it lay, as far as the disk does that. Rejects with a KeyFileError.
 */
export async function replaceKeyFile(path: string, key: Uint8Array, options: ReplaceOptions): Promise<void> {
  const { passphrase, onStep = () => undefined } = options;
  const bytes = passphrase === null ? key : await wrapKey(key, passphrase, options);
  const draft = draftOf(path);
  shredFile(draft);
  writeNew(draft, bytes);
  onStep("draft written");
  // Read as the next start will read it: a file that does not open must never take the place of one that does.
  const again = passphrase === null ? readKeyFile(draft) : await unlockKeyFile(draft, passphrase);
  if (!Buffer.from(again).equals(key)) throw new Error("a key file was not written as it was meant");
  onStep("draft checked");
  const old = openSync(path, "r+");
  try {
    renameSync(draft, path);
    syncDirectory(dirname(path));
    onStep("renamed");
    overwrite(old);
  } finally {
    closeSync(old);
  }
  onStep("old overwritten");
}

/** Takes away what a process that died while it replaced the file has left. */
export function clearKeyDraft(path: string): void {
  shredFile(draftOf(path));
}

function draftOf(path: string): string {
  return `${path}.new`;
}

/** Overwrites and removes, if it is there. */
function shredFile(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, "r+");
  try {
    overwrite(file);
  } finally {
    closeSync(file);
  }
  rmSync(path, { force: true });
}

/** Best effort: a disk may keep the old blocks elsewhere. */
function overwrite(file: number): void {
  const { size } = fstatSync(file);
  writeAll(file, new Uint8Array(Math.min(size, WRAPPED_KEY_BYTES)));
  fsyncSync(file);
}

function freshKey(random: Random): Uint8Array {
  const key = random.bytes(KEY_FILE_BYTES);
  if (key.length !== KEY_FILE_BYTES)
    throw new Error(`the random source gave ${key.length} bytes for a key of ${KEY_FILE_BYTES}`);
  return key;
}

function writeNew(path: string, bytes: Uint8Array): void {
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
    writeAll(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncDirectory(dirname(path));
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;)
    written += writeSync(file, bytes, written, bytes.length - written, written);
}

function readBytes(path: string): Uint8Array {
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
    // One byte more than any key has: of a larger file that is enough to be refused.
    const bytes = new Uint8Array(Math.min(size, WRAPPED_KEY_BYTES + 1));
    return bytes.subarray(0, bytes.length === 0 ? 0 : readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

function checkLength(path: string, bytes: Uint8Array): void {
  if (bytes.length === KEY_FILE_BYTES) return;
  const has = bytes.length > WRAPPED_KEY_BYTES ? `more than ${WRAPPED_KEY_BYTES}` : String(bytes.length);
  throw new KeyFileError(
    "KEY_FILE_LENGTH",
    `${path} has ${has} bytes where a key has ${KEY_FILE_BYTES}; put back the key file that belongs to this data directory`,
  );
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
