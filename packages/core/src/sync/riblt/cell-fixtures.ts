/** For tests and vectors of cells and filters: ids from a name, two parties' sketches, cells in steps. Not exported. */
import { sha256, utf8 } from "../../crypto/index.ts";
import { toId } from "../../ids.ts";
import type { EventId, ScopeId } from "../../ids.ts";
import { CELL_BYTES, CELLS_MAX } from "../limits.ts";
import { createCellDecoder } from "./cell-decoder.ts";
import type { CellDecoder, CellDecodeResult } from "./cell-decoder.ts";
import { createCellSketch } from "./cell-sketch.ts";
import type { CellSketch } from "./cell-sketch.ts";
import { dayCellKey, findByShortId } from "./short-id.ts";

export const testScope = "5c".repeat(32) as ScopeId;

export function idsOf(name: string, count: number): EventId[] {
  return Array.from({ length: count }, (_, n) => toId<EventId>(sha256(utf8(`${name} ${n}`))));
}

/** Another key for each day. */
export function keyOfDay(day: number): Uint8Array {
  return dayCellKey(sha256(utf8("discovery key")), { scope: testScope, day });
}

export function sketchOf(ids: readonly EventId[], key: Uint8Array, length = CELLS_MAX): CellSketch {
  const sketch = createCellSketch({ key, length });
  for (const id of ids) sketch.add(id);
  return sketch;
}

export interface Pair {
  readonly key: Uint8Array;
  readonly theirs: readonly EventId[];
  readonly ours: readonly EventId[];
  readonly length?: number;
}

/** A decoder of the side that holds `ours`, and the cells of the side that holds `theirs`. */
export function decoderOf({ key, theirs, ours, length = CELLS_MAX }: Pair): {
  decoder: CellDecoder;
  cells: Uint8Array;
} {
  return {
    decoder: createCellDecoder({
      key,
      own: sketchOf(ours, key, length).cells(0, length),
      lookup: (wanted) => findByShortId(key, wanted, ours),
    }),
    cells: sketchOf(theirs, key, length).cells(0, length),
  };
}

/** Gives the decoder what `until` names, step by step, as long as it asks for more. */
export function takeInSteps(
  decoder: CellDecoder,
  cells: Uint8Array,
  until: Iterable<number>,
): { result: CellDecodeResult; received: number } {
  let received = 0;
  for (const next of until) {
    const result = decoder.take(cells.subarray(received * CELL_BYTES, next * CELL_BYTES));
    received = next;
    if (result.state !== "more") return { result, received };
  }
  throw new Error("the steps end before the decoder does");
}
