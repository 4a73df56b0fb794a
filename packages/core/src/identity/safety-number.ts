/**
 * What two people compare by voice or by sight to know that nobody stands between them: a number over both their roots.
 * Devices come and go without changing it. spec/identity ID40-ID42.
 */
import { labelled, labels, sha256 } from "../crypto/index.ts";
import { idBytes } from "../ids.ts";
import type { PersonId } from "../ids.ts";

/** 30 of each person: about 99.6 bits, so that no second root with the same is found. */
export const SAFETY_DIGITS = 60;
const GROUPS_EACH = 6;
const GROUP_DIGITS = 5;
/** 40 bits over 100,000: the bias is below 2^-23. */
const GROUP_BYTES = 5;

/** 60 digits, the same whoever of the two asks; of one person with itself a RangeError. */
export function safetyNumber(one: PersonId, other: PersonId): string {
  if (one === other) throw new RangeError("a safety number is of two people");
  return [digitsOf(one), digitsOf(other)].sort().join("");
}

/** In groups of five, as people read them. */
export function groupSafetyNumber(digits: string): string {
  return digits.match(new RegExp(`.{1,${GROUP_DIGITS}}`, "g"))?.join(" ") ?? digits;
}

function digitsOf(person: PersonId): string {
  const hash = Buffer.from(sha256(labelled(labels.safetyNumber, idBytes(person))));
  return Array.from({ length: GROUPS_EACH }, (_, at) =>
    String(hash.readUIntBE(at * GROUP_BYTES, GROUP_BYTES) % 10 ** GROUP_DIGITS).padStart(GROUP_DIGITS, "0"),
  ).join("");
}
