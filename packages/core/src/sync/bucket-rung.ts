/** The rung that is complete by itself: roots of buckets, and the id lists of those that differ. spec/sync SY12-SY15, SY21. */
import { sha256 } from "../crypto/hash.ts";
import { createBucketComparer, createBucketLister } from "./bucket-lists.ts";
import type { BucketRoot, SyncFrame } from "./frames.ts";
import { SYNC_BUCKETS_MAX } from "./limits.ts";
import { packBuckets } from "./packed.ts";
import { wantEvents } from "./range-rung.ts";
import { failed, goOn, sendEvents, sendNow } from "./round.ts";
import type { Round, RoundStep, RungAnswerer, RungAsker } from "./round.ts";
import type { SyncAction } from "./session-types.ts";

const BUCKET_BYTES = 36;
const ID_BYTES = 32;

export function createBucketAsker(round: Round): RungAsker {
  const lister = createBucketLister(round);
  let digest = round.root;

  function take(buckets: readonly BucketRoot[], last: boolean): RoundStep {
    const packed = packBuckets(buckets, SYNC_BUCKETS_MAX);
    if (!round.charge(packed.length))
      return failed("SYNC_METADATA", "the peer's bucket list is longer than a session may be", true);
    if (!last && buckets.length === 0)
      return failed("SYNC_ORDER", "an empty page that is not the last", true);
    digest = sha256(digest, packed);
    const out = lister.take(buckets, last);
    if (out === null) return failed("SYNC_ORDER", "buckets that do not ascend", true);
    const actions = out.flatMap((each) =>
      each.kind === "send" ? [sendNow(each.frame)] : sendEvents(round, each.ids),
    );
    if (!last) return goOn(...actions);
    if (!round.advance(digest))
      return { to: "rung", actions: actions.filter((action) => action.do !== "send") };
    if (lister.skipped) round.leaveOut();
    // Only we held more: the peer answers the next root after it has stored what we send.
    return { to: lister.lists === 0 ? "round" : "listed", actions };
  }

  return {
    first: [],
    receive: (frame) => (frame.type === "syncBuckets" ? take(frame.buckets, frame.last) : null),
  };
}

export function createBucketAnswerer(round: Round): RungAnswerer {
  const { scope, session, source } = round;
  const comparer = createBucketComparer(round);

  function compare({ bucket, ids, last }: Extract<SyncFrame, { type: "syncIds" }>): RoundStep {
    if (!round.charge(ids.length * ID_BYTES))
      return failed("SYNC_METADATA", "the peer lists more ids than a session may", true);
    const result = comparer.take(bucket, ids, last);
    if (typeof result === "string") return failed("SYNC_ORDER", result, true);
    return goOn(...wantEvents(round, result.weLack), ...sendEvents(round, result.theyLack));
  }

  return {
    get isOpen() {
      return comparer.isOpen;
    },
    open() {
      const all = source.bucketRoots(scope);
      const actions: SyncAction[] = [];
      for (let at = 0; at === 0 || at < all.length; at += SYNC_BUCKETS_MAX) {
        const buckets = all.slice(at, at + SYNC_BUCKETS_MAX);
        if (!round.charge(buckets.length * BUCKET_BYTES))
          return failed("SYNC_METADATA", "our bucket list is longer than a session may be", false);
        const last = at + SYNC_BUCKETS_MAX >= all.length;
        actions.push(sendNow({ type: "syncBuckets", scope, session, buckets, last }));
      }
      return goOn(...actions);
    },
    receive: (frame) => (frame.type === "syncIds" ? compare(frame) : null),
  };
}
