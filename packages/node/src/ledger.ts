/**
 * Authorise -> append -> project. Every event of this device, its own or another's, enters here once it
 * is opened and verified, and nowhere else. Synchronous up to the commit, so that two events never
 * interleave; what was accepted is told to listeners only when it is on disk. spec/event, spec/space.
 */
import {
  createHybridClock,
  createKeyTable,
  followsInTime,
  placeInChain,
  projectEvent,
  toRecord,
  withSealedSource,
} from "@kith/core";
import type {
  Clock,
  CommitResult,
  DeviceId,
  EpochKeys,
  EventId,
  EventRecord,
  EventStore,
  Header,
  HybridClock,
  HybridTime,
  KeyTable,
  Log,
  ScopeId,
  SpaceId,
  ViewChange,
} from "@kith/core";
import type { Verdict, Draft, Candidate, Committed, Gathering, CommitExtras } from "./ledger-types.ts";
import { noteKeys } from "./announced.ts";
import { acceptCause } from "./below-floor.ts";
import { describeChange, describeClosed } from "./describe-change.ts";
import { fencesOf, isHeard, judgesOf, moveFences } from "./fences.ts";
import {
  advance,
  loadReplica,
  metaOf,
  openPrivateScope,
  reloadChains,
  reloadReplica,
  scopesFor,
  tipBefore,
} from "./replica.ts";
import { EarlyActs, bareIn, fillOf, isWhole, messagesOf, refuseBody, storedViews } from "./bodies.ts";
import { isExpired, withoutExpired } from "./expiry.ts";
import { forkKey, predecessorOf, proveFork } from "./forks.ts";
import { judgeAuthor } from "./judge-author.ts";
import { isKeyEvent } from "./floors.ts";
import { Latencies } from "./latencies.ts";
import type { Replica, ScopeState } from "./replica.ts";
import { readBody } from "./reopen.ts";
import { SealedKeys, sealedViews } from "./sealed.ts";
import { StoreHealth, toServiceError } from "./store-health.ts";

export type { Verdict, Candidate, Committed, Gathering, CommitExtras } from "./ledger-types.ts";

export interface LedgerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: EventStore;
}

export class Ledger {
  readonly keys: KeyTable = createKeyTable();
  readonly sealed: SealedKeys;
  readonly replicas = new Map<SpaceId, Replica>();
  readonly #options: LedgerOptions;
  readonly #hybrid: HybridClock;
  readonly #scopes = new Map<ScopeId, { state: ScopeState; replica: Replica }>();
  /** Accepted, not on disk yet. */
  readonly #inFlight = new Map<EventId, Draft>();
  readonly #listeners = new Set<(committed: Committed) => void>();
  readonly health: StoreHealth;
  readonly #early: EarlyActs;
  #epochsVersion = 0;

  /** From the planning of a write to its being on disk. */
  readonly commitTimes = new Latencies();

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#early = new EarlyActs(options.store);
    this.sealed = new SealedKeys(options);
    this.health = new StoreHealth(options.clock);
    this.#hybrid = createHybridClock(options.clock);
  }

  /** how "replace": of an epoch that is held, with more of it or less. */
  addSecrets(keys: EpochKeys, how: "add" | "addOlder" | "replace" = "add"): void {
    this.keys[how](withSealedSource(keys, this.sealed));
    this.#epochsVersion += 1;
  }

  /** A member's device, as far as this one has heard. */
  isMemberDevice(space: SpaceId, device: DeviceId): boolean {
    const state = this.replicas.get(space)?.membership.state();
    const person = state?.devices.get(device)?.person;
    return person !== undefined && state?.members.has(person) === true;
  }

  isOver({ membership }: Replica, self: DeviceId): boolean {
    const { removed, removedDevices } = membership.state();
    return removedDevices.has(self) || [...removed.values()].some(({ devices }) => devices.includes(self));
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

  /** Takes up a private channel's scope that a key has come for, or that is being founded here. */
  openPrivateScope(space: SpaceId, scope: ScopeId): void {
    const replica = this.openSpace(space);
    this.#scopes.set(scope, { state: openPrivateScope(replica, scope), replica });
  }

  closePrivateScope(space: SpaceId, scope: ScopeId): void {
    const replica = this.replicas.get(space);
    replica?.scopes.delete(scope);
    replica?.rosters.delete(scope);
    this.#scopes.delete(scope);
  }

  /** The device's person may have what lies in the scope, as far as this device has heard. */
  isEntitled(scope: ScopeId, device: DeviceId): boolean {
    const replica = this.replicaOfScope(scope);
    if (!replica || !this.isMemberDevice(replica.space, device)) return false;
    return scopesFor(replica, replica.membership.state().devices.get(device)?.person).includes(scope);
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
    return { drafts: [], causes: [], fills: [], from };
  }

  /** Judges a verified event and, if it stands, adds it to the gathering. */
  accept(delivered: Candidate, gathering: Gathering): Verdict {
    const { header, id } = delivered;
    const place = this.#scopes.get(header.scope);
    if (!place || place.replica.space !== header.space) {
      return { status: "refused", code: "SCOPE_UNKNOWN", detail: "the event belongs to no scope of ours" };
    }
    // What is stored already is found by its place in its chain below; that spares a look into the store.
    if (this.#inFlight.has(id)) return { status: "known" };
    const { state, replica } = place;
    const nowMs = this.#options.clock.nowMs();
    const opened = withoutExpired(delivered, replica, nowMs);
    if (opened.bucket < state.floor) {
      const onKeys = (): number => (this.#epochsVersion += 1);
      return acceptCause(opened, place, { gathering, log: this.#options.log, onKeys });
    }
    const tip = tipBefore(state, header);
    const beside =
      tip && header.seq <= tip.seq ? this.#outersAt(header.scope, header.device, header.seq) : [];
    const existing = beside.find((other) => other.id === id) ?? beside[0] ?? null;
    let before: HybridTime | null = tip && { ms: tip.timeMs, count: tip.timeCount };
    let isBranch = false;
    switch (placeInChain(header, { id, tip, existing: existing && existing.id })) {
      case "known":
        return this.#fill(opened, replica, gathering);
      case "gap":
        return { status: "waiting", missing: header.prev ? [header.prev] : [] };
      case "fork":
      case "bad-prev": {
        const predecessor = this.#predecessorOf(state, header);
        if (predecessor.is === "missing")
          return { status: "waiting", missing: header.prev ? [header.prev] : [] };
        if (predecessor.is === "broken")
          return {
            status: "refused",
            code: "CHAIN_BROKEN",
            detail: "the event does not follow the chain it names",
          };
        before = predecessor.is === "here" ? predecessor.time : null;
        isBranch = true;
        break;
      }
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
    if (before) times.push(before);
    if (!followsInTime(header.time, times)) {
      return {
        status: "refused",
        code: "TIME_NOT_AFTER",
        detail: "the event is not later than what it follows",
      };
    }
    const body = readBody({ id, header, body: opened.body }, this.#options.log);
    const isControl = header.scope === replica.control;
    const roster = replica.rosters.get(header.scope);
    const refusal = refuseBody(opened, body, { replica, keys: this.keys });
    if (refusal) return { status: "refused", ...refusal };
    const right = judgeAuthor({ id, header, body }, replica);
    if (right.status !== "stands") return right;
    const effect = isControl ? replica.membership.add({ id, header, body }) : { effective: true as const };
    if (!effect.effective && gathering.from === null) {
      // Ours must have effect, or it is not written: membership forgets it again.
      this.#restore(replica, true);
      return { status: "refused", code: effect.code, detail: effect.detail };
    }
    if (!effect.effective) this.#options.log.info("event:void", { id, code: effect.code });
    this.#hybrid.observe(header.time);
    const fork = existing && proveFork(existing.outer, opened.signedHeader, this.keys);
    const forkedAt = state.forks.get(header.device) ?? Infinity;
    const isFirstFork = fork !== null && header.seq < forkedAt;
    if (isFirstFork) state.forks.set(header.device, header.seq);
    // In the set like any other, so that all hold the same; shown by nobody.
    const isAboutPeople = roster?.has(id) === true;
    const isShown = effect.effective && (isControl || isAboutPeople || isHeard(header, judgesOf(replica)));
    const { membership } = replica;
    const views = [
      ...sealedViews(opened),
      ...(isShown && body ? projectEvent({ id, header, body, membership, roster }) : []),
    ];
    if (right.author !== null) views.push(...storedViews(opened, right.author, nowMs));
    this.#early.note(views);
    if (isControl || isAboutPeople || isFirstFork) {
      const outersAt: Parameters<typeof moveFences>[1] = (...at) =>
        this.#outersAt(...at).map(({ outer }) => outer);
      views.push(...moveFences(replica, outersAt, this.keys));
    }
    if (isAboutPeople) this.#epochsVersion += 1;
    const { clientId } = opened;
    // Void or not: who holds an epoch holds it, whatever right it was given with.
    const announces = isKeyEvent(header.kind);
    if (announces) {
      noteKeys(replica, { id, header, body });
      this.#epochsVersion += 1;
    }
    // Closed for good, or opened with what is used once: either way its key is needed no more.
    const isUsed = delivered.body !== null || delivered.isClosed === true || isExpired(header, nowMs);
    const draft: Draft = {
      event: toRecord(opened),
      views: clientId ? views.map((view) => withClientId(view, clientId)) : views,
      log: isShown && body ? describeChange({ id, header, body, replica, nowMs }) : [],
      header,
      body,
      isControl,
      isAboutPeople,
      isBranch,
      meta: [
        ...metaOf({ id, header }, { isState: announces || isAboutPeople, isControl }),
        ...this.sealed.note(opened, isUsed),
      ],
    };
    if (isFirstFork) this.#noteFork(draft, fork, { isKnown: forkedAt !== Infinity });
    gathering.drafts.push(draft);
    this.#inFlight.set(id, draft);
    advance(state, draft.event, follows(draft.event));
    return { status: "accepted", forks: existing !== null };
  }

  /** What is here without its body, for no reason that this device knows: a body that comes is taken. */
  #fill(opened: Candidate, replica: Replica, gathering: Gathering): Verdict {
    if (!isWhole(opened) || !this.lacksBody(opened.id)) return { status: "known" };
    const { log, clock } = this.#options;
    const fill = fillOf(opened, readBody(opened, log), { replica, nowMs: clock.nowMs() });
    gathering.fills.push({ ...fill, header: opened.header, meta: this.sealed.note(opened, true) });
    return { status: "accepted", forks: false };
  }

  /** It is stored without its body, and nothing here says that it was deleted. */
  lacksBody(id: EventId): boolean {
    return this.#options.store.shedReason(id) === "withheld";
  }

  /** Puts a gathering on disk. Rejects with a ServiceError; then nothing of it is kept anywhere. */
  async commit(gathering: Gathering, extras: CommitExtras = {}): Promise<Committed> {
    const drafts = gathering.drafts;
    const messages = messagesOf(drafts, this.#early);
    const spacesChanged = new Set<SpaceId>();
    for (const { event, isControl, isAboutPeople, isBranch } of drafts)
      if (isControl || isAboutPeople || isBranch) spacesChanged.add(event.space);
    const startedMs = this.#options.clock.monotonicMs();
    let result: CommitResult;
    try {
      const meta = [
        ...(extras.meta ?? []),
        ...drafts.flatMap((draft) => draft.meta),
        ...gathering.fills.flatMap((fill) => fill.meta ?? []),
        ...gathering.causes.map((cause) => cause.meta),
      ];
      const views = gathering.fills.flatMap((fill) => fill.views);
      const told = [
        ...gathering.fills.flatMap((fill) => fill.log),
        ...describeClosed(gathering, this.#options.clock.nowMs()),
      ];
      const log = [...(extras.log ?? []), ...told];
      result = await this.#options.store.commit({ ...extras, meta, log, views, events: drafts });
    } catch (cause) {
      this.rollBack(gathering);
      const error = toServiceError(cause);
      this.health.noteRefused(error.code === "DISK_FULL" ? "full" : "failing");
      throw error;
    }
    this.health.noteWritten();
    this.sealed.settle(gathering);
    this.commitTimes.note(this.#options.clock.monotonicMs() - startedMs);
    // From here on it is on disk: a listener that fails must not make it look as if it were not.
    for (const draft of drafts) this.#settle(draft.event);
    for (const { scope, cause } of gathering.causes)
      this.#scopes.get(scope)?.state.causes.set(cause.id, cause);
    const committed: Committed = {
      events: result.appended.map((event) =>
        this.#early.has(event.id) ? (this.#options.store.event(event.id) ?? event) : event,
      ),
      log: result.log,
      messages,
      bare: bareIn(drafts),
      from: gathering.from,
      spacesChanged,
    };
    this.#early.settle(drafts);
    for (const listener of this.#listeners) listener(committed);
    return committed;
  }

  /** People are told once for each chain. */
  #noteFork({ event, meta, log }: Draft, proof: Uint8Array, { isKnown }: { isKnown: boolean }): void {
    const { device, scope, space, seq } = event;
    meta.push({ key: forkKey(scope, device), value: proof });
    if (isKnown) return;
    this.#options.log.warn("device:forked", { device, scope, seq });
    const data = JSON.stringify({ space, change: "device-forked", device });
    log.push({ type: "space", atMs: this.#options.clock.nowMs(), ref: null, data });
  }

  #predecessorOf(state: ScopeState, header: Header): ReturnType<typeof predecessorOf> {
    return predecessorOf(header, (id) => {
      const cause = state.causes.get(id);
      return cause
        ? { ...cause, scope: state.scope }
        : (this.#inFlight.get(id)?.event ?? this.#options.store.event(id));
    });
  }

  /** What has come in one delivery with a removal is not in the store yet. */
  #outersAt(
    scope: ScopeId,
    device: DeviceId,
    seq: number,
  ): { readonly id: EventId; readonly outer: Uint8Array }[] {
    const found: EventRecord[] = this.#options.store.eventsAt(scope, device, seq);
    for (const { event } of this.#inFlight.values())
      if (event.seq === seq && event.device === device && event.scope === scope) found.push(event);
    return found;
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
    for (const { event, isControl, isAboutPeople } of gathering.drafts) {
      this.#inFlight.delete(event.id);
      const isState = isControl || isAboutPeople || isKeyEvent(event.kind);
      spaces.set(event.space, (spaces.get(event.space) ?? false) || isState);
    }
    for (const { scope } of gathering.causes) {
      const space = this.#scopes.get(scope)?.state.space;
      if (space) spaces.set(space, true);
    }
    this.sealed.takeBack(gathering);
    for (const [space, isStateToo] of spaces) {
      const replica = this.replicas.get(space);
      if (replica) this.#restore(replica, isStateToo);
    }
  }

  /** The space as the disk has it, and then what is on its way to the disk and still follows from that. */
  #restore(replica: Replica, isStateToo: boolean): void {
    if (isStateToo) reloadReplica(replica, this.#options.store, this.keys);
    else reloadChains(replica, this.#options.store, this.keys);
    for (const { event, header, body, isControl, isBranch } of this.#inFlight.values()) {
      const state = replica.scopes.get(event.scope);
      const tip = state && tipBefore(state, event);
      const isNext = event.seq === (tip?.seq ?? 0) + 1 && event.prev === (tip?.id ?? null);
      if (!state || (!isNext && !(isBranch && this.#predecessorOf(state, header).is !== "missing"))) continue;
      if (!isStateToo) {
        advance(state, event, follows(event));
        continue;
      }
      // It followed what was taken back: its own commit is about to fail as well.
      const roster = replica.rosters.get(event.scope);
      const uncited = isControl ? replica.membership.missing(follows(event)) : roster?.missing(header.auth);
      if ((uncited?.length ?? 0) > 0) continue;
      if (isControl) replica.membership.add({ id: event.id, header, body });
      else roster?.add({ id: event.id, header, body });
      if (isKeyEvent(header.kind)) noteKeys(replica, { id: event.id, header, body });
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
