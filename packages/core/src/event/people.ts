/**
 * Who is added to a private channel: 32 bytes each, packed. Owns the one order. spec/space SP51.
 */
import { concatBytes, coreError, readBytes } from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { idBytes, toId } from "../ids.ts";
import type { PersonId } from "../ids.ts";
import { CHANNEL_PEOPLE_MAX } from "./limits.ts";

const PERSON_BYTES = 32;

/** Throws PEOPLE_INVALID for none, more than CHANNEL_PEOPLE_MAX, or one person twice. */
export function writePeople(people: readonly PersonId[]): Uint8Array {
  if (people.length === 0 || people.length > CHANNEL_PEOPLE_MAX)
    throw refuse(`there are ${people.length}; one event adds 1 to ${CHANNEL_PEOPLE_MAX}`);
  const sorted = people.toSorted();
  checkOrder(sorted);
  return concatBytes(...sorted.map(idBytes));
}

/** Throws PEOPLE_INVALID, MALFORMED. */
export function readPeople(value: CborValue | undefined): PersonId[] {
  const packed = readBytes(
    value,
    { min: PERSON_BYTES, max: CHANNEL_PEOPLE_MAX * PERSON_BYTES },
    "people of a channel",
  );
  if (packed.length % PERSON_BYTES !== 0) throw refuse(`their bytes are no multiple of ${PERSON_BYTES}`);
  const people: PersonId[] = [];
  for (let at = 0; at < packed.length; at += PERSON_BYTES)
    people.push(toId<PersonId>(packed.subarray(at, at + PERSON_BYTES)));
  checkOrder(people);
  return people;
}

function checkOrder(people: readonly PersonId[]): void {
  people.forEach((person, i) => {
    const before = people[i - 1];
    if (before !== undefined && before >= person) throw refuse("they are not in strictly ascending order");
  });
}

function refuse(why: string): Error {
  return coreError("PEOPLE_INVALID", `the people of a channel are refused: ${why}`);
}
