/**
 * What happened in a history, noted as it happens and apart from what the devices make of it: every event once, what its
 * author knew, and every box. Owns no judgement.
 */
import { boxName, readerBoxName, createMembership, decodeBody, decodeOuter, openEvent } from "@kith/core";
import type {
  Body,
  ControlEvent,
  DeviceId,
  EpochId,
  EventId,
  Header,
  InviteId,
  MembershipState,
  PersonId,
  ScopeId,
  SpaceId,
  StoredEvent,
} from "@kith/core";
import type { ChannelView, Party, View } from "./party.ts";

/** A secret came to a device: by a box, or because the device made it. */
export interface Grant {
  readonly giver: Party;
  readonly tick: number;
  /** Whose devices are members', as the giver knew. */
  readonly members: ReadonlyMap<DeviceId, unknown>;
  /** As the giver knew of private channels. */
  readonly channels: ReadonlyMap<ScopeId, ReadonlySet<PersonId>>;
}

/** How a device came to the secrets of an epoch. */
export interface Way {
  readonly grant: Grant;
  /** Who put the epoch under the one that was granted, after that; null: nobody had to, or it lay there already. */
  readonly later: Grant | null;
}

/** A message, or an act of the control scope that is not about keys. */
export interface Post {
  readonly id: EventId;
  readonly isMessage: boolean;
  readonly scope: ScopeId;
  readonly epoch: EpochId;
  readonly author: Party;
  /** Who was out, as the author knew, and by which removals: of the space, of the private channel, or the one device. */
  readonly outside: readonly Outsider[];
  /** Devices of no member that the author knew to hold the epoch. */
  readonly strangers: readonly DeviceId[];
  /** Whom it was for, as the author knew. */
  readonly readers: ReadonlySet<PersonId>;
  /** Members' devices, as the author knew. */
  readonly devices: ReadonlyMap<DeviceId, unknown>;
  /** Revocations of open invites that the author knew and that its epoch does not follow. */
  readonly unfollowed: readonly EventId[];
}

export interface Outsider {
  readonly who: PersonId | DeviceId;
  readonly removals: readonly EventId[];
}

export class Chronicle {
  /** In an order in which each follows what it cites. */
  readonly control = new Map<EventId, ControlEvent>();
  readonly posts: Post[] = [];
  readonly #space: () => SpaceId;
  readonly #known = new Set<EventId>();
  readonly #pasts = new Map<EventId, MembershipState>();
  /** For whom which events say that an epoch was boxed. */
  readonly #named = new Map<EpochId, { readonly event: EventId; readonly devices: readonly DeviceId[] }[]>();
  /** Events that make an epoch known, and what of control each cites. */
  readonly #announced = new Map<EpochId, { readonly event: EventId; readonly cites: readonly EventId[] }[]>();
  readonly #revocations = new Map<EventId, InviteId>();
  /** Of open invites, by each party's last view. */
  readonly #openRevocations = new Map<Party, readonly EventId[]>();
  readonly #grants = new Map<string, Grant[]>();
  /** By the epoch whose secrets it holds: events, under which epoch each lies, and who wrote it. */
  readonly #links = new Map<
    EpochId,
    { readonly event: EventId; readonly under: EpochId; readonly grant: Grant }[]
  >();
  /** When each device heard of each removal. */
  readonly #heard = new Map<Party, Map<EventId, number>>();
  /** Ends somebody's part: of the space, of a channel, or a device's. */
  readonly #endings = new Set<EventId>();
  readonly #views = new Map<Party, View>();
  readonly #onNoOwner: (party: Party) => void;
  #tick = 0;

  constructor(space: () => SpaceId, onNoOwner: (party: Party) => void) {
    this.#space = space;
    this.#onNoOwner = onNoOwner;
  }

  follow(party: Party): void {
    const heard = new Map<EventId, number>();
    this.#heard.set(party, heard);
    party.onBoxes((names) => {
      for (const name of names) this.#grant(name, party);
    });
    party.ledger.onCommitted(({ events, from }) => {
      this.#tick += 1;
      for (const event of events) this.#note(party, event, from === null);
      const view = party.view();
      if (view === null) return;
      if (view.state.info && ![...view.state.members.values()].some(({ role }) => role === "owner"))
        this.#onNoOwner(party);
      this.#views.set(party, view);
      this.#openRevocations.set(party, this.#openRevocationsOf(party, view));
    });
  }

  #openRevocationsOf({ replica }: Party, { state }: View): EventId[] {
    return [...this.#revocations].flatMap(([id, invite]) =>
      state.invites.get(invite)?.mode === "open" && replica?.membership.verdictOf(id)?.effective === true
        ? [id]
        : [],
    );
  }

  /** A secret that the party made itself, in an event of its own or outside of all rules. */
  made(party: Party, epoch: EpochId): void {
    this.#grant(`${epoch} ${party.device}`, party);
  }

  /** By a box, by its own making, or because the epoch lies under one that came so. */
  waysOf(party: Party, epoch: EpochId): readonly Way[] {
    return [...this.#sourcesOf(epoch)].flatMap(([source, linked]) =>
      this.#directGrantsOf(party, source).map((grant) => ({
        grant,
        later: linked && linked.tick > grant.tick ? linked : null,
      })),
    );
  }

  /** Under which an epoch lies, itself first; each with the first link of its shortest way. */
  #sourcesOf(epoch: EpochId): Map<EpochId, Grant | null> {
    const sources = new Map<EpochId, Grant | null>([[epoch, null]]);
    for (const [at, since] of sources) {
      for (const { under, grant } of this.#links.get(at) ?? []) {
        if (sources.has(under)) continue;
        sources.set(under, since && since.tick > grant.tick ? since : grant);
      }
    }
    return sources;
  }

  #directGrantsOf(party: Party, epoch: EpochId): readonly Grant[] {
    const { id } = party.identity.prekey.bundle;
    const keys = party.ledger.keys.get(epoch);
    const names = new Set([boxName(id, epoch), ...(keys ? [readerBoxName(id, keys)] : [])]);
    const boxed = [...names].flatMap((name) => this.#grants.get(name) ?? []);
    return [...boxed, ...(this.#grants.get(`${epoch} ${party.device}`) ?? [])];
  }

  hadHeard({ giver, tick }: Grant, removal: EventId): boolean {
    return (this.#heard.get(giver)?.get(removal) ?? Infinity) <= tick;
  }

  /** What an event's own past amounts to. */
  pastOf({ id, header }: ControlEvent): MembershipState {
    const known = this.#pasts.get(id);
    if (known) return known;
    const membership = createMembership(this.#space());
    const past = this.#closePast(followedBy(header));
    for (const event of this.control.values()) if (past.has(event.id)) membership.add(event);
    const state = membership.state();
    this.#pasts.set(id, state);
    return state;
  }

  /** These, and all that they follow. */
  #closePast(ids: readonly EventId[]): Set<EventId> {
    const past = new Set<EventId>();
    const open = [...ids];
    for (let next = open.pop(); next; next = open.pop()) {
      const event = this.control.get(next);
      if (!event || past.has(next)) continue;
      past.add(next);
      open.push(...followedBy(event.header));
    }
    return past;
  }

  #grantBy(giver: Party): Grant {
    return {
      giver,
      tick: this.#tick,
      members: giver.replica?.membership.state().devices ?? new Map(),
      channels: new Map([...giver.rosters].map(([scope, roster]) => [scope, roster.people()])),
    };
  }

  #grant(name: string, giver: Party): void {
    const grant = this.#grantBy(giver);
    const known = this.#grants.get(name);
    if (known) known.push(grant);
    else this.#grants.set(name, [grant]);
  }

  #note(party: Party, stored: StoredEvent, isOwn: boolean): void {
    if (this.#endings.has(stored.id)) this.#heard.get(party)?.set(stored.id, this.#tick);
    if (this.#known.has(stored.id)) return;
    this.#known.add(stored.id);
    const outer = decodeOuter(stored.outer);
    const keys = party.ledger.keys.find(outer.tag, outer.bucket);
    const { replica } = party;
    if (!keys || !replica) throw new Error(`a stored event has no key: ${stored.id}`);
    const { id, header, body: bytes } = openEvent(outer, keys);
    const body = bytes === null ? null : readBody(header.kind, bytes);
    if (body?.type === "epoch.create") {
      const cites = header.auth.length > 0 ? header.auth : followedBy(header);
      this.#announced.set(header.epoch, [...(this.#announced.get(header.epoch) ?? []), { event: id, cites }]);
    }
    if (body?.type === "invite.revoke") this.#revocations.set(id, body.invite);
    if (body?.type === "epoch.create" && isOwn) this.made(party, header.epoch);
    if (body?.type === "epoch.create" || body?.type === "epoch.rebox" || body?.type === "epoch.headers") {
      const named = [header.device, ...body.recipients.map(({ device }) => device)];
      this.#named.set(header.epoch, [
        ...(this.#named.get(header.epoch) ?? []),
        { event: id, devices: named },
      ]);
    } else if (body?.type === "epoch.link") {
      const grant = this.#grantBy(party);
      const under = header.epoch;
      for (const { epoch } of body.links)
        this.#links.set(epoch, [...(this.#links.get(epoch) ?? []), { event: id, under, grant }]);
    } else if (isOwn) this.#post(party, { id, header, body });
    if (endsSomebody(body)) {
      this.#endings.add(id);
      this.#heard.get(party)?.set(id, this.#tick);
    }
    if (header.scope !== replica.control) return;
    this.control.set(id, { id, header, body });
    const view = this.#views.get(party);
    const follows = [...new Set(followedBy(header))].sort().join();
    if (isOwn && view?.heads === follows) this.#pasts.set(id, view.state);
  }

  /** By what the author knew before: a removal itself lies under a key of its target. */
  #post(author: Party, { id, header, body }: Pick<ControlEvent, "id" | "header" | "body">): void {
    const view = this.#views.get(author);
    if (!view || body?.type === "merge") return;
    const { removed, devices, removedDevices } = view.state;
    // A private channel is founded with whom it is for: before that nobody is known to be in it.
    const founded = (): ChannelView | undefined => author.view()?.channels.get(header.scope);
    const channel = view.channels.get(header.scope) ?? founded();
    const removalsOf = (who: PersonId | DeviceId): EventId[] =>
      view.removals.filter((removal) => {
        const known = this.control.get(removal)?.body;
        if (known?.type === "device.remove") return known.device === who;
        return known?.type === "member.remove" && known.person === who;
      });
    const outside: Outsider[] = [...removed.keys(), ...removedDevices.keys()].map((who) => ({
      who,
      removals: removalsOf(who),
    }));
    for (const { person, endings } of channel?.outside ?? [])
      if (endings.length > 0) outside.push({ who: person, removals: endings });
    const sources = new Set([header.epoch]);
    for (const at of sources)
      for (const { event, under } of this.#links.get(at) ?? [])
        if (author.store.hasEvent(event)) sources.add(under);
    const holders = [...sources]
      .flatMap((source) => this.#named.get(source) ?? [])
      .filter(({ event }) => author.store.hasEvent(event))
      .flatMap((named) => named.devices);
    const strangers = holders.filter((device) => {
      const person = devices.get(device)?.person;
      return person === undefined || channel?.people.has(person) === false;
    });
    const isMessage = body?.type === "message.post" || body?.type === "message.expire";
    const { scope, epoch } = header;
    const readers = channel?.people ?? new Set(view.state.members.keys());
    const unfollowed = author.rosters.has(scope) ? [] : this.#unfollowedBy(author, epoch);
    this.posts.push({
      id,
      isMessage,
      scope,
      epoch,
      author,
      outside,
      strangers,
      readers,
      devices,
      unfollowed,
    });
  }

  #unfollowedBy(author: Party, epoch: EpochId): EventId[] {
    const revocations = this.#openRevocations.get(author) ?? [];
    if (revocations.length === 0) return [];
    const pasts = (this.#announced.get(epoch) ?? [])
      .filter(({ event }) => author.store.hasEvent(event))
      .map(({ cites }) => this.#closePast(cites));
    return revocations.filter((revocation) => !pasts.every((past) => past.has(revocation)));
  }
}

function followedBy({ prev, parents }: Header): EventId[] {
  return prev ? [prev, ...parents] : [...parents];
}

function endsSomebody(body: Body | null): boolean {
  return (
    body?.type === "member.remove" ||
    body?.type === "device.remove" ||
    body?.type === "channel.remove" ||
    body?.type === "channel.fence"
  );
}

function readBody(kind: number, bytes: Uint8Array): Body | null {
  try {
    return decodeBody(kind, bytes);
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}
