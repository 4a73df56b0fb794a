/** Recovery words, backups, and restoring from either. */
import { z } from "zod";
import { PASSPHRASE_UNITS_MAX, RECOVERY_UNITS_MAX, REFERENCE_CHARS_MAX } from "./limits.ts";
import { time } from "./text.ts";

/** 24. */
const WORDS = 24;

const passphrase = z
  .string()
  .min(1, "is empty")
  .max(PASSPHRASE_UNITS_MAX, `is longer than ${PASSPHRASE_UNITS_MAX} characters`)
  .refine((text) => text.isWellFormed(), { error: "holds half a character (a lone surrogate)" });

const words = z
  .string()
  .min(1, "is empty")
  .max(RECOVERY_UNITS_MAX, `is longer than ${RECOVERY_UNITS_MAX} characters`)
  .meta({ description: "All 24, in their order, however they are separated." });

const upload = z
  .string()
  .min(1, "is empty")
  .max(REFERENCE_CHARS_MAX, `is longer than ${REFERENCE_CHARS_MAX} characters`)
  .meta({ description: "What `POST /api/backup/uploads` answered." });

export const recovery = z
  .object({
    rootHere: z.boolean().meta({ description: "The recovery words can be shown on this node." }),
    checked: time
      .nullable()
      .meta({ description: "When it was last proven here that they are written down." }),
    backup: time.nullable().meta({ description: "When a backup was last made here." }),
    restored: time.nullable().meta({ description: "When the backup was made that this node came from." }),
    nudge: z.boolean().meta({
      description: "There are conversations, and nothing was done yet that would bring their person back.",
    }),
  })
  .meta({ id: "Recovery" });

export const recoveryWords = z
  .object({ words: z.array(z.string()).meta({ description: "24, to be written down in this order." }) })
  .meta({ id: "RecoveryWords" });

export const checkWords = z.object({
  words: z
    .array(
      z.object({
        at: z.number().int().min(1).max(WORDS).meta({ description: "Its place, from 1 to 24." }),
        word: z.string().max(REFERENCE_CHARS_MAX, `is longer than ${REFERENCE_CHARS_MAX} characters`),
      }),
    )
    .max(WORDS)
    .meta({ description: "Three different ones at least." }),
});

export const makeBackup = z.object({
  passphrase: passphrase.exactOptional().meta({
    description:
      "Ten characters at least. The file opens with it, and with the recovery words where they are here.",
  }),
});

export const backupUpload = z.object({ id: z.string(), bytes: z.number() }).meta({ id: "BackupUpload" });

export const checkBackup = z.object({
  upload,
  passphrase: passphrase.exactOptional(),
  words: words.exactOptional(),
});

export const backupReport = z
  .object({
    person: z.string(),
    name: z.string(),
    made: time,
    spaces: z.number(),
    events: z.number(),
    refused: z.number().meta({ description: "Events in it that do not verify: they are left out." }),
    rootInside: z
      .boolean()
      .meta({ description: "The recovery words are not needed beside the passphrase to restore it." }),
    bytes: z.number(),
  })
  .meta({ id: "BackupReport" });

export const restore = z
  .object({
    upload: upload.exactOptional(),
    passphrase: passphrase.exactOptional(),
    words: words.exactOptional(),
  })
  .refine((given) => given.upload !== undefined || given.words !== undefined, {
    error: "holds neither an upload nor words; give one of them or both",
  });

export const restored = z
  .object({
    person: z.string(),
    backup: backupReport.nullable(),
    restarting: z
      .boolean()
      .meta({ description: "The node starts anew with what was restored, at the same address." }),
  })
  .meta({ id: "Restored" });

export type Recovery = z.infer<typeof recovery>;
export type RecoveryWords = z.infer<typeof recoveryWords>;
export type CheckWords = z.input<typeof checkWords>;
export type MakeBackup = z.input<typeof makeBackup>;
export type BackupUpload = z.infer<typeof backupUpload>;
export type CheckBackup = z.input<typeof checkBackup>;
export type BackupReport = z.infer<typeof backupReport>;
export type Restore = z.input<typeof restore>;
export type Restored = z.infer<typeof restored>;
