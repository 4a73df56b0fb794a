/**
 * Which small values of a store go into a backup, and in which order. What is left out is of the device and not of the
 * person: its keys, who holds what, joins and links under way. spec/identity ID56.
 */

/** Before the events: what a scope is opened with. */
export const GROUND_PREFIXES = ["floor/", "cause/", "fork/"] as const;
/** What the person has chosen, and where others were last reached. */
export const PERSONAL_PREFIXES = [
  "read/",
  "draft/",
  "mute/",
  "block/",
  "away/",
  "verified/",
  "invite/",
  "settings/",
  "peer/",
] as const;
/** How far it was read: by the order of arrival, which is another on another device. */
export const READ_PREFIX = "read/";

const all: readonly string[] = [...GROUND_PREFIXES, ...PERSONAL_PREFIXES];

export function isBackedUp(key: string): boolean {
  return all.some((prefix) => key.startsWith(prefix));
}
