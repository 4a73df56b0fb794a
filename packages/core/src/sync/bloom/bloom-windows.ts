/**
 * Which part of a scope a filter speaks of: buckets from the newest backwards, each window larger than the one
 * before, and from the newest again after the oldest. Owns the way back and the count of ways that changed nothing.
 * spec/sync SY37-SY39.
 */
import { equalBytes } from "../../crypto/bytes.ts";
import { BUCKET_MAX } from "../../event/index.ts";
import type { EventId, ScopeId } from "../../ids.ts";
import type { BucketCount } from "../../ports/index.ts";
import type { BucketSource } from "../bucket-lists.ts";
import {
  BLOOM_FILTER_BYTES_MAX,
  BLOOM_PASSES_MAX,
  BLOOM_WINDOW_GROWTH,
  BLOOM_WINDOW_IDS_FIRST,
  BLOOM_WINDOW_ROUNDS_MAX,
} from "../limits.ts";
import { bloomCapacity, createBloomFilter } from "./bloom-filter.ts";
import type { BloomFilter, BloomOptions } from "./bloom-filter.ts";

/** Buckets, both included. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface BloomWalk {
  /** The last window again while rounds on it change something, else the one after it, of a side that holds these buckets (ascending). */
  next(buckets: readonly BucketCount[], capacity: number): Window;
  /** A round begins in which the sets are as this view shows them. */
  begin(view: Uint8Array): void;
  /** The round's window was compared; found: something went to the peer. */
  end(window: Window, found: boolean): void;
  /** All windows were compared, some of them twice, and nothing has changed. */
  readonly isSpent: boolean;
}

export function createBloomWalk(): BloomWalk {
  let to = BUCKET_MAX;
  let limit = BLOOM_WINDOW_IDS_FIRST;
  let passes = 0;
  let viewBefore: Uint8Array | null = null;
  let current: Window | null = null;
  let rounds = 0;
  let hasChanged = false;
  return {
    get isSpent() {
      return passes >= BLOOM_PASSES_MAX;
    },
    next(buckets, capacity) {
      // Of what was missing there the last filter has hidden a share; not for ever, or writers would keep us from the rest.
      if (current !== null && hasChanged && rounds < BLOOM_WINDOW_ROUNDS_MAX) {
        rounds += 1;
        return current;
      }
      const within = buckets.filter(({ bucket }) => bucket <= to);
      const window = { from: newestOf(within, Math.min(limit, capacity)).from, to };
      to = window.from === 0 ? BUCKET_MAX : window.from - 1;
      limit = window.from === 0 ? BLOOM_WINDOW_IDS_FIRST : Math.min(limit * BLOOM_WINDOW_GROWTH, capacity);
      current = window;
      rounds = 1;
      return window;
    },
    begin(view) {
      hasChanged = viewBefore !== null && !equalBytes(view, viewBefore);
      if (hasChanged) passes = 0;
      viewBefore = view;
    },
    end({ from }, found) {
      if (found) passes = 0;
      else if (from === 0) passes += 1;
    },
  };
}

/** As many of the newest buckets as hold no more than so many ids, but at least one. No id lies between the two ends and the buckets. */
function newestOf(buckets: readonly BucketCount[], limit: number): { readonly from: number; count: number } {
  let count = 0;
  for (let at = buckets.length - 1; at >= 0; at -= 1) {
    const { bucket, count: more } = buckets[at] as BucketCount;
    if (at < buckets.length - 1 && count + more > limit) return { from: bucket + 1, count };
    count += more;
  }
  return { from: 0, count };
}

/** One side's ids of a window as they are now. */
export interface WindowIds {
  readonly window: Window;
  readonly buckets: readonly { readonly bucket: number; readonly ids: readonly EventId[] }[];
}

export interface WindowSource extends Pick<BucketSource, "idsInBucket"> {
  buckets(scope: ScopeId): BucketCount[];
}

export function readWindow(source: WindowSource, scope: ScopeId, window: Window): WindowIds {
  const buckets = source
    .buckets(scope)
    .filter(({ bucket }) => bucket >= window.from && bucket <= window.to)
    .map(({ bucket }) => ({ bucket, ids: source.idsInBucket(scope, bucket) }));
  return { window, buckets };
}

/** Those within a window that may be shorter. */
export function* idsWithin({ buckets }: WindowIds, { from, to }: Window): Generator<EventId> {
  for (const { bucket, ids } of buckets) if (bucket >= from && bucket <= to) yield* ids;
}

/**
 * A filter of the newest of these ids, with the window that it is of: all of them where they fit. One bucket that is
 * too much for the rate has a filter that hides more; null when it is too much for any.
 */
export function filterWindow(
  held: WindowIds,
  { salt, rate }: BloomOptions,
): { readonly window: Window; readonly filter: BloomFilter } | null {
  const counts = held.buckets.map(({ bucket, ids }) => ({ bucket, count: ids.length }));
  const { from, count } = newestOf(counts, bloomCapacity(rate));
  const window = { from: Math.max(from, held.window.from), to: held.window.to };
  const fitting = fittingRate(count, rate);
  if (fitting === null) return null;
  const ids = [...idsWithin(held, window)];
  return { window, filter: createBloomFilter(ids, { salt, rate: fitting }) };
}

function fittingRate(count: number, rate: number): number | null {
  if (count <= bloomCapacity(rate)) return rate;
  // A little more than the equation gives, so that rounding takes no id away.
  const fitting = 1.001 * 2 ** ((-BLOOM_FILTER_BYTES_MAX * 8 * Math.LN2) / count);
  return fitting <= 0.5 ? fitting : null;
}
