/**
 * A person's root as 24 words that people can write down: BIP 39 (English list) over the root's 32-byte seed.
 * Owns the forms that are forgiven and the words of each refusal; nothing here repeats a word. spec/identity ID46-ID48.
 */
import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { coreError, SIGNING_SEED_BYTES } from "../crypto/index.ts";

export const RECOVERY_WORDS = 24;
/** 24 of the longest words with blanks and numbers between fit many times over. */
export const RECOVERY_TEXT_CHARS_MAX = 1_024;
/** No two words of the list share their first four letters. */
const PREFIX_CHARS = 4;

/** 24 words. Throws RECOVERY_SEED. */
export function recoveryWords(seed: Uint8Array): string[] {
  if (seed.length !== SIGNING_SEED_BYTES)
    throw coreError("RECOVERY_SEED", `a root's seed has ${SIGNING_SEED_BYTES} bytes`);
  return entropyToMnemonic(seed, wordlist).split(" ");
}

/**
 * The seed that these words stand for. Forgives case, line breaks, commas, the numbers that a list has, and words that are cut
 * after their fourth letter. Throws RECOVERY_WORDS_COUNT, RECOVERY_WORD_UNKNOWN (with the word's place), RECOVERY_WORDS_WRONG.
 */
export function readRecoveryWords(text: string): Uint8Array {
  if (text.length > RECOVERY_TEXT_CHARS_MAX)
    throw coreError("RECOVERY_WORDS_COUNT", `there are ${RECOVERY_WORDS} words, and this is far longer`);
  const given = text
    .normalize("NFKC")
    .toLowerCase()
    .split(/[\s,;.:)\d]+/)
    .filter((word) => word !== "");
  if (given.length !== RECOVERY_WORDS)
    throw coreError(
      "RECOVERY_WORDS_COUNT",
      `there are ${RECOVERY_WORDS} words, and these are ${given.length}`,
    );
  const words = given.map((word, at) => {
    const known = wholeWord(word);
    if (known === null)
      throw coreError("RECOVERY_WORD_UNKNOWN", `word ${at + 1} is not in the list: look how it is spelt`);
    return known;
  });
  try {
    return mnemonicToEntropy(words.join(" "), wordlist);
  } catch {
    // Without the cause: the library's error may hold what was typed.
    throw coreError(
      "RECOVERY_WORDS_WRONG",
      "all words are in the list, but one of them is another than was written down, or two changed places",
    );
  }
}

/** Whether what somebody typed stands for this word of the list. */
export function isRecoveryWord(typed: string, word: string): boolean {
  return wholeWord(typed.normalize("NFKC").trim().toLowerCase()) === word;
}

function wholeWord(typed: string): string | null {
  if (wordlist.includes(typed)) return typed;
  if (typed.length < PREFIX_CHARS) return null;
  return wordlist.find((word) => word.startsWith(typed)) ?? null;
}
