/** Cells in memory and on the wire: four words here, 13 bytes there. spec/sync-cells CE3, CE5. */
import { coreError } from "../../crypto/index.ts";
import { CELL_BYTES } from "../limits.ts";

/** Words of a cell: sum (two), check, count. One array for all: a cell is one cache line's quarter. */
export const CELL_WORDS = 4;

/** Cells `from` to `to`, the latter not included. Counts go modulo 256. */
export function packCells(words: Int32Array, from: number, to: number): Uint8Array {
  const packed = new Uint8Array((to - from) * CELL_BYTES);
  const view = new DataView(packed.buffer);
  for (let cell = from, at = 0; cell < to; cell += 1, at += CELL_BYTES) {
    const word = cell * CELL_WORDS;
    view.setInt32(at, words[word] as number);
    view.setInt32(at + 4, words[word + 1] as number);
    view.setInt32(at + 8, words[word + 2] as number);
    packed[at + 12] = words[word + 3] as number;
  }
  return packed;
}

/** The number of whole cells. Throws CELLS_MALFORMED for none, a part of one, or more than max. */
export function countCells(packed: Uint8Array, max: number): number {
  const cells = packed.length / CELL_BYTES;
  if (!Number.isInteger(cells) || cells < 1 || cells > max) {
    throw coreError(
      "CELLS_MALFORMED",
      `${packed.length} bytes are not 1 to ${max} cells of ${CELL_BYTES} bytes`,
    );
  }
  return cells;
}

/** Writes `theirs - ours` of as many cells as both hold into `words`, from cell `from` on. Counts become -128 to 127. */
export function subtractCells(words: Int32Array, from: number, theirs: Uint8Array, ours: Uint8Array): void {
  const a = viewOf(theirs);
  const b = viewOf(ours);
  for (let at = 0, word = from * CELL_WORDS; at < theirs.length; at += CELL_BYTES, word += CELL_WORDS) {
    words[word] = a.getInt32(at) ^ b.getInt32(at);
    words[word + 1] = a.getInt32(at + 4) ^ b.getInt32(at + 4);
    words[word + 2] = a.getInt32(at + 8) ^ b.getInt32(at + 8);
    words[word + 3] = wrapCount(a.getUint8(at + 12) - b.getUint8(at + 12));
  }
}

/** A count modulo 256 as the number nearest to zero. */
export function wrapCount(count: number): number {
  return (count << 24) >> 24;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
