/** Bounds between ranges and their order. Owns what "before" means on the wire. spec/sync-ranges RB3. */
import { ID_BYTES } from "./set/id-sum.ts";

/** The exclusive end of a range, and the inclusive begin of the next one. */
export interface Bound {
  /** Milliseconds; Infinity is the end of everything. */
  readonly timestamp: number;
  /** 0 to 32 bytes; what is left out is zeros. */
  readonly prefix: Uint8Array;
}

const NO_PREFIX = new Uint8Array(0);

export const zeroBound: Bound = { timestamp: 0, prefix: NO_PREFIX };
export const infiniteBound: Bound = { timestamp: Number.POSITIVE_INFINITY, prefix: NO_PREFIX };

/** True when `bound` lies after `before`, whichever zeros either of them spells out. */
export function isAfter(bound: Bound, before: Bound): boolean {
  if (bound.timestamp !== before.timestamp) return bound.timestamp > before.timestamp;
  const length = Math.max(bound.prefix.length, before.prefix.length);
  for (let i = 0; i < length; i += 1) {
    const difference = (bound.prefix[i] ?? 0) - (before.prefix[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

interface Item {
  readonly timestamp: number;
  readonly id: Uint8Array;
}

/** The shortest bound after `last` and not after `next`, two neighbours in the order. */
export function boundBetween(last: Item, next: Item): Bound {
  if (last.timestamp !== next.timestamp) return { timestamp: next.timestamp, prefix: NO_PREFIX };
  let shared = 0;
  while (shared < ID_BYTES && last.id[shared] === next.id[shared]) shared += 1;
  return { timestamp: next.timestamp, prefix: next.id.subarray(0, shared + 1) };
}
