/** Knowing that a person is who one thinks: calls of the client. person: an id, or a name that is unambiguous. */
import type { SafetyNumber, Verification } from "@kith/contract";
import type { CallSignal } from "./calls.ts";
import type { Http } from "./http.ts";

export interface VerificationCalls {
  /** What the two of you compare. */
  safetyNumber(person: string, options?: CallSignal): Promise<SafetyNumber>;
  /** The same, with what is known of the person here. */
  verification(person: string, options?: CallSignal): Promise<Verification>;
  /** seen: digits or words of the other's device, compared by the node. Rejects with NUMBER_DIFFERS. */
  verifyPerson(person: string, seen?: string, options?: CallSignal): Promise<Verification>;
  withdrawVerification(person: string, options?: CallSignal): Promise<Verification>;
}

export function createVerificationCalls(call: Http["call"]): VerificationCalls {
  const at = (person: string): string => `/api/people/${encodeURIComponent(person)}`;
  return {
    safetyNumber: (person, options) => call("GET", `${at(person)}/safety-number`, options),
    verification: (person, options) => call("GET", `${at(person)}/verification`, options),
    verifyPerson: (person, seen, options) =>
      call("PUT", `${at(person)}/verification`, { body: seen === undefined ? {} : { seen }, ...options }),
    withdrawVerification: (person, options) => call("DELETE", `${at(person)}/verification`, options),
  };
}
