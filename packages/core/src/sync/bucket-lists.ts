/**
 * What the rung of buckets lists and compares, which no sum can deceive: roots of buckets, then the id lists of those that differ. Owns order and the
 * walk over both sides' buckets; rounds and budgets are the session's. spec/sync SY12-SY15, SY17, SY21, SY24.
 */
import { equalBytes } from "../crypto/bytes.ts";
import type { EventId, ScopeId } from "../ids.ts";
import { createBucketDiff } from "./bucket-diff.ts";
import type { BucketDiff } from "./bucket-diff.ts";
import type { BucketRoot, SyncFrame } from "./frames.ts";
import { SYNC_IDS_MAX } from "./limits.ts";
import type { RootIndex, RootReader } from "./roots.ts";

export interface BucketSource {
  bucketRoots: RootIndex["bucketRoots"];
  idsInBucket: RootReader["idsInBucket"];
}

export interface RungContext {
  readonly scope: ScopeId;
  readonly session: number;
  readonly source: BucketSource;
  /** True when the session's budget holds a list of so many bytes as well; it is spent then. */
  charge(bytes: number): boolean;
  /** The same as a question. */
  affords(lists: number, bytes: number): boolean;
}

export type Listed =
  | { readonly kind: "send"; readonly frame: SyncFrame }
  | { readonly kind: "events"; readonly ids: readonly EventId[] };

/** The initiator's side of one round. */
export interface BucketLister {
  /** Id lists that were sent; and whether one was left out for want of budget. */
  readonly lists: number;
  readonly skipped: boolean;
  /** null: the buckets do not ascend. */
  take(buckets: readonly BucketRoot[], last: boolean): Listed[] | null;
}

export function createBucketLister({ scope, session, source, charge, affords }: RungContext): BucketLister {
  const own = source.bucketRoots(scope);
  let ownAt = 0;
  let lastBucket = -1;
  let lists = 0;
  let skipped = false;

  /** A bucket that the peer does not hold at all needs no list: all of it goes, in order of arrival. */
  function sendWholeBelow(limit: number, out: Listed[]): void {
    for (let ours = own[ownAt]; ours !== undefined && ours.bucket < limit; ours = own[ownAt]) {
      out.push({ kind: "events", ids: source.idsInBucket(scope, ours.bucket) });
      ownAt += 1;
    }
  }

  function listIds(bucket: number, out: Listed[]): void {
    const ids = source.idsInBucket(scope, bucket);
    const pages = Math.max(1, Math.ceil(ids.length / SYNC_IDS_MAX));
    if (!affords(pages, ids.length * 32)) {
      skipped = true;
      return;
    }
    lists += 1;
    for (let page = 0; page < pages; page += 1) {
      const part = ids.slice(page * SYNC_IDS_MAX, (page + 1) * SYNC_IDS_MAX);
      charge(part.length * 32);
      const last = page === pages - 1;
      out.push({ kind: "send", frame: { type: "syncIds", scope, session, bucket, ids: part, last } });
    }
  }

  return {
    get lists() {
      return lists;
    },
    get skipped() {
      return skipped;
    },
    take(buckets, last) {
      const out: Listed[] = [];
      for (const theirs of buckets) {
        if (theirs.bucket <= lastBucket) return null;
        lastBucket = theirs.bucket;
        sendWholeBelow(theirs.bucket, out);
        const ours = own[ownAt];
        const both = ours !== undefined && ours.bucket === theirs.bucket;
        if (both) ownAt += 1;
        if (!both || !equalBytes(ours.root, theirs.root)) listIds(theirs.bucket, out);
      }
      if (last) sendWholeBelow(Number.POSITIVE_INFINITY, out);
      return out;
    },
  };
}

/** The responder's side of one round. */
export interface BucketComparer {
  /** A list has begun and not ended. */
  readonly isOpen: boolean;
  /** A text: what is wrong with the order. */
  take(
    bucket: number,
    ids: readonly EventId[],
    last: boolean,
  ): { weLack: readonly EventId[]; theyLack: readonly EventId[] } | string;
}

export function createBucketComparer({
  scope,
  source,
}: Pick<RungContext, "scope" | "source">): BucketComparer {
  let diff: BucketDiff | null = null;
  let current = -1;
  return {
    get isOpen() {
      return diff !== null;
    },
    take(bucket, ids, last) {
      // Each page is compared by a walk through the bucket: small ones would buy many walks with few bytes.
      if (!last && ids.length < SYNC_IDS_MAX) return "a page that is not full and not the last";
      if (diff === null) {
        if (bucket <= current) return `bucket ${bucket} came after ${current}`;
        diff = createBucketDiff((range) => source.idsInBucket(scope, bucket, range));
        current = bucket;
      }
      if (bucket !== current) return `bucket ${bucket} came before the last page of ${current}`;
      const found = diff.page(ids, last);
      if (found === null) return "an id that does not come after the one before it";
      if (last) diff = null;
      return found;
    },
  };
}
