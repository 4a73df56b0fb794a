/**
 * Texts that people write into events. Refuses what could not be shown as it was meant: broken Unicode,
 * control characters and direction overrides in names. spec/event EV23.
 */
import { coreError } from "../crypto/index.ts";
import {
  EMOJI_BYTES_MAX,
  NAME_CHARS_MAX,
  REASON_CHARS_MAX,
  STATUS_CHARS_MAX,
  TEXT_BYTES_MAX,
} from "./limits.ts";

// Controls, line separators, and the characters that embed, override or isolate direction: inside a name they
// could rearrange the text around it.
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Returns the name. Throws NAME_INVALID when it is empty, padded with blanks, over 80 characters or deceptive. */
export function checkName(name: string): string {
  return checkLine(name, { what: "a name", code: "NAME_INVALID", charsMax: NAME_CHARS_MAX });
}

/** Returns what a person says about itself. Throws STATUS_INVALID as checkName does, over 140 characters. */
export function checkStatus(status: string): string {
  return checkLine(status, { what: "a status", code: "STATUS_INVALID", charsMax: STATUS_CHARS_MAX });
}

/** Returns why a message is reported. Throws REASON_INVALID as checkName does, over 280 characters. */
export function checkReason(reason: string): string {
  return checkLine(reason, { what: "a reason", code: "REASON_INVALID", charsMax: REASON_CHARS_MAX });
}

interface Line {
  readonly what: string;
  readonly code: "NAME_INVALID" | "STATUS_INVALID" | "REASON_INVALID";
  readonly charsMax: number;
}

function checkLine(line: string, { what, code, charsMax }: Line): string {
  if (line.length > 2 * charsMax || Array.from(line).length > charsMax)
    throw coreError(code, `${what} has at most ${charsMax} characters; shorten it`);
  if (line.trim() === "" || line.trim() !== line)
    throw coreError(code, `${what} is not empty and has no blanks at its ends; trim it`);
  if (!line.isWellFormed() || unprintable.test(line))
    throw coreError(code, `${what} holds no control or direction characters; remove them`);
  return line;
}

/** Returns the text. Throws TEXT_TOO_LONG over 16 KiB of UTF-8, TEXT_INVALID for broken Unicode. */
export function checkText(text: string): string {
  if (text.length > TEXT_BYTES_MAX || Buffer.byteLength(text) > TEXT_BYTES_MAX) {
    throw coreError("TEXT_TOO_LONG", `a text has at most ${TEXT_BYTES_MAX} bytes; send the rest as a file`);
  }
  if (!text.isWellFormed()) {
    throw coreError("TEXT_INVALID", "the text holds half of a surrogate pair; send whole characters");
  }
  return text;
}

/** Returns the emoji. Throws TEXT_INVALID when it is empty, blank, over 64 bytes or holds controls. */
export function checkEmoji(emoji: string): string {
  const fits = emoji.length <= EMOJI_BYTES_MAX && Buffer.byteLength(emoji) <= EMOJI_BYTES_MAX;
  if (!fits || emoji.trim() === "" || !emoji.isWellFormed() || unprintable.test(emoji)) {
    throw coreError("TEXT_INVALID", `a reaction is a short text of at most ${EMOJI_BYTES_MAX} bytes`);
  }
  return emoji;
}
