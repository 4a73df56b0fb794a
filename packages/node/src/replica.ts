/**
 * One space as this device holds it: its membership, and of each scope the chain tips and heads that
 * the next event must follow. What stands here runs ahead of the disk by the commits under way; the
 * store is the truth, and `reload` goes back to it. spec/space.
 */
import { controlScope, createEpochBook, createMembership, publicScope } from "@kith/core";
import type {
  ChainTip,
  DeviceId,
  EpochBook,
  EventId,
  EventRecord,
  EventStore,
  HybridTime,
  KeyTable,
  Membership,
  ScopeId,
  SpaceId,
} from "@kith/core";

import { fencesOf } from "./fences.ts";
import type { Fence } from "./fences.ts";
import { isKeyEvent, readFloor, storedCauses, toCause } from "./floors.ts";
import type { Cause } from "./floors.ts";
import { readBody, reopen } from "./reopen.ts";

export interface ScopeState {
  readonly scope: ScopeId;
  readonly space: SpaceId;
  readonly tips: Map<DeviceId, ChainTip>;
  readonly heads: Map<EventId, HybridTime>;
  /** The first bucket that is kept here; 0: all are. */
  floor: number;
  /** Events below it that events here follow. */
  readonly causes: Map<EventId, Cause>;
}

export interface Replica {
  readonly space: SpaceId;
  readonly control: ScopeId;
  readonly content: ScopeId;
  membership: Membership;
  /** Who holds which epoch, as the epoch events of both scopes say. */
  book: EpochBook;
  readonly scopes: ReadonlyMap<ScopeId, ScopeState>;
  /** How far each device is heard in the content scope whose person was removed. */
  fences: ReadonlyMap<DeviceId, Fence>;
}

const CONTROL_READ_ROWS = 1_000;
const EPOCH_EVENT_PREFIX = "epoch-event/";

/** Loads a space from the store; control events are verified again, since everything else rests on them. */
export function loadReplica(space: SpaceId, store: EventStore, keys: KeyTable): Replica {
  const control = controlScope(space);
  const content = publicScope(space);
  const replica: Replica = {
    space,
    control,
    content,
    membership: createMembership(space),
    book: createEpochBook(),
    scopes: new Map([control, content].map((scope) => [scope, emptyScope(scope, space)])),
    fences: new Map(),
  };
  reloadReplica(replica, store, keys);
  return replica;
}

/** Forgets what was not stored and reads the space from the store again. */
export function reloadReplica(replica: Replica, store: EventStore, keys: KeyTable): void {
  reloadChains(replica, store, keys);
  replica.membership = createMembership(replica.space);
  replica.book = createEpochBook();
  readControl(replica, store, keys);
  readContentEpochs(replica, store, keys);
  replica.fences = fencesOf(replica);
}

/** The same of the chains' tips and heads alone. */
export function reloadChains(replica: Replica, store: EventStore, keys: KeyTable): void {
  for (const state of replica.scopes.values()) {
    state.tips.clear();
    state.heads.clear();
    state.causes.clear();
    state.floor = readFloor(store, state.scope);
    for (const event of storedCauses(store, state.scope, keys)) state.causes.set(event.id, toCause(event));
    for (const tip of store.chainTips(state.scope)) state.tips.set(tip.device, tip);
    for (const id of store.heads(state.scope)) {
      const event = store.event(id);
      if (event) state.heads.set(id, { ms: event.timeMs, count: event.timeCount });
    }
  }
}

function emptyScope(scope: ScopeId, space: SpaceId): ScopeState {
  return { scope, space, tips: new Map(), heads: new Map(), floor: 0, causes: new Map() };
}

/** What the first event of a chain here follows: the last one before it, or one below the floor; null for number 1. */
export function tipBefore(
  state: ScopeState,
  { device, seq, prev }: Pick<EventRecord, "device" | "seq" | "prev">,
): ChainTip | null {
  const tip = state.tips.get(device);
  if (tip) return tip;
  const cause = prev === null ? undefined : state.causes.get(prev);
  return cause?.device === device && cause.seq === seq - 1 ? cause : null;
}

function readControl(replica: Replica, store: EventStore, keys: KeyTable): void {
  let after = 0;
  for (;;) {
    const rows = store.eventsOfScope(replica.control, after, CONTROL_READ_ROWS);
    for (const row of rows) {
      after = row.arrival;
      const event = reopen(row.outer, keys);
      if (!event) continue;
      replica.membership.add(event);
      if (event.body) replica.book.note({ ...event, body: event.body });
    }
    if (rows.length < CONTROL_READ_ROWS) return;
  }
}

function readContentEpochs(replica: Replica, store: EventStore, keys: KeyTable): void {
  for (const id of epochEvents(replica.content, store)) {
    const row = store.event(id);
    const event = row ? reopen(row.outer, keys) : null;
    if (event?.body) replica.book.note({ ...event, body: event.body });
  }
  for (const event of storedCauses(store, replica.content, keys)) {
    const body = isKeyEvent(event.header.kind) ? readBody(event) : null;
    if (body) replica.book.note({ id: event.id, header: event.header, body });
  }
}

/** Those of the scope that are here. */
export function epochEvents(scope: ScopeId, store: Pick<EventStore, "metaKeys">): EventId[] {
  return store
    .metaKeys(`${EPOCH_EVENT_PREFIX}${scope}/`)
    .map((key) => key.slice(key.lastIndexOf("/") + 1) as EventId);
}

/** Names an epoch event of a content scope, so that a start need not read all messages to find the few of them. */
export function epochEventMeta(scope: ScopeId, id: EventId): { key: string; value: Uint8Array } {
  return { key: `${EPOCH_EVENT_PREFIX}${scope}/${id}`, value: new Uint8Array([1]) };
}

/** The event becomes the tip of its device's chain and a head in place of those it follows. */
export function advance(state: ScopeState, tip: ChainTip, follows: readonly EventId[]): void {
  state.tips.set(tip.device, tip);
  for (const id of follows) state.heads.delete(id);
  state.heads.set(tip.id, { ms: tip.timeMs, count: tip.timeCount });
}
