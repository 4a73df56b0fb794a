/**
 * The keychain of the system, for an owner who wants a node with a passphrase to open by itself while they are logged in: Keychain
 * of macOS, Credential Manager of Windows, the Secret Service of a Linux desktop. Owns the one entry of a data directory and
 * the mark that there is one. Whatever fails here, the passphrase still opens. spec/store ST36.
 */
import { rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { ApiFault } from "@kith/api";
import { readIfThere } from "../data-directory.ts";
import type { DataPaths } from "../data-directory.ts";
import { writePrivateFile } from "./private-file.ts";

/** A keychain that is locked asks its person; who is not there must not keep a node from beginning locked. */
const ANSWER_MS_MAX = 20_000;
const SERVICE = "Kith";
const ACCOUNT_BYTES = 16;
const accountForm = /^[0-9a-f]{32}$/;
const KEY_BYTES = 32;

/** What is used of an entry of @napi-rs/keyring. */
export interface Entry {
  setSecret(secret: Uint8Array, signal: AbortSignal): Promise<void>;
  getSecret(signal: AbortSignal): Promise<readonly number[] | null>;
  deleteCredential(signal: AbortSignal): Promise<boolean>;
}

export interface Keychain {
  /** The key of this directory was put into it. */
  isSet(): boolean;
  /** Rejects with KEYCHAIN_UNAVAILABLE. */
  keep(key: Uint8Array): Promise<void>;
  /** Null where it has none for this directory. Rejects with KEYCHAIN_UNAVAILABLE. */
  read(): Promise<Uint8Array | null>;
  /** The mark is gone in any case. Rejects with KEYCHAIN_UNAVAILABLE. */
  forget(): Promise<void>;
}

export function openKeychain(
  paths: DataPaths,
  open: (account: string) => Promise<Entry> = entryOf,
): Keychain {
  const account = (): string | null => {
    const text = readIfThere(paths.keychain)?.trim() ?? "";
    return accountForm.test(text) ? text : null;
  };
  return {
    isSet: () => account() !== null,
    async keep(key) {
      const name = account() ?? randomBytes(ACCOUNT_BYTES).toString("hex");
      await reach(async (signal) => {
        const entry = await open(name);
        await entry.setSecret(key, signal);
        // Some say yes and keep nothing.
        const kept = await entry.getSecret(signal);
        if (kept === null || !Buffer.from(kept).equals(key)) throw new Error("what was put in is not there");
      });
      // Last: a mark without an entry would make each start ask in vain.
      writePrivateFile(paths.keychain, `${name}\n`);
    },
    async read() {
      const name = account();
      if (name === null) return null;
      const secret = await reach(async (signal) => (await open(name)).getSecret(signal));
      return secret?.length === KEY_BYTES ? Uint8Array.from(secret) : null;
    },
    async forget() {
      const name = account();
      rmSync(paths.keychain, { force: true });
      if (name !== null) await reach(async (signal) => (await open(name)).deleteCredential(signal));
    },
  };
}

/** Where the entry is of no more use to anybody: one that cannot be reached now opens nothing. */
export async function forgetIfReached(keychain: Pick<Keychain, "forget">): Promise<void> {
  try {
    await keychain.forget();
  } catch (error) {
    if (!isUnavailable(error)) throw error;
  }
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof ApiFault && error.code === "KEYCHAIN_UNAVAILABLE";
}

/** The module is brought with Kith where there is one for the system; where there is none, it has no keychain. */
async function entryOf(account: string): Promise<Entry> {
  const { AsyncEntry } = await import("@napi-rs/keyring");
  // The kernel's keyring, which else would be taken where no desktop runs, is empty after each start of the machine.
  return new AsyncEntry(SERVICE, account, { linux: { store: "secret-service" } });
}

async function reach<Result>(ask: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  try {
    return await Promise.race([ask(signal), ended(signal)]);
  } catch (cause) {
    throw new ApiFault(
      "KEYCHAIN_UNAVAILABLE",
      "the keychain of this system does not answer",
      "go on with the passphrase; on Linux it takes a desktop session with a keyring that is unlocked",
      { cause },
    );
  }
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
