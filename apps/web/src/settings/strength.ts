/** What a passphrase is worth, roughly and in words. It is a hint: whoever guesses knows more than this does. */
import type { Level } from "../parts/status.tsx";

/** The node takes none with fewer characters. */
export const PASSPHRASE_CHARS_MIN = 8;

export interface Strength {
  readonly level: Level;
  readonly words: string;
}

/** Bits that a character of a kind adds, of text that people make up: about half of what chance would give. */
const bitsOf = { letters: 2.2, mixed: 3 } as const;
/** A guess costs a tenth of a second and 64 MiB: below this somebody with a rack of machines gets there in days. */
const WEAK_BITS = 38;
const FAIR_BITS = 52;

/** Null while nothing is typed. */
export function describeStrength(passphrase: string): Strength | null {
  if (passphrase === "") return null;
  if (passphrase.length < PASSPHRASE_CHARS_MIN)
    return { level: "bad", words: `Too short: ${PASSPHRASE_CHARS_MIN} characters or more` };
  const bits = countBits(passphrase);
  if (bits < WEAK_BITS) return { level: "warn", words: "Weak: can be guessed by who has the disk" };
  if (bits < FAIR_BITS) return { level: "idle", words: "Fair: another word would make it strong" };
  return { level: "ok", words: "Strong" };
}

function countBits(text: string): number {
  const isMixed = /\d/.test(text) && /\p{Lu}/u.test(text) && /\p{Ll}/u.test(text);
  let bits = 0;
  let before = "";
  for (const character of text) {
    // A letter again, or the next of a row, is no choice.
    const step = character.charCodeAt(0) - before.charCodeAt(0);
    bits += Math.abs(step) <= 1 ? 0.5 : isMixed ? bitsOf.mixed : bitsOf.letters;
    before = character;
  }
  // Of few different ones there are few orders.
  return Math.min(bits, new Set(text).size * 6);
}
