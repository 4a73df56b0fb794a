/** Single steps of the upper rungs, with what a hostile peer can make of them turned into null. spec/sync SY26, SY31, SY32. */
import { equalBytes } from "../crypto/bytes.ts";
import { CoreError } from "../crypto/errors.ts";
import {
  CELL_BYTES,
  CELL_STAGES,
  CELL_STEP_SHARE,
  CELLS_MAX,
  CELLS_TELLING,
  RANGES_MESSAGE_BYTES_MAX,
} from "./limits.ts";
import { createReconciler } from "./rbsr/index.ts";
import type { RangeSet, Reconciled, Reconciler } from "./rbsr/index.ts";
import type { CellDecoder, CellDecodeResult } from "./riblt/cell-decoder.ts";

/** null for bytes that are no cells. */
export function takeCells(decoder: CellDecoder, cells: Uint8Array): CellDecodeResult | null {
  try {
    return decoder.take(cells);
  } catch (error) {
    if (error instanceof CoreError) return null;
    throw error;
  }
}

/** null for a message that breaks its rules. */
export function reconcileStep(reconciler: Reconciler, message: Uint8Array): Reconciled | null {
  try {
    return reconciler.reconcile(message);
  } catch (error) {
    if (error instanceof CoreError) return null;
    throw error;
  }
}

/** Cells after which it is tried again: the stages where little is known, then in steps, so that few are too many. */
export function nextCells(received: number): number {
  const stage = CELL_STAGES.find((cells) => cells > received);
  if (stage !== undefined && stage < CELLS_MAX) return stage;
  return Math.min(CELLS_MAX, Math.ceil(received * (1 + CELL_STEP_SHARE)));
}

/** At the third stage: no cell of the last ones is the same on both sides, for the difference is too great. */
export function isHopeless(own: Uint8Array, theirs: Uint8Array, received: number): boolean {
  if (received !== CELL_STAGES[2]) return false;
  const tail = CELLS_TELLING * CELL_BYTES;
  const ours = own.subarray(received * CELL_BYTES - tail, received * CELL_BYTES);
  const peers = theirs.subarray(theirs.length - tail);
  for (let at = 0; at < tail; at += CELL_BYTES) {
    if (equalBytes(ours.subarray(at, at + CELL_BYTES), peers.subarray(at, at + CELL_BYTES))) return false;
  }
  return true;
}

/** Between two nodes: each message in a frame of its own. */
export function createFramedReconciler(set: RangeSet): Reconciler {
  return createReconciler({
    set,
    frameBytesMax: RANGES_MESSAGE_BYTES_MAX,
    receivedBytesMax: RANGES_MESSAGE_BYTES_MAX,
  });
}
