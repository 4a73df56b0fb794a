/** The passphrase of a data directory: whether there is one, locking and unlocking. A passphrase goes in and never out. */
import { z } from "zod";
import { AUTO_LOCK_MINUTES_MAX, PASSPHRASE_CHARS_MAX, PASSPHRASE_CHARS_MIN } from "./limits.ts";

/** Half a character has no bytes of its own: every such text would be the same passphrase. */
const isWhole = (text: string): boolean => text.isWellFormed();
const halved = { error: "holds half a character" };

const given = z
  .string()
  .min(1, "is empty")
  .max(PASSPHRASE_CHARS_MAX, `is longer than ${PASSPHRASE_CHARS_MAX} characters`)
  .refine(isWhole, halved);

export const newPassphrase = z
  .string()
  .min(PASSPHRASE_CHARS_MIN, `is shorter than ${PASSPHRASE_CHARS_MIN} characters`)
  .max(PASSPHRASE_CHARS_MAX, `is longer than ${PASSPHRASE_CHARS_MAX} characters`)
  .refine(isWhole, halved);

const autoLockMinutes = z
  .number()
  .int("is not a whole number")
  .min(1, "is less than 1")
  .max(AUTO_LOCK_MINUTES_MAX, `is more than ${AUTO_LOCK_MINUTES_MAX}`)
  .nullable();

export const passphraseState = z
  .object({
    set: z.boolean().meta({ description: "Whether the data directory is under a passphrase." }),
    keychain: z.boolean().meta({
      description:
        "Whether the system's keychain opens it too, when the node starts while its owner is logged in.",
    }),
    autoLockMinutes: autoLockMinutes.meta({
      description: "The node locks itself after so many minutes without a person; null: never.",
    }),
  })
  .meta({ id: "PassphraseState" });

export const changePassphrase = z
  .object({
    passphrase: newPassphrase.exactOptional(),
    current: given.exactOptional().meta({ description: "The one before, where there is one." }),
    keychain: z.boolean().exactOptional().meta({
      description:
        "Put the key into the system's keychain, which takes the passphrase, or take it out again.",
    }),
    autoLockMinutes: autoLockMinutes.exactOptional(),
  })
  .refine(
    ({ passphrase, keychain, autoLockMinutes: minutes }) =>
      passphrase !== undefined || keychain !== undefined || minutes !== undefined,
    { error: "holds no passphrase, no minutes and nothing about the keychain; give one of them" },
  );

export const removePassphrase = z.object({ current: given });

export const unlock = z.object({ passphrase: given });

export const lockAnswer = z.object({ locking: z.literal(true) });

export const unlockAnswer = z.object({ locked: z.literal(false) });

export type PassphraseState = z.infer<typeof passphraseState>;
export type ChangePassphrase = z.input<typeof changePassphrase>;
