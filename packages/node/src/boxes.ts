/** Epoch keys for the device at the other end of one link: boxes that lie here, and new ones where it lacks any. spec/epoch EP11. */
import { boxName, planRebox, readerBoxName } from "@kith/core";
import type {
  BoxName,
  DeviceId,
  EpochId,
  EpochKeys,
  EventStore,
  Frame,
  PrekeyId,
  ScopeId,
  SpaceId,
  StoredEvent,
} from "@kith/core";
import type { ExchangeHost } from "./exchange-host.ts";
import { isKeyEvent } from "./floors.ts";
import { REBOX_AFTER_MS } from "./limits.ts";
import { scopesFor } from "./replica.ts";
import type { Replica } from "./replica.ts";

export interface BoxesOptions {
  readonly host: Pick<ExchangeHost, "ledger" | "author" | "store" | "box" | "self" | "log">;
  readonly device: DeviceId;
  /** The device is served all of the space. */
  readonly isFull: (space: SpaceId) => boolean;
  /** It holds the events of the space that lie here. */
  readonly agrees: (space: SpaceId) => boolean;
  /** It has said that it holds something of the scope. */
  readonly speaksOf: (scope: ScopeId) => boolean;
  readonly send: (frame: Frame) => void;
  readonly later: (delayMs: number, call: () => void) => void;
}

interface Asked {
  readonly keys: EpochKeys;
  readonly prekey: PrekeyId;
}

/** Of one link: more than are asked for at once. Forgotten, one is given in place of another a second time. */
const ROOTED_MAX = 1_024;

export class Boxes {
  readonly #options: BoxesOptions;
  readonly #making = new Set<SpaceId>();
  /** Epochs that were asked for, by box name, and in place of which another was given. */
  readonly #rooted = new Set<string>();
  #isAnswering = false;

  constructor(options: BoxesOptions) {
    this.#options = options;
  }

  /** Of the epochs that these events of our own make or pass on. */
  sendMade(events: readonly Pick<StoredEvent, "space" | "kind">[]): void {
    for (const { space, kind } of events)
      if (isKeyEvent(kind) && this.#options.isFull(space)) this.sendAll(space);
  }

  /** Others may be about to do the same: the members' devices take turns, in an order of their ids. */
  makeLater(space: SpaceId): void {
    if (this.#making.has(space)) return;
    this.#making.add(space);
    const { host, device, isFull, later } = this.#options;
    const turn = Number.parseInt(host.self.slice(0, 2), 16) / 256;
    later(REBOX_AFTER_MS * (1 + turn), () => {
      this.#making.delete(space);
      const replica = host.ledger.replicas.get(space);
      if (!replica || !isFull(space)) return;
      const known = { held: replica.book.heldBy(device), boxed: this.#boxed(replica) };
      this.#make(replica, (keys) => this.#seemsToLack(replica, keys, known)).then(
        () => this.sendAll(space),
        (error: unknown) => host.log.warn("box:not-made", { space, device, error: String(error) }),
      );
    });
  }

  /** As the log says; or a box was made, by who is gone or is not met, and what it opens has not come through. */
  #seemsToLack(
    replica: Replica,
    { epoch, scope }: EpochKeys,
    { held, boxed }: { readonly held: ReadonlySet<EpochId>; readonly boxed: ReadonlySet<EpochId> },
  ): boolean {
    const { device, agrees, speaksOf } = this.#options;
    const { space, book, membership, rosters } = replica;
    if (!held.has(epoch)) return true;
    // Nobody asks for a channel of which nothing has come: here the device is in it, and whoever let it in may not think so now.
    if (rosters.has(scope) && !speaksOf(scope)) return !boxed.has(epoch);
    const givers = book.giversTo(epoch, device);
    if (givers.size === 0 || agrees(space)) return false;
    const { devices } = membership.state();
    return ![...givers].some((giver) => devices.has(giver));
  }

  /** Of every epoch here of which no box for the device lies here, nor of one that it lies under. */
  makeMissing(replica: Replica): Promise<void> {
    const boxed = this.#boxed(replica);
    return this.#make(replica, ({ epoch }) => !boxed.has(epoch));
  }

  /** Epochs of which a box for the device lies here, or of one that they lie under. */
  #boxed(replica: Replica): ReadonlySet<EpochId> {
    const { ledger, store } = this.#options.host;
    const prekeys = this.#prekeys(replica);
    const boxed = this.#scopesFor(replica)
      .flatMap((scope) => ledger.keys.ofScope(scope))
      .filter((keys) => prekeys.some((id) => boxesHere(store, keys, id) !== null));
    return replica.book.reachOf(boxed.map(({ epoch }) => epoch));
  }

  /** Boxed and announced again, if the device is a member's. */
  async #make(replica: Replica, lacks: (keys: EpochKeys) => boolean): Promise<void> {
    const { device } = this.#options;
    const { ledger, author, box, self, log } = this.#options.host;
    const { space, membership, book } = replica;
    const prekey = membership.state().devices.get(device)?.prekeys.at(-1);
    if (!prekey || !membership.mayAct(self, "control", membership.heads()).ok) return;
    const own = new Set(this.#scopesOf(replica, self));
    const keys = this.#scopesOf(replica, device)
      .filter((scope) => own.has(scope))
      .flatMap((scope) => ledger.keys.ofScope(scope))
      .filter((each) => book.get(each.epoch) && lacks(each))
      // The newest of each scope first: the others may lie under it.
      .toReversed();
    if (keys.length === 0) return;
    const plan = planRebox({ device, membership, book, keys, box });
    if (plan.writes.length === 0) return;
    await author.write(plan.writes, { boxes: plan.boxes });
    log.info("box:made-again", { space, device, epochs: keys.length });
  }

  /**
   * Boxes that the device asks for: those that lie here are sent; of an epoch that is held and of which none does for the
   * prekey, one is made, so that no number of questions makes more than one event for each prekey and epoch.
   */
  async answer({ space, wants, locked }: Extract<Frame, { type: "boxWant" }>): Promise<void> {
    const { host, device, isFull } = this.#options;
    const { ledger, store, author, box, self, log } = host;
    const replica = ledger.replicas.get(space);
    if (!replica || !isFull(space) || this.#isAnswering) return;
    const { membership, book } = replica;
    const prekeys = membership.state().devices.get(device)?.prekeys ?? [];
    const scopes = this.#scopesFor(replica);
    const asked = new Map<string, Asked>();
    const ask = (keys: EpochKeys | null, prekey: PrekeyId | undefined): void => {
      // Of a prekey that was not heard of yet it asks again.
      if (!keys || !scopes.includes(keys.scope) || !prekeys.some(({ id }) => id === prekey) || !prekey)
        return;
      asked.set(boxName(prekey, keys.epoch), { keys, prekey });
    };
    for (const { epoch, prekey } of wants) ask(ledger.keys.get(epoch), prekey);
    for (const { scope, tag, bucket } of locked) {
      const keys = ledger.keys.find(tag, bucket);
      if (keys?.scope === scope) ask(keys, prekeys.at(-1)?.id);
    }
    this.#askForRoots(replica, asked);
    const lacking = [...asked].filter(([, { keys, prekey }]) => boxesHere(store, keys, prekey) === null);
    const mayMake = membership.mayAct(self, "control", membership.heads()).ok;
    const making = mayMake ? lacking.filter(([, { keys }]) => book.get(keys.epoch) !== null) : [];
    this.#isAnswering = true;
    try {
      for (const [prekey, group] of Map.groupBy(making, ([, want]) => want.prekey)) {
        const keys = group.map(([, want]) => want.keys);
        const plan = planRebox({ device, prekey, membership, book, keys, box });
        if (plan.writes.length === 0) continue;
        await author.write(plan.writes, { boxes: plan.boxes });
        log.info("box:asked-for", { space, device, epochs: keys.length });
      }
    } catch (error) {
      log.warn("box:not-made", { space, device, error: String(error) });
    } finally {
      this.#isAnswering = false;
    }
    for (const { keys, prekey } of asked.values()) this.#sendFor(keys, prekey);
  }

  /**
   * In place of an epoch that lies under another, that one: its box brings all the others. Who asks for the same once more did
   * not get it so, and gets a box of it.
   */
  #askForRoots(replica: Replica, asked: Map<string, Asked>): void {
    const { ledger, author, store } = this.#options.host;
    const { control, rosters, book } = replica;
    for (const [name, { keys, prekey }] of asked) {
      if (this.#rooted.has(name) || boxesHere(store, keys, prekey) !== null) continue;
      const scope = rosters.has(keys.scope) ? keys.scope : control;
      const now = author.hasKeys(scope) ? [author.sendKeys(scope)] : [];
      const isBoxed = (each: EpochKeys): boolean => boxesHere(store, each, prekey) !== null;
      const root = [...ledger.keys.ofScope(scope).filter(isBoxed), ...now].find(
        ({ epoch }) => epoch !== keys.epoch && book.reachOf([epoch]).has(keys.epoch),
      );
      if (!root) continue;
      if (this.#rooted.size >= ROOTED_MAX) this.#rooted.clear();
      this.#rooted.add(name);
      asked.delete(name);
      asked.set(boxName(prekey, root.epoch), { keys: root, prekey });
    }
  }

  /** Every box of the space that was made for the device and lies here. */
  sendAll(space: SpaceId): void {
    const { ledger } = this.#options.host;
    const replica = ledger.replicas.get(space);
    if (!replica) return;
    for (const scope of this.#scopesOf(replica, this.#options.device)) {
      for (const keys of ledger.keys.ofScope(scope)) this.send(space, keys.epoch);
    }
  }

  /** Those of private channels. */
  sendPrivate(space: SpaceId): void {
    const { ledger } = this.#options.host;
    const replica = ledger.replicas.get(space);
    if (!replica) return;
    for (const scope of this.#scopesOf(replica, this.#options.device))
      if (replica.rosters.has(scope))
        for (const keys of ledger.keys.ofScope(scope)) this.send(space, keys.epoch);
  }

  #scopesOf(replica: Replica, device: DeviceId): ScopeId[] {
    return scopesFor(replica, replica.membership.state().devices.get(device)?.person);
  }

  /** The box of an epoch for the device, if that is a member and a box was made. */
  send(space: SpaceId, epoch: Parameters<typeof boxName>[1]): void {
    const { ledger } = this.#options.host;
    const replica = ledger.replicas.get(space);
    const keys = ledger.keys.get(epoch);
    if (!replica || keys?.space !== space || !this.#scopesFor(replica).includes(keys.scope)) return;
    // That for a newer prekey, if it was boxed again.
    for (const prekey of this.#prekeys(replica)) if (this.#sendFor(keys, prekey)) return;
  }

  #sendFor(keys: EpochKeys, prekey: PrekeyId): boolean {
    const here = boxesHere(this.#options.host.store, keys, prekey);
    const { space, scope, epoch } = keys;
    if (here) this.#options.send({ type: "box", space, scope, epoch, prekey, ...here });
    return here !== null;
  }

  #scopesFor(replica: Replica): ScopeId[] {
    return this.#scopesOf(replica, this.#options.device);
  }

  /** Of the device, the newest first. */
  #prekeys({ membership }: Replica): PrekeyId[] {
    const { prekeys } = membership.state().devices.get(this.#options.device) ?? { prekeys: [] };
    return prekeys.map(({ id }) => id).toReversed();
  }

  /**
   * Keys of control that were boxed for the device while it was a member's and did not reach it: what ended that lies under one
   * of them, made by who took it for a member.
   */
  sendFarewell(space: SpaceId): void {
    const { ledger } = this.#options.host;
    const replica = ledger.replicas.get(space);
    if (!replica || !ledger.isOver(replica, this.#options.device)) return;
    for (const keys of ledger.keys.ofScope(replica.control))
      for (const prekey of replica.book.prekeysOf(this.#options.device)) this.#sendFor(keys, prekey);
  }
}

/** That with all of the epoch before that with its headers alone. */
function boxesHere(
  store: Pick<EventStore, "box">,
  keys: EpochKeys,
  prekey: PrekeyId,
): { readonly name: BoxName; readonly blob: Uint8Array } | null {
  for (const name of [readerBoxName(prekey, keys), boxName(prekey, keys.epoch)]) {
    const blob = store.box(name);
    if (blob) return { name, blob };
  }
  return null;
}
