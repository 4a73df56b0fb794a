/**
 * What one open session is for: deciding which spaces its device may see, pushing what is new, acknowledging
 * what is stored, answering for boxes and joins. Reconciliation itself is scope-sync's. spec/sync, spec/invite.
 */
import { kinds } from "@kith/core";
import type { Frame, ScopeId, SpaceId } from "@kith/core";
import { answerRequest } from "./admission.ts";
import { Boxes } from "./boxes.ts";
import type { Outlook } from "./claims.ts";
import { Coming } from "./early/coming.ts";
import type { ExchangeHost } from "./exchange-host.ts";
import { Intake } from "./intake.ts";
import type { Committed } from "./ledger.ts";
import { KeyIntake } from "./key-intake.ts";
import type { PeerSession } from "./peer-session.ts";
import { FAREWELL_MS, PARTING_MS, ROOT_RECHECK_MS, SPACES_MAX } from "./limits.ts";
import { PrivateScopes } from "./private-scopes.ts";
import { Outflow } from "./outflow.ts";
import { ScopeSync } from "./scope-sync.ts";
import { BodyExchange } from "./sealed-bodies.ts";
import { isOfRoot, provesNewest } from "./voices.ts";
import type { Supplier } from "./wants.ts";

/** "control": proved the newest key but is not known as a member yet, because its admission has not reached us. */
type Access = "control" | "full";

export class Exchange {
  readonly session: PeerSession;
  readonly #host: ExchangeHost;
  readonly #sync: ScopeSync;
  readonly #access = new Map<SpaceId, Access>();
  readonly #theirs = new Set<SpaceId>();
  readonly #parted = new Set<SpaceId>();
  readonly #outflow: Outflow;
  readonly #coming: Coming;
  readonly #boxes: Boxes;
  readonly #keys: KeyIntake;
  readonly #privates: PrivateScopes;
  readonly #intake: Intake;
  readonly #bodies: BodyExchange;
  readonly #supplier: Supplier;
  readonly #onFault = (code: string): void => this.#host.onFault(this, code, 1);
  #cancels = new Set<() => void>();
  #closed = false;

  constructor(session: PeerSession, host: ExchangeHost) {
    this.session = session;
    this.#host = host;
    this.#sync = new ScopeSync({
      session,
      clock: host.clock,
      random: host.random,
      log: host.log,
      ways: host.ways,
      store: host.store,
      roots: host.roots,
      settledRoots: host.settledRoots,
      sets: host.sets,
      budget: host.budgets(session.device),
      mayExchange: (scope) => this.#mayExchange(scope),
      holds: (id) => host.ingest.holds(id),
      settle: (scope) => host.wants.settled(this.#supplier, scope, () => host.ingest.stored()),
      floorOf: (scope) => host.ledger.scopeState(scope)?.floor ?? 0,
      onAgreed: (scope) => this.#onAgreed(scope),
      onFault: this.#onFault,
    });
    this.#privates = new PrivateScopes({ person: session.person, self: host.self });
    this.#supplier = {
      device: session.device,
      send: (frame) => this.#send(frame),
      touch: (scope) => this.#sync.touch(scope),
      onFault: this.#onFault,
    };
    this.#coming = new Coming({
      host,
      supplier: this.#supplier,
      sync: this.#sync,
      mayExchange: (scope) => this.#mayExchange(scope),
    });
    this.#intake = new Intake({
      log: host.log,
      ledger: host.ledger,
      ingest: host.ingest,
      wants: host.wants,
      supplier: this.#supplier,
      sync: this.#sync,
      onFault: (code, count) => host.onFault(this, code, count),
      later: (delayMs, call) => this.#later(delayMs, call),
    });
    this.#boxes = new Boxes({
      host,
      device: session.device,
      isFull: (space) => this.#access.get(space) === "full",
      agrees: (space) => this.#agrees(space),
      speaksOf: (scope) => this.#coming.isHeardOf(scope),
      send: (frame) => this.#send(frame),
      later: (delayMs, call) => this.#later(delayMs, call),
    });
    this.#keys = new KeyIntake({
      host,
      session,
      isOfLink: (space) => this.#isOfLink(space),
      isFull: (space) => this.#access.get(space) === "full",
      maySpeakOf: (scope) => this.#mayExchange(scope),
      send: (frame) => this.#send(frame),
      later: (delayMs, call) => this.#later(delayMs, call),
      onKey: (space, scope, isNew) => this.#hearOf(space, scope, isNew),
      onGiven: (space) => this.grant(space),
      onOpened: (space) => this.#beginSync(space),
      onFault: this.#onFault,
    });
    this.#bodies = new BodyExchange({
      ...host,
      nowMs: () => host.clock.nowMs(),
      isOwn: () => host.linking.isOwn(session),
      mayExchange: (scope) => this.#mayExchange(scope),
      send: (frame) => this.#send(frame),
      onFault: this.#onFault,
    });
    this.#outflow = new Outflow({
      session,
      clock: host.clock,
      store: host.store,
      mayExchange: (scope) => this.#mayExchange(scope),
      heightOf: (scope, device) => host.deliveries.height(scope, session.device, device),
      offer: (scope, ids) => this.#sync.line.offer(scope, ids),
      onLagging: (scope) => this.#sync.doubt(scope),
    });
  }

  start(): void {
    if (this.#host.ingest.isFull) this.session.pause("disk");
    this.#send({ type: "hello", name: this.#host.ownName(), peerPort: this.#host.peerPort(), heads: [] });
    this.reconsider();
    this.#host.onSession(this.session);
    if (this.session.link.role === "dialer") this.#recheckLater();
  }

  #recheckLater(): void {
    this.#later(ROOT_RECHECK_MS, () => {
      for (const scope of this.#scopes()) this.#sync.want(scope);
      this.#recheckLater();
    });
  }

  close(): void {
    this.#closed = true;
    this.#host.onSessionClosed(this.session);
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#outflow.close();
    this.#intake.close();
    this.#coming.close();
    this.#sync.close();
    this.#host.wants.leaveAll(this.#supplier);
  }

  /** Shares at least one space, or is about to. */
  get isShared(): boolean {
    return this.#access.size > 0;
  }

  get inSync(): boolean {
    return [...this.#access.keys()].every((space) => this.#agrees(space));
  }

  /** Membership or keys changed: a space may open to this device now. */
  reconsider(): void {
    const spaces = new Set<SpaceId>(this.#access.keys());
    for (const key of this.session.shared) if (key.kind === "space" && key.space) spaces.add(key.space);
    // What both came to be in while they were linked.
    for (const [space, { membership }] of this.#host.ledger.replicas)
      if (membership.state().devices.has(this.session.device)) spaces.add(space);
    for (const space of spaces) {
      this.#judge(space);
      this.#openPrivates(space);
      this.#tellInSync(space);
    }
  }

  /** Channels that the other person is in now are served; the one it is in no more it is told of, and nothing else. */
  #openPrivates(space: SpaceId): void {
    const replica = this.#host.ledger.replicas.get(space);
    if (!replica || this.#access.get(space) !== "full" || !this.#host.ways.streams) return;
    const { opened, farewells } = this.#privates.turn(replica);
    for (const event of this.#host.store.eventsById(farewells)) this.#outflow.push(event);
    if (opened.length === 0) return;
    this.#boxes.sendAll(space);
    this.#boxes.makeLater(space);
    this.#send({ type: "open", space });
    for (const scope of opened) this.#beginScope(scope);
    this.#beginSync(space);
  }

  /** A key of this space was handed over on this very link, or received on it. */
  grant(space: SpaceId): void {
    if (!this.#access.has(space)) this.#open(space, "control");
    this.#judge(space);
    this.#tellInSync(space);
  }

  onDrain(): void {
    this.#sync.line.drained();
    for (const scope of this.#outflow.takeLagging()) this.#sync.want(scope);
  }

  /** A root heard by beacon, 16 bytes. */
  noteRoot(scope: ScopeId, root: Uint8Array): void {
    if (this.#mayExchange(scope)) this.#sync.noteRoot(scope, root);
  }

  /** The scope goes over this link. */
  mayReconcile(scope: ScopeId): boolean {
    return !this.#closed && this.#mayExchange(scope);
  }

  /** By scope, events here and those there would be with what the other side says to hold; none where both agreed. */
  outlook(): [ScopeId, Outlook][] {
    return this.#coming.outlook(this.#scopes());
  }

  /** Something is missing that the other side holds. */
  doubt(scope: ScopeId): void {
    this.#sync.doubt(scope);
  }

  onCommitted(committed: Committed): void {
    // Keys first: nobody can read an epoch's own event before its box.
    if (committed.from === null) this.#boxes.sendMade(committed.events);
    if (committed.from !== this.session.device) this.#sync.bodies.note(committed);
    for (const event of committed.events) {
      if (!this.#mayExchange(event.scope) || event.bucket < this.#sync.line.termsOf(event.scope).floor)
        continue;
      if (event.kind === kinds["epoch.create"]) this.#boxes.makeLater(event.space);
      const { push } = this.#host.ways;
      if (committed.from === null) {
        if (push) this.#outflow.push(event);
      } else {
        this.#outflow.acknowledge(
          event,
          event.device === this.session.device || committed.from === this.session.device,
        );
        if (push && committed.from !== this.session.device) this.#outflow.forwardLater(event);
      }
    }
  }

  onFrame(frame: Exclude<Frame, { type: "typing" }>): void {
    switch (frame.type) {
      case "hello":
        this.#host.onHello(this, frame.name, frame.peerPort);
        return;
      case "open":
        // It may know before this device does that both are in it. Of strangers names are kept for nothing.
        if (!this.#isOfLink(frame.space) && !this.isShared && !this.#host.linking.isOwn(this.session)) return;
        if (this.#theirs.size < SPACES_MAX) this.#theirs.add(frame.space);
        this.#judge(frame.space);
        // It may not have known us as a member when they were sent.
        if (this.#access.get(frame.space) === "full") this.#boxes.sendPrivate(frame.space);
        this.#beginSync(frame.space);
        return;
      case "events":
        if (this.#mayExchange(frame.scope))
          void this.#intake.take(frame.scope, frame.outers).then(() => this.#keys.askLater());
        return;
      case "want":
        if (this.#mayExchange(frame.scope)) this.#sync.onWant(frame.scope, frame.ids);
        return;
      case "terms":
        this.#sync.line.setTerms(frame.scope, frame);
        this.#heedFloor(frame.scope);
        return;
      case "offer":
        this.#host.wants.offered(this.#supplier, frame.scope, frame.ids);
        return;
      case "take":
        if (this.#mayExchange(frame.scope)) this.#sync.line.take(frame.scope, frame.ids);
        this.#sync.line.offersDone(frame.pages);
        return;
      case "heights":
        this.#coming.note(frame);
        return;
      case "earlyWant":
      case "early":
      case "earlyDone":
        this.#coming.onFrame(frame);
        return;
      case "talkRequest":
        this.#host.talks.requests.onRequest(this.session, frame.request, this.#onFault);
        return;
      case "joinRequest":
        void this.#onJoinRequest(frame.request);
        return;
      case "joinResult":
        this.#host.joins.onResult(this.session, frame);
        return;
      case "box":
        void this.#keys.take(frame);
        return;
      case "linking":
        this.#host.linking.onStep(this.session, frame.step, this.#onFault);
        return;
      case "boxWant":
        void this.#boxes.answer(frame);
        return;
      case "error":
        this.#host.partings.hear(this.session, frame);
        return;
      case "ping":
      case "pong":
        return;
      case "bodyWant":
      case "bodies":
        this.#bodies.onFrame(frame);
        return;
      default:
        this.#sync.onFrame(frame);
    }
  }

  #judge(space: SpaceId): void {
    const replica = this.#host.ledger.replicas.get(space);
    if (!replica) return;
    const state = replica.membership.state();
    const entry = state.devices.get(this.session.device);
    // What one was removed from, one exchanges with nobody; a new invitation opens the members' log by itself.
    if (this.#host.ledger.isOver(replica, this.#host.self)) {
      this.#shut(space);
      if (entry !== undefined) this.#contradict(space);
    } else if (entry && entry.person === this.session.person && state.members.has(entry.person)) {
      this.#open(space, "full");
    } else if (entry) {
      this.#access.delete(space);
      this.#supply(space);
    } else if (this.#access.get(space) === "full") {
      // Removed, or admitted by what has turned out void: it may learn that from the control scope, and nothing else.
      this.#shut(space);
    } else if (
      !this.#access.has(space) &&
      (provesNewest(this.#host.ledger, replica, this.session.shared) || isOfRoot(replica, this.session))
    ) {
      this.#open(space, "control");
    } else if (this.#host.ledger.isOver(replica, this.session.device)) this.#contradict(space);
  }

  #shut(space: SpaceId): void {
    if (this.#access.get(space) !== "full") return;
    this.#access.set(space, "control");
    this.#supply(space);
    this.#host.onStateChanged(this);
    this.#later(FAREWELL_MS, () => this.#partFrom(space));
  }

  /** It takes us, or itself, for a member, and we know otherwise: one of the two has not heard all. Once in a session. */
  #contradict(space: SpaceId): void {
    if (!this.#theirs.has(space) || this.#access.has(space) || this.#parted.has(space)) return;
    // It lets us in: the word that the space is open comes before the admission that tells so.
    if (this.#host.joins.isJoining(space)) return;
    const isFresh = this.#host.partings.isFresh(this.session.device);
    if (!isFresh) {
      this.#open(space, "control");
      // What it said last may lie under a key that it made last.
      this.#boxes.sendAll(space);
      this.#boxes.sendFarewell(space);
    }
    this.#later(isFresh ? 0 : FAREWELL_MS, () => this.#partFrom(space, isFresh));
  }

  /** By now it has heard why. What it may come back with, an invitation, is shown on a link of its own. */
  #partFrom(space: SpaceId, isFresh = false): void {
    if (!isFresh && this.#access.get(space) !== "control") return;
    this.#access.delete(space);
    this.#parted.add(space);
    this.#supply(space);
    this.#host.onStateChanged(this);
    if (this.isShared) return;
    this.#host.partings.part(this.session);
    this.#later(PARTING_MS, () => this.session.close("no-shared-space"));
  }

  #isOfLink(space: SpaceId): boolean {
    return this.#access.has(space) || this.#host.joins.isAbout(this.session, space);
  }

  #open(space: SpaceId, access: Access): void {
    if ([access, "full"].includes(this.#access.get(space) ?? "none")) return;
    this.#access.set(space, access);
    if (access === "full") {
      this.#boxes.sendAll(space);
      this.#boxes.makeLater(space);
    }
    // Before anything is asked or sent.
    this.#supply(space);
    this.#send({ type: "open", space });
    for (const scope of this.#scopesOf(space)) {
      this.#beginScope(scope);
      this.#heedFloor(scope);
    }
    if (access === "full") this.#coming.consider(this.#scopesOf(space));
    this.#beginSync(space);
    this.#host.onStateChanged(this);
  }

  #beginScope(scope: ScopeId): void {
    this.#outflow.acknowledgeAll(scope);
    this.#coming.begin(scope);
  }

  /** As one of those who have the space's scopes, as far as they go over this link. */
  #supply(space: SpaceId): void {
    const replica = this.#host.ledger.replicas.get(space);
    if (!replica) return;
    for (const scope of [replica.control, replica.content]) {
      if (this.#mayExchange(scope)) this.#host.wants.serve(this.#supplier, scope);
      else this.#host.wants.leave(this.#supplier, scope);
    }
  }

  /** Once the scope is served and its terms are known, whichever comes last. */
  #heedFloor(scope: ScopeId): void {
    if (!this.#mayExchange(scope)) return;
    const { line } = this.#sync;
    this.#host.deliveries.noteFloor(scope, this.session.device, line.termsOf(scope).floor);
    line.keyEvents(scope);
  }

  /** The dialler asks; control first. Both sides must have opened the space, or the question would be dropped. */
  #beginSync(space: SpaceId): void {
    if (this.session.link.role !== "dialer" || !this.#theirs.has(space) || !this.#access.has(space)) return;
    for (const scope of this.#scopesOf(space)) this.#sync.want(scope);
  }

  #onAgreed(scope: ScopeId): void {
    this.#coming.onAgreed(scope);
    this.#bodies.consider(scope);
    const space = this.#host.ledger.scopeState(scope)?.space;
    if (!space) return;
    this.#host.onStateChanged(this);
    this.#tellInSync(space);
  }

  #agrees(space: SpaceId): boolean {
    const replica = this.#host.ledger.replicas.get(space);
    return this.#scopesOf(space).every(
      (scope) => this.#sync.isAgreed(scope) || (replica && !this.#privates.isAwaited(replica, scope)),
    );
  }

  #tellInSync(space: SpaceId): void {
    if (this.#agrees(space) && this.#access.get(space) === "full") this.#host.onSpaceInSync(this, space);
  }

  async #onJoinRequest(request: Uint8Array): Promise<void> {
    const answered = await answerRequest(this.#host, { session: this.session, bytes: request }, this.#boxes);
    if (answered === null) return;
    if (answered.answer.ok) this.#boxes.sendAll(answered.space);
    this.#send({ type: "joinResult", ...answered.answer });
    if (answered.answer.ok) this.grant(answered.space);
  }

  handKeys(space: SpaceId): void {
    this.#boxes.sendAll(space);
  }

  #hearOf(space: SpaceId, scope: ScopeId, isNew: boolean): void {
    const replica = this.#host.ledger.replicas.get(space);
    if (replica && this.#privates.hear(replica, scope, { isNew })) this.#openPrivates(space);
  }

  #scopesOf(space: SpaceId): ScopeId[] {
    const replica = this.#host.ledger.replicas.get(space);
    if (!replica) return [];
    const isAll = this.#access.get(space) === "full" && this.#host.ways.streams;
    return isAll ? [replica.control, replica.content, ...this.#privates.of(replica)] : [replica.control];
  }

  *#scopes(): Generator<ScopeId> {
    for (const space of this.#access.keys()) yield* this.#scopesOf(space);
  }

  #mayExchange(scope: ScopeId): boolean {
    const replica = this.#host.ledger.replicaOfScope(scope);
    const access = replica ? this.#access.get(replica.space) : undefined;
    if (scope === replica?.control) return access !== undefined;
    if (replica === null || access !== "full" || !this.#host.ways.streams) return false;
    return scope === replica.content || this.#privates.goes(replica, scope);
  }

  #send(frame: Frame): boolean {
    return this.#closed ? true : this.session.send(frame, "control");
  }

  #later(delayMs: number, call: () => void): void {
    const cancel = this.#host.clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      if (!this.#closed) call();
    });
    this.#cancels.add(cancel);
  }
}
