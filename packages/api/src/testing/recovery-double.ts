/** The part of a node's service about recovery, answered from memory. */
import type { PersonId } from "@kith/core";
import { ServiceError } from "@kith/node";
import type { BackupReport, RecoveryInfo, RecoveryService } from "@kith/node";

export const DOUBLE_WORDS: readonly string[] = [...Array<string>(23).fill("abandon"), "art"];
const PIECE = new TextEncoder().encode("KITHBAK1 of a double");

export function createRecoveryDouble(): RecoveryService {
  let info: RecoveryInfo = { rootHere: true, checkedMs: null, backupMs: null, restoredMs: null, nudge: true };
  const change = async (changes: Partial<RecoveryInfo>): Promise<RecoveryInfo> =>
    (info = { ...info, ...changes });
  return {
    recovery: () => info,
    recoveryWords() {
      if (!info.rootHere) throw new ServiceError("ROOT_GONE", "they are not here", "look at your notes");
      return DOUBLE_WORDS;
    },
    checkRecoveryWords(words) {
      if (words.some(({ at, word }) => DOUBLE_WORDS[at - 1] !== word))
        throw new ServiceError("WORDS_WRONG", "not what was shown", "look again");
      return change({ checkedMs: 1_777_800_000_000, nudge: false });
    },
    async forgetRoot() {
      if (info.checkedMs === null)
        throw new ServiceError("WORDS_UNCHECKED", "the words were not checked", "check them");
      return change({ rootHere: false });
    },
    async restoreWords(words) {
      if (words !== DOUBLE_WORDS.join(" "))
        throw new ServiceError("WORDS_INVALID", "these are not the words", "type all 24");
      return change({ checkedMs: 1_777_800_000_000 });
    },
    assertEmpty() {
      if (info.restoredMs !== null)
        throw new ServiceError("NOT_EMPTY", "there is something here", "reset it");
    },
    dismissRecovery: () => change({ nudge: false }),
    async *backup() {
      yield PIECE;
      yield PIECE;
      await change({ backupMs: 1_777_800_000_000, nudge: false });
    },
    async checkBackup(source, { passphrase }): Promise<BackupReport> {
      let bytes = 0;
      for await (const piece of source) bytes += piece.length;
      if (passphrase !== undefined && passphrase !== "a good passphrase")
        throw new ServiceError("BACKUP_SECRET", "it does not open", "check the passphrase");
      if (bytes !== 2 * PIECE.length)
        throw new ServiceError("BACKUP_INVALID", "this is no backup", "choose another file");
      return {
        person: "ee".repeat(32) as PersonId,
        name: "Ada",
        madeMs: 1_777_800_000_000,
        spaces: 1,
        events: 12,
        refused: 0,
        rootInside: true,
        bytes,
      };
    },
  };
}
