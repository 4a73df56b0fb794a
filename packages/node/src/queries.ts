/** Reads: the store's views and the membership state, as the service shows them. Writes nothing. */
import { isId16, isId32 } from "@kith/core";
import type {
  ChannelFacts,
  ChannelId,
  EventId,
  EventStore,
  MessageRow,
  PersonId,
  ReactionRow,
  SpaceId,
} from "@kith/core";
import { trimOldest } from "./bounded.ts";
import type { Deliveries } from "./delivery.ts";
import { historySince } from "./floors.ts";
import type { Ledger } from "./ledger.ts";
import { HEARD_DEVICES_MAX, PAGE_ROWS_MAX } from "./limits.ts";
import type { Replica } from "./replica.ts";
import { ServiceError } from "./service.ts";
import type { ChannelInfo, MemberInfo, Message, Reaction, SpaceInfo } from "./service.ts";

export interface QueriesOptions {
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly deliveries: Deliveries;
  readonly self: () => PersonId;
}

export class Queries {
  readonly #options: QueriesOptions;
  readonly #names = new Map<PersonId, string>();
  readonly #strangers = new Map<PersonId, string>();

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

  spaces(): SpaceInfo[] {
    return this.#present().flatMap((replica) => this.#spaceInfo(replica) ?? []);
  }

  /** Its own person has left it. */
  hasLeft({ membership }: Replica): boolean {
    const self = this.#options.self();
    return membership.state().removed.get(self)?.by === self;
  }

  #present(): Replica[] {
    return [...this.#options.ledger.replicas.values()].filter((replica) => !this.hasLeft(replica));
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
    const named = [...replicas.values()].filter(
      (replica) => replica.membership.state().info?.name === idOrName && !this.hasLeft(replica),
    );
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

  channel(replica: Replica, idOrName: string): ChannelFacts {
    const known = replica.membership.state().channels;
    const byId = isId16(idOrName) ? known.get(idOrName as ChannelId) : undefined;
    if (byId) return byId;
    const channels = [...known.values()];
    const named = channels.filter((channel) => channel.name === idOrName);
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
    return [...replica.membership.state().channels.values()]
      .sort((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1))
      .map(({ id, name }) => ({ id, name }));
  }

  members(replica: Replica): MemberInfo[] {
    const self = this.#options.self();
    return [...replica.membership.state().members.values()].map((member) => ({
      person: member.person,
      name: member.name,
      role: member.role,
      devices: [...member.devices],
      joinedMs: member.joinedMs,
      self: member.person === self,
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
    const before = query.before === undefined ? null : this.#messageId(query.before);
    const after = query.after === undefined ? null : this.#messageId(query.after);
    const rows = this.#options.store.messages({
      limit: limit + 1,
      ...(replica && { space: replica.space }),
      ...(channel && { channel }),
      ...(before && { before }),
      ...(after && { after }),
    });
    const more = rows.length > limit;
    // Pages with `after` run forwards, all others backwards from the newest.
    const page = more ? (after ? rows.slice(0, limit) : rows.slice(1)) : rows;
    const reactions = this.#reactions(page.map((row) => row.id));
    const items = page.map((row) => this.#message(row, reactions.get(row.id) ?? []));
    const edge = after ? items.at(-1) : items[0];
    return { items, next: more && edge ? edge.id : null };
  }

  message(id: string): Message {
    const row = this.#options.store.message(this.#messageId(id));
    if (!row) throw unknownMessage(id);
    return this.render(row, { fresh: false });
  }

  /** fresh: written a moment ago, so that nobody can have reacted to it yet. */
  render(row: MessageRow, options: { fresh: boolean }): Message {
    return this.#message(row, options.fresh ? [] : (this.#reactions([row.id]).get(row.id) ?? []));
  }

  #message(row: MessageRow, reactions: readonly Reaction[]): Message {
    return {
      id: row.id,
      space: row.space,
      channel: row.channel,
      author: row.author,
      authorName: this.nameOf(row.author),
      device: row.device,
      text: row.text,
      atMs: row.timeMs,
      replyTo: row.replyTo,
      clientId: row.clientId,
      reactions,
      delivery: this.#options.deliveries.of(row),
    };
  }

  #reactions(messages: readonly EventId[]): Map<EventId, Reaction[]> {
    const found = new Map<EventId, Map<string, PersonId[]>>();
    for (const row of this.#options.store.reactions(messages)) addReaction(found, row);
    return new Map(
      [...found].map(([id, byEmoji]) => [id, [...byEmoji].map(([emoji, people]) => ({ emoji, people }))]),
    );
  }

  #messageId(id: string): EventId {
    if (!isId32(id) || !this.#options.store.message(id as EventId)) throw unknownMessage(id);
    return id as EventId;
  }

  #spaceInfo(replica: Replica): SpaceInfo | null {
    const state = replica.membership.state();
    const self = this.#options.self();
    const role = state.members.get(self)?.role ?? null;
    const isRemoved = role === null && state.removed.has(self);
    return {
      id: replica.space,
      name: state.info?.name ?? "",
      kind: state.info?.kind ?? "community",
      role,
      members: state.members.size,
      state: isRemoved ? "removed" : role && state.info ? "ready" : "joining",
      historySinceMs: historySince(replica.scopes.get(replica.content)?.floor ?? 0),
      channels: this.channels(replica),
    };
  }
}

function addReaction(found: Map<EventId, Map<string, PersonId[]>>, row: ReactionRow): void {
  let byEmoji = found.get(row.message);
  if (!byEmoji) found.set(row.message, (byEmoji = new Map()));
  const people = byEmoji.get(row.emoji);
  if (people) people.push(row.author);
  else byEmoji.set(row.emoji, [row.author]);
}

function unknownSpace(name: string): ServiceError {
  return new ServiceError(
    "UNKNOWN_SPACE",
    `There is no space "${name.slice(0, 80)}" on this device.`,
    "`kith space list` shows those there are.",
  );
}

export function unknownMessage(id: string): ServiceError {
  return new ServiceError(
    "UNKNOWN_MESSAGE",
    `There is no message ${id.slice(0, 64)} on this device.`,
    "It may not have arrived yet; list the channel's messages.",
  );
}
