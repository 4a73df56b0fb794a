/**
 * What somebody who comes later sees of a scope: said once, by the event that founds the scope, whose id commits to it.
 * spec/event EV28.
 */
import { coreError, readUint } from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";

/**
 * archive: all that was ever said. join-only: what is said once its author has heard of them. sealed: what somebody of theirs
 * kept, for keys are used once and destroyed.
 */
export type Profile = "archive" | "join-only" | "sealed";

/** By number. */
const PROFILES: readonly Profile[] = ["archive", "join-only", "sealed"];

export function profileNumber(profile: Profile): number {
  return PROFILES.indexOf(profile);
}

/** Throws MALFORMED for a number that this version does not know. */
export function readProfile(value: CborValue | undefined): Profile {
  const profile = PROFILES[readUint(value, "profile")];
  if (!profile) throw coreError("MALFORMED", "the profile is of a newer version; update to see the scope");
  return profile;
}
