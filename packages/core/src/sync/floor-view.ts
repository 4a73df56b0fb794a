/**
 * A scope above a floor, as a session reads it: two replicas of which one keeps no older history are equal when they
 * are above it. Cells and ranges are of whole sets, so such sessions go by buckets. spec/sync SY59.
 */
import { coreError } from "../crypto/errors.ts";
import type { SyncRung } from "./frames.ts";
import { scopeRoot } from "./roots.ts";
import type { SyncSource } from "./session-types.ts";

/** By which rungs a scope is reconciled above a floor. */
export const FLOOR_RUNGS: readonly SyncRung[] = ["buckets"];

/** What lies in the bucket `floor` or later. */
export function createFloorView(source: SyncSource, floor: number): SyncSource {
  const bucketRoots: SyncSource["bucketRoots"] = (scope) =>
    source.bucketRoots(scope).filter(({ bucket }) => bucket >= floor);
  const buckets: SyncSource["buckets"] = (scope) =>
    source.buckets(scope).filter(({ bucket }) => bucket >= floor);
  const refuse = (): never => {
    throw coreError("SYNC_FLOOR", "above a floor sets are told by buckets alone");
  };
  return {
    root: (scope) => scopeRoot(scope, bucketRoots(scope)),
    bucketRoots,
    buckets,
    idsInBucket: (scope, bucket, part) => (bucket < floor ? [] : source.idsInBucket(scope, bucket, part)),
    count: (scope) => buckets(scope).reduce((sum, { count }) => sum + count, 0),
    cells: refuse,
    byShortId: refuse,
    rangeSet: refuse,
  };
}
