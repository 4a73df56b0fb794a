/**
 * Text that people write and others read: names, message texts, reactions. Refuses what would let one
 * text pass for another or break a line: control characters, directional overrides, lone surrogates.
 * Spec: http, HT8.
 */
import { z } from "zod";
import {
  EMOJI_BYTES_MAX,
  LINK_CHARS_MAX,
  NAME_CHARS_MAX,
  NAME_UNITS_MAX,
  REFERENCE_CHARS_MAX,
  TEXT_BYTES_MAX,
} from "./limits.ts";

/** UTF-8 length without building the bytes; works in browsers and on a hot path. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // Each half of a surrogate pair counts 2 of the pair's 4 bytes.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

function fitsUtf8(text: string, bytesMax: number): boolean {
  // A UTF-16 unit is at most 3 bytes: most texts need no count.
  return text.length * 3 <= bytesMax || (text.length <= bytesMax && utf8Bytes(text) <= bytesMax);
}

// Line and paragraph separators break a line like a newline; embeddings, overrides and isolates reorder
// what stands around the name. Joiners and plain left-to-right marks stay: scripts and emoji need them.
const unsafeInName = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069\uFFF9-\uFFFB]/u;
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u;

function nameProblem(name: string): string | null {
  if (!name.isWellFormed()) return "holds half a character (a lone surrogate)";
  if (!visible.test(name)) return "needs at least one visible character";
  if ([...name].length > NAME_CHARS_MAX) return `is longer than ${NAME_CHARS_MAX} characters`;
  return null;
}

function createNameSchema(refuse: (name: string) => string | null) {
  return (
    z
      .string()
      .max(NAME_UNITS_MAX, `is longer than ${NAME_CHARS_MAX} characters`)
      // Checked before trimming: a trim would silently drop a newline at either end.
      .refine((raw) => !unsafeInName.test(raw), {
        error: "holds a control character, a line break or a character that changes the direction of text",
        abort: true,
      })
      .overwrite((raw) => raw.trim().normalize("NFC"))
      .superRefine((name, context) => {
        const problem = nameProblem(name) ?? refuse(name);
        if (problem !== null) context.addIssue({ code: "custom", message: problem });
      })
  );
}

/** A person's name: trimmed, NFC, 1 to 80 code points. */
export const personName = createNameSchema(() => null);

/** A space's or channel's name. Path separators are refused: people write `SPACE/CHANNEL`, exports write files. */
export const placeName = createNameSchema((name) =>
  /[/\\]/.test(name) ? "holds a slash or backslash, which separates a space from its channel" : null,
);

/** Issue code by which the surface tells "too large" (413) from "wrong" (400). */
export const TEXT_TOO_LONG_ISSUE = "TEXT_TOO_LONG";

function checkMessageText(text: string, context: z.RefinementCtx<string>): void {
  if (!fitsUtf8(text, TEXT_BYTES_MAX)) {
    context.addIssue({
      code: "custom",
      message: `is longer than ${TEXT_BYTES_MAX} bytes of UTF-8`,
      params: { kith: TEXT_TOO_LONG_ISSUE },
    });
  } else if (!text.isWellFormed()) {
    context.addIssue({ code: "custom", message: "holds half a character (a lone surrogate)" });
  }
}

/** What is being written: a message's text that may still be empty. */
export const draftText = z
  .string()
  .superRefine(checkMessageText)
  .meta({ description: `At most ${TEXT_BYTES_MAX} bytes of UTF-8, as a message's text.` });

export const messageText = z
  .string()
  .min(1, "is empty")
  .superRefine(checkMessageText)
  .meta({ description: `Kept exactly as sent. At most ${TEXT_BYTES_MAX} bytes of UTF-8.` });

export const emoji = z
  .string()
  .min(1, "is empty")
  .refine((text) => fitsUtf8(text, EMOJI_BYTES_MAX) && text.isWellFormed() && !unsafeInName.test(text), {
    error: `is longer than ${EMOJI_BYTES_MAX} bytes or holds control characters`,
  })
  .meta({ description: "One emoji, or a short word." });

/** Names something that exists: an id, the beginning of one from 8 digits on, or a name, while it means no other. */
export const reference = z
  .string()
  .min(1, "is empty")
  .max(REFERENCE_CHARS_MAX, `is longer than ${REFERENCE_CHARS_MAX} characters`);

export const link = z
  .string()
  .trim()
  .min(1, "is empty")
  .max(LINK_CHARS_MAX, `is longer than ${LINK_CHARS_MAX} characters`);

/** ISO 8601 in UTC with milliseconds. */
export const time = z.string().meta({ format: "date-time", examples: ["2026-05-03T09:30:00.000Z"] });

/** A page of anything. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}
