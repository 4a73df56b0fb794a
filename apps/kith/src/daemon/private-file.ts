/** Small files for the owner alone, replaced whole: a reader sees the old or the new one, never half of it. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";

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
