/**
 * Sums of ids modulo 2^256 and the fingerprint made of one. Eight lanes of 32 bits in doubles: some two
 * million ids go in before a carry must be passed on, which is what makes sums cheap. Owns the arithmetic.
 * Proves nothing about equality of sets: vectors/rbsr-collision.bin. spec/sync-ranges RB5.
 */
import { sha256 } from "../../../crypto/hash.ts";
import { VARINT_BYTES, writeVarint } from "../varint.ts";

export const ID_BYTES = 32;
export const FINGERPRINT_BYTES = 16;
export const SUM_LANES = 8;
const LANE_BYTES = 4;
const LANE = 2 ** 32;

/** Lanes, the least significant first. Each may hold more than 32 bits, or less than zero, until it is carried. */
export type IdSum = Float64Array;

export function createIdSum(): IdSum {
  return new Float64Array(SUM_LANES);
}

/** Adds `times` times the ids that lie packed from index `from` up to `to`. The view must start at the first of all. */
export function addIds(
  sum: IdSum,
  view: DataView,
  { from, to, times = 1 }: { from: number; to: number; times?: 1 | -1 },
): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let e = 0;
  let f = 0;
  let g = 0;
  let h = 0;
  for (let at = from * ID_BYTES; at < to * ID_BYTES; at += ID_BYTES) {
    a += view.getUint32(at, true);
    b += view.getUint32(at + 4, true);
    c += view.getUint32(at + 8, true);
    d += view.getUint32(at + 12, true);
    e += view.getUint32(at + 16, true);
    f += view.getUint32(at + 20, true);
    g += view.getUint32(at + 24, true);
    h += view.getUint32(at + 28, true);
  }
  sum[0] = (sum[0] as number) + a * times;
  sum[1] = (sum[1] as number) + b * times;
  sum[2] = (sum[2] as number) + c * times;
  sum[3] = (sum[3] as number) + d * times;
  sum[4] = (sum[4] as number) + e * times;
  sum[5] = (sum[5] as number) + f * times;
  sum[6] = (sum[6] as number) + g * times;
  sum[7] = (sum[7] as number) + h * times;
}

export function addSum(sum: IdSum, other: IdSum, times: 1 | -1 = 1): void {
  for (let lane = 0; lane < SUM_LANES; lane += 1)
    sum[lane] = (sum[lane] as number) + (other[lane] as number) * times;
}

/** Adds a carried sum to a carried sum and keeps it so: each insert does this once a level of the tree. */
export function addCarried(sum: IdSum, other: IdSum): void {
  let carry = 0;
  for (let lane = 0; lane < SUM_LANES; lane += 1) {
    const value = (sum[lane] as number) + (other[lane] as number) + carry;
    carry = value >= LANE ? 1 : 0;
    sum[lane] = carry === 1 ? value - LANE : value;
  }
}

/** Brings each lane back to 32 bits; what leaves the last one is what the modulus drops. */
export function carrySum(sum: IdSum): void {
  let carry = 0;
  for (let lane = 0; lane < SUM_LANES; lane += 1) {
    const value = (sum[lane] as number) + carry;
    carry = Math.floor(value / LANE);
    sum[lane] = value - carry * LANE;
  }
}

const hashed = new Uint8Array(ID_BYTES + VARINT_BYTES);
const hashedView = new DataView(hashed.buffer);

/** SHA-256 of the sum, little-endian, and the count: its first 16 bytes. Carries the sum. */
export function fingerprintOf(sum: IdSum, count: number): Uint8Array {
  carrySum(sum);
  for (let lane = 0; lane < SUM_LANES; lane += 1)
    hashedView.setUint32(lane * LANE_BYTES, sum[lane] as number, true);
  const end = writeVarint(count, hashed, ID_BYTES);
  return sha256(hashed.subarray(0, end)).subarray(0, FINGERPRINT_BYTES);
}
