/**
 * One space as this device holds it: its membership, and of each scope the chain tips and heads that
 * the next event must follow. What stands here runs ahead of the disk by the commits under way; the
 * store is the truth, and `reload` goes back to it. spec/space.
 */
import {
  controlScope,
  createEpochBook,
  createMembership,
  createRoster,
  kinds,
  publicScope,
} from "@kith/core";
import type {
  ChainTip,
  DeviceId,
  EpochBook,
  EpochId,
  EventId,
  EventRecord,
  EventStore,
  Header,
  InviteId,
  HybridTime,
  KeyTable,
  Membership,
  PersonId,
  Roster,
  ScopeId,
  SpaceId,
} from "@kith/core";

import { noteKeys } from "./announced.ts";
import { fencesOf } from "./fences.ts";
import type { DeviceFence } from "./fences.ts";
import { storedForks } from "./forks.ts";
import { isKeyEvent, readFloor, storedCauses, toCause } from "./floors.ts";
import type { Cause } from "./floors.ts";
import { readBody, reopen } from "./reopen.ts";
import { scopesWithKeys } from "./secrets.ts";

export interface ScopeState {
  readonly scope: ScopeId;
  readonly space: SpaceId;
  readonly tips: Map<DeviceId, ChainTip>;
  readonly heads: Map<EventId, HybridTime>;
  /** The first bucket that is kept here; 0: all are. */
  floor: number;
  /** Events below it that events here follow. */
  readonly causes: Map<EventId, Cause>;
  /** Of devices that signed two events with one number: the first such number. */
  readonly forks: Map<DeviceId, number>;
}

export interface Replica {
  readonly space: SpaceId;
  readonly control: ScopeId;
  readonly content: ScopeId;
  membership: Membership;
  /** Who holds which epoch, as the epoch events of all scopes say. */
  book: EpochBook;
  /** Of all its scopes: an event here says that they were made, whether it can be read or not. */
  readonly announced: Set<EpochId>;
  readonly scopes: Map<ScopeId, ScopeState>;
  /** Who is in each private channel that this device has a key of, by its scope. */
  readonly rosters: Map<ScopeId, Roster>;
  /** By content scope, the last seq that counts of each device that is not heard to the end. */
  fences: Fences;
}

export type Fences = ReadonlyMap<ScopeId, ReadonlyMap<DeviceId, DeviceFence>>;

const CONTROL_READ_ROWS = 1_000;
const STATE_EVENT_PREFIX = "epoch-event/";

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
    announced: new Set(),
    scopes: new Map([control, content].map((scope) => [scope, emptyScope(scope, space)])),
    rosters: new Map(),
    fences: new Map(),
  };
  for (const scope of scopesWithKeys(store, space)) openPrivateScope(replica, scope);
  reloadReplica(replica, store, keys);
  return replica;
}

/** Forgets what was not stored and reads the space from the store again. */
export function reloadReplica(replica: Replica, store: EventStore, keys: KeyTable): void {
  reloadChains(replica, store, keys);
  replica.membership = createMembership(replica.space);
  replica.book = createEpochBook();
  replica.announced.clear();
  for (const scope of replica.rosters.keys()) replica.rosters.set(scope, newRoster(replica, scope));
  readControl(replica, store, keys);
  for (const scope of replica.scopes.keys())
    if (scope !== replica.control) readStateEvents(replica, scope, { store, keys });
  replica.fences = fencesOf(replica);
}

/** The same of the chains' tips and heads alone. */
export function reloadChains(replica: Replica, store: EventStore, keys: KeyTable): void {
  for (const state of replica.scopes.values()) {
    state.tips.clear();
    state.heads.clear();
    state.causes.clear();
    state.forks.clear();
    for (const [device, seq] of storedForks(store, state.scope)) state.forks.set(device, seq);
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
  return { scope, space, tips: new Map(), heads: new Map(), floor: 0, causes: new Map(), forks: new Map() };
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
      noteKeys(replica, event);
    }
    if (rows.length < CONTROL_READ_ROWS) return;
  }
}

/** In order of arrival, so that causes come first. */
function readStateEvents(
  replica: Replica,
  scope: ScopeId,
  { store, keys }: { readonly store: EventStore; readonly keys: KeyTable },
): void {
  const rows = epochEvents(scope, store)
    .flatMap((id) => store.event(id) ?? [])
    .sort((a, b) => a.arrival - b.arrival);
  const roster = replica.rosters.get(scope);
  for (const row of rows) {
    const event = reopen(row.outer, keys);
    if (!event) continue;
    // Without a cause of its own, by damage: `verify` names it, and nothing rests on it.
    if (event.body && roster?.missing(event.header.auth).length === 0) roster.add(event);
    noteKeys(replica, event);
  }
  for (const event of storedCauses(store, scope, keys)) {
    const { id, header } = event;
    if (isKeyEvent(header.kind)) noteKeys(replica, { id, header, body: readBody(event) });
  }
}

/** Those of the scope that are here. */
export function epochEvents(scope: ScopeId, store: Pick<EventStore, "metaKeys">): EventId[] {
  return store
    .metaKeys(`${STATE_EVENT_PREFIX}${scope}/`)
    .map((key) => key.slice(key.lastIndexOf("/") + 1) as EventId);
}

/** Names an event of a content scope that says who holds or who is in it, so that a start need not read all messages to find the few of them. */
export function stateEventMeta(scope: ScopeId, id: EventId): { key: string; value: Uint8Array } {
  return { key: `${STATE_EVENT_PREFIX}${scope}/${id}`, value: new Uint8Array([1]) };
}

/** Reports that came and were not looked into yet. */
export const REPORT_NEW_PREFIX = "report-new/";

/** What is kept beside an event for a later look, in the commit that stores it. */
export function metaOf(
  { id, header: { kind, scope } }: { readonly id: EventId; readonly header: Header },
  { isState, isControl }: { readonly isState: boolean; readonly isControl: boolean },
): { key: string; value: Uint8Array }[] {
  if (!isControl) return isState ? [stateEventMeta(scope, id)] : [];
  const isReport = kind === kinds["message.report"];
  return isReport ? [{ key: REPORT_NEW_PREFIX + id, value: new Uint8Array([1]) }] : [];
}

/** Takes up a private channel's scope; nothing is known of it yet. */
export function openPrivateScope(replica: Replica, scope: ScopeId): ScopeState {
  const { space, scopes, rosters } = replica;
  const state = scopes.get(scope) ?? emptyScope(scope, space);
  if (scopes.has(scope)) return state;
  scopes.set(scope, state);
  rosters.set(scope, newRoster(replica, scope));
  return state;
}

function newRoster(replica: Replica, scope: ScopeId): Roster {
  return createRoster({ space: replica.space, scope }, () => replica.membership);
}

/** Of the space: what a member's person is entitled to. */
export function scopesFor({ control, content, rosters }: Replica, person: PersonId | undefined): ScopeId[] {
  const own = [...rosters].filter(([, roster]) => person !== undefined && roster.people().has(person));
  return [control, content, ...own.map(([scope]) => scope)];
}

/** The event becomes the tip of its device's chain, unless that has come further on another branch, and a head in place of those it follows. */
export function advance(state: ScopeState, tip: ChainTip, follows: readonly EventId[]): void {
  if ((state.tips.get(tip.device)?.seq ?? 0) <= tip.seq) state.tips.set(tip.device, tip);
  for (const id of follows) state.heads.delete(id);
  state.heads.set(tip.id, { ms: tip.timeMs, count: tip.timeCount });
}

/** The device is a member's, as far as is heard here; undefined: of a space of which nothing is. */
export function isDeviceOf(replica: Replica | undefined, device: DeviceId): boolean {
  return replica?.membership.state().devices.has(device) ?? false;
}

/** The device has come in over this invite already. */
export function hasEnteredBy(
  replicas: ReadonlyMap<SpaceId, Replica>,
  invite: InviteId,
  device: DeviceId,
): boolean {
  for (const { membership } of replicas.values()) {
    const { invites, devices } = membership.state();
    if (invites.has(invite)) return devices.has(device);
  }
  return false;
}
