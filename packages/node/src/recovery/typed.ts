/** What people type to open something, and what is said when it does not. */
import { CoreError } from "@kith/core";
import { PASSPHRASE_CHARS_MAX, PASSPHRASE_CHARS_MIN, readRecoveryWords } from "@kith/core/recovery";
import type { BackupSecrets } from "@kith/core/recovery";
import { ServiceError } from "../service.ts";
import type { TypedSecrets } from "../service-recovery.ts";

/** The root's seed. Throws WORDS_INVALID, in words that repeat none. */
export function seedOfWords(words: string): Uint8Array {
  try {
    return readRecoveryWords(words);
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    throw new ServiceError(
      "WORDS_INVALID",
      `These are not the recovery words: ${error.message}.`,
      "Type all 24 in their order, as they were written down.",
    );
  }
}

/** Throws WORDS_INVALID. */
export function readSecrets({ passphrase, words }: TypedSecrets): BackupSecrets {
  return {
    ...(passphrase !== undefined && { passphrase }),
    ...(words !== undefined && { seed: seedOfWords(words) }),
  };
}

/** Throws BAD_INPUT for one that is soon guessed. */
export function checkPassphrase(passphrase: string): string {
  const length = [...passphrase.normalize("NFKC").trim()].length;
  if (length >= PASSPHRASE_CHARS_MIN && passphrase.length <= PASSPHRASE_CHARS_MAX) return passphrase;
  throw new ServiceError(
    "BAD_INPUT",
    `A passphrase has ${PASSPHRASE_CHARS_MIN} to ${PASSPHRASE_CHARS_MAX} characters.`,
    "Take four or five words that nobody would guess together.",
  );
}

/** A file's own faults as the service tells them; anything else as it is. */
export function asBackupFault(error: unknown): unknown {
  if (!(error instanceof CoreError)) return error;
  const { message } = error;
  switch (error.code) {
    case "BACKUP_SECRET":
      return new ServiceError(
        "BACKUP_SECRET",
        `The backup does not open: ${message}.`,
        "Check the passphrase, or type the recovery words of the person whose backup it is.",
      );
    case "BACKUP_FORMAT":
      return new ServiceError("BACKUP_INVALID", "This file is no backup of Kith.", "Choose another file.");
    case "BACKUP_NEWER":
      return new ServiceError(
        "BACKUP_INVALID",
        "A newer version of Kith made this backup.",
        "Update Kith here, then try again.",
      );
    case "BACKUP_DAMAGED":
      return new ServiceError(
        "BACKUP_INVALID",
        "The backup is damaged: it was altered, or cut off while it was copied.",
        "Copy it again from where it was made, or take another backup. Nothing was restored.",
        { cause: error },
      );
    default:
      return error;
  }
}
