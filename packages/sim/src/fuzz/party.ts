/**
 * One device of a history: the node's own ledger, author, ingest, boxes and members over a store in memory. Owns how
 * two of them meet, which in a node is sessions and frames; what they say to each other there is the same.
 */
import type {
  DeviceId,
  EventId,
  Frame,
  Identity,
  Log,
  MembershipState,
  PersonId,
  Role,
  Roster,
  ScopeId,
  SignatureVerifier,
  SpaceId,
  StoredEvent,
} from "@kith/core";
import {
  admit,
  Author,
  Boxes,
  createMembers,
  Expiries,
  Ingest,
  Joins,
  Ledger,
  OwnDevices,
  PrivateChannels,
} from "@kith/node/parts";
import type { Members, Replica } from "@kith/node/parts";
import { createMemoryStore } from "@kith/store/memory";
import { createDeviceClock } from "../device-clock.ts";
import type { DeviceClock } from "../device-clock.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { Timeline } from "../timeline.ts";
import { box } from "./people.ts";

export const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Longer than members' devices give each other to make a box. */
const REBOX_MS = 5_000;

type BoxFrame = Extract<Frame, { type: "box" }>;
type Store = ReturnType<typeof createMemoryStore>;

export interface PartyOptions {
  readonly identity: Identity;
  readonly space: () => SpaceId;
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly skewMs: number;
  readonly verifier: SignatureVerifier;
}

/** How much of what there is goes over in one meeting. */
export interface Meeting {
  readonly content: boolean;
  readonly boxes: boolean;
  /** Boxes that the other side seems to lack are made. */
  readonly rebox: boolean;
  /** Share of the missing events that get through. */
  readonly share: number;
}

export const WHOLE: Meeting = { content: true, boxes: true, rebox: true, share: 1 };

/** What a device made of the control events, at one moment. */
export interface View {
  readonly heads: string;
  readonly state: MembershipState;
  /** Of people and of single devices. */
  readonly removals: readonly EventId[];
  /** Of each private channel that is known here: who is in it, and what ended the part of who is not. */
  readonly channels: ReadonlyMap<ScopeId, ChannelView>;
}

export interface ChannelView {
  readonly people: ReadonlySet<PersonId>;
  readonly outside: readonly { readonly person: PersonId; readonly endings: readonly EventId[] }[];
}

export class Party {
  readonly identity: Identity;
  readonly clock: DeviceClock;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly author: Author;
  readonly ingest: Ingest;
  readonly joins: Joins;
  readonly members: Members;
  readonly privates: PrivateChannels;
  readonly devices: OwnDevices;
  readonly #options: PartyOptions;
  readonly #boxesOf = new Map<DeviceId, { boxes: Boxes; frames: BoxFrame[] }>();
  readonly #boxListeners: ((names: readonly string[]) => void)[] = [];

  constructor(options: PartyOptions) {
    const { identity, timeline, random, skewMs, verifier } = options;
    this.#options = options;
    this.identity = identity;
    const clock = createDeviceClock(timeline, skewMs);
    this.clock = clock;
    const inner = createMemoryStore();
    const store: Store = {
      ...inner,
      commit: (batch) => {
        const made = (batch.boxes ?? []).flatMap(({ name, blob }) => (blob === null ? [] : name));
        if (made.length > 0) for (const hear of this.#boxListeners) hear(made);
        return inner.commit(batch);
      },
    };
    this.store = store;
    const ledger = new Ledger({ clock, log: SILENT, store });
    this.ledger = ledger;
    const author = new Author({ ledger, random, box, device: identity.device });
    this.author = author;
    // Lives as long as the clock: it puts away what is over.
    void new Expiries({ clock, log: SILENT, store, ledger });
    this.ingest = new Ingest({
      ledger,
      verifier,
      log: SILENT,
      nowMs: () => clock.nowMs(),
      onPressure: () => undefined,
      onDecoded: () => undefined,
    });
    this.joins = new Joins({
      clock,
      log: SILENT,
      store,
      ledger,
      box,
      identity: () => identity,
      spaceInfo: () => null,
      want: () => undefined,
      dial: () => undefined,
      isOf: () => false,
      isParted: () => false,
      secretOf: (prekey) => (prekey === identity.prekey.bundle.id ? identity.prekey.secretSeed : null),
      doneWith: () => undefined,
      onKeysChanged: () => undefined,
      onAdmitted: () => undefined,
      historyDays: null,
    });
    const swarm = { keysChanged: () => undefined };
    this.privates = new PrivateChannels({
      clock,
      random,
      log: SILENT,
      box,
      ledger,
      author,
      person: () => identity.person,
      device: identity.device.device,
      onKeysChanged: () => undefined,
    });
    this.devices = new OwnDevices({
      store,
      ledger,
      author,
      box,
      log: SILENT,
      identity: () => identity,
      isConnected: () => false,
      heardMs: () => null,
      onKeysChanged: () => undefined,
      onSpread: () => undefined,
    });
    this.members = createMembers({
      ledger,
      author,
      identity: () => identity,
      swarm,
      privates: this.privates,
    });
  }

  get name(): string {
    return this.identity.name;
  }

  get device(): DeviceId {
    return this.identity.device.device;
  }

  /** null before it was let in. */
  get replica(): Replica | null {
    return this.ledger.replicas.get(this.#options.space()) ?? null;
  }

  get scopes(): ScopeId[] {
    return this.replica ? [...this.replica.scopes.keys()] : [];
  }

  /** Private channels that it has a key of, whether its person is in them or not. */
  get rosters(): ReadonlyMap<ScopeId, Roster> {
    return this.replica?.rosters ?? new Map<ScopeId, Roster>();
  }

  /** Private channels that its person is in, as far as it knows. */
  get ownChannels(): Roster[] {
    return [...this.rosters.values()].filter(
      (roster) => roster.facts !== null && roster.people().has(this.identity.person),
    );
  }

  /** Its own rank, as far as it has heard; null: no member. */
  get role(): Role | null {
    return this.replica?.membership.state().members.get(this.identity.person)?.role ?? null;
  }

  /** It has heard that it is out. */
  get isOver(): boolean {
    return this.replica !== null && this.ledger.isOver(this.replica, this.device);
  }

  view(): View | null {
    const membership = this.replica?.membership;
    if (!membership) return null;
    return {
      heads: membership.heads().join(),
      state: membership.state(),
      removals: membership.removals(),
      channels: new Map([...this.rosters].map(([scope, roster]) => [scope, viewChannel(roster)])),
    };
  }

  onBoxes(listener: (names: readonly string[]) => void): void {
    this.#boxListeners.push(listener);
  }

  /** Events and keys that it holds. */
  get holdings(): number {
    const keys = this.scopes.reduce((sum, scope) => sum + this.ledger.keys.ofScope(scope).length, 0);
    return this.store.stats().events + keys;
  }

  /** Brings another party what it lacks and may have. */
  async meet(to: Party, how: Meeting): Promise<void> {
    const { replica } = this;
    if (!replica) return;
    const state = replica.membership.state();
    const isMember = state.devices.has(to.device);
    // Who is out hears and tells of members alone, and only from those who take it for one.
    if (this.isOver) {
      if (!isMember || to.replica?.membership.state().devices.has(this.device) !== true) return;
      if (how.boxes) await this.sendBoxes(to);
      await this.#bring(to, replica.control, how.share);
      return;
    }
    // Who was removed may learn that; a stranger gets nothing.
    if (!isMember && !to.replica) return;
    if (isMember && how.boxes) await this.sendBoxes(to);
    await this.#bring(to, replica.control, how.share);
    if (isMember && how.content && !to.isOver) {
      await this.#bring(to, replica.content, how.share);
      await this.#bringChannels(to, how.share);
    }
    if (!isMember || !how.rebox) return;
    this.#boxesFor(to).boxes.makeLater(replica.space);
    const { timeline } = this.#options;
    await timeline.runUntil(timeline.nowMs + REBOX_MS);
    await this.#takeBoxes(to);
  }

  /** Answers a request to be let in, and hands over what the answer brings. The code of a refusal; null: let in. */
  async letIn(
    to: Party,
    asked: { request: Uint8Array; invite: Parameters<typeof admit>[1]["invite"] },
  ): Promise<string | null> {
    const { replica } = this;
    if (!replica) return "NO_REPLICA";
    const { boxes } = this.#boxesFor(to);
    const answer = await admit(
      { ledger: this.ledger, author: this.author, clock: this.clock, box, log: SILENT },
      {
        replica,
        invite: asked.invite,
        bytes: asked.request,
        session: { device: to.device, person: to.identity.person },
        reboxAll: () => boxes.makeMissing(replica),
      },
    );
    if (!answer.ok) return answer.code;
    to.ledger.openSpace(replica.space);
    await this.sendBoxes(to);
    return null;
  }

  async sendBoxes(to: Party): Promise<void> {
    this.#boxesFor(to).boxes.sendAll(this.#options.space());
    await this.#takeBoxes(to);
  }

  async take(frame: BoxFrame): Promise<void> {
    const keys = await this.joins.onBox(frame);
    if (keys) await this.ingest.retryLocked(keys.scope);
  }

  /** To whom is in them; and to who was that they are not any more. */
  async #bringChannels(to: Party, share: number): Promise<void> {
    const { person } = to.identity;
    for (const [scope, roster] of this.rosters) {
      if (!to.rosters.has(scope)) continue;
      if (roster.people().has(person)) {
        await this.#bring(to, scope, share);
        continue;
      }
      const farewells = roster.endingsOf(person).flatMap((id) => this.store.event(id)?.outer ?? []);
      if (farewells.length > 0) await to.ingest.deliver({ scope, outers: farewells, from: this.device });
    }
  }

  async #bring(to: Party, scope: ScopeId, share: number): Promise<void> {
    const { random } = this.#options;
    const missing = this.#lackedBy(to, scope)
      .filter(() => share === 1 || random.share() < share)
      .map(({ outer }) => outer);
    if (missing.length > 0) await to.ingest.deliver({ scope, outers: missing, from: this.device });
    const bodies = this.#bodiesFor(to, scope);
    if (bodies.length > 0) await to.ingest.deliver({ scope, outers: bodies, from: this.device });
  }

  /** Of what the other has without its body, and asks everybody for. */
  #bodiesFor(to: Party, scope: ScopeId): Uint8Array[] {
    return this.store
      .eventsOfScope(scope, 0, Infinity)
      .filter(({ id, outer }) => !isShed(outer) && isShed(to.store.event(id)?.outer))
      .map(({ outer }) => outer);
  }

  #sharedWith(to: Party): ScopeId[] {
    return this.scopes.filter((scope) => this.rosters.get(scope)?.people().has(to.identity.person) !== false);
  }

  #lackedBy(to: Party, scope: ScopeId): StoredEvent[] {
    return this.store.eventsOfScope(scope, 0, Infinity).filter(({ id }) => !to.store.hasEvent(id));
  }

  async #takeBoxes(to: Party): Promise<void> {
    const { frames } = this.#boxesFor(to);
    for (const frame of frames.splice(0)) await to.take(frame);
  }

  #boxesFor(to: Party): { boxes: Boxes; frames: BoxFrame[] } {
    const known = this.#boxesOf.get(to.device);
    if (known) return known;
    const frames: BoxFrame[] = [];
    const boxes = new Boxes({
      host: {
        ledger: this.ledger,
        author: this.author,
        store: this.store,
        box,
        self: this.device,
        log: SILENT,
      },
      device: to.device,
      isFull: () => !this.isOver && this.replica?.membership.state().devices.has(to.device) === true,
      speaksOf: (scope) => to.rosters.has(scope),
      agrees: () => this.#sharedWith(to).every((scope) => this.#lackedBy(to, scope).length === 0),
      send: (frame) => {
        if (frame.type === "box") frames.push(frame);
      },
      later: (delayMs, call) => void this.clock.after(delayMs, call),
    });
    const entry = { boxes, frames };
    this.#boxesOf.set(to.device, entry);
    return entry;
  }
}

/** An array of seven: an event that has lost its body. */
export function isShed(outer: Uint8Array | undefined): boolean {
  return outer?.[0] === 0x87;
}

function viewChannel(roster: Roster): ChannelView {
  const people = roster.people();
  const outside = roster
    .everyone()
    .filter((person) => !people.has(person))
    .map((person) => ({ person, endings: roster.endingsOf(person) }));
  return { people, outside };
}
