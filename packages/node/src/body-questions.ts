/**
 * Asks one neighbour for bodies of events that are here without them and that nothing here says were deleted. New ones
 * are asked for at once, for the others the list is walked now and then; both at a steady rate, so that no number of bare
 * events, and nobody who keeps sending them bare, makes it ask faster or for ever. spec/space SP145, SP147.
 */
import type { Clock, EventId, EventStore, Frame, ScopeId } from "@kith/core";
import type { Committed } from "./ledger-types.ts";
import {
  BODIES_ASKED_MAX,
  BODIES_FRESH_MAX,
  BODIES_REST_DOUBLINGS_MAX,
  BODIES_REST_MS,
  BODIES_TICK_MS,
} from "./limits.ts";

export interface BodyQuestionsOptions {
  readonly clock: Clock;
  readonly store: Pick<EventStore, "withheld" | "shedReason">;
  readonly mayExchange: (scope: ScopeId) => boolean;
  readonly send: (frame: Extract<Frame, { type: "want" }>) => void;
}

interface Walk {
  /** Asked for up to here; null: it has not begun, or rests. */
  after: EventId | null;
  isUnderWay: boolean;
  /** How often it came to the end while bodies were missing. */
  vain: number;
  restUntilMs: number;
}

export class BodyQuestions {
  readonly #options: BodyQuestionsOptions;
  readonly #fresh = new Map<ScopeId, EventId[]>();
  readonly #walks = new Map<ScopeId, Walk>();
  #freshCount = 0;
  #cancelTick: (() => void) | null = null;

  constructor(options: BodyQuestionsOptions) {
    this.#options = options;
  }

  close(): void {
    this.#cancelTick?.();
    this.#cancelTick = null;
    this.#fresh.clear();
    this.#walks.clear();
  }

  /** Stored just now: what came bare from another neighbour this one may have whole. */
  note({ bare }: Pick<Committed, "bare">): void {
    for (const { id, scope } of bare) {
      // Beyond that the walk finds them.
      if (this.#freshCount >= BODIES_FRESH_MAX) break;
      if (!this.#options.mayExchange(scope)) continue;
      const ids = this.#fresh.get(scope);
      if (ids) ids.push(id);
      else this.#fresh.set(scope, [id]);
      this.#freshCount += 1;
    }
    if (this.#freshCount > 0) this.#tickLater();
  }

  /** A round about the scope is over, whatever came of it. */
  walk(scope: ScopeId): void {
    const nowMs = this.#options.clock.monotonicMs();
    const walk = this.#walks.get(scope) ?? { after: null, isUnderWay: false, vain: 0, restUntilMs: 0 };
    if (walk.isUnderWay || nowMs < walk.restUntilMs) return;
    if (this.#options.store.withheld(scope, 1).length === 0) {
      this.#walks.delete(scope);
      return;
    }
    this.#walks.set(scope, walk);
    walk.isUnderWay = true;
    walk.after = null;
    this.#tickLater();
  }

  #tickLater(): void {
    this.#cancelTick ??= this.#options.clock.after(BODIES_TICK_MS, () => {
      this.#cancelTick = null;
      const isMore = this.#askFresh() || this.#askOn();
      if (isMore) this.#tickLater();
    });
  }

  /** True: it has asked. */
  #askFresh(): boolean {
    for (const [scope, ids] of this.#fresh) {
      const next = ids.splice(0, BODIES_ASKED_MAX);
      this.#freshCount -= next.length;
      if (ids.length === 0) this.#fresh.delete(scope);
      const { store } = this.#options;
      if (
        this.#ask(
          scope,
          next.filter((id) => store.shedReason(id) === "withheld"),
        )
      )
        return true;
    }
    return false;
  }

  #askOn(): boolean {
    for (const [scope, walk] of this.#walks) {
      if (!walk.isUnderWay) continue;
      if (!this.#options.mayExchange(scope)) {
        this.#walks.delete(scope);
        continue;
      }
      const ids = this.#options.store.withheld(scope, BODIES_ASKED_MAX, walk.after ?? undefined);
      const last = ids.at(-1);
      if (last !== undefined && ids.length === BODIES_ASKED_MAX) walk.after = last;
      else this.#rest(walk);
      if (this.#ask(scope, ids)) return true;
    }
    return false;
  }

  #rest(walk: Walk): void {
    walk.isUnderWay = false;
    const restMs = BODIES_REST_MS * 2 ** Math.min(walk.vain, BODIES_REST_DOUBLINGS_MAX);
    walk.restUntilMs = this.#options.clock.monotonicMs() + restMs;
    walk.vain += 1;
  }

  #ask(scope: ScopeId, ids: readonly EventId[]): boolean {
    if (ids.length === 0 || !this.#options.mayExchange(scope)) return false;
    this.#options.send({ type: "want", scope, ids });
    return true;
  }
}
