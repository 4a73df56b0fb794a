/** Rows as a page shows them, out of messages as the node tells them. Pure. */
import type { Message } from "@kith/contract";
import type { Outgoing } from "./outbox.ts";
import type { Row, RowReaction } from "./types.ts";

export interface SavedRow extends Row {
  readonly id: string;
}

export function toRow(message: Message, self: string): SavedRow {
  return {
    // The node gives the clientId only for what was written here: no other device can forge a key.
    key: message.clientId ?? message.id,
    id: message.id,
    author: message.author,
    authorName: message.authorName,
    device: message.device,
    text: message.text,
    atMs: Date.parse(message.at),
    editedMs: message.editedAt === undefined ? null : Date.parse(message.editedAt),
    isEditHeld: false,
    deleted: message.deleted ?? false,
    pinned: message.pinned ?? false,
    expiresMs: message.expires === null ? null : Date.parse(message.expires),
    leaving: false,
    replyTo: message.replyTo ?? null,
    isReplyToExpired: message.replyToExpired ?? false,
    mine: message.author === self,
    early: message.early === true,
    reactions: message.reactions.map(({ emoji, people }) => ({
      emoji,
      people,
      mine: people.includes(self),
    })),
    delivery: message.delivery,
    state: "saved",
    failure: null,
    isBlocked: message.blocked === true,
  };
}

/** What is not in the node yet, as the reader sees it. */
export function toOutgoingRow(
  one: Outgoing,
  self: { readonly person: string; readonly name: string; readonly device: string },
): Row {
  return {
    key: one.key,
    id: null,
    author: self.person,
    authorName: self.name,
    device: self.device,
    text: one.text,
    atMs: one.atMs,
    editedMs: null,
    isEditHeld: false,
    deleted: false,
    pinned: false,
    expiresMs: null,
    leaving: false,
    replyTo: one.replyTo,
    isReplyToExpired: false,
    mine: true,
    early: false,
    reactions: [],
    delivery: { devices: 0, of: 0, readBy: 0 },
    state: one.state,
    failure: one.failure,
    isBlocked: false,
  };
}

function sameReactions(a: readonly RowReaction[], b: readonly RowReaction[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, index) => {
      const other = b[index];
      return other?.emoji === one.emoji && one.people.join() === other.people.join();
    })
  );
}

/** The newer telling of a row, except that what devices have acknowledged is never taken back. */
export function mergeRow(before: SavedRow, next: SavedRow): SavedRow {
  const { delivery } = withDelivery(before, next.delivery);
  const reactions = sameReactions(before.reactions, next.reactions) ? before.reactions : next.reactions;
  const isSame =
    delivery === before.delivery &&
    reactions === before.reactions &&
    next.early === before.early &&
    next.authorName === before.authorName &&
    next.isBlocked === before.isBlocked &&
    next.text === before.text &&
    next.editedMs === before.editedMs &&
    next.pinned === before.pinned &&
    next.isReplyToExpired === before.isReplyToExpired &&
    next.deleted === before.deleted;
  return isSame ? before : { ...next, delivery, reactions };
}

/** Words of the log may be older than what is known: counts only grow. */
export function withDelivery(
  row: SavedRow,
  next: { readonly devices: number; readonly of: number; readonly readBy?: number },
): SavedRow {
  const { delivery } = row;
  const devices = Math.max(delivery.devices, next.devices);
  const readBy = Math.max(delivery.readBy, next.readBy ?? 0);
  const of = next.devices >= delivery.devices ? next.of : delivery.of;
  if (devices === delivery.devices && of === delivery.of && readBy === delivery.readBy) return row;
  return { ...row, delivery: { devices, of, readBy } };
}

export interface ReactionChange {
  readonly emoji: string;
  readonly person: string;
  readonly present: boolean;
}

/** Saying the same twice changes nothing. */
export function withReaction<Kind extends Row>(row: Kind, change: ReactionChange, self: string): Kind {
  const { emoji, person, present } = change;
  const known = row.reactions.find((reaction) => reaction.emoji === emoji);
  if ((known?.people.includes(person) ?? false) === present) return row;
  const people = present
    ? [...(known?.people ?? []), person]
    : (known?.people ?? []).filter((each) => each !== person);
  const changed: RowReaction = { emoji, people, mine: people.includes(self) };
  const reactions = known
    ? row.reactions.map((reaction) => (reaction === known ? changed : reaction))
    : [...row.reactions, changed];
  return { ...row, reactions: reactions.filter((reaction) => reaction.people.length > 0) };
}
