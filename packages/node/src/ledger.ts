/**
 * Authorise -> append -> project. Every event of this device, its own or another's, enters here once it
 * is opened and verified, and nowhere else. Synchronous up to the commit, so that two events never
 * interleave; what was accepted is told to listeners only when it is on disk. spec/event, spec/space.
 */
import {
  createHybridClock,
  createKeyTable,
  followsInTime,
  SHEDDABLE_KIND_MIN,
  placeInChain,
  projectEvent,
  proveEquivocation,
  shedBody,
  toRecord,
  decodeOuter,
  openEvent,
} from "@kith/core";
import type {
  Body,
  Clock,
  CommitResult,
  DeviceId,
  EpochKeys,
  EquivocationProof,
  EventId,
  EventRecord,
  EventStore,
  Header,
  HybridClock,
  HybridTime,
  KeyTable,
  Log,
  LogDraft,
  LogRow,
  MessageRow,
  OpenedEvent,
  ScopeId,
  SignedHeader,
  SpaceId,
  StoredEvent,
  ViewChange,
  WriteBatch,
} from "@kith/core";
import { describeChange } from "./describe-change.ts";
import { fencesOf, isHeard, moveFences } from "./fences.ts";
import { causeMeta, isKeyEvent, toCause } from "./floors.ts";
import type { Cause } from "./floors.ts";
import { CAUSES_MAX } from "./limits.ts";
import { advance, epochEventMeta, loadReplica, reloadChains, reloadReplica, tipBefore } from "./replica.ts";
import type { Replica, ScopeState } from "./replica.ts";
import { readBody } from "./reopen.ts";
import { StoreHealth, toServiceError } from "./store-health.ts";

export type Verdict =
  | { readonly status: "accepted" | "known" }
  | { readonly status: "waiting"; readonly missing: readonly EventId[] }
  | { readonly status: "refused"; readonly code: string; readonly detail: string }
  | { readonly status: "forked"; readonly proof: EquivocationProof };

interface Draft {
  readonly event: EventRecord;
  readonly views: readonly ViewChange[];
  readonly log: readonly LogDraft[];
  readonly header: Header;
  readonly body: Body | null;
  readonly isControl: boolean;
  readonly meta: readonly { readonly key: string; readonly value: Uint8Array }[];
}

/** An opened event, or a local one that was sealed a moment ago and whose body need not be decoded again. */
export type Candidate = Pick<OpenedEvent, "id" | "header" | "bucket" | "outer"> & {
  readonly body: Uint8Array | Body | null;
  readonly signedHeader?: SignedHeader;
  /** Local messages only: what the caller may repeat without posting twice. */
  readonly clientId?: string | null;
};

export interface Committed {
  readonly events: readonly StoredEvent[];
  readonly log: readonly LogRow[];
  /** Messages among the events, as projected: saves reading them back. */
  readonly messages: ReadonlyMap<EventId, MessageRow>;
  /** The device that delivered them; null for our own. */
  readonly from: DeviceId | null;
  /** Spaces whose members, channels or invites changed. */
  readonly spacesChanged: ReadonlySet<SpaceId>;
}

/** Events accepted together and committed together. */
export interface Gathering {
  readonly drafts: Draft[];
  /** Of events below a floor. */
  readonly causes: {
    readonly scope: ScopeId;
    readonly cause: Cause;
    readonly meta: ReturnType<typeof causeMeta>;
  }[];
  readonly from: DeviceId | null;
}

export type CommitExtras = Pick<WriteBatch, "meta" | "boxes" | "log" | "heights">;

/** A body that lies below the floor, or more causes than are kept. Honest neighbours may not have heard of the floor yet. */
export const BELOW_FLOOR = {
  code: "BELOW_FLOOR",
  detail: "the event is older than the history that this device keeps",
} as const;

export const BODY_SHED = {
  code: "BODY_SHED",
  detail: "the event came without its body and nothing here says it was deleted",
} as const;

export interface LedgerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: EventStore;
}

export class Ledger {
  readonly keys: KeyTable = createKeyTable();
  readonly replicas = new Map<SpaceId, Replica>();
  readonly #options: LedgerOptions;
  readonly #hybrid: HybridClock;
  readonly #scopes = new Map<ScopeId, { state: ScopeState; replica: Replica }>();
  /** Accepted, not on disk yet. */
  readonly #inFlight = new Map<EventId, Draft>();
  readonly #listeners = new Set<(committed: Committed) => void>();
  readonly health: StoreHealth;
  #epochsVersion = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.health = new StoreHealth(options.clock);
    this.#hybrid = createHybridClock(options.clock);
  }

  addSecrets(keys: EpochKeys): void {
    this.keys.add(keys);
    this.#epochsVersion += 1;
  }

  /** A member's device, as far as this one has heard. */
  isMemberDevice(space: SpaceId, device: DeviceId): boolean {
    const state = this.replicas.get(space)?.membership.state();
    const person = state?.devices.get(device)?.person;
    return person !== undefined && state?.members.has(person) === true;
  }

  /** The membership of this device's person in it has ended. */
  isOver({ membership }: Replica, self: DeviceId): boolean {
    return [...membership.state().removed.values()].some(({ devices }) => devices.includes(self));
  }

  /** Takes a space up from the store (empty for one that is being founded or joined). */
  openSpace(space: SpaceId): Replica {
    const known = this.replicas.get(space);
    if (known) return known;
    const replica = loadReplica(space, this.#options.store, this.keys);
    this.replicas.set(space, replica);
    for (const state of replica.scopes.values()) this.#scopes.set(state.scope, { state, replica });
    return replica;
  }

  closeSpace(space: SpaceId): void {
    const replica = this.replicas.get(space);
    if (!replica) return;
    this.replicas.delete(space);
    for (const scope of replica.scopes.keys()) this.#scopes.delete(scope);
  }

  /** Changes whenever an epoch or a holder of one becomes known. */
  get epochsVersion(): number {
    return this.#epochsVersion;
  }

  /** A time later than all of these, and than what was seen lately. */
  timeAfter(times: readonly HybridTime[]): HybridTime {
    return this.#hybrid.next(times);
  }

  replicaOfScope(scope: ScopeId): Replica | null {
    return this.#scopes.get(scope)?.replica ?? null;
  }

  scopeState(scope: ScopeId): ScopeState | null {
    return this.#scopes.get(scope)?.state ?? null;
  }

  /** Beyond what is known of its device's chain, so that it cannot be here yet. */
  isAhead(header: Pick<Header, "scope" | "device" | "seq">): boolean {
    const state = this.#scopes.get(header.scope)?.state;
    return state !== undefined && header.seq > (state.tips.get(header.device)?.seq ?? 0);
  }

  /** Stored or about to be. */
  knows(id: EventId, scope?: ScopeId): boolean {
    if (scope !== undefined && this.#scopes.get(scope)?.state.causes.has(id) === true) return true;
    return this.#inFlight.has(id) || this.#options.store.hasEvent(id);
  }

  onCommitted(listener: (committed: Committed) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  gather(from: DeviceId | null): Gathering {
    return { drafts: [], causes: [], from };
  }

  /** Judges a verified event and, if it stands, adds it to the gathering. */
  accept(opened: Candidate, gathering: Gathering): Verdict {
    const { header, id } = opened;
    const place = this.#scopes.get(header.scope);
    if (!place || place.replica.space !== header.space) {
      return { status: "refused", code: "SCOPE_UNKNOWN", detail: "the event belongs to no scope of ours" };
    }
    // What is stored already is found by its place in its chain below; that spares a look into the store.
    if (this.#inFlight.has(id)) return { status: "known" };
    const { state, replica } = place;

    if (opened.bucket < state.floor) return this.#acceptCause(opened, place, gathering);
    const tip = tipBefore(state, header);
    const existing = tip && header.seq <= tip.seq ? this.#idAt(state, header.device, header.seq) : null;
    switch (placeInChain(header, { id, tip, existing })) {
      case "known":
        return { status: "known" };
      case "gap":
        return { status: "waiting", missing: header.prev ? [header.prev] : [] };
      case "fork":
        return this.#fork(opened, existing);
      case "bad-prev":
        return {
          status: "refused",
          code: "CHAIN_BROKEN",
          detail: "the event does not follow the chain it names",
        };
      case "next":
        break;
    }

    const missing: EventId[] = [];
    const times: HybridTime[] = [];
    for (const parent of header.parents) {
      const known = this.#placeOf(state, parent);
      if (!known) missing.push(parent);
      else if (known.scope === header.scope) times.push(known.time);
      else {
        // Who lacks that other scope would wait for ever, and for all that follows this event.
        return { status: "refused", code: "PARENT_SCOPE", detail: "the event follows one of another scope" };
      }
    }
    if (missing.length > 0) return { status: "waiting", missing };
    if (tip) times.push({ ms: tip.timeMs, count: tip.timeCount });
    if (!followsInTime(header.time, times)) {
      return {
        status: "refused",
        code: "TIME_NOT_AFTER",
        detail: "the event is not later than what it follows",
      };
    }
    if (opened.body === null) return { status: "refused", ...BODY_SHED };
    const body = readBody({ id, header, body: opened.body }, this.#options.log);
    const isControl = header.scope === replica.control;
    if (isControl) {
      const uncited = replica.membership.missing(
        header.prev ? [header.prev, ...header.parents] : header.parents,
      );
      if (uncited.length > 0) return { status: "waiting", missing: uncited };
    } else {
      const uncited = replica.membership.missing(header.auth);
      if (uncited.length > 0) return { status: "waiting", missing: uncited };
      const right = replica.membership.mayAct(header.device, "write", header.auth);
      if (!right.ok) return { status: "refused", code: right.code, detail: right.detail };
    }
    if (isControl && replica.membership.full) {
      return {
        status: "refused",
        code: "MEMBERSHIP_FULL",
        detail: "the space holds as many control events as it may; found a new one",
      };
    }
    const effect = isControl ? replica.membership.add({ id, header, body }) : { effective: true as const };
    if (!effect.effective && gathering.from === null) {
      // Ours must have effect, or it is not written: membership forgets it again.
      this.#restore(replica, true);
      return { status: "refused", code: effect.code, detail: effect.detail };
    }
    if (!effect.effective) this.#options.log.info("event:void", { id, code: effect.code });
    this.#hybrid.observe(header.time);
    // In the set like any other, so that all hold the same; shown by nobody.
    const isShown = effect.effective && (isControl || isHeard(header, replica.membership));
    const views = isShown && body ? projectEvent({ id, header, body, membership: replica.membership }) : [];
    if (isControl) views.push(...moveFences(replica, (...at) => this.#outerAt(...at), this.keys));
    const { clientId } = opened;
    // Void or not: who holds an epoch holds it, whatever right it was given with.
    const announces = body?.type === "epoch.create" || body?.type === "epoch.rebox";
    if (announces) {
      replica.book.note({ id, header, body });
      this.#epochsVersion += 1;
    }
    const draft: Draft = {
      event: toRecord(opened),
      views: clientId ? views.map((view) => withClientId(view, clientId)) : views,
      log:
        isShown && body
          ? describeChange({ id, header, body, replica, nowMs: this.#options.clock.nowMs() })
          : [],
      header,
      body,
      isControl,
      meta: announces && !isControl ? [epochEventMeta(header.scope, id)] : [],
    };
    gathering.drafts.push(draft);
    this.#inFlight.set(id, draft);
    advance(state, draft.event, follows(draft.event));
    return { status: "accepted" };
  }

  /**
   * Below the floor. Its own causes are not asked for and its body is not kept: that it was written, where in its chain
   * and when, is all that what follows it needs.
   */
  #acceptCause(
    { id, header, body, outer }: Candidate,
    { state, replica }: { readonly state: ScopeState; readonly replica: Replica },
    gathering: Gathering,
  ): Verdict {
    if (state.causes.has(id)) return { status: "known" };
    const uncited = replica.membership.missing(header.auth);
    if (uncited.length > 0) return { status: "waiting", missing: uncited };
    const right = replica.membership.mayAct(header.device, "write", header.auth);
    if (!right.ok) return { status: "refused", code: right.code, detail: right.detail };
    if (state.causes.size >= CAUSES_MAX) return { status: "refused", ...BELOW_FLOOR };
    const isKey = isKeyEvent(header.kind);
    const opened = isKey && body ? readBody({ id, header, body }, this.#options.log) : null;
    if (opened) {
      replica.book.note({ id, header, body: opened });
      this.#epochsVersion += 1;
    }
    const cause = toCause({ id, header });
    state.causes.set(id, cause);
    const kept = header.kind < SHEDDABLE_KIND_MIN ? outer.slice() : shedBody(outer);
    gathering.causes.push({ scope: state.scope, cause, meta: causeMeta(state.scope, id, kept) });
    return { status: "accepted" };
  }

  /** Puts a gathering on disk. Rejects with a ServiceError; then nothing of it is kept anywhere. */
  async commit(gathering: Gathering, extras: CommitExtras = {}): Promise<Committed> {
    const drafts = gathering.drafts;
    const messages = new Map<EventId, MessageRow>();
    const spacesChanged = new Set<SpaceId>();
    for (const draft of drafts) {
      if (draft.isControl) spacesChanged.add(draft.event.space);
      for (const view of draft.views) if (view.op === "message") messages.set(view.row.id, view.row);
    }
    let result: CommitResult;
    try {
      const meta = [
        ...(extras.meta ?? []),
        ...drafts.flatMap((draft) => draft.meta),
        ...gathering.causes.map((cause) => cause.meta),
      ];
      result = await this.#options.store.commit({ ...extras, meta, events: drafts });
    } catch (cause) {
      this.rollBack(gathering);
      const error = toServiceError(cause);
      this.health.noteRefused(error.code === "DISK_FULL" ? "full" : "failing");
      throw error;
    }
    this.health.noteWritten();
    // From here on it is on disk: a listener that fails must not make it look as if it were not.
    for (const draft of drafts) this.#settle(draft.event);
    for (const { scope, cause } of gathering.causes)
      this.#scopes.get(scope)?.state.causes.set(cause.id, cause);
    const committed: Committed = {
      events: result.appended,
      log: result.log,
      messages,
      from: gathering.from,
      spacesChanged,
    };
    for (const listener of this.#listeners) listener(committed);
    return committed;
  }

  #fork(opened: Candidate, existing: EventId | null): Verdict {
    const other = existing ? this.#options.store.event(existing) : null;
    if (!other)
      return {
        status: "refused",
        code: "CHAIN_BROKEN",
        detail: "another event holds that place in the chain",
      };
    const outer = decodeOuter(other.outer);
    const keys = this.keys.find(outer.tag, outer.bucket);
    if (!keys || !opened.signedHeader)
      return {
        status: "refused",
        code: "CHAIN_BROKEN",
        detail: "another event holds that place in the chain",
      };
    return {
      status: "forked",
      proof: proveEquivocation(openEvent(outer, keys).signedHeader, opened.signedHeader),
    };
  }

  /** What has come in one delivery with a removal is not in the store yet. */
  #outerAt(scope: ScopeId, device: DeviceId, seq: number): Uint8Array | null {
    const stored = this.#options.store.eventAt(scope, device, seq);
    if (stored) return stored.outer;
    for (const { event } of this.#inFlight.values())
      if (event.seq === seq && event.device === device && event.scope === scope) return event.outer;
    return null;
  }

  #idAt(state: ScopeState, device: DeviceId, seq: number): EventId | null {
    const tip = state.tips.get(device);
    if (tip?.seq === seq) return tip.id;
    return this.#options.store.eventAt(state.scope, device, seq)?.id ?? null;
  }

  /** Of an event that is known here. */
  timeOf(state: ScopeState, id: EventId): HybridTime {
    const known = this.#placeOf(state, id);
    if (!known) throw new Error(`LEDGER_PARENT: ${id} was known a moment ago`);
    return known.time;
  }

  /** Scope and time of an event, looked for first where it most likely is; null when it is not here. */
  #placeOf(state: ScopeState, id: EventId): { scope: ScopeId; time: HybridTime } | null {
    const head = state.heads.get(id);
    if (head) return { scope: state.scope, time: head };
    const header = this.#inFlight.get(id)?.header;
    if (header) return header;
    const cause = state.causes.get(id);
    if (cause) return { scope: state.scope, time: { ms: cause.timeMs, count: cause.timeCount } };
    const event = this.#options.store.event(id);
    return event && { scope: event.scope, time: { ms: event.timeMs, count: event.timeCount } };
  }

  #settle(event: EventRecord): void {
    this.#inFlight.delete(event.id);
    const state = this.#scopes.get(event.scope)?.state;
    // A commit that failed in between took the memory back to the disk; what was stored after it counts again.
    if (!state || (state.tips.get(event.device)?.seq ?? 0) >= event.seq) return;
    advance(state, event, follows(event));
  }

  /** Takes back what was gathered and is not going to be stored. */
  rollBack(gathering: Gathering): void {
    /** By space, whether the state of members or keys must be read again: most refused writes are messages. */
    const spaces = new Map<SpaceId, boolean>();
    for (const { event, isControl } of gathering.drafts) {
      this.#inFlight.delete(event.id);
      spaces.set(event.space, (spaces.get(event.space) ?? false) || isControl || isKeyEvent(event.kind));
    }
    for (const { scope } of gathering.causes) {
      const space = this.#scopes.get(scope)?.state.space;
      if (space) spaces.set(space, true);
    }
    for (const [space, isStateToo] of spaces) {
      const replica = this.replicas.get(space);
      if (replica) this.#restore(replica, isStateToo);
    }
  }

  /** The space as the disk has it, and then what is on its way to the disk and still follows from that. */
  #restore(replica: Replica, isStateToo: boolean): void {
    if (isStateToo) reloadReplica(replica, this.#options.store, this.keys);
    else reloadChains(replica, this.#options.store, this.keys);
    for (const { event, header, body, isControl } of this.#inFlight.values()) {
      const state = replica.scopes.get(event.scope);
      const tip = state && tipBefore(state, event);
      if (!state || event.seq !== (tip?.seq ?? 0) + 1 || event.prev !== (tip?.id ?? null)) continue;
      if (!isStateToo) {
        advance(state, event, follows(event));
        continue;
      }
      // It followed what was taken back: its own commit is about to fail as well.
      if (isControl && replica.membership.missing(follows(event)).length > 0) continue;
      if (isControl) replica.membership.add({ id: event.id, header, body });
      if (body) replica.book.note({ id: event.id, header, body });
      advance(state, event, follows(event));
    }
    if (!isStateToo) return;
    replica.fences = fencesOf(replica);
    this.#epochsVersion += 1;
  }
}

function follows(event: EventRecord): readonly EventId[] {
  return event.prev ? [event.prev, ...event.parents] : event.parents;
}

function withClientId(view: ViewChange, clientId: string): ViewChange {
  return view.op === "message" ? { op: "message", row: { ...view.row, clientId } } : view;
}
