/** Small files for the owner alone, replaced whole: a reader sees the old or the new one, never half of it. */
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/** A rename in it outlives a loss of power when this returns. Not every system lets directories be synced. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } catch (error) {
    if (!["EPERM", "EISDIR", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    closeSync(directory);
  }
}

/**
 * The file is gone, and so is what it held, as far as writing over it reaches: a file system or a disk that writes elsewhere
 * may keep the old bytes until it needs the room.
 */
export function shredFile(path: string): void {
  try {
    const { size } = statSync(path);
    const file = openSync(path, "r+");
    try {
      writeSync(file, new Uint8Array(size));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  rmSync(path, { force: true });
}

export function writePrivateFile(path: string, text: string): void {
  const draft = `${path}.${process.pid}.new`;
  // A draft left by a killed process of the same id may be open to others: it is never written over.
  rmSync(draft, { force: true });
  const file = openSync(draft, "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}

/** Takes away the drafts that killed processes have left. */
export function clearDrafts(files: readonly string[]): void {
  for (const path of files)
    for (const name of readdirSync(dirname(path)))
      if (name.startsWith(`${basename(path)}.`) && /\.\d+\.new$/.test(name))
        rmSync(join(dirname(path), name), { force: true });
}
