/**
 * Finds a scope's events by their short ids, the newest first: as much of the order of arrival is hashed as it takes, once,
 * and no more than that stays in memory, 24 bytes an event. What two sides lack is mostly new. spec/sync SY25.
 */
import type { EventId, ScopeId, ShortId } from "../ids.ts";
import { SHORT_STEP_IDS } from "./limits.ts";
import { shortIdOf } from "./riblt/short-id.ts";
import { createShortTable } from "./riblt/short-table.ts";
import type { ArrivalReader } from "./set-index.ts";

export interface ShortSearch {
  find(shorts: readonly ShortId[]): Map<ShortId, EventId>;
}

export function createShortSearch(reader: ArrivalReader, scope: ScopeId, key: Uint8Array): ShortSearch {
  const table = createShortTable();
  /** What lies from the lowest to the highest arrival is in the table; nothing at first. */
  let lowest = 0;
  let highest = 0;
  let isWhole = false;

  function readNew(): void {
    for (;;) {
      const rows = reader.idsOfScope(scope, highest, SHORT_STEP_IDS);
      for (const { arrival, id } of rows) {
        table.add(shortIdOf(key, id), arrival);
        highest = arrival;
      }
      if (rows.length < SHORT_STEP_IDS) return;
    }
  }

  function readOlder(): void {
    const rows = reader.idsBefore(scope, lowest === 0 ? Number.MAX_SAFE_INTEGER : lowest, SHORT_STEP_IDS);
    for (const { arrival, id } of rows) {
      table.add(shortIdOf(key, id), arrival);
      lowest = arrival;
      highest = Math.max(highest, arrival);
    }
    isWhole = rows.length < SHORT_STEP_IDS;
  }

  function lookUp(short: ShortId): EventId | null {
    for (const arrival of table.find(short)) {
      const id = reader.idsOfScope(scope, arrival - 1, 1)[0]?.id;
      if (id !== undefined && shortIdOf(key, id) === short) return id;
    }
    return null;
  }

  return {
    find(shorts) {
      const found = new Map<ShortId, EventId>();
      // Once nothing was there, what has come since is new.
      if (highest > 0 || isWhole) readNew();
      let missing: readonly ShortId[] = shorts;
      for (;;) {
        missing = missing.filter((short) => {
          const id = lookUp(short);
          if (id !== null) found.set(short, id);
          return id === null;
        });
        if (missing.length === 0 || isWhole) return found;
        readOlder();
      }
    },
  };
}
