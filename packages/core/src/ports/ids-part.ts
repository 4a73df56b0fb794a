/** What a part of a bucket's ids is, for readers that have all of them in memory. */
import type { EventId } from "../ids.ts";
import type { IdsPart } from "./store.ts";

/** The ids keep their order. */
export function partOf(ids: readonly EventId[], part: IdsPart | undefined): EventId[] {
  if (part === undefined) return [...ids];
  if ("firsts" in part) {
    const firsts = new Set(Array.from(part.firsts, (first) => first.toString(16).padStart(2, "0")));
    return ids.filter((id) => firsts.has(id.slice(0, 2)));
  }
  const { from, to } = part;
  return ids.filter((id) => id >= from && (to === null || id < to));
}
