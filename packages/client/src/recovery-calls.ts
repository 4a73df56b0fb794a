/** Getting a person back: calls of the client. */
import type {
  BackupReport,
  BackupUpload,
  CheckBackup,
  CheckWords,
  MakeBackup,
  Recovery,
  RecoveryWords,
  Restore,
  Restored,
} from "@kith/contract";
import type { CallSignal } from "./calls.ts";
import type { Http } from "./http.ts";

export interface RecoveryCalls {
  recovery(options?: CallSignal): Promise<Recovery>;
  /** The 24 words. Rejects with ROOT_GONE where they are not on the node. */
  recoveryWords(options?: CallSignal): Promise<RecoveryWords>;
  /** Three of them at least, by their places from 1. Rejects with WORDS_WRONG. */
  checkRecoveryWords(check: CheckWords, options?: CallSignal): Promise<Recovery>;
  /** They leave the node. Rejects with WORDS_UNCHECKED. */
  forgetRecoveryWords(options?: CallSignal): Promise<Recovery>;
  dismissRecovery(options?: CallSignal): Promise<Recovery>;
  /** The file as it is made. One that ends early rejects while it is read, or is found out by checkBackup. */
  backup(make?: MakeBackup, options?: CallSignal): Promise<ReadableStream<Uint8Array>>;
  /** Brings a file to the node, in place of an earlier one. */
  uploadBackup(file: Blob, options?: CallSignal): Promise<BackupUpload>;
  /** Opens all of it, and writes nothing. */
  checkBackup(check: CheckBackup, options?: CallSignal): Promise<BackupReport>;
  /** On a node in no space. restarting: it is away for a moment, and back at the same address. */
  restore(from: Restore, options?: CallSignal): Promise<Restored>;
}

export function createRecoveryCalls({ call, open }: Pick<Http, "call" | "open">): RecoveryCalls {
  return {
    recovery: (options) => call("GET", "/api/recovery", options),
    recoveryWords: (options) => call("POST", "/api/recovery/words", options),
    checkRecoveryWords: (check, options) => call("POST", "/api/recovery/check", { body: check, ...options }),
    forgetRecoveryWords: (options) => call("POST", "/api/recovery/forget", options),
    dismissRecovery: (options) => call("POST", "/api/recovery/dismiss", options),
    async backup(make = {}, options) {
      const { body } = await open("/api/backup", { method: "POST", body: make, ...options });
      return body ?? new Blob([]).stream();
    },
    uploadBackup: (file, options) => call("POST", "/api/backup/uploads", { file, ...options }),
    checkBackup: (check, options) => call("POST", "/api/backup/check", { body: check, ...options }),
    restore: (from, options) => call("POST", "/api/restore", { body: from, ...options }),
  };
}
