/** The service's part about knowing that a person is who one thinks. spec/identity ID61-ID66. */
import type { DeviceId, PersonId } from "@kith/core";
import type { SafetyNumber } from "./service.ts";

/** changed: something happened that only the person can explain, and nobody has since compared. */
export type VerificationState = "self" | "unverified" | "verified" | "changed";

export interface Doubt {
  /**
   * another-root: they are called as somebody whom one has verified, and are another. device-suspended: a device of theirs signed two
   * things for one place. restored: their root has let in a further device.
   */
  readonly reason: "another-root" | "device-suspended" | "restored";
  /** The person who was verified under that name. */
  readonly other: PersonId | null;
  readonly device: DeviceId | null;
  readonly atMs: number;
}

export interface VerificationInfo extends SafetyNumber {
  /** The same number as 18 words. */
  readonly words: readonly string[];
  readonly state: VerificationState;
  readonly verifiedMs: number | null;
  readonly doubts: readonly Doubt[];
}

export interface VerificationService {
  /** With somebody in a space of this device, by id or unambiguous name, as the others. Throws UNKNOWN_PERSON, AMBIGUOUS_NAME. */
  safetyNumber(person: string): SafetyNumber;
  verification(person: string): VerificationInfo;
  /** seen: what the other's device shows, as digits or words; left out: it was compared by eye. Throws NUMBER_DIFFERS. */
  verifyPerson(person: string, seen?: string): Promise<VerificationInfo>;
  withdrawVerification(person: string): Promise<VerificationInfo>;
}
