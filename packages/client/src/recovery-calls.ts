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
import type { Http } from "./http.ts";

export interface RecoveryCalls {
  recovery(): Promise<Recovery>;
  /** The 24 words. Rejects with ROOT_GONE where they are not on the node. */
  recoveryWords(): Promise<RecoveryWords>;
  /** Three of them at least, by their places from 1. Rejects with WORDS_WRONG. */
  checkRecoveryWords(check: CheckWords): Promise<Recovery>;
  /** They leave the node. Rejects with WORDS_UNCHECKED. */
  forgetRecoveryWords(): Promise<Recovery>;
  dismissRecovery(): Promise<Recovery>;
  /** The file as it is made. One that ends early rejects while it is read, or is found out by checkBackup. */
  backup(options?: MakeBackup): Promise<ReadableStream<Uint8Array>>;
  /** Brings a file to the node, in place of an earlier one. */
  uploadBackup(file: Blob): Promise<BackupUpload>;
  /** Opens all of it, and writes nothing. */
  checkBackup(check: CheckBackup): Promise<BackupReport>;
  /** On a node in no space. restarting: it is away for a moment, and back at the same address. */
  restore(from: Restore): Promise<Restored>;
}

export function createRecoveryCalls({ call, open }: Pick<Http, "call" | "open">): RecoveryCalls {
  return {
    recovery: () => call("GET", "/api/recovery"),
    recoveryWords: () => call("POST", "/api/recovery/words"),
    checkRecoveryWords: (check) => call("POST", "/api/recovery/check", { body: check }),
    forgetRecoveryWords: () => call("POST", "/api/recovery/forget"),
    dismissRecovery: () => call("POST", "/api/recovery/dismiss"),
    async backup(options = {}) {
      const { body } = await open("/api/backup", { method: "POST", body: options });
      return body ?? new Blob([]).stream();
    },
    uploadBackup: (file) => call("POST", "/api/backup/uploads", { file }),
    checkBackup: (check) => call("POST", "/api/backup/check", { body: check }),
    restore: (from) => call("POST", "/api/restore", { body: from }),
  };
}
