/**
 * The cells of a scope under the key of one day, gone on with from those that the store keeps and kept up by reading what
 * has arrived. Owns when they are written down; whoever asks says how much may be read. spec/sync SY26, spec/store ST17.
 */
import type { EventId, ScopeId } from "../ids.ts";
import type { ArrivedId, KeptCells, KeptStructures, KeptWrites } from "../ports/index.ts";
import { CELLS_KEPT_AFTER_EVENTS, CELLS_MAX } from "./limits.ts";
import { createCellSketch } from "./riblt/cell-sketch.ts";
import { scopeCellKey } from "./riblt/short-id.ts";

/** Where structures are kept between two runs. */
export interface SetKeeper extends Pick<KeptStructures, "keptCells" | "keptRoots"> {
  /** Writes when there is time; what is lost on the way is computed again. */
  keep(writes: KeptWrites): void;
}

export interface DaySketch {
  readonly day: number;
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** Ids in the cells. */
  readonly size: number;
  /** Of the last id that was read; 0 at first. */
  readonly arrival: number;
  add(row: Pick<ArrivedId, "arrival" | "id">): void;
  /** All that has arrived was read: cells that have grown enough since are written down. */
  settle(): void;
  cells(from: number, to: number): Uint8Array;
}

export interface DaySketchOptions {
  readonly scope: ScopeId;
  readonly day: number;
  /** null: they begin empty and are forgotten with the process. */
  readonly keeper: SetKeeper | null;
  /** Cells, where none are kept. */
  readonly length?: number;
}

export function createDaySketch({ scope, day, keeper, length = CELLS_MAX }: DaySketchOptions): DaySketch {
  const key = scopeCellKey(scope, day);
  const found: KeptCells | null = keeper?.keptCells(scope) ?? null;
  const kept = found?.day === day ? found : null;
  const sketch = createCellSketch({ key, length: keeper ? CELLS_MAX : length, from: kept });
  let arrival = kept?.arrival ?? 0;
  let keptSize = sketch.size;
  return {
    day,
    key,
    get size() {
      return sketch.size;
    },
    get arrival() {
      return arrival;
    },
    add(row) {
      sketch.add(row.id);
      arrival = row.arrival;
    },
    settle() {
      if (keeper === null || sketch.size - keptSize < CELLS_KEPT_AFTER_EVENTS) return;
      keptSize = sketch.size;
      keeper.keep({ cells: [{ scope, day, arrival, ...sketch.kept() }] });
    },
    cells: (from, to) => sketch.cells(from, to),
  };
}

export function* idsOf(rows: readonly ArrivedId[]): Generator<EventId> {
  for (const { id } of rows) yield id;
}
