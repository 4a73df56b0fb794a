/**
 * Randomness from a seed, for the simulator alone: fast, the same on every machine, and no secret. Streams of
 * different names are independent, so that what one device draws does not change what another does.
 */
import type { Random } from "@kith/core";

export interface SeededRandom extends Random {
  /** 0 to 1, 1 excluded. */
  share(): number;
  /** A whole number from 0 to below `below`. */
  below(below: number): number;
  /** From min to max, both included where they are whole numbers. */
  between(min: number, max: number): number;
  pick<Item>(items: readonly Item[]): Item;
  /** True once in so many times on average. */
  oneIn(times: number): boolean;
  /** Another stream, by this one's seed and a name. */
  fork(name: string): SeededRandom;
}

/** sfc32 (Chris Doty-Humphrey, PractRand), seeded by an FNV-1a hash of the text. */
export function createSeededRandom(seed: string): SeededRandom {
  let a = hash(seed, 0x811c_9dc5);
  let b = hash(seed, 0x9e37_79b9);
  let c = hash(seed, 0x85eb_ca6b);
  let count = 1;

  function next(): number {
    const sum = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
  for (let round = 0; round < 12; round += 1) next();

  const share = (): number => next() / 0x1_0000_0000;
  const below = (bound: number): number => Math.floor(share() * bound);
  return {
    bytes(length) {
      const out = new Uint8Array(length);
      for (let at = 0; at < length; at += 4) {
        const word = next();
        for (let byte = 0; byte < 4 && at + byte < length; byte += 1) out[at + byte] = word >>> (8 * byte);
      }
      return out;
    },
    share,
    below,
    between: (min, max) => min + below(max - min + 1),
    pick(items) {
      if (items.length === 0) throw new RangeError("nothing to pick from; give at least one item");
      return items[below(items.length)] as (typeof items)[number];
    },
    oneIn: (times) => below(times) === 0,
    fork: (name) => createSeededRandom(`${seed}/${name}`),
  };
}

function hash(text: string, start: number): number {
  let value = start;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x0100_0193);
  return value | 0;
}
