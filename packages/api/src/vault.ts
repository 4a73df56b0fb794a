/** What the server asks of the data directory's passphrase. The key itself is the composition root's, and never comes here. */

export interface Vault {
  isSet(): boolean;
  autoLockMinutes(): number | null;
  /** On disk when it resolves. */
  setAutoLock(minutes: number | null): Promise<void>;
  /** On disk when it resolves; false, and nothing changed, where `current` is not the one that is set. */
  setPassphrase(passphrase: string, current: string | null): Promise<boolean>;
  /** False where `current` is not the one that is set. */
  removePassphrase(current: string): Promise<boolean>;
  /** The system's keychain opens the directory too. */
  isInKeychain(): boolean;
  /** False where `passphrase` is not the one that is set. Rejects with KEYCHAIN_UNAVAILABLE. */
  putIntoKeychain(passphrase: string): Promise<boolean>;
  /** Rejects with KEYCHAIN_UNAVAILABLE; the directory does not look there any more then either. */
  takeFromKeychain(): Promise<void>;
  /** A person was here. */
  touch(): void;
  /** Called once the answer to `POST /api/lock` is out. */
  lock(): void;
}
