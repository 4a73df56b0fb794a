/** The passphrase of a data directory that no node runs on, under its lock. */
import { lookAtKeyFile, readKeyFile, replaceKeyFile, unlockKeyFile } from "@kith/store";
import { CommandError } from "../cli/failure.ts";
import { forgetIfReached, openKeychain } from "../daemon/keychain.ts";
import { systemRandom } from "../daemon/system.ts";
import { lockDirectory } from "../daemon/lock.ts";
import { tidyDirectory } from "../daemon/vault.ts";
import type { DataPaths } from "../data-directory.ts";

export interface OfflinePlace {
  readonly isSet: boolean;
  set(passphrase: string, current: string | null): Promise<void>;
  remove(current: string): Promise<void>;
}

/** Each call takes the directory's lock: a node may have been started while somebody typed. Rejects with a KeyFileError. */
export function openOffline(paths: DataPaths): OfflinePlace {
  async function replace(passphrase: string | null, current: string | null): Promise<void> {
    const lock = lockDirectory(paths.lock);
    if (lock === null)
      throw new CommandError(
        "NODE_SILENT",
        `another process holds ${paths.directory}`,
        "Try again once it has started, or end it.",
      );
    try {
      const key = current === null ? readKeyFile(paths.key) : await unlockKeyFile(paths.key, current);
      await replaceKeyFile(paths.key, key, { passphrase, random: systemRandom });
      tidyDirectory(paths);
    } finally {
      lock.release();
    }
  }
  return {
    isSet: lookAtKeyFile(paths.key) === "locked",
    set: replace,
    async remove(current) {
      await replace(null, current);
      await forgetIfReached(openKeychain(paths));
    },
  };
}
