/**
 * A person: an Ed25519 root key that signs devices and nothing else. Its seed is the recovery secret,
 * shown once and kept offline; it never rotates. spec/identity ID1.
 */
import { SIGNING_SEED_BYTES, signingKeyFromSeed } from "../crypto/index.ts";
import type { PersonId } from "../ids.ts";
import { toId } from "../ids.ts";
import type { Random } from "../ports/index.ts";

export interface PersonRoot {
  readonly person: PersonId;
  /** 32 bytes; whoever holds it is the person. */
  readonly seed: Uint8Array;
}

/** A new person. */
export function createPersonRoot(random: Random): PersonRoot {
  return personRootFromSeed(random.bytes(SIGNING_SEED_BYTES));
}

/** The person of a seed, as at recovery. Throws SIGN_KEY. */
export function personRootFromSeed(seed: Uint8Array): PersonRoot {
  return { person: toId<PersonId>(signingKeyFromSeed(seed).publicKey), seed };
}
