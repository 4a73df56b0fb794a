/** Single steps of the upper rungs, with what a hostile peer can make of them turned into null. spec/sync SY26, SY31, SY32. */
import { CoreError } from "../crypto/errors.ts";
import { CELL_STAGES, CELL_STEP_SHARE, CELLS_MAX, RANGES_MESSAGE_BYTES_MAX } from "./limits.ts";
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

/** Between two nodes: each message in a frame of its own. */
export function createFramedReconciler(set: RangeSet): Reconciler {
  return createReconciler({
    set,
    frameBytesMax: RANGES_MESSAGE_BYTES_MAX,
    receivedBytesMax: RANGES_MESSAGE_BYTES_MAX,
  });
}
