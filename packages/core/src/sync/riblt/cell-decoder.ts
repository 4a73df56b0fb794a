/**
 * The difference of two sets from the peer's cells as they arrive. Ends with exactly the difference, with a wish
 * for more cells, or with a code; never says that two sets are equal, for any holder of the key can make up
 * cells: only roots say that. spec/sync-cells CE7-CE12.
 */
import type { EventId, ShortId } from "../../ids.ts";
import { CELL_BYTES, CELL_STAGES, CELLS_MAX } from "../limits.ts";
import { countCells } from "./cell-bytes.ts";
import { createPeeling } from "./cell-peeling.ts";
import type { PeelFailure } from "./cell-peeling.ts";
import { shortIdOf } from "./short-id.ts";

export type CellDecodeResult =
  /** Not yet: the peer's cells from `received` to `next` come first. */
  | { readonly state: "more"; readonly received: number; readonly next: number }
  /** The difference, as far as cells can tell: by short id what only the peer has, by id what only we have. */
  | { readonly state: "done"; readonly onlyTheirs: readonly ShortId[]; readonly onlyOurs: readonly EventId[] }
  /** All cells are used up: the difference is too great. Another rung takes over. */
  | { readonly state: "overfull" }
  /** No honest peer's cells. CELLS_CORRUPT: they contradict themselves or our set. CELLS_STEPS: peeling did not end. */
  | { readonly state: "failed"; readonly code: PeelFailure };

export interface CellDecoder {
  /**
   * The peer's next cells, in order, any number at a time. Once done, overfull or failed it answers the same
   * again. Throws CELLS_MALFORMED, which changes nothing.
   */
  take(cells: Uint8Array): CellDecodeResult;
}

export interface CellDecoderOptions {
  /** 16 bytes, the key of both sides' cells. */
  readonly key: Uint8Array;
  /** Own cells of one moment: `sketch.cells(0, sketch.length)`. As many of the peer's are taken, no more. */
  readonly own: Uint8Array;
  /** Finds own ids; asked at most once. What else the map holds does no harm. */
  readonly lookup: (wanted: readonly ShortId[]) => ReadonlyMap<ShortId, EventId>;
}

/** Throws CELLS_MALFORMED for own cells that are none. */
export function createCellDecoder({ key, own, lookup }: CellDecoderOptions): CellDecoder {
  const cellsMax = countCells(own, CELLS_MAX);
  const peeling = createPeeling({ key, cellsMax });
  let final: CellDecodeResult | null = null;

  function conclude(): CellDecodeResult {
    const { received } = peeling;
    if (!peeling.isEmpty()) {
      if (received === cellsMax) return { state: "overfull" };
      const stage = CELL_STAGES.find((cells) => cells > received) ?? cellsMax;
      return { state: "more", received, next: Math.min(stage, cellsMax) };
    }
    const theirs = peeling.items.filter(({ sign }) => sign === 1);
    const ours = peeling.items.filter(({ sign }) => sign === -1);
    const onlyOurs = resolve(ours.map(({ short }) => short));
    if (onlyOurs === null) return { state: "failed", code: "CELLS_CORRUPT" };
    return { state: "done", onlyTheirs: theirs.map(({ short }) => short), onlyOurs };
  }

  /** Null when one is said to be ours that we do not have: the cells are made up. */
  function resolve(shorts: readonly ShortId[]): EventId[] | null {
    if (shorts.length === 0) return [];
    const found = lookup(shorts);
    const ids: EventId[] = [];
    for (const short of shorts) {
      const id = found.get(short);
      if (id === undefined || shortIdOf(key, id) !== short) return null;
      ids.push(id);
    }
    return ids;
  }

  return {
    take(cells) {
      if (final !== null) return final;
      const { received } = peeling;
      const count = countCells(cells, cellsMax - received);
      const ours = own.subarray(received * CELL_BYTES, (received + count) * CELL_BYTES);
      const code = peeling.extend(cells, ours, count);
      const result: CellDecodeResult = code === null ? conclude() : { state: "failed", code };
      if (result.state !== "more") final = result;
      return result;
    },
  };
}
