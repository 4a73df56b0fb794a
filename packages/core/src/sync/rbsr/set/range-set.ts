/**
 * What the engine reads: items in order of (timestamp, id), addressed by index. The port has an
 * implementation in memory; a store may keep the same sums beside its rows. spec/sync-ranges RB3, RB5.
 */

/** Indexes and answers hold until the set changes; nothing changes it while a message is answered. */
export interface RangeSet {
  readonly size: number;
  /** Milliseconds. */
  timestampAt(index: number): number;
  /** 32 bytes of the caller's own. */
  idAt(index: number): Uint8Array;
  /** Index of the first item at or after the bound; the prefix, 0 to 32 bytes, ends in zeros that are left out. */
  lowerBound(timestamp: number, prefix: Uint8Array): number;
  /** 16 bytes over the items from (inclusive) to (exclusive). */
  fingerprint(from: number, to: number): Uint8Array;
  /** Ids one after another, 32 bytes each. */
  packedIds(from: number, to: number): Uint8Array;
}
