/** Knowing that a person is who one thinks: calls of the client. person: an id, or a name that is unambiguous. */
import type { SafetyNumber, Verification } from "@kith/contract";
import type { Http } from "./http.ts";

export interface VerificationCalls {
  /** What the two of you compare. */
  safetyNumber(person: string): Promise<SafetyNumber>;
  /** The same, with what is known of the person here. */
  verification(person: string): Promise<Verification>;
  /** seen: digits or words of the other's device, compared by the node. Rejects with NUMBER_DIFFERS. */
  verifyPerson(person: string, seen?: string): Promise<Verification>;
  withdrawVerification(person: string): Promise<Verification>;
}

export function createVerificationCalls(call: Http["call"]): VerificationCalls {
  const at = (person: string): string => `/api/people/${encodeURIComponent(person)}`;
  return {
    safetyNumber: (person) => call("GET", `${at(person)}/safety-number`),
    verification: (person) => call("GET", `${at(person)}/verification`),
    verifyPerson: (person, seen) =>
      call("PUT", `${at(person)}/verification`, { body: seen === undefined ? {} : { seen } }),
    withdrawVerification: (person) => call("DELETE", `${at(person)}/verification`),
  };
}
