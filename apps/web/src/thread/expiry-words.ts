/** How long messages are kept, in words. */
import { countOf } from "../parts/count-words.ts";

const units = [
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** In the largest unit that says it exactly: "4 weeks", "1 day", "90 minutes". */
export function lifetimeWords(seconds: number): string {
  const [name, size] = units.find(([, each]) => seconds % each === 0) ?? ["second", 1];
  const count = seconds / size;
  return countOf(count, name);
}

/** The same where there is little room: "4w", "1d", "90m". */
export function lifetimeShort(seconds: number): string {
  const [name, size] = units.find(([, each]) => seconds % each === 0) ?? ["second", 1];
  return `${seconds / size}${name[0] ?? ""}`;
}

const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function disappearsWords(expiresMs: number): string {
  return `Disappears ${when.format(expiresMs)}`;
}
