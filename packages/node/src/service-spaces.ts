/** What the service says about a space. */
import type { ChannelId, DeviceId, PersonId, SpaceId } from "@kith/core";
import type { Role, SpaceKind, SpaceState } from "./service.ts";
import type { DirectInfo } from "./service-talks.ts";

/** What those who come later see: all that was ever written, or what is written after they came. */
export type History = "all" | "from-joining";

export interface ChannelInfo {
  readonly id: ChannelId;
  readonly name: string;
  /** Its messages are for its people alone, and nobody else knows of it. */
  readonly private: boolean;
  /** What those who come later see of it. */
  readonly history: History;
  /** Seconds for which what is posted in it now is kept; null: for good. */
  readonly expiryS: number | null;
}

export interface ChannelOptions {
  readonly private?: boolean;
  /** Of a private channel, besides oneself: by id or unambiguous name. */
  readonly people?: readonly string[];
  /** Of a private channel. Left out: all. */
  readonly history?: History;
}

export interface ExpiryService {
  /**
   * How long what is posted in a channel (by id or name) from now on is kept: seconds, null for good. Of an open channel by
   * owners and admins, of a private one by who is in it. Throws UNKNOWN_SPACE, UNKNOWN_CHANNEL, NOT_ALLOWED, BAD_INPUT.
   */
  setExpiry(space: string, channel: string, seconds: number | null): Promise<ChannelInfo>;
}

export interface CreateSpace {
  readonly name: string;
  readonly kind?: "community" | "group";
  readonly people?: readonly string[];
  /** Of its open channels. Left out: all. */
  readonly history?: History;
}

export interface SpaceInfo {
  readonly id: SpaceId;
  readonly name: string;
  readonly kind: SpaceKind;
  readonly role: Role | null;
  readonly members: number;
  /** "joining" until the log and keys are here; "removed": somebody ended the membership, what is here stays readable. */
  readonly state: SpaceState;
  /** Messages from before this time are not kept on this device; null: all are. */
  readonly historySinceMs: number | null;
  /**
   * Messages, reactions and other acts in its open channels that are here and do not open: their keys were destroyed before this
   * device had them.
   */
  readonly closed: number;
  /** Of its open channels. */
  readonly history: History;
  readonly channels: readonly ChannelInfo[];
  /** Of a direct conversation, the other person. */
  readonly direct: DirectInfo | null;
  /** Whom this device asked in, and who has not come yet. */
  readonly asked: readonly { readonly person: PersonId; readonly name: string }[];
  readonly waiting: readonly WaitingInfo[];
  /** Nothing in any of its channels is to be told of, those to come as well. */
  readonly muted: boolean;
}

/** Events that are here and wait for a key. */
export interface WaitingInfo {
  /** The private channel that they are in; null: they are of the space. */
  readonly channel: ChannelId | null;
  /** Who has the key: the person and the device that brought the events. null: a member, who is not known. */
  readonly person: PersonId | null;
  readonly name: string | null;
  readonly device: DeviceId | null;
  /** null for a device that its person gave no name. */
  readonly deviceName: string | null;
  readonly events: number;
  readonly sinceMs: number;
}
