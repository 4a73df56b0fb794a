/**
 * What a store keeps for sync, in memory: leaves are cut from the events in their order when asked for, roots and cells are
 * what was handed in. spec/store ST13-ST17.
 */
import type { ScopeId, StoredEvent, WriteBatch } from "@kith/core";
import type { KeptStructures, RangeItems, RangeLeaf } from "@kith/core/ports";
import { placeOf } from "../order.ts";
import { scopeOf } from "./disk.ts";
import type { MemoryDisk } from "./disk.ts";

/** As in the sqlite adapter. */
const LEAF_EVENTS = 256;
const ID_BYTES = 32;
const NO_ID = new Uint8Array(ID_BYTES);

/** By (timeMs, id). */
export function compareRangeOrder(
  a: Pick<StoredEvent, "timeMs" | "id">,
  b: Pick<StoredEvent, "timeMs" | "id">,
): number {
  return a.timeMs - b.timeMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

export function applyKept(disk: MemoryDisk, { roots = [], cells = [], rebuild = [] }: WriteBatch): void {
  for (const { scope, ...root } of roots) {
    const state = scopeOf(disk, scope);
    if (state.buckets.get(root.bucket)?.length === root.count) state.roots.set(root.bucket, root);
  }
  for (const { scope, ...row } of cells) scopeOf(disk, scope).cells = row;
  for (const scope of rebuild) {
    const state = scopeOf(disk, scope);
    state.roots.clear();
    state.cells = null;
  }
}

export function createKeptReads(disk: MemoryDisk): Omit<KeptStructures, "idsBefore"> {
  const ordered = (scope: ScopeId): readonly StoredEvent[] => disk.scopes.get(scope)?.ordered ?? [];
  return {
    rangeLeaves(scope) {
      const events = ordered(scope);
      const leaves: RangeLeaf[] = [];
      for (let at = 0; at < events.length; at += LEAF_EVENTS) {
        const held = events.slice(at, at + LEAF_EVENTS);
        const start =
          at === 0
            ? { timeMs: 0, id: NO_ID }
            : { timeMs: held[0]?.timeMs ?? 0, id: bytesOf(held[0]?.id ?? "") };
        leaves.push({ ...start, count: held.length, sum: sumOf(held) });
      }
      return { arrival: disk.scopes.get(scope)?.events.at(-1)?.arrival ?? 0, leaves };
    },
    rangeItems(scope, from, { count, arrivalMax }): RangeItems {
      const events = ordered(scope);
      const start = { timeMs: from.timeMs, id: Buffer.from(from.id).toString("hex") } as StoredEvent;
      const found: StoredEvent[] = [];
      for (
        let at = placeOf(events, start, compareRangeOrder);
        at < events.length && found.length < count;
        at += 1
      ) {
        const event = events[at] as StoredEvent;
        if (event.arrival <= arrivalMax) found.push(event);
      }
      const ids = new Uint8Array(found.length * ID_BYTES);
      found.forEach(({ id }, at) => ids.set(bytesOf(id), at * ID_BYTES));
      return { timesMs: Float64Array.from(found, ({ timeMs }) => timeMs), ids };
    },
    keptRoots: (scope) =>
      [...(disk.scopes.get(scope)?.roots.values() ?? [])].sort((a, b) => a.bucket - b.bucket),
    keptCells: (scope) => disk.scopes.get(scope)?.cells ?? null,
  };
}

function bytesOf(id: string): Uint8Array {
  return new Uint8Array(Buffer.from(id, "hex"));
}

function sumOf(events: readonly StoredEvent[]): Uint8Array {
  let sum = 0n;
  for (const { id } of events) sum += BigInt(`0x${Buffer.from(id, "hex").reverse().toString("hex")}`);
  const hex = (sum % 2n ** 256n).toString(16).padStart(ID_BYTES * 2, "0");
  return new Uint8Array(Buffer.from(hex, "hex").reverse());
}
