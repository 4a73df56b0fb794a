/** The safety number of two people as words, for who would rather say words than digits. spec/identity ID61. */
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { labels, sha256Labelled } from "../crypto/index.ts";
import { idBytes } from "../ids.ts";
import type { PersonId } from "../ids.ts";

/** Of each person: 99 bits, as many as the half of the digits has. */
const WORDS_EACH = 9;
/** 2,048 words. */
const BITS = 11;

/** 18 words, the same whoever of the two asks; the person of the lesser id first. Of one person with itself a RangeError. */
export function safetyWords(one: PersonId, other: PersonId): string[] {
  if (one === other) throw new RangeError("a safety number is of two people");
  return [one, other].sort().flatMap(wordsOf);
}

function wordsOf(person: PersonId): string[] {
  const hash = sha256Labelled(labels.safetyWords, idBytes(person));
  let bits = 0n;
  for (const byte of hash.subarray(0, Math.ceil((WORDS_EACH * BITS) / 8))) bits = (bits << 8n) | BigInt(byte);
  bits >>= BigInt(Math.ceil((WORDS_EACH * BITS) / 8) * 8 - WORDS_EACH * BITS);
  return Array.from({ length: WORDS_EACH }, (_, at) => {
    const shift = BigInt((WORDS_EACH - 1 - at) * BITS);
    return wordlist[Number((bits >> shift) & 0x7ffn)] ?? "";
  });
}
