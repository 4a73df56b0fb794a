/** What a memory store keeps: it outlives the store, as a disk outlives a process, so that a simulated restart finds it. */
import type {
  BoxName,
  ChannelRow,
  DeviceId,
  EventId,
  HeightRow,
  LogRow,
  MessageRow,
  PersonId,
  PersonRow,
  ReactionRow,
  ScopeId,
  SpaceRow,
  StoredEvent,
} from "@kith/core";
import type { ActRow, ExpiringRow, KeptCells, KeptRoot, SealedBodyRow, ShedReason } from "@kith/core/ports";

export interface ScopeState {
  /** In order of arrival. */
  readonly events: StoredEvent[];
  /** Keys "device/seq"; in order of arrival. */
  readonly chain: Map<string, readonly StoredEvent[]>;
  readonly tips: Map<DeviceId, StoredEvent>;
  readonly heads: Set<EventId>;
  /** Ids that some event here follows. */
  readonly followed: Set<EventId>;
  readonly buckets: Map<number, EventId[]>;
  /** In order of (timeMs, id). */
  readonly ordered: StoredEvent[];
  /** By bucket: roots of buckets that have not changed since. */
  readonly roots: Map<number, KeptRoot>;
  /** Of the scope's day. */
  cells: KeptCells | null;
  /** Keys "holder/device". */
  readonly heights: Map<string, HeightRow>;
}

export interface MemoryDisk {
  readonly events: Map<EventId, StoredEvent>;
  /** The same in order of arrival, the first of which is 1. */
  readonly arrived: StoredEvent[];
  readonly scopes: Map<ScopeId, ScopeState>;
  readonly spaces: Map<string, SpaceRow>;
  readonly channels: Map<string, ChannelRow>;
  readonly people: Map<string, PersonRow>;
  readonly messages: Map<EventId, MessageRow>;
  /** Every message, in the order of (timeMs, timeCount, device, seq, id). */
  readonly timeline: MessageRow[];
  readonly clientIds: Map<string, EventId>;
  /** By message, then "emoji/author". */
  readonly reactions: Map<EventId, Map<string, ReactionRow>>;
  /** By message, then by the act's event. */
  readonly acts: Map<EventId, Map<EventId, ActRow>>;
  /** What edited messages said first. */
  readonly originals: Map<EventId, string>;
  readonly shed: Map<
    EventId,
    { readonly scope: ScopeId; readonly author: PersonId; readonly why: ShedReason }
  >;
  readonly expiring: Map<EventId, ExpiringRow>;
  /** None of an event that is in `shed`. */
  readonly sealed: Map<EventId, SealedBodyRow>;
  readonly log: LogRow[];
  readonly boxes: Map<BoxName, Uint8Array>;
  readonly meta: Map<string, Uint8Array>;
}

export function createMemoryDisk(): MemoryDisk {
  return {
    events: new Map(),
    arrived: [],
    scopes: new Map(),
    spaces: new Map(),
    channels: new Map(),
    people: new Map(),
    messages: new Map(),
    timeline: [],
    clientIds: new Map(),
    reactions: new Map(),
    acts: new Map(),
    originals: new Map(),
    shed: new Map(),
    expiring: new Map(),
    sealed: new Map(),
    log: [],
    boxes: new Map(),
    meta: new Map(),
  };
}

export function scopeOf(disk: MemoryDisk, scope: ScopeId): ScopeState {
  let state = disk.scopes.get(scope);
  if (state === undefined) {
    state = {
      events: [],
      chain: new Map(),
      tips: new Map(),
      heads: new Set(),
      followed: new Set(),
      buckets: new Map(),
      ordered: [],
      roots: new Map(),
      cells: null,
      heights: new Map(),
    };
    disk.scopes.set(scope, state);
  }
  return state;
}
