/**
 * The ordered line of one link: events that reconciliation owes the other side, and the frames that must not overtake
 * them. Owns the order, what is read from the store at a time, and whether events go at once or are offered by id
 * first; who is owed what is scope-sync's. spec/sync SY5, SY50-SY52.
 */
import {
  OFFER_IDS_MAX,
  OFFERS_OPEN_MAX,
  SHEDDABLE_KIND_MIN,
  bucketOf,
  decodeOuter,
  shedBody,
} from "@kith/core";
import type { EventId, EventStore, Frame, ScopeId } from "@kith/core";
import { causeKey } from "./floors.ts";
import { CATCH_UP_READ_ROWS, EVENTS_FRAME_BYTES, LINE_LENGTH_MAX, TERMS_MAX } from "./limits.ts";
import { epochEvents } from "./replica.ts";
import type { PeerSession } from "./peer-session.ts";

export type Terms = Omit<Extract<Frame, { type: "terms" }>, "type" | "scope">;

export interface LineOptions {
  readonly session: Pick<PeerSession, "send">;
  readonly store: Pick<
    EventStore,
    "arrivals" | "event" | "outersAt" | "eventsOfScope" | "idsOfScope" | "meta" | "metaKeys" | "stats"
  >;
  readonly mayExchange: (scope: ScopeId) => boolean;
  /** Something of the scope has been sent. */
  readonly onSent: (scope: ScopeId) => void;
  readonly onFault: (code: string) => void;
}

type Work =
  | { readonly kind: "frame"; readonly scope: ScopeId; readonly frame: Frame }
  /** Places in the order of arrival; those before `at` have been sent or offered. */
  | {
      readonly kind: "events";
      readonly scope: ScopeId;
      readonly arrivals: readonly number[];
      at: number;
      /**
       * owed: a reconciliation showed that they lack there. taken: asked for by id, so that they go at once, before
       * whatever waits. keys: they go or are offered whatever their bucket.
       */
      readonly why: "owed" | "taken" | "keys";
    }
  /** Events below a floor of our own that others ask for as causes. */
  | { readonly kind: "causes"; readonly scope: ScopeId; readonly ids: readonly EventId[] }
  /** All that had arrived up to `until`; up to `after` it has been sent or offered. */
  | { readonly kind: "all"; readonly scope: ScopeId; after: number; readonly until: number };

/** ready false: the link has enough. isHeld: nothing was done, for too many offers are open. */
interface Part {
  readonly done: boolean;
  readonly ready: boolean;
  readonly isHeld?: boolean;
}

const NOTHING_LEFT: Part = { done: true, ready: true };
const HELD: Part = { done: false, ready: true, isHeld: true };
const DEFAULT_TERMS: Terms = { floor: 0, offers: false };

export class Line {
  readonly #options: LineOptions;
  readonly #terms = new Map<ScopeId, Terms>();
  readonly #taken: Work[] = [];
  readonly #work: Work[] = [];
  readonly #keysTold = new Set<ScopeId>();
  #openOffers = 0;
  #isBlocked = false;
  #closed = false;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  close(): void {
    this.#closed = true;
    this.#work.length = 0;
    this.#taken.length = 0;
  }

  termsOf(scope: ScopeId): Terms {
    return this.#terms.get(scope) ?? DEFAULT_TERMS;
  }

  /** How the other side wants to be served from here on, also with what stands in line already. */
  setTerms(scope: ScopeId, terms: Terms): void {
    const had = this.termsOf(scope).offers;
    if (!this.#terms.has(scope) && this.#terms.size >= TERMS_MAX) return;
    this.#terms.set(scope, terms);
    // Behind what has been sent outright: when it arrives, that has.
    if (terms.offers && !had)
      this.#work.unshift({ kind: "frame", scope, frame: { type: "offer", scope, ids: [] } });
    this.pump();
  }

  /** Behind all that stands in line. */
  frame(scope: ScopeId, frame: Frame): void {
    this.#put({ kind: "frame", scope, frame });
  }

  /** In order of arrival. */
  events(scope: ScopeId, ids: readonly EventId[]): void {
    if (ids.length === 0) return;
    this.#put({ kind: "events", scope, arrivals: this.#options.store.arrivals(ids), at: 0, why: "owed" });
  }

  /** False: the other side wants such events at once. */
  offer(scope: ScopeId, ids: readonly EventId[]): boolean {
    const { offers } = this.termsOf(scope);
    if (offers) this.events(scope, ids);
    return offers;
  }

  /** Everything that is here now, in order of arrival. */
  all(scope: ScopeId): void {
    this.#put({ kind: "all", scope, after: 0, until: this.#options.store.stats().events });
  }

  /** Asked for by id: ahead of all that is offered. */
  take(scope: ScopeId, ids: readonly EventId[]): void {
    if (ids.length === 0) return;
    const { store } = this.#options;
    if (this.termsOf(scope).floor > 0) {
      const causes = ids.filter((id) => store.meta(causeKey(scope, id)) !== null);
      if (causes.length > 0) this.#put({ kind: "causes", scope, ids: causes }, this.#taken);
    }
    const arrivals = store.arrivals(ids);
    if (arrivals.length > 0) this.#put({ kind: "events", scope, arrivals, at: 0, why: "taken" }, this.#taken);
  }

  /** Those that the other side's floor would keep from it: who holds which key is no history. */
  keyEvents(scope: ScopeId): void {
    const { floor } = this.termsOf(scope);
    if (floor === 0 || this.#keysTold.has(scope)) return;
    this.#keysTold.add(scope);
    const { store } = this.#options;
    const ids = epochEvents(scope, store).filter((id) => (store.event(id)?.bucket ?? floor) < floor);
    if (ids.length > 0)
      this.#put({ kind: "events", scope, arrivals: store.arrivals(ids), at: 0, why: "keys" });
  }

  /** The other side has dealt with so many offers. */
  offersDone(pages: number): void {
    this.#openOffers = Math.max(0, this.#openOffers - pages);
    this.pump();
  }

  /** The link takes more again. */
  drained(): void {
    this.#isBlocked = false;
    this.pump();
  }

  /** Sends what stands in line until the link has enough; what is put in line after that waits for `drained`. */
  pump(): void {
    while (!this.#isBlocked && !this.#closed) {
      const line = this.#taken.length > 0 ? this.#taken : this.#work;
      const [work] = line;
      if (!work) return;
      // Membership may have ended since this was put in line.
      const { done, ready, isHeld } = this.#options.mayExchange(work.scope)
        ? this.#sendPart(work)
        : NOTHING_LEFT;
      if (isHeld === true) return;
      if (done) line.shift();
      if (!ready) this.#isBlocked = true;
    }
  }

  #put(work: Work, line = this.#work): void {
    // Frames are few, and bounded by their sessions.
    if (work.kind !== "frame" && line.length >= LINE_LENGTH_MAX) {
      this.#options.onFault("WANT_FLOOD");
      return;
    }
    line.push(work);
    this.pump();
  }

  #sendPart(work: Work): Part {
    const { session, store } = this.#options;
    this.#options.onSent(work.scope);
    switch (work.kind) {
      case "frame":
        return { done: true, ready: session.send(work.frame, "bulk") };
      case "events": {
        if (work.why !== "taken" && this.termsOf(work.scope).offers) return this.#offerEvents(work);
        const outers = store.outersAt(work.arrivals.slice(work.at, work.at + CATCH_UP_READ_ROWS));
        work.at += CATCH_UP_READ_ROWS;
        const ready = this.#sendFrames(work.scope, this.#above(work, outers));
        return { done: work.at >= work.arrivals.length, ready };
      }
      case "causes": {
        const outers = work.ids.flatMap((id) => store.meta(causeKey(work.scope, id)) ?? []);
        return { done: true, ready: this.#sendFrames(work.scope, outers) };
      }
      case "all": {
        const { floor, offers } = this.termsOf(work.scope);
        if (offers) return this.#offerAll(work);
        const rows = store.eventsOfScope(work.scope, work.after, CATCH_UP_READ_ROWS);
        const events = rows.filter(({ arrival }) => arrival <= work.until);
        work.after = events.at(-1)?.arrival ?? work.until;
        const ready = this.#sendFrames(
          work.scope,
          events.flatMap(({ bucket, outer }) => (bucket < floor ? [] : outer)),
        );
        return { done: events.length < CATCH_UP_READ_ROWS, ready };
      }
      default:
        return work satisfies never;
    }
  }

  #offerEvents(work: Extract<Work, { kind: "events" }>): Part {
    if (this.#openOffers >= OFFERS_OPEN_MAX) return HELD;
    const outers = this.#options.store.outersAt(work.arrivals.slice(work.at, work.at + OFFER_IDS_MAX));
    work.at += OFFER_IDS_MAX;
    const ready = this.#offer(
      work.scope,
      this.#above(work, outers).map((outer) => decodeOuter(outer).id),
    );
    return { done: work.at >= work.arrivals.length, ready };
  }

  #offerAll(work: Extract<Work, { kind: "all" }>): Part {
    if (this.#openOffers >= OFFERS_OPEN_MAX) return HELD;
    const { floor } = this.termsOf(work.scope);
    const rows = this.#options.store.idsOfScope(work.scope, work.after, OFFER_IDS_MAX);
    const here = rows.filter(({ arrival }) => arrival <= work.until);
    work.after = here.at(-1)?.arrival ?? work.until;
    const ready = this.#offer(
      work.scope,
      here.flatMap(({ id, timeMs }) => (bucketOf(timeMs) < floor ? [] : id)),
    );
    return { done: here.length < OFFER_IDS_MAX, ready };
  }

  /**
   * What the other side has a use for: nothing below its floor, but for what it asked for as a cause, and that without
   * its body; what tells of keys is whole.
   */
  #above({ scope, why }: Extract<Work, { kind: "events" }>, outers: readonly Uint8Array[]): Uint8Array[] {
    const { floor } = this.termsOf(scope);
    if (floor === 0) return [...outers];
    return outers.flatMap((outer) => {
      const { id, bucket } = decodeOuter(outer);
      if (bucket >= floor) return [outer];
      if (why === "owed") return [];
      const isWhole = (this.#options.store.event(id)?.kind ?? 0) < SHEDDABLE_KIND_MIN;
      return [isWhole ? outer : shedBody(outer)];
    });
  }

  #offer(scope: ScopeId, ids: readonly EventId[]): boolean {
    if (ids.length === 0) return true;
    this.#openOffers += 1;
    return this.#options.session.send({ type: "offer", scope, ids }, "bulk");
  }

  #sendFrames(scope: ScopeId, outers: readonly Uint8Array[]): boolean {
    let ready = true;
    let frame: Uint8Array[] = [];
    let bytes = 0;
    const flush = (): void => {
      if (frame.length > 0)
        ready = this.#options.session.send({ type: "events", scope, outers: frame }, "bulk");
      frame = [];
      bytes = 0;
    };
    for (const outer of outers) {
      if (bytes + outer.byteLength > EVENTS_FRAME_BYTES || frame.length >= CATCH_UP_READ_ROWS) flush();
      frame.push(outer);
      bytes += outer.byteLength + 4;
    }
    flush();
    return ready;
  }
}
