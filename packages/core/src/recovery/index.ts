/** Getting a person back: the words that their root is, and the file that holds what they may read. spec/identity. */
export {
  isRecoveryWord,
  readRecoveryWords,
  RECOVERY_TEXT_CHARS_MAX,
  RECOVERY_WORDS,
  recoveryWords,
} from "./words.ts";
export { safetyWords } from "./safety-words.ts";
export {
  keyOfPassphrase,
  PASSPHRASE_CHARS_MAX,
  PASSPHRASE_CHARS_MIN,
  PASSPHRASE_SALT_BYTES,
} from "./passphrase.ts";
export { BACKUP_CHUNK_BYTES_MAX, createBackupSealer, openBackup } from "./backup-file.ts";
export type { BackupSealer, BackupSecrets } from "./backup-file.ts";
export {
  BACKUP_ITEMS_MAX,
  BACKUP_VALUE_BYTES_MAX,
  decodeBackupRecord,
  encodeBackupRecord,
} from "./backup-records.ts";
export type { BackupBody, BackupCounts, BackupKey, BackupRecord, BackupValue } from "./backup-records.ts";
