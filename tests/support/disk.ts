/** A disk that a test may fill, break or cut the power of; gone after close(), also when the test failed. */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../lab/disk.sh", import.meta.url));
/** Ballast is written in pieces of the file system's block: no block stays free. */
const BALLAST_BYTES = 4_096;

export interface Disk {
  /** Where it is mounted. */
  readonly path: string;
  /** Every byte that was not synced is lost; programs that still write to it meet errors. */
  cutPower(): void;
  /** Mounted again, after a cut or an error. No program may have files open on it. */
  remount(): void;
  turnReadOnly(): void;
  /** Takes all the space there is left. */
  fill(): void;
  /** Gives back what fill() took. */
  free(): void;
  close(): void;
}

export function openDisk({ bytes }: { readonly bytes: number }): Disk {
  const folder = mkdtempSync(join(tmpdir(), "kith-disk-"));
  const path = join(folder, "disk");
  const ballast = join(path, "ballast");
  const close = (): void => {
    run("down", folder);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    run("make", folder, String(bytes));
  } catch (error) {
    close();
    throw error;
  }
  return {
    path,
    cutPower: () => run("cut", folder),
    remount: () => run("mount", folder),
    turnReadOnly: () => run("readonly", folder),
    fill: () => writeUntilFull(ballast),
    free: () => rmSync(ballast, { force: true }),
    close,
  };
}

function writeUntilFull(path: string): void {
  const file = openSync(path, "a");
  const block = Buffer.alloc(BALLAST_BYTES, 1);
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
}

function run(...args: string[]): void {
  const done = spawnSync(script, args, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`disk.sh ${args.join(" ")}: ${done.stderr || String(done.error)}`);
}
