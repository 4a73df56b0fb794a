/**
 * A prefix of the cells of a set, kept up to date as ids come and go. Owns the sums; refuses to hold ids or to
 * know whether one is new: that is the store's. spec/sync-cells CE3-CE6.
 */
import { coreError, SIPHASH_KEY_BYTES } from "../../crypto/index.ts";
import type { EventId } from "../../ids.ts";
import type { KeptCells } from "../../ports/index.ts";
import { CELLS_MAX } from "../limits.ts";
import { CELL_WORDS, packCells } from "./cell-bytes.ts";
import { drawOf, nextIndex } from "./cell-index.ts";
import { hashItem } from "./short-id.ts";
import type { CellItem } from "./short-id.ts";

export interface CellSketch {
  /** Cells that are kept. */
  readonly length: number;
  /** Ids in the set. */
  readonly size: number;
  /** Once for each id: a second time is another item to the cells. Throws SYNC_ID. */
  add(id: EventId): void;
  /** An id that was added. Throws SYNC_ID, and CELLS_EMPTY when there is none. */
  remove(id: EventId): void;
  /**
   * Encoded cells from `from` to `to`, the latter not included. A session takes all it may need at its
   * start: cells of different moments do not belong together. Throws CELLS_RANGE.
   */
  cells(from: number, to: number): Uint8Array;
  /** All cells as they are kept: a copy, from which another sketch can go on. */
  kept(): KeptSketch;
}

/** The cells of a sketch and what is in them. */
export type KeptSketch = Pick<KeptCells, "size" | "words">;

export interface CellSketchOptions {
  /** 16 bytes, copied. */
  readonly key: Uint8Array;
  /** Left out: CELLS_MAX. A beacon's sketch needs only the first stage, which saves a quarter of an add. */
  readonly length?: number;
  /** Cells under this key to go on from, at least `length` of them. */
  readonly from?: KeptSketch | null;
}

const CELL_WORDS_BYTES = CELL_WORDS * Int32Array.BYTES_PER_ELEMENT;

/** A sketch of the empty set, or of what is in the cells given. Throws CELLS_RANGE, SIPHASH_KEY. */
export function createCellSketch(options: CellSketchOptions): CellSketch {
  const { length = CELLS_MAX } = options;
  if (!Number.isInteger(length) || length < 1 || length > CELLS_MAX)
    throw coreError("CELLS_RANGE", `a sketch keeps 1 to ${CELLS_MAX} cells, not ${length}`);
  if (options.key.length !== SIPHASH_KEY_BYTES)
    throw coreError(
      "SIPHASH_KEY",
      `the key of cells has ${SIPHASH_KEY_BYTES} bytes, this ${options.key.length}`,
    );
  const key = options.key.slice();
  const words = new Int32Array(length * CELL_WORDS);
  const item: CellItem = { high: 0, low: 0, check: 0 };
  let size = 0;
  if (options.from) {
    const { words: kept, size: count } = options.from;
    if (kept.length < length * CELL_WORDS_BYTES || !Number.isSafeInteger(count) || count < 0)
      throw coreError("CELLS_RANGE", `${kept.length} bytes do not hold ${length} cells`);
    const view = new DataView(kept.buffer, kept.byteOffset, kept.byteLength);
    for (let at = 0; at < words.length; at += 1)
      words[at] = view.getInt32(at * Int32Array.BYTES_PER_ELEMENT, true);
    size = count;
  }

  function toggle(id: EventId, step: 1 | -1): void {
    hashItem(item, key, id);
    const { high, low, check } = item;
    for (let index = 0, n = 1; index < length; n += 1) {
      const word = index * CELL_WORDS;
      words[word]! ^= high;
      words[word + 1]! ^= low;
      words[word + 2]! ^= check;
      words[word + 3]! += step;
      index = nextIndex(index, drawOf(high, low, n));
    }
    size += step;
  }

  return {
    length,
    get size() {
      return size;
    },
    add(id) {
      toggle(id, 1);
    },
    remove(id) {
      if (size === 0) throw coreError("CELLS_EMPTY", "nothing can be removed from an empty sketch");
      toggle(id, -1);
    },
    cells(from, to) {
      if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || from > to || to > length)
        throw coreError("CELLS_RANGE", `cells ${from} to ${to} are not among the ${length} of this sketch`);
      return packCells(words, from, to);
    },
    kept() {
      const bytes = new Uint8Array(words.length * Int32Array.BYTES_PER_ELEMENT);
      const view = new DataView(bytes.buffer);
      for (let at = 0; at < words.length; at += 1)
        view.setInt32(at * Int32Array.BYTES_PER_ELEMENT, words[at] as number, true);
      return { size, words: bytes };
    },
  };
}
