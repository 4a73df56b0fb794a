/**
 * What a store keeps beside a scope's events so that sets need not be built from all ids: leaves for ranges, roots of
 * buckets, cells. Derived: equal to a rebuild at any time, and never the proof of anything. spec/store ST13-ST18.
 */
import type { ScopeId } from "../ids.ts";
import type { ArrivedId } from "./store.ts";

/** A place in the order of (timeMs, id). */
export interface RangeStart {
  readonly timeMs: number;
  /** 32 bytes. */
  readonly id: Uint8Array;
}

/** A run of up to RBSR_LEAF_ITEMS_MAX of a scope's events in the order of (timeMs, id), up to where the next leaf begins. */
export interface RangeLeaf extends RangeStart {
  readonly count: number;
  /** Of the ids as little-endian numbers, modulo 2^256: 32 bytes, little-endian. */
  readonly sum: Uint8Array;
}

export interface RangeLeaves {
  /** Of the scope's newest event when these were read; 0 for none. */
  readonly arrival: number;
  /** Ascending. The first may begin before its first event, all others begin with one. */
  readonly leaves: readonly RangeLeaf[];
}

/** Events one after another in the order of (timeMs, id). */
export interface RangeItems {
  readonly timesMs: Float64Array;
  /** 32 bytes each. */
  readonly ids: Uint8Array;
}

/** The root of a bucket (spec/sync SY7), for as long as it holds so many events. */
export interface KeptRoot {
  readonly bucket: number;
  readonly count: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** The cells of a scope under the key of a day, over its first events. */
export interface KeptCells {
  readonly day: number;
  /** Of the last event in them. */
  readonly arrival: number;
  /** Events in them. */
  readonly size: number;
  /** Four little-endian 32-bit words a cell, CELLS_MAX cells. */
  readonly words: Uint8Array;
}

/** What a batch may bring for the structures; leaves are kept by the store itself, with each event. */
export interface KeptWrites {
  /** One is passed over when its bucket has another count by then: it was computed of fewer events. */
  readonly roots?: readonly (KeptRoot & { readonly scope: ScopeId })[];
  /** Those of one day for each scope: the last stands. */
  readonly cells?: readonly (KeptCells & { readonly scope: ScopeId })[];
  /** Scopes whose leaves are made anew from the events, and whose roots and cells go. */
  readonly rebuild?: readonly ScopeId[];
}

export interface KeptStructures {
  /** null while they are not kept: they are being made, or do not add up to the scope's events. */
  rangeLeaves(scope: ScopeId): RangeLeaves | null;
  /** From `from` on, at most `count` of those that had arrived by `arrivalMax`. */
  rangeItems(
    scope: ScopeId,
    from: RangeStart,
    most: { readonly count: number; readonly arrivalMax: number },
  ): RangeItems;
  /** The newest ones before the position, newest first, at most limit. */
  idsBefore(scope: ScopeId, beforeArrival: number, limit: number): ArrivedId[];
  /** Ascending by bucket: those that were written and whose bucket has not grown since. */
  keptRoots(scope: ScopeId): KeptRoot[];
  /** Those that were written last; null when none were. */
  keptCells(scope: ScopeId): KeptCells | null;
}
