/** A passphrase in memory, with what was asked of it counted. */
import type { Vault } from "../vault.ts";

export interface VaultDouble extends Vault {
  readonly locks: () => number;
  readonly touches: () => number;
}

export function createVaultDouble(initial: string | null = null): VaultDouble {
  let kept = initial;
  let minutes: number | null = null;
  let isInKeychain = false;
  let locks = 0;
  let touches = 0;
  return {
    isSet: () => kept !== null,
    autoLockMinutes: () => minutes,
    async setAutoLock(next) {
      minutes = next;
    },
    async setPassphrase(passphrase, current) {
      if (kept !== null && kept !== current) return false;
      kept = passphrase;
      return true;
    },
    async removePassphrase(current) {
      if (kept !== current) return false;
      kept = null;
      return true;
    },
    isInKeychain: () => isInKeychain,
    async putIntoKeychain(passphrase) {
      if (kept !== passphrase) return false;
      isInKeychain = true;
      return true;
    },
    async takeFromKeychain() {
      isInKeychain = false;
    },
    touch: () => (touches += 1),
    lock: () => (locks += 1),
    locks: () => locks,
    touches: () => touches,
  };
}
