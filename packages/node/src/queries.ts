/** Reads: the store's views and the membership state, as the service shows them. Writes nothing. */
import { isId32, profileOf } from "@kith/core";
import { settlePin } from "@kith/core/acts";
import type { MessagePlace } from "@kith/core/ports";
import type {
  ChannelFacts,
  ChannelId,
  DeviceId,
  EventId,
  EventStore,
  MessageRow,
  PersonId,
  ReactionRow,
  Roster,
  ScopeId,
  SpaceId,
} from "@kith/core";
import { trimOldest } from "./bounded.ts";
import type { Deliveries } from "./delivery.ts";
import { pageOf } from "./early/pages.ts";
import type { PageRow } from "./early/pages.ts";
import type { EarlyWindow } from "./early/window.ts";
import { historySince } from "./floors.ts";
import { avatarIdOf } from "./image-type.ts";
import type { Ledger } from "./ledger.ts";
import { HEARD_DEVICES_MAX, PAGE_ROWS_MAX, SEARCH_ROWS_MAX } from "./limits.ts";
import { meant } from "./meant.ts";
import { rightsInChannel, rightsOver } from "./member-rights.ts";
import type { Replica } from "./replica.ts";
import { ServiceError } from "./service.ts";
import type { SearchQuery } from "./service-figures.ts";
import type { Talks } from "./talks.ts";
import type { History, WaitingInfo } from "./service-spaces.ts";
import type { DirectInfo } from "./service-talks.ts";
import type { ChannelInfo, MemberInfo, Message, Reaction, SpaceInfo } from "./service.ts";

export interface QueriesOptions {
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly deliveries: Deliveries;
  readonly early: EarlyWindow;
  readonly talks: Talks;
  readonly waiting: (space: SpaceId) => readonly WaitingInfo[];
  readonly isRefused: (space: SpaceId) => boolean;
  readonly self: () => PersonId;
  readonly device: DeviceId;
}

export class Queries {
  readonly #options: QueriesOptions;
  readonly #names = new Map<PersonId, string>();
  readonly #strangers = new Map<PersonId, string>();
  /** Of each space's first event. */
  readonly #arrivals = new Map<SpaceId, number>();

  constructor(options: QueriesOptions) {
    this.#options = options;
    for (const person of options.store.people()) this.#names.set(person.id, person.name);
  }

  nameOf(person: PersonId): string {
    return this.#names.get(person) ?? this.#strangers.get(person) ?? `Person ${person.slice(0, 8)}`;
  }

  /** A member's name, or our own. */
  learnName(person: PersonId, name: string): void {
    this.#names.set(person, name);
  }

  /** What somebody calls themselves who is of no space of ours. Strangers can come in any number. */
  learnStranger(person: PersonId, name: string): void {
    this.#strangers.set(person, name);
    trimOldest(this.#strangers, HEARD_DEVICES_MAX);
  }

  /** Takes the names that a space's log now gives. */
  refreshNames(space: SpaceId): void {
    for (const member of this.#options.ledger.replicas.get(space)?.membership.state().members.values() ??
      []) {
      this.#names.set(member.person, member.name);
    }
  }

  /** In the order in which their first events arrived here: the same after a restart. */
  spaces(): SpaceInfo[] {
    return this.#present().flatMap((replica) => this.#spaceInfo(replica) ?? []);
  }

  /** Its own person has left it. */
  hasLeft({ membership }: Replica): boolean {
    const self = this.#options.self();
    return membership.state().removed.get(self)?.by === self;
  }

  #present(): Replica[] {
    return [...this.#options.ledger.replicas.values()]
      .filter((replica) => !this.hasLeft(replica) && !this.#options.talks.isAway(replica.space))
      .toSorted((a, b) => this.#arrivalOf(a) - this.#arrivalOf(b));
  }

  #arrivalOf({ space, control }: Replica): number {
    const known = this.#arrivals.get(space);
    if (known !== undefined) return known;
    const first = this.#options.store.eventsOfScope(control, -1, 1)[0];
    if (first === undefined) return Number.MAX_SAFE_INTEGER;
    this.#arrivals.set(space, first.arrival);
    return first.arrival;
  }

  space(idOrName: string): SpaceInfo {
    const info = this.#spaceInfo(this.replica(idOrName));
    if (!info) throw unknownSpace(idOrName);
    return info;
  }

  replica(idOrName: string): Replica {
    const { replicas } = this.#options.ledger;
    if (isId32(idOrName)) {
      const replica = replicas.get(idOrName as SpaceId);
      if (replica) return replica;
    }
    const here = [...replicas.values()].filter((replica) => !this.hasLeft(replica));
    const named = meant(here, idOrName, (replica) => ({ id: replica.space, name: nameOfSpace(replica) }));
    if (named.length > 1) {
      throw new ServiceError(
        "AMBIGUOUS_NAME",
        `${named.length} spaces are called "${idOrName}".`,
        "Use the space's id; `kith space list` shows it.",
      );
    }
    const [only] = named;
    if (!only) throw unknownSpace(idOrName);
    return only;
  }

  /** Open channels, and the private ones that this person is in. A private one comes first: its id may have been copied into an open one. */
  channelFacts({ membership, rosters }: Replica): (ChannelFacts & { readonly roster: Roster | null })[] {
    const self = this.#options.self();
    const own = [...rosters.values()].flatMap((roster) =>
      roster.facts && roster.people().has(self) ? [{ ...roster.facts, roster }] : [],
    );
    const taken = new Set<ChannelId>(own.map(({ id }) => id));
    const open = [...membership.state().channels.values()].filter(({ id }) => !taken.has(id));
    return [...own, ...open.map((channel) => ({ ...channel, roster: null }))];
  }

  channel(replica: Replica, idOrName: string): ChannelFacts & { readonly roster: Roster | null } {
    const channels = this.channelFacts(replica);
    const named = meant(channels, idOrName, (channel) => channel);
    if (named.length > 1) {
      throw new ServiceError(
        "AMBIGUOUS_NAME",
        `${named.length} channels are called "${idOrName}".`,
        "Use the channel's id; `kith space list --json` shows it.",
      );
    }
    const [only] = named;
    if (!only) {
      const names = channels
        .map((channel) => channel.name)
        .slice(0, 8)
        .join(", ");
      throw new ServiceError(
        "UNKNOWN_CHANNEL",
        `There is no channel "${idOrName}" in that space.`,
        names ? `It has: ${names}.` : "Wait until the space has been received.",
      );
    }
    return only;
  }

  channels(replica: Replica): ChannelInfo[] {
    return this.channelFacts(replica)
      .sort((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1))
      .map(({ id, name, roster }) => ({
        id,
        name,
        private: roster !== null,
        history: historyOf(replica, roster),
        expiryS: this.expiryOf(replica, { id, roster }),
      }));
  }

  /** Seconds for which what is posted in the channel now is kept; null: for good. */
  expiryOf(
    { membership }: Replica,
    { id, roster }: { readonly id: ChannelId; readonly roster: Roster | null },
  ): number | null {
    return roster ? roster.expiry() : (membership.state().expiries.get(id) ?? null);
  }

  channelInfo(replica: Replica, id: ChannelId): ChannelInfo {
    const info = this.channels(replica).find((channel) => channel.id === id);
    if (!info) throw new Error("CHANNEL_INVARIANT: a channel that was made is not there");
    return info;
  }

  /** As any space has it; null: none, or of somebody who is in none. */
  avatarOf(person: PersonId): Uint8Array | null {
    for (const { membership } of this.#options.ledger.replicas.values()) {
      const avatar = membership.state().members.get(person)?.avatar;
      if (avatar) return avatar;
    }
    return null;
  }

  /** Of the space, or of one of its private channels. */
  members(replica: Replica, roster: Roster | null = null): MemberInfo[] {
    const self = this.#options.self();
    const { members: all, removedDevices } = replica.membership.state();
    const members = [...all.values()];
    const suspended = [...removedDevices.values()].filter((device) => device.suspended);
    const people = roster?.people();
    return (people ? members.filter(({ person }) => people.has(person)) : members).map((member) => ({
      person: member.person,
      name: member.name,
      role: member.role,
      devices: [...member.devices],
      joinedMs: member.joinedMs,
      self: member.person === self,
      may: roster ? rightsInChannel(all, self, member, roster) : rightsOver(all, self, member),
      status: member.status,
      avatar: member.avatar && avatarIdOf(member.avatar),
      verification: member.person === self ? "self" : "unverified",
      overturned: null,
      suspended: suspended
        .filter(({ person }) => person === member.person)
        .map(({ device, name, removedMs }) => ({ device, name, atMs: removedMs })),
    }));
  }

  messages(query: { space?: string; channel?: string; before?: string; after?: string; limit: number }): {
    items: Message[];
    next: string | null;
  } {
    const limit = Math.max(1, Math.min(PAGE_ROWS_MAX, Math.floor(query.limit)));
    const replica = query.space === undefined ? null : this.replica(query.space);
    let channel: ChannelId | null = null;
    if (query.channel !== undefined) {
      if (!replica)
        throw new ServiceError(
          "BAD_INPUT",
          "A channel was named without its space.",
          "Name the space as well.",
        );
      channel = this.channel(replica, query.channel).id;
    }
    const before = query.before === undefined ? null : this.#edge(query.before);
    const after = query.after === undefined ? null : this.#edge(query.after);
    const { store, early } = this.#options;
    const rows = pageOf(store, early, {
      limit: limit + 1,
      ...(replica && { space: replica.space }),
      ...(channel && { channel }),
      ...(before && { before }),
      ...(after && { after }),
    });
    const more = rows.length > limit;
    // Pages with `after` run forwards, all others backwards from the newest.
    const page = more ? (after ? rows.slice(0, limit) : rows.slice(1)) : rows;
    const reactions = this.#reactions(page.flatMap((each) => (each.early ? [] : each.row.id)));
    const items = page.map((each) => this.#show(each, reactions.get(each.row.id) ?? []));
    const edge = after ? items.at(-1) : items[0];
    return { items, next: more && edge ? edge.id : null };
  }

  /** Only of channels that this person is in now. */
  search(query: SearchQuery): { items: Message[]; next: string | null } {
    const replica = query.space === undefined ? null : this.replica(query.space);
    const before = query.before === undefined ? null : this.#edge(query.before).id;
    const shown = new Set(
      (replica ? [replica] : this.#present()).flatMap((one) => this.channelFacts(one)).map(({ id }) => id),
    );
    const found = this.#found(
      { q: query.q, limit: query.limit + 1 },
      { shown, ...(replica && { space: replica.space }), ...(before && { before }) },
    );
    const rows = found.slice(0, query.limit);
    const reactions = this.#reactions(rows.map((row) => row.id));
    const items = rows.map((row) => this.#message(row, reactions.get(row.id) ?? []));
    return { items, next: found.length > rows.length ? (rows.at(-1)?.id ?? null) : null };
  }

  /** More is read where channels that are not shown hold the newest. */
  #found(
    { q, limit }: { readonly q: string; readonly limit: number },
    {
      shown,
      ...within
    }: { readonly shown: ReadonlySet<string>; readonly space?: SpaceId; readonly before?: EventId },
  ): MessageRow[] {
    for (let wanted = limit; ; wanted *= 4) {
      const rows = this.#options.store.search(q, { limit: wanted, ...within });
      const found = rows.filter(({ channel }) => shown.has(channel));
      if (found.length >= limit || rows.length < wanted || wanted > SEARCH_ROWS_MAX)
        return found.slice(0, limit);
    }
  }

  /** The spaces that a search looks through, with the scopes that hold their content. */
  searched(space: string | undefined): (Pick<SpaceInfo, "name" | "historySinceMs"> & {
    readonly space: SpaceId;
    readonly scopes: readonly ScopeId[];
  })[] {
    const replicas = space === undefined ? this.#present() : [this.replica(space)];
    return replicas.flatMap((replica) => {
      const info = this.#spaceInfo(replica);
      if (info === null) return [];
      const { name, historySinceMs } = info;
      return { space: replica.space, name, historySinceMs, scopes: [...replica.scopes.keys()] };
    });
  }

  /** Throws UNKNOWN_MESSAGE, MESSAGE_EXPIRED. */
  row(id: string): MessageRow {
    return this.#row(id).row;
  }

  message(id: string): Message {
    const found = this.#row(id);
    return found.early ? this.#show(found, []) : this.render(found.row, { fresh: false });
  }

  /** The newest of a channel, stored or shown before its history. */
  newest(space: SpaceId, channel: ChannelId): Message | null {
    const { store, early } = this.#options;
    const [last] = pageOf(store, early, { space, channel, limit: 1 });
    return last === undefined ? null : this.message(last.row.id);
  }

  /** fresh: written a moment ago, so that nobody can have reacted to it yet. */
  render(row: MessageRow, options: { fresh: boolean }): Message {
    if (options.fresh) return this.#message(row, [], false);
    return this.#message(row, this.#reactions([row.id]).get(row.id) ?? []);
  }

  #message(row: MessageRow, reactions: readonly Reaction[], pinned = this.#isPinned(row)): Message {
    return {
      id: row.id,
      space: row.space,
      channel: row.channel,
      author: row.author,
      authorName: this.nameOf(row.author),
      device: row.device,
      text: row.text,
      atMs: row.timeMs,
      editedMs: row.editedMs ?? null,
      deleted: row.deleted ?? false,
      pinned,
      expiresMs: row.expiresMs ?? null,
      replyTo: row.replyTo,
      replyToExpired: row.replyTo !== null && this.#isExpired(row.replyTo),
      clientId: row.clientId,
      reactions: row.deleted ? [] : reactions,
      delivery: this.#options.deliveries.of(row),
      blocked: this.#options.talks.quiet.isBlocked(row.author),
    };
  }

  #isPinned(row: MessageRow): boolean {
    return row.deleted !== true && settlePin(row, this.#options.store.acts(row.id)) !== null;
  }

  #reactions(messages: readonly EventId[]): Map<EventId, Reaction[]> {
    const found = new Map<EventId, Map<string, PersonId[]>>();
    for (const row of this.#options.store.reactions(messages)) addReaction(found, row);
    return new Map(
      [...found].map(([id, byEmoji]) => [id, [...byEmoji].map(([emoji, people]) => ({ emoji, people }))]),
    );
  }

  #show({ row, early }: PageRow, reactions: readonly Reaction[]): Message {
    const message = this.#message(row, reactions);
    return early ? { ...message, early } : message;
  }

  /** What has expired meanwhile still bounds what a reader asks for next. */
  #edge(id: string): MessagePlace {
    const event = this.#isExpired(id) ? this.#options.store.event(id as EventId) : null;
    return event ?? this.#row(id).row;
  }

  #isExpired(id: string): boolean {
    return isId32(id) && this.#options.store.shedReason(id as EventId) === "expired";
  }

  #row(id: string): PageRow {
    const { store, early } = this.#options;
    const stored = isId32(id) ? store.message(id as EventId) : null;
    if (stored) return { row: stored, early: false };
    const row = early.row(id as EventId);
    if (row === null) throw unknownMessage(id, this.#isExpired(id));
    return { row, early: true };
  }

  #spaceInfo(replica: Replica): SpaceInfo | null {
    const state = replica.membership.state();
    const { talks } = this.#options;
    const direct = this.#direct(replica);
    const self = this.#options.self();
    const isEnded = state.removedDevices.has(this.#options.device);
    const role = isEnded ? null : (state.members.get(self)?.role ?? null);
    const isOut = state.removed.has(self) || this.#options.isRefused(replica.space);
    const isRemoved = isEnded || (role === null && isOut);
    return {
      id: replica.space,
      name: direct?.name ?? state.info?.name ?? "",
      kind: state.info?.kind ?? "community",
      role,
      members: state.members.size,
      state: isRemoved ? "removed" : role && state.info ? "ready" : "joining",
      closed: this.#options.store.closedCount(replica.content),
      historySinceMs: historySince(replica.scopes.get(replica.content)?.floor ?? 0),
      history: historyOf(replica, null),
      channels: this.channels(replica),
      direct,
      asked: talks
        .askedFor(replica.space)
        .map(({ person, name }) => ({ person, name: this.#names.get(person) ?? name })),
      waiting: this.#options.waiting(replica.space),
      muted: talks.quiet.isMuted(replica.space),
    };
  }

  #direct({ space, membership }: Replica): DirectInfo | null {
    const { talks } = this.#options;
    const person = talks.companion(space);
    if (person === null) return null;
    const member = membership.state().members.get(person);
    const accepted = member !== undefined;
    const asked = !accepted && talks.askedFor(space).length > 0;
    const avatar = member?.avatar ? avatarIdOf(member.avatar) : null;
    const blocked = talks.quiet.isBlocked(person);
    return { person, name: this.nameOf(person), avatar, asked, accepted, blocked };
  }
}

function addReaction(found: Map<EventId, Map<string, PersonId[]>>, row: ReactionRow): void {
  let byEmoji = found.get(row.message);
  if (!byEmoji) found.set(row.message, (byEmoji = new Map()));
  const people = byEmoji.get(row.emoji);
  if (people) people.push(row.author);
  else byEmoji.set(row.emoji, [row.author]);
}

/** What it is found by. A direct conversation has its person's name, by which somebody could pass for a space. */
function nameOfSpace({ membership }: Replica): string | null {
  const { info } = membership.state();
  return info === null || info.kind === "direct" ? null : info.name;
}

function unknownSpace(name: string): ServiceError {
  return new ServiceError(
    "UNKNOWN_SPACE",
    `There is no space "${name.slice(0, 80)}" on this device.`,
    "`kith space list` shows those there are.",
  );
}

export function unknownMessage(id: string, isExpired = false): ServiceError {
  if (isExpired)
    return new ServiceError(
      "MESSAGE_EXPIRED",
      "This message was for a time, and that is over.",
      "Ask its author; no device keeps it.",
    );
  return new ServiceError(
    "UNKNOWN_MESSAGE",
    `There is no message ${id.slice(0, 64)} on this device.`,
    "It may not have arrived yet; list the channel's messages.",
  );
}

function historyOf({ content, membership }: Replica, roster: Roster | null): History {
  const profile = profileOf(roster?.scope ?? content, { membership, roster });
  return profile === "join-only" ? "from-joining" : "all";
}
