/** Range-based set reconciliation, byte for byte that of negentropy version 1. spec/sync-ranges. */
export { createLeafCache } from "./set/leaf-cache.ts";
export type { LeafCache } from "./set/leaf-cache.ts";
export { createRangeSet, createStoredRangeSet } from "./set/memory-range-set.ts";
export type { MemoryRangeSet } from "./set/memory-range-set.ts";
export { addIds, addSum, carrySum, createIdSum, fingerprintOf } from "./set/id-sum.ts";
export type { IdSum } from "./set/id-sum.ts";
export type { RangeSet } from "./set/range-set.ts";
export { createReconciler } from "./reconciler.ts";
export type { Reconciled, Reconciler, ReconcilerOptions } from "./reconciler.ts";
