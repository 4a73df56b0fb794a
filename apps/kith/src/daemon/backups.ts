/**
 * Backups at a data directory: the one that was brought here, as it came, and filling a store of its own from it, beside the
 * store that runs. The new one takes the other's place only when it is whole, so that nothing is ever half restored.
 */
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BackupPlace } from "@kith/api";
import { createNodeBox } from "@kith/core";
import type { DeviceKeys, Log, SignatureVerifier } from "@kith/core";
import { restoreBackup, ServiceError } from "@kith/node";
import { openSqliteStore, STORE_FILE } from "@kith/store/sqlite";
import type { DataPaths } from "../data-directory.ts";
import { syncDirectory } from "./private-file.ts";
import { systemClock, systemRandom } from "./system.ts";

/** An upload that nobody uses is forgotten after it. */
const UPLOAD_KEPT_MS = 3_600_000;

export interface BackupPlaceOptions {
  readonly paths: DataPaths;
  /** Of the store: the restored one has the same. */
  readonly key: Uint8Array;
  /** Of the node that runs, which has signed nothing. */
  readonly device: () => DeviceKeys;
  readonly verifier: SignatureVerifier;
  readonly log: Log;
  readonly onRestored: () => void;
}

export function createBackupPlace(options: BackupPlaceOptions): BackupPlace & { close(): void } {
  const { paths, key, verifier, log, onRestored } = options;
  const upload = uploadPath(paths);
  const { filling, filled } = restorePaths(paths);
  let cancel = (): void => {};
  let isFilling = false;
  const drop = (): void => {
    cancel();
    rmSync(upload, { force: true });
  };
  return {
    async put(source) {
      drop();
      let bytes = 0;
      const count = new Transform({
        transform(piece: Buffer, _encoding, done) {
          bytes += piece.length;
          done(null, piece);
        },
      });
      try {
        await pipeline(source, count, createWriteStream(upload, { mode: 0o600, flags: "wx" }));
      } catch (cause) {
        drop();
        throw asServiceError(cause);
      }
      cancel = systemClock.after(UPLOAD_KEPT_MS, drop);
      return { bytes };
    },
    read: () => createReadStream(upload),
    async clear() {
      drop();
    },
    async restore(source, secrets) {
      if (isFilling)
        throw new ServiceError("STOPPING", "A backup is being restored already.", "Wait for its end.");
      isFilling = true;
      try {
        await rm(filling, { recursive: true, force: true });
        mkdirSync(filling, { mode: 0o700 });
        const store = await openSqliteStore({ directory: filling, key, log });
        try {
          const deps = {
            store,
            clock: systemClock,
            random: systemRandom,
            log,
            box: createNodeBox(),
            verifier,
          };
          const report = await restoreBackup({ ...deps, device: options.device() }, source, secrets);
          await store.close();
          rmSync(filled, { recursive: true, force: true });
          renameSync(filling, filled);
          syncDirectory(paths.directory);
          return report;
        } catch (error) {
          await store.close();
          throw error;
        }
      } finally {
        isFilling = false;
        await rm(filling, { recursive: true, force: true });
      }
    },
    onRestored,
    close: drop,
  };
}

/**
 * Puts a restored store in the place of the one that is there; the node that had it has stopped. Broken off at any point it goes
 * on when it is called again: the store's own file goes last. False: there is none.
 */
export function adoptRestored(paths: DataPaths): boolean {
  const { filling, filled } = restorePaths(paths);
  rmSync(filling, { recursive: true, force: true });
  rmSync(uploadPath(paths), { force: true });
  if (!existsSync(join(filled, STORE_FILE))) {
    rmSync(filled, { recursive: true, force: true });
    return false;
  }
  const { directory } = paths;
  const isBeside = (name: string): boolean =>
    name !== STORE_FILE && /^store\.(?:db|check)(?:-\w+)?$/.test(name);
  for (const name of readdirSync(directory))
    if (isBeside(name)) rmSync(join(directory, name), { force: true });
  for (const name of readdirSync(filled))
    if (isBeside(name)) renameSync(join(filled, name), join(directory, name));
  renameSync(join(filled, STORE_FILE), join(directory, STORE_FILE));
  syncDirectory(directory);
  rmSync(filled, { recursive: true, force: true });
  return true;
}

/** What a restore may have left, for a reset. */
export function forgetRestores(paths: DataPaths): void {
  const { filling, filled } = restorePaths(paths);
  for (const path of [filling, filled]) rmSync(path, { recursive: true, force: true });
  rmSync(uploadPath(paths), { force: true });
}

function uploadPath({ directory }: DataPaths): string {
  return join(directory, "upload.backup");
}

/** filled: the directory has this name only once all is in it. */
function restorePaths({ directory }: DataPaths): { readonly filling: string; readonly filled: string } {
  return { filling: join(directory, "restoring"), filled: join(directory, "restored") };
}

function asServiceError(cause: unknown): unknown {
  return (cause as NodeJS.ErrnoException).code === "ENOSPC"
    ? new ServiceError("DISK_FULL", "The disk has no room for the backup.", "Make room, then try again.", {
        cause,
      })
    : cause;
}
