/** What a reconciliation is given and what it asks of the node. spec/sync SY10. */
import type { EventId, ScopeId, ShortId } from "../ids.ts";
import type { BucketCount, Priority } from "../ports/index.ts";
import type { BucketSource } from "./bucket-lists.ts";
import type { SyncFrame, SyncRung } from "./frames.ts";
import type { RangeSet } from "./rbsr/index.ts";
import type { RootIndex } from "./roots.ts";

/** What a session reads. All answers are taken as they are at that moment; appends in between do no harm. */
export interface SyncSource extends BucketSource {
  root: RootIndex["root"];
  /** Ascending; those that hold at least one event. */
  buckets(scope: ScopeId): BucketCount[];
  count(scope: ScopeId): number;
  /** All cells of the scope under the day's key, and that key. */
  cells(scope: ScopeId, day: number): { readonly key: Uint8Array; readonly cells: Uint8Array };
  /** Those of the scope's events that have these short ids under the day's key. */
  byShortId(scope: ScopeId, day: number, shorts: readonly ShortId[]): ReadonlyMap<ShortId, EventId>;
  rangeSet(scope: ScopeId): RangeSet;
}

export type SyncFailure =
  | "SYNC_NO_PROGRESS"
  | "SYNC_ROUNDS"
  | "SYNC_METADATA"
  | "SYNC_ORDER"
  | "SYNC_CELLS"
  | "SYNC_RANGES"
  | "SYNC_BLOOM"
  | "SYNC_SCOPE"
  | "SYNC_RUNG"
  | "SYNC_UNEXPECTED"
  | "SYNC_ENDED";

/**
 * What the node does, in this order. A frame of priority "bulk" must leave after every event that earlier
 * actions (and WANTs answered so far) have put in line for this link; "control" may overtake them.
 */
export type SyncAction =
  | { readonly do: "send"; readonly frame: SyncFrame; readonly priority: Priority }
  /** Send these events of the session's scope in order of arrival. */
  | { readonly do: "sendEvents"; readonly scope: ScopeId; readonly ids: readonly EventId[] }
  /** Send every event of the scope that is here now, in order of arrival. */
  | { readonly do: "sendAll"; readonly scope: ScopeId }
  /** Ask for these with one WANT frame of priority "control"; ids already held without a key may be left out. */
  | { readonly do: "want"; readonly scope: ScopeId; readonly ids: readonly EventId[] }
  /** Call settled() once every event received on this link before now is stored or refused. */
  | { readonly do: "settle"; readonly scope: ScopeId; readonly session: number }
  /** Over: both sides held exactly the set of this root. */
  | { readonly do: "agreed"; readonly scope: ScopeId; readonly root: Uint8Array }
  /**
   * Over. fault: no honest peer causes this. progress: something was learned, so that another session at
   * once is worth while; without it wait for a change.
   */
  | {
      readonly do: "failed";
      readonly scope: ScopeId;
      readonly code: SyncFailure;
      readonly detail: string;
      readonly fault: boolean;
      readonly progress: boolean;
    };

export interface SyncSessionOptions {
  readonly scope: ScopeId;
  readonly session: number;
  readonly role: "initiator" | "responder";
  readonly source: SyncSource;
  /** UTC days since 1970, for the initiator's cells. */
  readonly day: number;
  /** The initiator's, climbed in this order. Default: cells, ranges, buckets. */
  readonly rungs?: readonly SyncRung[];
  /** Rungs by which this side answers. Default: all. */
  readonly answers?: readonly SyncRung[];
  /** 16 fresh random bytes for each filter. */
  readonly salt: () => Uint8Array;
  /** Of this side's filters. Default: BLOOM_RATE. */
  readonly bloomRate?: number;
}

export interface SyncSession {
  readonly scope: ScopeId;
  readonly session: number;
  readonly role: "initiator" | "responder";
  readonly over: boolean;
  /** The initiator's first frames; a responder starts by receiving them. Throws SYNC_STATE when called twice. */
  start(): SyncAction[];
  receive(frame: SyncFrame): SyncAction[];
  /** The answer to "settle"; ignored when nothing waits for it. */
  settled(): SyncAction[];
  /** Ends the session from this side and tells the peer. */
  cancel(): SyncAction[];
}
