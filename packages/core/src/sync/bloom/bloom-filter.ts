/**
 * A Bloom filter of the ids of a window, under a salt of its own: what is not in it, its sender lacks for sure;
 * what is in it, the sender may lack as well. Owns sizes, probes and the wire form; has no way to say that two
 * sets are equal, because a filter cannot know. spec/sync-cells BL1-BL8.
 */
import {
  concatBytes,
  coreError,
  labels,
  sha256Labelled,
  SIPHASH_BYTES,
  SIPHASH_KEY_BYTES,
} from "../../crypto/index.ts";
import type { EventId } from "../../ids.ts";
import { hashIdInto } from "../id-hash.ts";
import {
  BLOOM_FILL_PERCENT_MAX,
  BLOOM_FILTER_BYTES_MAX,
  BLOOM_FILTER_BYTES_MIN,
  BLOOM_HASHES_MAX,
} from "../limits.ts";

export const BLOOM_SALT_BYTES = 16;
export const BLOOM_HEAD_BYTES = BLOOM_SALT_BYTES + 1;
/** At a half a filter says nothing; more than BLOOM_HASHES_MAX halvings it cannot make. */
const RATE_MAX = 0.5;
const RATE_MIN = 0.5 ** BLOOM_HASHES_MAX;

export interface BloomFilter {
  /** 16 bytes. */
  readonly salt: Uint8Array;
  /** Probes for each id. */
  readonly hashes: number;
  readonly bits: Uint8Array;
  /** False: certainly not among the ids it was made of. True says nothing for sure. */
  mayHold(id: EventId): boolean;
}

export interface BloomOptions {
  /** 16 random bytes, never used before: what one salt hides, the next one shows. */
  readonly salt: Uint8Array;
  /** Share of the ids which its maker lacks that it hides, 2^-16 to 0.5. */
  readonly rate: number;
}

/** Ids that fit so many bytes of bits at this rate. Throws BLOOM_RATE. */
export function bloomCapacity(rate: number, bytes: number = BLOOM_FILTER_BYTES_MAX): number {
  return Math.floor((bytes * 8) / bitsPerId(rate));
}

/** Throws BLOOM_RATE, BLOOM_SALT, BLOOM_WINDOW (more ids than bloomCapacity), SYNC_ID. */
export function createBloomFilter(ids: readonly EventId[], { salt, rate }: BloomOptions): BloomFilter {
  const capacity = bloomCapacity(rate);
  if (ids.length > capacity) {
    throw coreError(
      "BLOOM_WINDOW",
      `${ids.length} ids, a filter at rate ${rate} holds ${capacity}; take a shorter window`,
    );
  }
  const bytes = Math.max(Math.ceil((ids.length * bitsPerId(rate)) / 8), BLOOM_FILTER_BYTES_MIN);
  const bits = new Uint8Array(bytes);
  // Rounded down: at most half the bits get set, whatever the rate, and an honest filter is never BLOOM_FULL.
  const hashes = Math.floor(-Math.log2(rate));
  const key = keyOf(salt);
  const probes = new Uint32Array(hashes);
  for (const id of ids) {
    probe(probes, key, id, bytes * 8);
    for (const bit of probes) bits[bit >>> 3]! |= 1 << (bit & 7);
  }
  return filterOf(salt.slice(), hashes, bits);
}

/** `salt(16) | u8(probes) | bits`. */
export function encodeBloomFilter({ salt, hashes, bits }: BloomFilter): Uint8Array {
  return concatBytes(salt, Uint8Array.of(hashes), bits);
}

/** Throws BLOOM_MALFORMED for other lengths or probes, BLOOM_FULL for a filter with more than 60% of its bits set. */
export function decodeBloomFilter(bytes: Uint8Array): BloomFilter {
  const length = bytes.length - BLOOM_HEAD_BYTES;
  if (length < BLOOM_FILTER_BYTES_MIN || length > BLOOM_FILTER_BYTES_MAX)
    throw coreError("BLOOM_MALFORMED", `${bytes.length} bytes are not a Bloom filter`);
  const hashes = bytes[BLOOM_SALT_BYTES] as number;
  if (hashes < 1 || hashes > BLOOM_HASHES_MAX)
    throw coreError("BLOOM_MALFORMED", `${hashes} probes, an id has 1 to ${BLOOM_HASHES_MAX}`);
  const bits = bytes.slice(BLOOM_HEAD_BYTES);
  const set = countBits(bits);
  if (set * 100 > length * 8 * BLOOM_FILL_PERCENT_MAX)
    throw coreError("BLOOM_FULL", `${set} of ${length * 8} bits are set, at most ${BLOOM_FILL_PERCENT_MAX}%`);
  return filterOf(bytes.slice(0, BLOOM_SALT_BYTES), hashes, bits);
}

/** Those of our ids that the filter's maker lacks for sure; of those it lacks, the filter's rate stays hidden. */
export function* missingFrom(filter: BloomFilter, ids: Iterable<EventId>): Generator<EventId, void, void> {
  for (const id of ids) if (!filter.mayHold(id)) yield id;
}

function filterOf(salt: Uint8Array, hashes: number, bits: Uint8Array): BloomFilter {
  const key = keyOf(salt);
  const probes = new Uint32Array(hashes);
  return {
    salt,
    hashes,
    bits,
    mayHold(id) {
      probe(probes, key, id, bits.length * 8);
      return probes.every((bit) => (((bits[bit >>> 3] as number) >>> (bit & 7)) & 1) === 1);
    },
  };
}

/** -ln(rate) / ln(2)^2, at which as many probes as halvings set half the bits. The size travels in the filter, so no peer repeats this. */
function bitsPerId(rate: number): number {
  if (!(rate >= RATE_MIN && rate <= RATE_MAX))
    throw coreError("BLOOM_RATE", `a rate lies between ${RATE_MIN} and ${RATE_MAX}, ${rate} does not`);
  return -Math.log2(rate) / Math.LN2;
}

function keyOf(salt: Uint8Array): Uint8Array {
  if (salt.length !== BLOOM_SALT_BYTES)
    throw coreError("BLOOM_SALT", `a salt has ${BLOOM_SALT_BYTES} bytes, this ${salt.length}`);
  return sha256Labelled(labels.syncBloom, salt).subarray(0, SIPHASH_KEY_BYTES);
}

// Used again within one synchronous call, as in hashIdInto.
const output = Buffer.alloc(SIPHASH_BYTES);

/**
 * Enhanced double hashing (Dillinger and Manolios, 2004): one keyed hash gives all probes. Plain double hashing
 * would give some ids of small filters the same bit k times.
 */
function probe(probes: Uint32Array, key: Uint8Array, id: EventId, bitCount: number): void {
  hashIdInto(output, key, id);
  let at = output.readUInt32BE(0) % bitCount;
  let step = output.readUInt32BE(4) % bitCount;
  for (let n = 0; n < probes.length; n += 1) {
    probes[n] = at;
    at = (at + step) % bitCount;
    step = (step + n + 1) % bitCount;
  }
}

function countBits(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) {
    let bits = byte - ((byte >>> 1) & 0x55);
    bits = (bits & 0x33) + ((bits >>> 2) & 0x33);
    count += (bits + (bits >>> 4)) & 0x0f;
  }
  return count;
}
