/**
 * Compares a peer's ascending id list of one bucket, page by page, with ours. Owns the merge; holds only
 * our own ids that the peer lacks, never the peer's list, so that a hostile list costs no memory. spec/sync SY15, SY24.
 */
import type { EventId } from "../ids.ts";

export interface BucketDiff {
  /** weLack: of this page alone. theyLack: of the whole bucket, empty before the last page. null: not ascending. */
  page(ids: readonly EventId[], last: boolean): { weLack: EventId[]; theyLack: readonly EventId[] } | null;
}

const LOWEST = "0".repeat(64) as EventId;

/** ownIds gives our ascending ids from (inclusive) to (exclusive). */
export function createBucketDiff(
  ownIds: (range: { from: EventId; to: EventId | null }) => readonly EventId[],
): BucketDiff {
  // The last id of a page waits for the next one, for ranges end before their `to`.
  let carried: EventId | null = null;
  const theyLack: EventId[] = [];
  return {
    page(ids, last) {
      let before = carried;
      for (const id of ids) {
        if (before !== null && id <= before) return null;
        before = id;
      }
      const theirs = carried === null ? ids : [carried, ...ids];
      const to = last ? null : (theirs.at(-1) ?? null);
      const ours = ownIds({ from: carried ?? LOWEST, to });
      const weLack: EventId[] = [];
      let at = 0;
      for (const id of theirs) {
        if (to !== null && id === to) break;
        for (let own = ours[at]; own !== undefined && own < id; own = ours[at]) {
          theyLack.push(own);
          at += 1;
        }
        if (ours[at] === id) at += 1;
        else weLack.push(id);
      }
      for (const own of ours.slice(at)) theyLack.push(own);
      carried = to;
      return { weLack, theyLack: last ? theyLack : [] };
    },
  };
}
