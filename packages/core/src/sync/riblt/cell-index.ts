/**
 * Which cells an item is in: an endless ascending sequence from the short id alone, thinning out so that cell
 * i takes an item with probability 1 / (1 + i/2). Yang, Gilad, Alizadeh, Practical Rateless Set
 * Reconciliation, SIGCOMM 2024, §4.2. Ours is a rule on integers, so that no platform's rounding can part
 * two peers. spec/sync-cells CE4.
 */
import { CELLS_MAX } from "../limits.ts";

/** Draws have 26 bits: with 4,096 cells every product below stays under 2^53 and is exact in a double. */
const DRAWS = 2 ** 26;
const DRAW_SHIFT = 6;
const GOLDEN = 0x9e37_79b9;

/** The n-th draw of an item, from 1 to 2^26; n counts from 1. */
export function drawOf(high: number, low: number, n: number): number {
  return 1 + (mix(mix((high + Math.imul(n, GOLDEN)) | 0) ^ low) >>> DRAW_SHIFT);
}

/**
 * The least next > index with (2 next + 3)^2 * draw >= (2 index + 3)^2 * 2^26; CELLS_MAX when there is none below it.
 * It inverts the chance that an item in cell `index` is in none up to `next`.
 */
export function nextIndex(index: number, draw: number): number {
  const from = 2 * index + 3;
  const least = from * from * DRAWS;
  // A first guess, exact where sqrt rounds as IEEE 754 says. ECMAScript does not promise that; the loops do.
  let next = Math.ceil((from * Math.sqrt(DRAWS / draw) - 3) / 2);
  if (next > CELLS_MAX) return CELLS_MAX;
  while ((2 * next + 3) ** 2 * draw < least) next += 1;
  while (next > index + 1 && (2 * next + 1) ** 2 * draw >= least) next -= 1;
  return next > index ? Math.min(next, CELLS_MAX) : index + 1;
}

/** The cells below `cells` that hold the item, ascending. Loops over many items step by themselves. */
export function cellIndexes(high: number, low: number, cells: number): number[] {
  const indexes: number[] = [];
  for (let index = 0, n = 1; index < cells; n += 1) {
    indexes.push(index);
    index = nextIndex(index, drawOf(high, low, n));
  }
  return indexes;
}

/** The finalizer of MurmurHash3 (Austin Appleby, public domain): a bijection of 32 bits that spreads every bit. */
function mix(word: number): number {
  let mixed = word;
  mixed ^= mixed >>> 16;
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}
