/** What a person typed as a name, in the form that the wire takes. spec/space SP16. */
import { checkName, checkReason, checkStatus } from "../event/index.ts";

/** NFC, trimmed, runs of blanks as one. Throws NAME_INVALID. */
export function normalizeName(text: string): string {
  return checkName(tidy(text));
}

/** The same of what a person says about itself. Throws STATUS_INVALID. */
export function normalizeStatus(text: string): string {
  return checkStatus(tidy(text));
}

/** The same of why a message is reported; null for a blank one. Throws REASON_INVALID. */
export function normalizeReason(text: string): string | null {
  const tidied = tidy(text);
  return tidied === "" ? null : checkReason(tidied);
}

function tidy(text: string): string {
  return text.normalize("NFC").trim().replace(/\s+/gu, " ");
}
