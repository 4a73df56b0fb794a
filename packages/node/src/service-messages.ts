/** What a node offers about messages: writing, reading, and what is done to them afterwards. As service.ts says. */
import type { ChannelId, DeviceId, EventId, PersonId, SpaceId } from "@kith/core";
import type { ServiceError } from "./service.ts";

export interface Delivery {
  /** Other devices that have acknowledged it. */
  readonly devices: number;
  /** Other devices entitled to it. */
  readonly of: number;
  readonly readBy: number;
}

/** One device that a message is for. */
export interface DeviceDelivery {
  readonly person: PersonId;
  readonly name: string;
  readonly device: DeviceId;
  /** What its person calls it. */
  readonly deviceName: string | null;
  /** It is this one. */
  readonly self: boolean;
  /**
   * kept: it has said so. Else why not: older: it keeps nothing from so long ago; refused: this device hangs up on it; parted:
   * it says that it shares no space with this one; key: nobody is known to have handed it the key; waits: it was not met
   * since, or has not said so yet.
   */
  readonly state: "kept" | "older" | "refused" | "parted" | "key" | "waits";
  readonly connected: boolean;
  /** Over a link of this device; null: never, as far as it knows. */
  readonly lastSeenMs: number | null;
}

export interface Reaction {
  readonly emoji: string;
  readonly people: readonly PersonId[];
}

export interface Message {
  readonly id: EventId;
  readonly space: SpaceId;
  readonly channel: ChannelId;
  readonly author: PersonId;
  readonly authorName: string;
  readonly device: DeviceId;
  readonly text: string;
  readonly atMs: number;
  /** null: the text is as it was posted. */
  readonly editedMs: number | null;
  /** By its author or an admin: there is no text any more, here or elsewhere. */
  readonly deleted: boolean;
  /** Held up in its channel. */
  readonly pinned: boolean;
  readonly replyTo: EventId | null;
  /** What it answers was for a time that is over. */
  readonly replyToExpired: boolean;
  readonly clientId: string | null;
  readonly reactions: readonly Reaction[];
  readonly delivery: Delivery;
  /** Shown before its history is here: only its own signature speaks for it yet. */
  readonly early?: boolean;
  /** Nobody keeps it any longer then; null: it stays. */
  readonly expiresMs: number | null;
  /** Its author is blocked here: shown folded, and told of by nothing. */
  readonly blocked: boolean;
}

/** A text that a message has or had. */
export interface MessageVersion {
  readonly text: string;
  readonly atMs: number;
}

export interface PostMessage {
  /** Id, or a name that is unambiguous. */
  readonly space: string;
  readonly channel: string;
  readonly text: string;
  readonly replyTo?: string;
  readonly clientId?: string;
}

/** A message that its channel holds up. */
export interface PinInfo {
  readonly message: Message;
  readonly by: PersonId;
  readonly byName: string;
  readonly atMs: number;
}

/** A message that a member has reported to owners and admins, and that nobody here has handled. */
export interface ReportInfo {
  readonly id: EventId;
  readonly space: SpaceId;
  readonly messageId: EventId;
  /** null: it is not here, as one of a private channel that this person is not in. */
  readonly message: Message | null;
  readonly by: PersonId;
  readonly byName: string;
  readonly reason: string | null;
  readonly atMs: number;
}

export interface ReportService {
  /**
   * For owners and admins of the space alone, without the message's author. Repeated it changes nothing. Throws
   * UNKNOWN_MESSAGE, MESSAGE_DELETED, BAD_INPUT for one's own or too long a reason, NO_ADMIN, NOT_ALLOWED.
   */
  report(
    message: string,
    reason: string | null,
  ): Promise<{ readonly id: EventId; readonly message: EventId }>;
  /** Open ones of a space, oldest first, at most REPORTS_LISTED_MAX. Throws UNKNOWN_SPACE, NOT_ALLOWED. */
  reports(space: string): ReportInfo[];
  /** On this device. Repeated it changes nothing. Throws UNKNOWN_REPORT, NOT_ALLOWED. */
  handleReport(report: string): Promise<void>;
}

export interface MessageService extends ReportService {
  postMessage(message: PostMessage): Promise<Message>;
  /** Each answered in order: a message or its error. One durable commit where possible. */
  postMessages(messages: readonly PostMessage[]): Promise<readonly (Message | ServiceError)[]>;
  messages(query: { space?: string; channel?: string; before?: string; after?: string; limit: number }): {
    items: Message[];
    next: string | null;
  };
  message(id: string): Message;
  /** Of all devices that it is for but the one that wrote it: this person's first, then by name. Throws UNKNOWN_MESSAGE, MESSAGE_EXPIRED. */
  deliveryOf(id: string): DeviceDelivery[];
  /** Of one's own. Throws UNKNOWN_MESSAGE, NOT_ALLOWED, MESSAGE_DELETED. */
  editMessage(id: string, text: string): Promise<Message>;
  /** For everybody: of one's own, or as an admin. Repeated it changes nothing. Throws UNKNOWN_MESSAGE, NOT_ALLOWED. */
  deleteMessage(id: string): Promise<Message>;
  /** Oldest first, as posted included; none of a deleted one. */
  messageVersions(id: string): MessageVersion[];
  /**
   * Holds the message up in its channel, or no longer; whoever may write there may. Repeated it changes nothing. Throws
   * UNKNOWN_MESSAGE, MESSAGE_DELETED, PINS_FULL.
   */
  pin(message: string, present: boolean): Promise<Message>;
  /** Of a channel, by id or name; pinned last first, at most PINS_MAX. Throws UNKNOWN_SPACE, UNKNOWN_CHANNEL. */
  pins(space: string, channel: string): PinInfo[];
  react(message: string, emoji: string): Promise<void>;
  unreact(message: string, emoji: string): Promise<void>;
}
