/**
 * Which received datagrams go on to be authenticated. A bucket for each source comes first, so that a
 * loud one spends its own share; then one for all, part of which only favoured sources may spend.
 * Constant memory, constant time. spec/link LN5-LN7.
 */
import {
  BURST_SOURCE,
  BURST_TOTAL,
  FAVOURED_MAX,
  RATE_SOURCE_PER_S,
  RATE_TOTAL_PER_S,
  RESERVE_TOTAL,
  SOURCES_MAX,
} from "./limits.ts";

export interface Intake {
  /** True: take it. Counts it against its source and the total. */
  take(host: string, nowMs: number): boolean;
  /** This host has sent something authentic. */
  favour(host: string): void;
  readonly sourceCount: number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

export function createIntake(nowMs: number): Intake {
  // Maps keep insertion order; what is used is put in again, so that the first is the one longest unused.
  const sources = new Map<string, Bucket>();
  const favoured = new Map<string, Bucket>();
  const total: Bucket = { tokens: BURST_TOTAL, filledMs: nowMs };

  function bucketOf(host: string, at: number): { bucket: Bucket; good: boolean } {
    const good = favoured.get(host);
    if (good !== undefined) return { bucket: good, good: true };
    const bucket = sources.get(host) ?? { tokens: BURST_SOURCE, filledMs: at };
    putLast(sources, host, bucket, SOURCES_MAX);
    return { bucket, good: false };
  }

  return {
    take(host, at) {
      const { bucket, good } = bucketOf(host, at);
      fill(bucket, at, RATE_SOURCE_PER_S, BURST_SOURCE);
      if (bucket.tokens < 1) return false;
      fill(total, at, RATE_TOTAL_PER_S, BURST_TOTAL);
      if (total.tokens < (good ? 1 : RESERVE_TOTAL + 1)) return false;
      bucket.tokens -= 1;
      total.tokens -= 1;
      return true;
    },
    favour(host) {
      const bucket = favoured.get(host) ?? sources.get(host);
      if (bucket === undefined) return;
      sources.delete(host);
      putLast(favoured, host, bucket, FAVOURED_MAX);
    },
    get sourceCount() {
      return sources.size + favoured.size;
    },
  };
}

function fill(bucket: Bucket, nowMs: number, perSecond: number, burst: number): void {
  bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.filledMs) * perSecond) / 1_000);
  bucket.filledMs = nowMs;
}

function putLast(map: Map<string, Bucket>, host: string, bucket: Bucket, sizeMax: number): void {
  map.delete(host);
  map.set(host, bucket);
  if (map.size <= sizeMax) return;
  for (const first of map.keys()) {
    map.delete(first);
    return;
  }
}
