/** A scope as a list, read as a store that keeps no structures: for vectors, tests and measurements of what reads sets. */
import type { ArrivedId, EventStore } from "../ports/index.ts";

export type ListReader = Pick<EventStore, "idsOfScope" | "idsBefore" | "rangeLeaves" | "rangeItems">;

/** The rows as they are at each question, ascending by arrival. */
export function createListReader(rows: () => readonly ArrivedId[]): ListReader {
  return {
    idsOfScope: (_, after, limit) => {
      const list = rows();
      const from = firstBeyond(list, after);
      return list.slice(from, from + limit);
    },
    idsBefore: (_, before, limit) => {
      const list = rows();
      const to = firstBeyond(list, before - 1);
      return list.slice(Math.max(0, to - limit), to).reverse();
    },
    rangeLeaves: () => null,
    rangeItems: () => ({ timesMs: new Float64Array(0), ids: new Uint8Array(0) }),
  };
}

function firstBeyond(rows: readonly ArrivedId[], arrival: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.arrival ?? 0) <= arrival) low = middle + 1;
    else high = middle;
  }
  return low;
}
