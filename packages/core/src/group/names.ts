/** What a person typed as a name, in the form that the wire takes. spec/space SP16. */
import { checkName } from "../event/index.ts";

/** NFC, trimmed, runs of blanks as one. Throws NAME_INVALID. */
export function normalizeName(text: string): string {
  return checkName(text.normalize("NFC").trim().replace(/\s+/gu, " "));
}
