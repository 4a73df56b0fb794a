/**
 * Compares what a store keeps for sync with the events themselves: every leaf, root and cell of a scope. Each is of a
 * moment that it names, so that a store may go on meanwhile. spec/store ST10, ST18.
 */
import { equalBytes } from "../crypto/bytes.ts";
import { idBytes } from "../ids.ts";
import type { EventId, ScopeId } from "../ids.ts";
import type { ArrivedId, EventStore } from "../ports/index.ts";
import { CELLS_MAX, RBSR_LEAF_ITEMS_MAX } from "./limits.ts";
import { addIds, carrySum, createIdSum } from "./rbsr/index.ts";
import type { IdSum } from "./rbsr/index.ts";
import { createCellSketch } from "./riblt/cell-sketch.ts";
import { scopeCellKey } from "./riblt/short-id.ts";
import { createRootIndex } from "./roots.ts";

type Reader = Pick<
  EventStore,
  "buckets" | "idsInBucket" | "idsOfScope" | "rangeLeaves" | "rangeItems" | "keptRoots" | "keptCells"
>;

/** Ids read at a time. */
const READ_ROWS = 4_096;
const ID_BYTES = 32;
const TIME_MODULUS = 2 ** 32;

/** What is not what it should be, in words; empty when all is. */
export function checkKept(store: Reader, scope: ScopeId): string[] {
  return [...checkLeaves(store, scope), ...checkRoots(store, scope), ...checkCells(store, scope)];
}

/** A sum of ids and one of times: what is added by accident or left out is in one of them. */
interface Tally {
  count: number;
  readonly ids: IdSum;
  times: number;
}

function createTally(): Tally {
  return { count: 0, ids: createIdSum(), times: 0 };
}

function add(tally: Tally, ids: Uint8Array, timesMs: Iterable<number>): void {
  addIds(tally.ids, new DataView(ids.buffer, ids.byteOffset, ids.length), {
    from: 0,
    to: ids.length / ID_BYTES,
  });
  carrySum(tally.ids);
  tally.count += ids.length / ID_BYTES;
  for (const timeMs of timesMs) tally.times = (tally.times + (timeMs % TIME_MODULUS)) % TIME_MODULUS;
}

function isSame(a: Tally, b: Tally): boolean {
  return a.count === b.count && a.times === b.times && a.ids.every((lane, at) => lane === b.ids[at]);
}

function* arrivedUpTo(store: Reader, scope: ScopeId, arrivalMax: number): Generator<ArrivedId> {
  for (let after = 0; ;) {
    const rows = store.idsOfScope(scope, after, READ_ROWS);
    for (const row of rows) {
      if (row.arrival > arrivalMax) return;
      yield row;
      after = row.arrival;
    }
    if (rows.length < READ_ROWS) return;
  }
}

function checkLeaves(store: Reader, scope: ScopeId): string[] {
  const kept = store.rangeLeaves(scope);
  if (kept === null) return ["its leaves do not add up to its events"];
  const wrong: string[] = [];
  const held = createTally();
  for (const [index, leaf] of kept.leaves.entries()) {
    const { timesMs, ids } = store.rangeItems(scope, leaf, { count: leaf.count, arrivalMax: kept.arrival });
    const tally = createTally();
    add(tally, ids, timesMs);
    const sum = createIdSum();
    addIds(sum, new DataView(leaf.sum.buffer, leaf.sum.byteOffset, ID_BYTES), { from: 0, to: 1 });
    const isRight =
      leaf.count <= RBSR_LEAF_ITEMS_MAX &&
      tally.count === leaf.count &&
      sum.every((lane, at) => lane === tally.ids[at]);
    if (!isRight) wrong.push(`leaf ${index} of ${leaf.count} events is not the sum of what it holds`);
    add(held, ids, timesMs);
  }
  const here = createTally();
  for (const { id, timeMs } of arrivedUpTo(store, scope, kept.arrival)) add(here, idBytes(id), [timeMs]);
  if (!isSame(held, here)) wrong.push("its leaves do not hold its events");
  return wrong;
}

function checkRoots(store: Reader, scope: ScopeId): string[] {
  const wrong: string[] = [];
  for (const { bucket, count, root } of store.keptRoots(scope)) {
    const ids: EventId[] = store.idsInBucket(scope, bucket);
    // It has grown meanwhile, and its root is gone.
    if (ids.length !== count) continue;
    const reader = { buckets: () => [{ bucket, count }], idsInBucket: () => ids };
    const right = createRootIndex(reader).bucketRoots(scope)[0]?.root;
    if (right === undefined || !equalBytes(right, root))
      wrong.push(`the root of bucket ${bucket} is not that of its events`);
  }
  return wrong;
}

function checkCells(store: Reader, scope: ScopeId): string[] {
  const kept = store.keptCells(scope);
  if (kept === null) return [];
  const sketch = createCellSketch({ key: scopeCellKey(scope, kept.day), length: CELLS_MAX });
  for (const { id } of arrivedUpTo(store, scope, kept.arrival)) sketch.add(id);
  const right = sketch.kept();
  return right.size === kept.size && equalBytes(right.words, kept.words)
    ? []
    : [`its cells of day ${kept.day} are not those of its events`];
}
