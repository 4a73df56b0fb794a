/**
 * What is missing here and several neighbours have: each id is asked of one of them at a time. Owns who has been
 * asked for what, and who loses it again for being slow or silent; finding out what is missing is reconciliation's,
 * and whether what comes is any good is ingest's. spec/sync SY50-SY57.
 */
import { OFFER_IDS_MAX, OFFERS_OPEN_MAX, WANT_IDS_MAX } from "@kith/core";
import type { Clock, DeviceId, EventId, Frame, Log, ScopeId } from "@kith/core";
import {
  ASKED_IDS_MAX,
  ASKED_PER_LINK_MAX,
  ASKED_PER_LINK_MIN,
  ASK_AGE_MS_MAX,
  ASK_GIVE_UP_MS,
  ASK_SILENT_MS,
  ASK_TICK_MS,
  ASK_WAITING_EVENTS_MAX,
  HOLDERS_MAX,
  OFFERED_IDS_MAX,
  OFFERED_PER_LINK_MAX,
} from "./limits.ts";

/** One link to a neighbour. */
export interface Supplier {
  readonly device: DeviceId;
  readonly send: (frame: Frame) => void;
  /** Something of the scope has come, from whomever: its sessions are alive. */
  readonly touch: (scope: ScopeId) => void;
  readonly onFault: (code: string) => void;
}

export interface WantsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Stored, or on its way to it. */
  readonly isHere: (id: EventId, scope: ScopeId) => boolean;
  /** Events that wait here for their causes. */
  readonly waiting: () => number;
  /** Nothing is read from links just now: their silence is ours. */
  readonly isPaused: () => boolean;
  /** The first bucket of the scope that is kept here. */
  readonly floorOf: (scope: ScopeId) => number;
}

/** What is open may come at any time: with it a neighbour has offered OFFERED_PER_LINK_MAX. */
const OFFERED_BEFORE_MORE_MAX = OFFERED_PER_LINK_MAX - OFFERS_OPEN_MAX * OFFER_IDS_MAX;

interface Item {
  readonly id: EventId;
  readonly holders: Set<Supply>;
  askedOf: Supply | null;
}

/** One scope on one link. */
interface Supply {
  readonly supplier: Supplier;
  readonly scope: ScopeId;
  /** What it offered and is not here yet. */
  readonly items: Map<EventId, Item>;
  /** Of those, what it has been asked for, and when. */
  readonly asked: Map<EventId, number>;
  /** Not asked of anybody when they were offered; the first in line first. */
  queue: EventId[];
  /** Taken from another who was asked and did not send: these go first, for others wait for them. */
  readonly urgent: Set<EventId>;
  /** Ids that it may be asked for at once. */
  window: number;
  /** When it last sent what it was asked for. */
  heardMs: number;
  /** Offers that have not been answered. */
  pages: number;
  /** What its neighbour was told last; without a word it sends all there is, at once. */
  told: { readonly floor: number; readonly offers: boolean };
  /** Until it has said that all it sent outright has gone out, others are not asked. */
  switchingSinceMs: number | null;
  readonly waiters: Set<() => void>;
}

export class Wants {
  readonly #options: WantsOptions;
  readonly #scopes = new Map<ScopeId, Map<Supplier, Supply>>();
  readonly #items = new Map<EventId, Item>();
  /** Pairs of an id and one who has it. */
  #offered = 0;
  #asked = 0;
  #cancelTick: (() => void) | null = null;

  constructor(options: WantsOptions) {
    this.#options = options;
  }

  get counts(): { readonly wanted: number; readonly asked: number } {
    return { wanted: this.#items.size, asked: this.#asked };
  }

  /** The scope is exchanged on this link from now on. */
  serve(supplier: Supplier, scope: ScopeId): void {
    const supplies = this.#scopes.get(scope) ?? new Map<Supplier, Supply>();
    this.#scopes.set(scope, supplies);
    if (supplies.has(supplier)) return;
    supplies.set(supplier, {
      supplier,
      scope,
      items: new Map(),
      asked: new Map(),
      queue: [],
      urgent: new Set(),
      window: ASKED_PER_LINK_MAX,
      heardMs: this.#options.clock.monotonicMs(),
      pages: 0,
      told: { floor: 0, offers: false },
      switchingSinceMs: null,
      waiters: new Set(),
    });
    this.#tellTerms(supplies);
  }

  /** The scope is not exchanged on this link any more: what was asked there is asked elsewhere. */
  leave(supplier: Supplier, scope: ScopeId): void {
    const supplies = this.#scopes.get(scope);
    const supply = supplies?.get(supplier);
    if (!supplies || !supply) return;
    supplies.delete(supplier);
    this.#dropAll(supply);
    if (supplies.size === 0) this.#scopes.delete(scope);
    else this.#tellTerms(supplies);
    this.#pump(scope);
    if (this.#scopes.size === 0) this.#stopTicking();
  }

  leaveAll(supplier: Supplier): void {
    for (const scope of this.#scopes.keys()) this.leave(supplier, scope);
  }

  /** An offer of a neighbour; without ids: what it had sent before has come. */
  offered(supplier: Supplier, scope: ScopeId, ids: readonly EventId[]): void {
    const supply = this.#scopes.get(scope)?.get(supplier);
    if (!supply) {
      // Nobody here deals with it, and its line must not stand still for that.
      if (ids.length > 0) supplier.send({ type: "take", scope, ids: [], pages: 1 });
      return;
    }
    supply.switchingSinceMs = null;
    if (ids.length > 0) {
      supply.pages += 1;
      if (supply.pages > OFFERS_OPEN_MAX) {
        supplier.onFault("OFFER_FLOOD");
        return;
      }
      this.#add(supply, ids);
    }
    this.#pump(scope);
  }

  /** Causes of what this neighbour has sent: it has them too. */
  missing(supplier: Supplier, scope: ScopeId, ids: readonly EventId[]): void {
    const supply = this.#scopes.get(scope)?.get(supplier);
    if (!supply || supply.items.size + ids.length > OFFERED_BEFORE_MORE_MAX) return;
    for (const id of this.#add(supply, ids)) supply.urgent.add(id);
    this.#pump(scope);
  }

  /** These have come, whatever becomes of them: by their ids they are the same from everybody. */
  arrived(scope: ScopeId, ids: readonly EventId[], from: DeviceId): void {
    const supplies = this.#scopes.get(scope);
    if (!supplies) return;
    for (const { supplier } of supplies.values()) supplier.touch(scope);
    if (this.#items.size === 0) return;
    const nowMs = this.#options.clock.monotonicMs();
    for (const id of ids) {
      const item = this.#items.get(id);
      if (!item) continue;
      if (item.askedOf?.supplier.device === from) {
        item.askedOf.heardMs = nowMs;
        item.askedOf.window = Math.min(ASKED_PER_LINK_MAX, item.askedOf.window + 1);
      }
      this.#resolve(item);
    }
    this.#pump(scope);
  }

  /** Ingest has judged what came: what it held back may have been let go. */
  judged(scope: ScopeId): void {
    if (this.#items.size > 0) this.#pump(scope);
  }

  /**
   * Resolves when nothing that this neighbour offered is to come any more and `judged` has ended for what came: only
   * then are causes known that are missing, and they are offered with it (SY54).
   */
  async settled(supplier: Supplier, scope: ScopeId, judged: () => Promise<void>): Promise<void> {
    const missing = (): Supply | undefined => {
      const supply = this.#scopes.get(scope)?.get(supplier);
      return supply?.items.size === 0 ? undefined : supply;
    };
    do {
      const supply = missing();
      // One wait after another: what is judged next came by it.
      // oxlint-disable-next-line no-await-in-loop
      if (supply) await new Promise<void>((resolve) => supply.waiters.add(resolve));
      // oxlint-disable-next-line no-await-in-loop
      await judged();
    } while (missing());
  }

  /** Nothing can be taken now; reconciliation brings it up again. */
  forget(scope: ScopeId): void {
    for (const supply of this.#scopes.get(scope)?.values() ?? [])
      for (const item of supply.items.values()) this.#resolve(item);
    this.#pump(scope);
  }

  /** Who is one of several is asked to offer; the only one sends at once. */
  #tellTerms(supplies: ReadonlyMap<Supplier, Supply>): void {
    const offers = supplies.size > 1;
    for (const supply of supplies.values()) {
      const { scope, told } = supply;
      const floor = this.#options.floorOf(scope);
      if (told.floor === floor && told.offers === offers) continue;
      if (told.offers !== offers) supply.switchingSinceMs = offers ? this.#options.clock.monotonicMs() : null;
      supply.told = { floor, offers };
      supply.supplier.send({ type: "terms", scope, floor, offers });
    }
    this.#tickLater();
  }

  /** Returns those that are to be asked for. */
  #add(supply: Supply, ids: readonly EventId[]): EventId[] {
    const added: EventId[] = [];
    for (const id of ids) {
      if (supply.items.has(id) || this.#offered >= OFFERED_IDS_MAX || this.#options.isHere(id, supply.scope))
        continue;
      const item = this.#items.get(id) ?? { id, holders: new Set(), askedOf: null };
      if (item.holders.size >= HOLDERS_MAX) continue;
      this.#items.set(id, item);
      item.holders.add(supply);
      supply.items.set(id, item);
      this.#offered += 1;
      if (item.askedOf) continue;
      supply.queue.push(id);
      added.push(id);
    }
    if (this.#items.size > 0) this.#tickLater();
    return added;
  }

  #resolve(item: Item): void {
    this.#items.delete(item.id);
    this.#unask(item);
    for (const supply of item.holders) this.#forgetItem(supply, item);
  }

  #forgetItem(supply: Supply, item: Item): void {
    if (!supply.items.delete(item.id)) return;
    this.#offered -= 1;
    supply.urgent.delete(item.id);
    if (supply.items.size > 0) return;
    supply.queue = [];
    for (const resolve of supply.waiters) resolve();
    supply.waiters.clear();
  }

  #unask(item: Item): void {
    if (item.askedOf?.asked.delete(item.id) === true) this.#asked -= 1;
    item.askedOf = null;
  }

  /** It does not have this one, or not soon enough; what nobody else has is let go. */
  #drop(supply: Supply, item: Item): void {
    const wasAsked = item.askedOf === supply;
    if (wasAsked) this.#unask(item);
    item.holders.delete(supply);
    this.#forgetItem(supply, item);
    if (item.holders.size === 0) this.#items.delete(item.id);
    // Those others have passed it over; what nobody was asked for stands in their lines still.
    else if (wasAsked) for (const holder of item.holders) holder.urgent.add(item.id);
  }

  #dropAll(supply: Supply): void {
    for (const item of supply.items.values()) this.#drop(supply, item);
    for (const resolve of supply.waiters) resolve();
    supply.waiters.clear();
  }

  #pump(scope: ScopeId): void {
    const supplies = this.#scopes.get(scope);
    if (!supplies) return;
    const isSwitching = [...supplies.values()].some(({ switchingSinceMs }) => switchingSinceMs !== null);
    for (const supply of supplies.values()) this.#ask(supply, isSwitching);
  }

  #ask(supply: Supply, isSwitching: boolean): void {
    // The other side goes on once what it offered is on its way: it is told with what is asked.
    const isRoom = supply.items.size <= OFFERED_BEFORE_MORE_MAX;
    const pages = isRoom ? supply.pages : 0;
    supply.pages -= pages;
    const ids = isSwitching ? [] : this.#choose(supply);
    const nowMs = this.#options.clock.monotonicMs();
    if (ids.length > 0 && supply.asked.size === 0) supply.heardMs = nowMs;
    for (const id of ids) supply.asked.set(id, nowMs);
    this.#asked += ids.length;
    if (ids.length === 0 && pages === 0) return;
    supply.supplier.send({ type: "take", scope: supply.scope, ids, pages });
  }

  #choose(supply: Supply): EventId[] {
    const room = Math.min(supply.window - supply.asked.size, ASKED_IDS_MAX - this.#asked, WANT_IDS_MAX);
    const chosen: EventId[] = [];
    const consider = (id: EventId): void => {
      const item = supply.items.get(id);
      if (item?.askedOf !== null) return;
      item.askedOf = supply;
      chosen.push(id);
    };
    for (const id of supply.urgent) {
      if (chosen.length >= room) return chosen;
      supply.urgent.delete(id);
      consider(id);
    }
    // In halves of the window: a take for every event that comes would cost more than it hastens.
    const isIdle = supply.asked.size <= supply.window / 2;
    if (!isIdle || this.#options.waiting() >= ASK_WAITING_EVENTS_MAX) return chosen;
    let at = 0;
    for (; at < supply.queue.length && chosen.length < room; at += 1) consider(supply.queue[at] as EventId);
    if (at > 0) supply.queue = supply.queue.slice(at);
    return chosen;
  }

  #tickLater(): void {
    this.#cancelTick ??= this.#options.clock.after(ASK_TICK_MS, () => {
      this.#cancelTick = null;
      this.#tick();
    });
  }

  #stopTicking(): void {
    this.#cancelTick?.();
    this.#cancelTick = null;
  }

  #tick(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const isPaused = this.#options.isPaused();
    let isBusy = this.#items.size > 0;
    for (const [scope, supplies] of this.#scopes) {
      for (const supply of supplies.values()) {
        if (supply.switchingSinceMs !== null) {
          if (nowMs - supply.switchingSinceMs >= ASK_SILENT_MS) supply.switchingSinceMs = null;
          else isBusy = true;
        }
        if (isPaused) renew(supply, nowMs);
        else this.#judge(supply, nowMs);
      }
      this.#pump(scope);
    }
    if (isBusy) this.#tickLater();
  }

  /** Who does not send what it was asked for loses that to others who have it, and is asked for less. */
  #judge(supply: Supply, nowMs: number): void {
    if (supply.asked.size === 0) return;
    const silentMs = nowMs - supply.heardMs;
    if (silentMs >= ASK_GIVE_UP_MS) {
      this.#options.log.info("supply:gave-up", { device: supply.supplier.device, events: supply.items.size });
      supply.window = ASKED_PER_LINK_MIN;
      this.#dropAll(supply);
      return;
    }
    let lost = 0;
    for (const [id, askedMs] of supply.asked) {
      if (silentMs < ASK_SILENT_MS && nowMs - askedMs < ASK_AGE_MS_MAX) continue;
      const item = supply.items.get(id);
      if (!item || item.holders.size < 2) continue;
      this.#drop(supply, item);
      lost += 1;
    }
    if (lost === 0) return;
    supply.window = ASKED_PER_LINK_MIN;
    this.#options.log.info("supply:slow", { device: supply.supplier.device, events: lost });
  }
}

/** As if it had been asked and heard just now. */
function renew(supply: Supply, nowMs: number): void {
  supply.heardMs = nowMs;
  for (const id of supply.asked.keys()) supply.asked.set(id, nowMs);
}
