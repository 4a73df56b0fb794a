/**
 * Runs reconciliations over one link: which scope is asked about when, and one ordered line for everything
 * that must not overtake events. The rounds themselves are core's pure session. spec/sync.
 */
import {
  BLOOM_SALT_BYTES,
  cellDay,
  FLOOR_RUNGS,
  SYNC_METADATA_BYTES_MAX,
  SYNC_SESSIONS_MAX,
  createFloorView,
  createSyncSession,
} from "@kith/core";
import type {
  Clock,
  EventId,
  EventStore,
  Log,
  Random,
  RootIndex,
  ScopeId,
  SetIndex,
  SyncAction,
  SyncFrame,
  SyncSession,
  SyncSource,
} from "@kith/core";
import { BodyQuestions } from "./body-questions.ts";
import type { CpuBudget } from "./cpu-budget.ts";
import type { Ways } from "./deps.ts";
import { createFrameGate } from "./frame-gate.ts";
import type { FrameGate } from "./frame-gate.ts";
import { ROOT_GRACE_MS } from "./limits.ts";
import { Line } from "./line.ts";
import type { PeerSession } from "./peer-session.ts";
import type { SettledRoots } from "./settled-roots.ts";

export interface ScopeSyncOptions {
  readonly session: PeerSession;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly ways: Ways;
  readonly store: EventStore;
  readonly roots: RootIndex;
  readonly settledRoots: SettledRoots;
  readonly sets: SetIndex;
  /** Of the device at the other end. */
  readonly budget: CpuBudget;
  readonly mayExchange: (scope: ScopeId) => boolean;
  /** Here, but not in the store: it waits for a cause or a key and need not come again. */
  readonly holds: (id: EventId) => boolean;
  /** Resolves when every event of the scope received or offered before now is stored, refused or given up. */
  readonly settle: (scope: ScopeId) => Promise<void>;
  /** The first bucket of the scope that is kept here. */
  readonly floorOf: (scope: ScopeId) => number;
  readonly onAgreed: (scope: ScopeId) => void;
  readonly onFault: (code: string) => void;
}

/** A session that has heard nothing for so long is given up; the peer may have forgotten it. */
const SESSION_IDLE_MS = 15_000;
/** The same scope is not asked about again sooner, unless something new was learned. */
const REPEAT_MS = 2_000;
/** What cannot agree (one side refuses what the other keeps, or lacks its key) is compared ever more rarely, down to twice a minute. */
const FRUITLESS_DOUBLINGS_MAX = 4;
/** While events keep coming roots rarely meet: only a difference that lasts this long is then looked into. */
const BUSY_GRACE_MS = 10_000;
/** Ids gathered from a peer's WANTs in one reconciliation: as many as its lists may name. */
const HELD_IDS_MAX = SYNC_METADATA_BYTES_MAX / 32;
interface Running {
  readonly machine: SyncSession;
  heardMs: number;
}

interface Doubt {
  readonly sinceMs: number;
  quietSinceMs: number;
  ownRoot: string;
}

export class ScopeSync {
  readonly #options: ScopeSyncOptions;
  readonly #source: SyncSource;
  /** By session number; numbers of the dialler are odd, of the acceptor even. */
  readonly #running = new Map<number, Running>();
  readonly #wanted = new Set<ScopeId>();
  readonly #agreed = new Set<ScopeId>();
  readonly #doubts = new Map<ScopeId, Doubt>();
  readonly #endedMs = new Map<ScopeId, number>();
  /** Ids the peer wants, gathered while it works through our lists. */
  readonly #held = new Map<ScopeId, EventId[]>();
  readonly line: Line;
  readonly bodies: BodyQuestions;
  readonly #gate: FrameGate;
  #next: number;
  /** How often in a row a scope's reconciliation changed nothing; forgotten when both sides agree. */
  readonly #fruitless = new Map<ScopeId, number>();
  #closed = false;

  constructor(options: ScopeSyncOptions) {
    this.#options = options;
    this.#next = options.session.link.role === "dialer" ? 1 : 2;
    this.line = new Line({ ...options, onSent: (scope) => this.touch(scope) });
    const { session } = options;
    this.bodies = new BodyQuestions({ ...options, send: (frame) => session.send(frame, "control") });
    this.#gate = createFrameGate({ ...options, receive: (frame) => this.#receive(frame) });
    const { roots, store, sets } = options;
    this.#source = {
      root: (scope) => roots.root(scope),
      bucketRoots: (scope) => roots.bucketRoots(scope),
      idsInBucket: (scope, bucket, part) => store.idsInBucket(scope, bucket, part),
      ...sets,
    };
  }

  close(): void {
    this.#closed = true;
    this.#running.clear();
    this.#wanted.clear();
    this.line.close();
    this.bodies.close();
    this.#gate.close();
    this.#held.clear();
  }

  /** Both sides held the same set at some time on this link, and nothing has spoken against it since. */
  isAgreed(scope: ScopeId): boolean {
    return this.#agreed.has(scope);
  }

  /** What the other side holds is known not to be here. */
  disagree(scope: ScopeId): void {
    this.#agreed.delete(scope);
  }

  doubt(scope: ScopeId): void {
    this.disagree(scope);
    const lastMs = this.#endedMs.get(scope) ?? Number.NEGATIVE_INFINITY;
    const pauseMs = REPEAT_MS * 2 ** Math.min(this.#fruitless.get(scope) ?? 0, FRUITLESS_DOUBLINGS_MAX);
    if (this.#options.clock.monotonicMs() - lastMs > pauseMs) this.want(scope);
  }

  /** Reconciles the scope as soon as a session is free. */
  want(scope: ScopeId): void {
    if (this.#closed || !this.#options.mayExchange(scope)) return;
    this.#wanted.add(scope);
    this.#startNext();
  }

  /** The peer's root as its beacon gave it (16 bytes). Events under way make roots differ for a moment. */
  noteRoot(scope: ScopeId, theirs: Uint8Array): void {
    const settled = this.#options.settledRoots.root(scope);
    // Ours changes with every event now: nothing follows from a comparison.
    if (settled === null) return;
    const floors = { own: this.#options.floorOf(scope), theirs: this.line.termsOf(scope).floor };
    // Theirs covers what is not kept here: it says nothing.
    if (floors.theirs < floors.own) return;
    const shared =
      floors.theirs > floors.own ? createFloorView(this.#source, floors.theirs).root(scope) : settled;
    const own = Buffer.from(shared.subarray(0, theirs.byteLength));
    if (own.equals(Buffer.from(theirs))) {
      this.#doubts.delete(scope);
      // Equal by now, whatever a session said that met what was on its way: asked again, only a root says so.
      if (!this.isAgreed(scope) && !this.isRunning(scope)) this.doubt(scope);
      return;
    }
    const nowMs = this.#options.clock.monotonicMs();
    const ownRoot = own.toString("hex");
    const doubt = this.#doubts.get(scope);
    if (!doubt) {
      this.#doubts.set(scope, { sinceMs: nowMs, quietSinceMs: nowMs, ownRoot });
      return;
    }
    if (doubt.ownRoot !== ownRoot) {
      doubt.ownRoot = ownRoot;
      doubt.quietSinceMs = nowMs;
    }
    if (nowMs - doubt.quietSinceMs < ROOT_GRACE_MS && nowMs - doubt.sinceMs < BUSY_GRACE_MS) return;
    this.#doubts.delete(scope);
    this.doubt(scope);
  }

  /** Events of the scope are on their way, in or out: its session is alive, however long they take. */
  touch(scope: ScopeId): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const running of this.#running.values())
      if (running.machine.scope === scope) running.heardMs = nowMs;
  }

  onFrame(frame: SyncFrame): void {
    const running = this.#running.get(frame.session);
    // Its frames may have to wait here.
    if (running) running.heardMs = this.#options.clock.monotonicMs();
    this.#gate.take(frame);
  }

  #receive(frame: SyncFrame): void {
    if (!this.#options.mayExchange(frame.scope)) {
      // Not (yet) served here: said, so that the other side does not wait for an answer.
      if (frame.type === "syncRoot" && !this.#isOurs(frame.session)) {
        this.#options.session.send(
          { type: "syncDone", scope: frame.scope, session: frame.session, state: "ended" },
          "control",
        );
      }
      return;
    }
    let running = this.#running.get(frame.session);
    if (!running) {
      if (frame.type !== "syncRoot" || this.#isOurs(frame.session)) return;
      // Both began at once: the dialler's session goes on, or large differences would travel twice.
      const own = [...this.#running.values()].find(
        ({ machine }) => machine.role === "initiator" && machine.scope === frame.scope,
      );
      if (own && this.#options.session.link.role === "dialer") return;
      if (this.#count("theirs") >= SYNC_SESSIONS_MAX) this.#dropIdle();
      if (this.#count("theirs") >= SYNC_SESSIONS_MAX) {
        this.#options.onFault("SYNC_SESSIONS");
        return;
      }
      running = this.#begin(frame.scope, frame.session, "responder");
      // Ended before it, ours would be begun anew beside it, where the dialler does not answer.
      if (own) this.#run(own.machine, own.machine.cancel());
    }
    running.heardMs = this.#options.clock.monotonicMs();
    if (frame.type === "syncDone") this.#releaseHeld(frame.scope);
    this.#run(running.machine, running.machine.receive(frame));
  }

  /**
   * Events the peer named in a WANT. During a reconciliation its WANTs come one by one and in order of ids; they
   * are gathered until one side has said that it has seen all, so that causes go before what follows.
   */
  onWant(scope: ScopeId, ids: readonly EventId[]): void {
    if (!this.isRunning(scope)) {
      this.line.take(scope, ids);
      return;
    }
    const held = this.#held.get(scope);
    if (!held) this.#held.set(scope, [...ids]);
    else if (held.length + ids.length <= HELD_IDS_MAX) for (const id of ids) held.push(id);
    else this.#options.onFault("WANT_FLOOD");
  }

  #releaseHeld(scope: ScopeId): void {
    const held = this.#held.get(scope);
    this.#held.delete(scope);
    if (held) this.line.events(scope, held);
  }

  /** A reconciliation of the scope is under way on this link: what is missing comes with it. */
  isRunning(scope: ScopeId): boolean {
    return [...this.#running.values()].some(({ machine }) => machine.scope === scope);
  }

  /** The same, and nothing is left out: filters leave causes out, and without them what follows is no progress. */
  bringsCauses(scope: ScopeId): boolean {
    return this.isRunning(scope) && this.#options.ways.rungs?.includes("bloom") !== true;
  }

  #startNext(): void {
    this.#dropIdle();
    for (const scope of this.#wanted) {
      if (this.#count("ours") >= SYNC_SESSIONS_MAX) return;
      if ([...this.#running.values()].some(({ machine }) => machine.scope === scope)) continue;
      this.#wanted.delete(scope);
      const session = this.#next;
      this.#next += 2;
      const { machine } = this.#begin(scope, session, "initiator");
      this.#run(machine, machine.start());
    }
  }

  /** Both sides compare from the later floor on. */
  #floorWith(scope: ScopeId): number {
    return Math.max(this.#options.floorOf(scope), this.line.termsOf(scope).floor);
  }

  #begin(scope: ScopeId, session: number, role: "initiator" | "responder"): Running {
    const { random, ways } = this.#options;
    const { rungs, bloomRate } = ways;
    const floor = this.#floorWith(scope);
    const running: Running = {
      machine: createSyncSession({
        scope,
        session,
        role,
        source: floor > 0 ? createFloorView(this.#source, floor) : this.#source,
        day: cellDay(this.#options.clock.nowMs()),
        salt: () => random.bytes(BLOOM_SALT_BYTES),
        ...(rungs && { rungs }),
        ...(floor > 0 && { rungs: FLOOR_RUNGS, answers: FLOOR_RUNGS }),
        ...(bloomRate !== undefined && { bloomRate }),
      }),
      heardMs: this.#options.clock.monotonicMs(),
    };
    this.#running.set(session, running);
    return running;
  }

  #run(machine: SyncSession, actions: readonly SyncAction[]): void {
    for (const action of actions) this.#do(machine, action);
    if (!machine.over) return;
    this.#running.delete(machine.session);
    this.#releaseHeld(machine.scope);
    this.bodies.walk(machine.scope);
    this.#endedMs.set(machine.scope, this.#options.clock.monotonicMs());
    this.#startNext();
  }

  #do(machine: SyncSession, action: SyncAction): void {
    const { session, settle, log } = this.#options;
    switch (action.do) {
      case "send":
        if (action.priority === "control") session.send(action.frame, "control");
        else {
          this.line.frame(action.frame.scope, action.frame);
        }
        return;
      case "sendEvents":
        this.line.events(action.scope, action.ids);
        return;
      case "sendAll":
        this.line.all(action.scope);
        return;
      case "want": {
        const ids = action.ids.filter((id) => !this.#options.holds(id));
        if (ids.length > 0) session.send({ type: "want", scope: action.scope, ids }, "control");
        return;
      }
      case "settle":
        void settle(action.scope).then(() => {
          if (this.#closed || machine.over) return;
          const goOn = (): void => this.#run(machine, machine.settled());
          // An answer to the other side's root is its wish; a root of ours is not.
          if (machine.role === "responder") this.#options.budget.spend(goOn);
          else goOn();
        });
        return;
      case "agreed":
        this.#agreed.add(action.scope);
        this.#fruitless.delete(action.scope);
        this.#doubts.delete(action.scope);
        this.#options.onAgreed(action.scope);
        return;
      case "failed":
        log.info("sync:failed", { scope: action.scope, code: action.code, detail: action.detail });
        if (action.fault) this.#options.onFault(action.code);
        else if (action.code === "SYNC_NO_PROGRESS") {
          this.#fruitless.set(action.scope, (this.#fruitless.get(action.scope) ?? 0) + 1);
        }
        // Something was learned and the sets still differ: the rest is asked for at once.
        else if (action.progress && action.code !== "SYNC_ROUNDS") this.#wanted.add(action.scope);
        return;
      default:
        action satisfies never;
    }
  }

  #isOurs(session: number): boolean {
    return session % 2 === this.#next % 2;
  }

  #count(whose: "ours" | "theirs"): number {
    let count = 0;
    for (const session of this.#running.keys()) if (this.#isOurs(session) === (whose === "ours")) count += 1;
    return count;
  }

  #dropIdle(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [session, { machine, heardMs }] of this.#running) {
      if (nowMs - heardMs < SESSION_IDLE_MS) continue;
      for (const action of machine.cancel()) this.#do(machine, action);
      this.#running.delete(session);
      this.#releaseHeld(machine.scope);
    }
  }
}
