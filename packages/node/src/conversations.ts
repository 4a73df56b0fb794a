/**
 * What this device keeps about each conversation for the person who sits at it: how far it was read, what is
 * being written, where the view stood. Nothing of it is an event, and nobody else is told. spec/http.
 */
import { checkText, isId16, isId32 } from "@kith/core";
import type { ChannelId, EventId, MessageRow, PersonId, ReadMark, SpaceId, Unread } from "@kith/core";
import { checked } from "./checked.ts";
import { compareRows } from "./early/pages.ts";
import { Kept } from "./kept.ts";
import type { MetaWrite } from "./kept.ts";
import { UNREAD_LOOK_ROWS, UNREAD_MAX } from "./limits.ts";
import type { NodeParts } from "./node.ts";
import { unknownMessage } from "./queries.ts";
import type { Replica } from "./replica.ts";
import { ServiceError } from "./service.ts";
import type { ConversationInfo, DraftInfo, PlaceInfo, SaveDraft, SpaceInfo } from "./service.ts";

/** Posts that are on disk or on their way there. */
export type IsPosted = (clientId: string) => boolean;

type OwnChannel = ReturnType<NodeParts["queries"]["channelFacts"]>[number];

interface Spot {
  readonly replica: Replica;
  readonly channel: OwnChannel;
  /** Names the conversation in the store: ids of channels are chosen by whoever makes one, so alone they name nothing. */
  readonly name: string;
}

interface Counted {
  readonly unread: number;
  readonly mentions: number;
}

export class Conversations {
  readonly #parts: NodeParts;
  readonly #marks: Kept<ReadMark>;
  readonly #drafts: Kept<DraftInfo>;
  readonly #places: Kept<PlaceInfo>;
  readonly #counted = new Map<string, Counted>();
  #countedFor = "";
  /** Of the newest event that surfaces have been told of; null before the first since the start. */
  #arrival: number | null = null;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    const { ledger, options } = parts;
    const { store } = options;
    const save = (meta: readonly MetaWrite[]) => ledger.commit(ledger.gather(null), { meta });
    this.#marks = new Kept({ store, prefix: "read/", save });
    this.#drafts = new Kept({ store, prefix: "draft/", save });
    this.#places = new Kept({ store, prefix: "place/", save });
    ledger.onCommitted((committed) => {
      this.#arrival = committed.events.at(-1)?.arrival ?? this.#arrival;
      for (const { space, channel } of committed.messages.values())
        this.#counted.delete(nameOf(space, channel));
    });
  }

  /** Newest activity first. */
  list(): ConversationInfo[] {
    const found: { info: ConversationInfo; atMs: number }[] = [];
    for (const space of this.#parts.queries.spaces()) {
      const replica = this.#parts.queries.replica(space.id);
      for (const channel of this.#parts.queries.channelFacts(replica)) {
        const info = this.#describe(space, channel);
        found.push({ info, atMs: info.last?.atMs ?? channel.createdMs });
      }
    }
    found.sort((a, b) => b.atMs - a.atMs || (a.info.channel < b.info.channel ? -1 : 1));
    return found.map(({ info }) => info);
  }

  async markRead(channel: string, message: string): Promise<ConversationInfo> {
    const spot = this.#spot(channel);
    const row = this.#messageOf(spot, message);
    const before = this.#marks.get(spot.name);
    const known = before && this.#parts.options.store.message(before.message);
    // Another window of the same person may have read on; and the same message again takes in what came late.
    if (!known || compareRows(row, known) >= 0) {
      this.#counted.delete(spot.name);
      const arrival = this.#arrival ?? this.#parts.options.store.stats().events;
      await this.#marks.set(spot.name, { message: row.id, arrival });
    }
    return this.#describe(this.#parts.queries.space(spot.replica.space), spot.channel);
  }

  async saveDraft(channel: string, saved: SaveDraft, isPosted: IsPosted): Promise<DraftInfo | null> {
    const { name } = this.#spot(channel);
    const { text } = saved;
    const replyTo = saved.replyTo ?? null;
    const clientId = saved.clientId ?? null;
    if (text !== "") checked(() => checkText(text));
    if (replyTo !== null && !isId32(replyTo)) throw unknownMessage(replyTo);
    // A save that was overtaken by its own message must not bring it back as a draft.
    const isOver = (text === "" && replyTo === null) || (clientId !== null && isPosted(clientId));
    const draft = isOver
      ? null
      : { text, replyTo: replyTo as EventId | null, clientId, atMs: this.#parts.options.clock.nowMs() };
    if (draft !== null || this.#drafts.get(name) !== null) await this.#drafts.set(name, draft);
    return draft;
  }

  /** Drafts that became these messages: what removes them in the same commit, and takes that back should it fail. */
  sent(clientIds: ReadonlySet<string>): { writes: MetaWrite[]; undo: () => void } {
    const over = [...this.#drafts.entries()].filter(
      ([, draft]) => draft.clientId && clientIds.has(draft.clientId),
    );
    return {
      writes: over.map(([name]) => this.#drafts.change(name, null)),
      undo: () => {
        for (const [name] of over) this.#drafts.reload(name);
      },
    };
  }

  async savePlace(
    channel: string,
    { message, offset }: { message: string; offset: number },
  ): Promise<PlaceInfo> {
    const spot = this.#spot(channel);
    const place = { message: this.#messageOf(spot, message).id, offset };
    await this.#places.set(spot.name, place);
    return place;
  }

  /** Somebody was blocked or is no longer: what is unread is counted anew. */
  recount(): void {
    this.#counted.clear();
  }

  async mute(channel: string, muted: boolean): Promise<ConversationInfo> {
    const spot = this.#spot(channel);
    await this.#parts.talks.quiet.mute(spot.name, muted);
    return this.#describe(this.#parts.queries.space(spot.replica.space), spot.channel);
  }

  #describe(space: SpaceInfo, channel: OwnChannel): ConversationInfo {
    const { queries, restored } = this.#parts;
    const name = nameOf(space.id, channel.id);
    return {
      space: space.id,
      spaceName: space.name,
      spaceKind: space.kind,
      role: space.role,
      state: space.state,
      channel: channel.id,
      name: channel.name,
      private: channel.roster !== null,
      members: channel.roster?.people().size ?? space.members,
      last: queries.newest(space.id, channel.id),
      ...this.#count(space.id, channel.id),
      readUpTo: this.#marks.get(name)?.message ?? null,
      draft: this.#drafts.get(name),
      place: this.#places.get(name),
      muted: space.muted || this.#parts.talks.quiet.isMuted(name),
      mayShowDeleted: restored.mayShowDeleted(queries.replica(space.id), channel.scope),
      direct: space.direct,
    };
  }

  #count(space: SpaceId, channel: ChannelId): Counted {
    const { identity, options } = this.#parts;
    const { name: ownName, person } = identity();
    if (ownName !== this.#countedFor) this.#counted.clear();
    this.#countedFor = ownName;
    const name = nameOf(space, channel);
    const known = this.#counted.get(name);
    if (known) return known;
    const mark = this.#marks.get(name);
    const counted = countUp(
      options.store.unread({
        ...query(space, channel, mark, person),
        without: this.#parts.talks.quiet.blocked().map((block) => block.person),
      }),
      ownName,
    );
    this.#counted.set(name, counted);
    return counted;
  }

  #spot(id: string): Spot {
    const found: Spot[] = [];
    for (const replica of isId16(id) ? this.#parts.ledger.replicas.values() : []) {
      const channel = this.#parts.queries.channelFacts(replica).find((one) => one.id === id);
      if (channel) found.push({ replica, channel, name: nameOf(replica.space, channel.id) });
    }
    const [spot] = found;
    if (!spot) {
      throw new ServiceError(
        "UNKNOWN_CHANNEL",
        `There is no channel ${id.slice(0, 32)} on this device.`,
        "List the conversations; they carry the ids of their channels.",
      );
    }
    if (found.length > 1) {
      throw new ServiceError(
        "AMBIGUOUS_NAME",
        "Two spaces have a channel of that id.",
        "One of them was copied from the other: leave it.",
      );
    }
    return spot;
  }

  #messageOf({ replica, channel }: Spot, id: string): MessageRow {
    const row = isId32(id) ? this.#parts.options.store.message(id as EventId) : null;
    if (row?.channel !== channel.id || row.space !== replica.space) throw unknownMessage(id);
    return row;
  }
}

function query(space: SpaceId, channel: ChannelId, mark: ReadMark | null, author: PersonId) {
  return { space, channel, mark, author, most: UNREAD_MAX, look: UNREAD_LOOK_ROWS };
}

function countUp({ count, calls }: Unread, ownName: string): Counted {
  const called = folded(`@${ownName}`);
  return { unread: count, mentions: calls.filter((text) => folded(text).includes(called)).length };
}

function folded(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

function nameOf(space: SpaceId, channel: ChannelId): string {
  return `${space}/${channel}`;
}
