/**
 * Texts that people write into events. Refuses what could not be shown as it was meant: broken Unicode,
 * control characters and direction overrides in names. spec/event EV23.
 */
import { coreError } from "../crypto/index.ts";
import { EMOJI_BYTES_MAX, NAME_CHARS_MAX, TEXT_BYTES_MAX } from "./limits.ts";

// Controls, line separators, and the characters that embed, override or isolate direction: inside a name they
// could rearrange the text around it.
const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Returns the name. Throws NAME_INVALID when it is empty, padded with blanks, over 80 characters or deceptive. */
export function checkName(name: string): string {
  if (name.length > 2 * NAME_CHARS_MAX || Array.from(name).length > NAME_CHARS_MAX) {
    throw coreError("NAME_INVALID", `a name has at most ${NAME_CHARS_MAX} characters; shorten it`);
  }
  if (name.trim() === "" || name.trim() !== name) {
    throw coreError("NAME_INVALID", "a name is not empty and has no blanks at its ends; trim it");
  }
  if (!name.isWellFormed() || unprintable.test(name)) {
    throw coreError("NAME_INVALID", "a name holds no control or direction characters; remove them");
  }
  return name;
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
