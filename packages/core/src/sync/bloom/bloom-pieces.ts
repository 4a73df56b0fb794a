/** A filter in frames: cut where one ends, and put together again within its bounds. spec/sync SY37, SY40. */
import { concatBytes } from "../../crypto/bytes.ts";
import { CoreError } from "../../crypto/errors.ts";
import type { ScopeId } from "../../ids.ts";
import type { SyncFrame } from "../frames.ts";
import { BLOOM_FILTER_BYTES_MAX, BLOOM_PIECE_BYTES_MAX } from "../limits.ts";
import { BLOOM_HEAD_BYTES, decodeBloomFilter, encodeBloomFilter } from "./bloom-filter.ts";
import type { BloomFilter } from "./bloom-filter.ts";
import type { Window } from "./bloom-windows.ts";

export type BloomFrame = Extract<SyncFrame, { type: "syncBloom" }>;

export interface FilterOf {
  readonly scope: ScopeId;
  readonly session: number;
  readonly window: Window;
  readonly count: number;
  /** null: none can be made. */
  readonly filter: BloomFilter | null;
}

export function cutFilter({ scope, session, window, count, filter }: FilterOf): BloomFrame[] {
  const bytes = filter === null ? new Uint8Array(0) : encodeBloomFilter(filter);
  const frames: BloomFrame[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += BLOOM_PIECE_BYTES_MAX) {
    const piece = bytes.subarray(at, at + BLOOM_PIECE_BYTES_MAX);
    const last = at + piece.length === bytes.length;
    frames.push({ type: "syncBloom", scope, session, ...window, count, piece, last });
  }
  return frames;
}

export type Joined =
  | { readonly state: "more" }
  /** null: the sender makes none. */
  | { readonly state: "whole"; readonly filter: BloomFilter | null }
  | { readonly state: "failed"; readonly code: "SYNC_ORDER" | "SYNC_BLOOM"; readonly why: string };

export interface FilterJoiner {
  /** Pieces have come, and the last one has not. */
  readonly isOpen: boolean;
  take(frame: BloomFrame): Joined;
}

/** For one filter. */
export function createFilterJoiner(): FilterJoiner {
  const parts: Uint8Array[] = [];
  let first: BloomFrame | null = null;
  let bytes = 0;
  let isWhole = false;
  return {
    get isOpen() {
      return first !== null && !isWhole;
    },
    take(frame) {
      const { from, to, piece, last } = frame;
      first ??= frame;
      if (isWhole) return { state: "failed", code: "SYNC_ORDER", why: "a piece after the last one" };
      if (from > to || from !== first.from || to !== first.to)
        return { state: "failed", code: "SYNC_ORDER", why: `a piece of the window ${from} to ${to}` };
      // So that a filter has three frames at most.
      if (!last && piece.length !== BLOOM_PIECE_BYTES_MAX)
        return { state: "failed", code: "SYNC_ORDER", why: "a short piece that is not the last" };
      bytes += piece.length;
      if (bytes > BLOOM_HEAD_BYTES + BLOOM_FILTER_BYTES_MAX)
        return { state: "failed", code: "SYNC_BLOOM", why: "more pieces than a filter has" };
      parts.push(piece);
      if (!last) return { state: "more" };
      isWhole = true;
      if (bytes === 0) return { state: "whole", filter: null };
      try {
        return { state: "whole", filter: decodeBloomFilter(concatBytes(...parts)) };
      } catch (error) {
        if (error instanceof CoreError) return { state: "failed", code: "SYNC_BLOOM", why: error.message };
        throw error;
      }
    },
  };
}
