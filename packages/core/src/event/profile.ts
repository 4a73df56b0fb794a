/**
 * What somebody who comes later sees of a scope: said once, by the event that founds the scope, whose id commits to it.
 * spec/event EV28.
 */
import { coreError, readUint } from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";

/** archive: all that was ever said. join-only: what is said once its author has heard of them. */
export type Profile = "archive" | "join-only";

/** By number. 2 is held for a profile to come. */
const PROFILES: readonly (Profile | null)[] = ["archive", "join-only", null];

export function profileNumber(profile: Profile): number {
  return PROFILES.indexOf(profile);
}

/** Throws MALFORMED for a number that this version does not know. */
export function readProfile(value: CborValue | undefined): Profile {
  const profile = PROFILES[readUint(value, "profile", PROFILES.length - 1)];
  if (!profile) throw coreError("MALFORMED", "the profile is of a newer version; update to see the scope");
  return profile;
}
