/** The service's part about getting a person back: recovery words and backups. spec/identity ID46-ID60. */
import type { BackupSecrets } from "@kith/core/recovery";
import type { PersonId } from "@kith/core";

export interface RecoveryInfo {
  /** The root lies on this device: its words can be shown here. */
  readonly rootHere: boolean;
  /** When somebody last proved here that the words are written down; null: never. */
  readonly checkedMs: number | null;
  /** When a backup was last made here. */
  readonly backupMs: number | null;
  /** When the backup was made that this device was restored from. */
  readonly restoredMs: number | null;
  /** There is something to lose, nothing was done for it, and nobody said no. */
  readonly nudge: boolean;
}

/** What a backup holds. */
export interface BackupReport {
  readonly person: PersonId;
  readonly name: string;
  readonly madeMs: number;
  readonly spaces: number;
  readonly events: number;
  /** Events that did not verify, and are left out of a restored device. */
  readonly refused: number;
  /** The root is in it: no recovery words are needed to restore it. */
  readonly rootInside: boolean;
  readonly bytes: number;
}

/** As they were typed. */
export interface TypedSecrets {
  readonly passphrase?: string;
  readonly words?: string;
}

export interface RecoveryService {
  recovery(): RecoveryInfo;
  /** 24 words. Throws ROOT_GONE. */
  recoveryWords(): readonly string[];
  /** Words by their place, counted from 1, three at least. Throws WORDS_WRONG, ROOT_GONE, BAD_INPUT. */
  checkRecoveryWords(words: readonly { readonly at: number; readonly word: string }[]): Promise<RecoveryInfo>;
  /** The root leaves this device. Throws WORDS_UNCHECKED, ROOT_GONE. */
  forgetRoot(): Promise<RecoveryInfo>;
  /** Makes this device, which is in no space, one of the words' person. Throws WORDS_INVALID, NOT_EMPTY. */
  restoreWords(words: string): Promise<RecoveryInfo>;
  /** Throws NOT_EMPTY where something would be restored over what is here. */
  assertEmpty(): void;
  dismissRecovery(): Promise<RecoveryInfo>;
  /** The file, piece by piece. Rejects with BAD_INPUT where nothing would open it again. */
  backup(secrets: Pick<TypedSecrets, "passphrase">): AsyncIterable<Uint8Array>;
  /** Opens all of it and writes nothing; without secrets by what lies on this device. Rejects with BACKUP_INVALID, BACKUP_SECRET, WORDS_INVALID. */
  checkBackup(source: AsyncIterable<Uint8Array>, secrets: TypedSecrets): Promise<BackupReport>;
}

export type { BackupSecrets };
