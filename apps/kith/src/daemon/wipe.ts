/** Forgetting: everything a node keeps in its data directory, save the lock. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { clearKeyDraft } from "@kith/store";
import { CommandError } from "../cli/failure.ts";
import type { DataPaths } from "../data-directory.ts";
import { forgetRestores } from "./backups.ts";
import { lockDirectory } from "./lock.ts";
import { clearDrafts, shredFile } from "./private-file.ts";

/** The store with its side files, and nothing of somebody else's. */
const storeFile = /^store\.(?:db|check)(?:-\w+)?$/;

/** The caller holds the lock, or the node that did has stopped. */
export function wipe(paths: DataPaths): void {
  // The key first: without it the rest is noise, even if the power fails now.
  shredFile(paths.key);
  clearKeyDraft(paths.key);
  clearDrafts([paths.token, paths.tokens, paths.node]);
  for (const path of [paths.token, paths.tokens, paths.node, paths.keychain]) rmSync(path, { force: true });
  forgetRestores(paths);
  for (const name of readdirSync(paths.directory))
    if (storeFile.test(name)) rmSync(join(paths.directory, name), { force: true });
}

/** For a directory that no node runs on. Throws DATA_MISSING or NODE_SILENT. */
export function wipeUnderLock(paths: DataPaths): void {
  if (!existsSync(paths.directory)) {
    throw new CommandError(
      "DATA_MISSING",
      `there is no data directory at ${paths.directory}`,
      "Check --data.",
    );
  }
  const lock = lockDirectory(paths.lock);
  if (lock === null)
    throw new CommandError(
      "NODE_SILENT",
      `another process holds ${paths.directory} and does not answer`,
      "End that process, then try again.",
    );
  try {
    wipe(paths);
  } finally {
    lock.release();
  }
}
