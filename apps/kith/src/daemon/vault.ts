/**
 * The data key of a running node with its file: opened once, put under another passphrase or none while it runs. The
 * passphrase is asked for again at each change, from the file, and kept nowhere. spec/store, ST25-ST28.
 */
import { rmSync } from "node:fs";
import {
  clearKeyDraft,
  createKeyFile,
  createLockedKeyFile,
  KeyFileError,
  lookAtKeyFile,
  replaceKeyFile,
  unlockKeyFile,
  readKeyFile,
} from "@kith/store";
import type { DataPaths } from "../data-directory.ts";
import { CommandError } from "../cli/failure.ts";
import { forgetIfReached, openKeychain } from "./keychain.ts";
import { clearDrafts } from "./private-file.ts";
import { systemRandom } from "./system.ts";

export interface KeyVault {
  readonly key: Uint8Array;
  isSet(): boolean;
  /** False, and nothing changed, where `current` is not the one that is set. Rejects with a KeyFileError. */
  setPassphrase(passphrase: string, current: string | null): Promise<boolean>;
  removePassphrase(current: string): Promise<boolean>;
  isInKeychain(): boolean;
  /** False where it is not the passphrase. Rejects with KEYCHAIN_UNAVAILABLE. */
  putIntoKeychain(passphrase: string): Promise<boolean>;
  takeFromKeychain(): Promise<void>;
}

/** Clears away what a process that was killed left half done; the caller holds the lock. Says what the key file is. */
export function tidyDirectory(paths: DataPaths): "missing" | "clear" | "locked" {
  clearKeyDraft(paths.key);
  clearDrafts([paths.token, paths.tokens, paths.node]);
  const state = lookAtKeyFile(paths.key);
  // The token opens a node that runs; while nobody has typed the passphrase there is none.
  if (state === "locked") rmSync(paths.token, { force: true });
  return state;
}

/**
 * With the passphrase, or null for a directory that has none; a new directory is made with it. Rejects with a KeyFileError,
 * or PASSPHRASE_NOT_SET: who gives a passphrase must not go on in the belief that it protects anything.
 */
export async function openVault(paths: DataPaths, passphrase: string | null): Promise<KeyVault> {
  const state = lookAtKeyFile(paths.key);
  if (state === "missing") {
    return passphrase === null
      ? vaultOf(paths, createKeyFile(paths.key, { random: systemRandom }))
      : vaultOf(paths, await createLockedKeyFile(paths.key, passphrase, { random: systemRandom }));
  }
  if (passphrase === null) return vaultOf(paths, readKeyFile(paths.key));
  if (state === "clear")
    throw new CommandError(
      "PASSPHRASE_NOT_SET",
      `${paths.directory} has no passphrase: its key lies in a file beside it`,
      "Start without --passphrase-file, or set one first: kith passphrase set",
    );
  return vaultOf(paths, await unlockKeyFile(paths.key, passphrase));
}

/** By what the system's keychain holds; null where it holds no key of this directory. Rejects with KEYCHAIN_UNAVAILABLE. */
export async function openByKeychain(
  paths: DataPaths,
  keychain = openKeychain(paths),
): Promise<KeyVault | null> {
  const key = await keychain.read();
  return key === null ? null : vaultOf(paths, key);
}

function vaultOf(paths: DataPaths, key: Uint8Array): KeyVault {
  const keychain = openKeychain(paths);
  let isSet = lookAtKeyFile(paths.key) === "locked";
  const opens = async (passphrase: string): Promise<boolean> => {
    try {
      await unlockKeyFile(paths.key, passphrase);
      return true;
    } catch (error) {
      if (error instanceof KeyFileError && error.code === "WRONG_PASSPHRASE") return false;
      throw error;
    }
  };
  return {
    key,
    isSet: () => isSet,
    async setPassphrase(passphrase, current) {
      if (isSet && (current === null || !(await opens(current)))) return false;
      await replaceKeyFile(paths.key, key, { passphrase, random: systemRandom });
      isSet = true;
      return true;
    },
    async removePassphrase(current) {
      if (isSet && !(await opens(current))) return false;
      await replaceKeyFile(paths.key, key, { passphrase: null, random: systemRandom });
      isSet = false;
      // What lies open needs no second door.
      await forgetIfReached(keychain);
      return true;
    },
    isInKeychain: keychain.isSet,
    async putIntoKeychain(passphrase) {
      if (!(await opens(passphrase))) return false;
      await keychain.keep(key);
      return true;
    },
    takeFromKeychain: keychain.forget,
  };
}
