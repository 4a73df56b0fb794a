/** The newest window of a scope in a filter that one datagram holds, made and answered from the newest arrivals. spec/sync SY42, spec/discovery DI22. */
import { CoreError } from "../../crypto/errors.ts";
import type { EventId } from "../../ids.ts";
import type { RecentIds } from "../digest-index.ts";
import {
  bloomCapacity,
  BLOOM_HEAD_BYTES,
  createBloomFilter,
  decodeBloomFilter,
  encodeBloomFilter,
  missingFrom,
} from "./bloom-filter.ts";
import type { BloomOptions } from "./bloom-filter.ts";

export interface RecentFilter {
  /** Events of this time and later, in milliseconds. */
  readonly sinceMs: number;
  readonly filter: Uint8Array;
}

/** As many of the newest as fit so many bytes, by their times; `also`, as far as there is room: what is here and not stored. */
export function filterRecent(
  recent: RecentIds,
  {
    bytesMax,
    also,
    ...options
  }: BloomOptions & { readonly bytesMax: number; readonly also: Iterable<EventId> },
): RecentFilter {
  const capacity = bloomCapacity(options.rate, bytesMax - BLOOM_HEAD_BYTES);
  const newestFirst = recent.ids.toSorted((a, b) => b.timeMs - a.timeMs);
  const left = newestFirst[capacity];
  const oldest = newestFirst.at(-1);
  let sinceMs = recent.isAll ? 0 : (oldest?.timeMs ?? 0);
  // None of the time of the first that has no room: its like would be taken for missing.
  if (left !== undefined) sinceMs = left.timeMs + 1;
  const ids: EventId[] = [];
  for (const { id, timeMs } of newestFirst) if (timeMs >= sinceMs) ids.push(id);
  for (const id of also) {
    if (ids.length >= capacity) break;
    ids.push(id);
  }
  return { sinceMs, filter: encodeBloomFilter(createBloomFilter(ids, options)) };
}

/** Those of our newest arrivals that a peer lacks for sure; none for bytes that are no filter. */
export function missingFromRecent(recent: RecentIds, { sinceMs, filter: bytes }: RecentFilter): EventId[] {
  try {
    const filter = decodeBloomFilter(bytes);
    const within = recent.ids.filter(({ timeMs }) => timeMs >= sinceMs).map(({ id }) => id);
    return [...missingFrom(filter, within)];
  } catch (error) {
    if (error instanceof CoreError) return [];
    throw error;
  }
}
