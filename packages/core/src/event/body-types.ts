/** What each kind of event says, as values. Their bytes are bodies.ts. spec/event EV3. */
import type { DeviceCertificate, PrekeyBundle } from "../identity/index.ts";
import type { ChannelId, DeviceId, EpochId, EventId, InviteId, PersonId, ScopeId } from "../ids.ts";
import type { Fence } from "./fences.ts";
import type { EpochLink } from "./links.ts";
import type { Profile } from "./profile.ts";
import type { BoxRecipient } from "./recipients.ts";

/** direct: of two people, the founder and the one whose id is the space's name. spec/space SP100. */
export type SpaceKind = "community" | "group" | "direct";

export interface SpaceCreateBody {
  readonly type: "space.create";
  readonly person: PersonId;
  readonly certificate: DeviceCertificate;
  readonly prekey: PrekeyBundle;
  readonly name: string;
  readonly spaceKind: SpaceKind;
  readonly personName: string;
  /** 32 bytes; the space's id commits to them. */
  readonly salt: Uint8Array;
  /** Of the public scope; the space's id commits to it. */
  readonly profile: Profile;
}

export interface ChannelCreateBody {
  readonly type: "channel.create";
  readonly channel: ChannelId;
  readonly scope: ScopeId;
  readonly name: string;
}

export interface InviteCreateBody {
  readonly type: "invite.create";
  readonly invite: InviteId;
  /** 32 bytes: the Ed25519 key that signs join requests. */
  readonly publicKey: Uint8Array;
  readonly role: "member" | "reader";
  readonly usesMax: number;
  readonly expiresMs: number | null;
  /** 32 bytes: by it inviters and joiners find each other. */
  readonly discoveryKey: Uint8Array;
  /** open: a welcome for whoever has the link may lie where no member is near, so that the link is a right to read. */
  readonly mode: InviteMode;
}

export type InviteMode = "gated" | "open";

export interface InviteRevokeBody {
  readonly type: "invite.revoke";
  readonly invite: InviteId;
}

export interface MemberAdmitBody {
  readonly type: "member.admit";
  /** An encoded join request; its reader is membership. */
  readonly request: Uint8Array;
}

export interface ProfileSetBody {
  readonly type: "profile.set";
  readonly name: string;
  /** What the person says about itself. */
  readonly status: string | null;
  /** At most AVATAR_BYTES_MAX of an image; nobody has looked at it. */
  readonly avatar: Uint8Array | null;
}

/** By the person itself: a leave. */
export interface MemberRemoveBody {
  readonly type: "member.remove";
  readonly person: PersonId;
  /** In ascending order once encoded. A device of the person that has none is heard no further at all. */
  readonly fences: readonly Fence[];
}

export interface MemberRoleBody {
  readonly type: "member.role";
  readonly person: PersonId;
  readonly role: "owner" | "admin" | "member" | "reader";
}

/** Lets an admission count that concurrent ones had left without a use of its invite. */
export interface MemberConfirmBody {
  readonly type: "member.confirm";
  readonly admission: EventId;
}

/** Another name of the space. */
export interface SpaceUpdateBody {
  readonly type: "space.update";
  readonly name: string;
}

/** A further device of the author's person. */
export interface DeviceLinkBody {
  readonly type: "device.link";
  readonly certificate: DeviceCertificate;
  readonly prekey: PrekeyBundle;
  readonly name: string;
}

/** Ends one device of the author's person; the person stays a member. */
export interface DeviceRemoveBody {
  readonly type: "device.remove";
  readonly person: PersonId;
  readonly device: DeviceId;
  /** As of a removal. */
  readonly fences: readonly Fence[];
  /** 64 bytes: what the person's root says outranks every device. */
  readonly rootSignature: Uint8Array | null;
}

export interface DeviceNameBody {
  readonly type: "device.name";
  readonly device: DeviceId;
  readonly name: string;
}

/** Ends a device that signed two different events for one place. */
export interface DeviceSuspendBody {
  readonly type: "device.suspend";
  readonly device: DeviceId;
  /** An encoded equivocation proof against it; its reader is membership. */
  readonly proof: Uint8Array;
  /** As of a removal. */
  readonly fences: readonly Fence[];
}

/** A newer key of its author, by which others box to it from now on. */
export interface DevicePrekeyBody {
  readonly type: "device.prekey";
  readonly prekey: PrekeyBundle;
}

export interface EpochCreateBody {
  readonly type: "epoch.create";
  readonly profile: Profile;
  /** In ascending order once encoded. */
  readonly recipients: readonly BoxRecipient[];
}

export interface EpochReboxBody {
  readonly type: "epoch.rebox";
  readonly epoch: EpochId;
  readonly recipients: readonly BoxRecipient[];
}

/** For whom the header secret alone of a join-only scope's epoch was boxed. */
export interface EpochHeadersBody {
  readonly type: "epoch.headers";
  readonly epoch: EpochId;
  readonly recipients: readonly BoxRecipient[];
}

/** Secrets of other epochs, for whoever holds the one that it lies under. */
export interface EpochLinkBody {
  readonly type: "epoch.link";
  /** In ascending order once encoded. */
  readonly links: readonly EpochLink[];
}

/** First event of a private channel's scope, whose id commits to all of it. */
export interface ChannelFoundBody {
  readonly type: "channel.found";
  readonly name: string;
  /** 32 bytes. */
  readonly salt: Uint8Array;
  readonly profile: Profile;
}

export interface ChannelAddBody {
  readonly type: "channel.add";
  /** Members of the space; in ascending order once encoded. */
  readonly people: readonly PersonId[];
}

/** By the person itself: a leave. */
export interface ChannelRemoveBody {
  readonly type: "channel.remove";
  readonly person: PersonId;
  readonly fences: readonly Fence[];
}

/** How far somebody is heard in a private channel whom a removal has taken out of the space. */
export interface ChannelFenceBody {
  readonly type: "channel.fence";
  readonly person: PersonId;
  /** The member.remove. */
  readonly removal: EventId;
  readonly fences: readonly Fence[];
}

/** How long what is posted in a channel from now on is kept by anybody. */
export interface ChannelExpiryBody {
  readonly type: "channel.expiry";
  readonly channel: ChannelId;
  /** null: for good. */
  readonly seconds: number | null;
}

export interface MessagePostBody {
  readonly type: "message.post";
  readonly channel: ChannelId;
  readonly text: string;
  readonly replyTo: EventId | null;
}

/** A message for a time, which its header says. */
export interface MessageExpireBody {
  readonly type: "message.expire";
  readonly channel: ChannelId;
  readonly text: string;
  readonly replyTo: EventId | null;
}

export interface ReactionSetBody {
  readonly type: "reaction.set";
  readonly message: EventId;
  readonly emoji: string;
  readonly present: boolean;
}

/** Another text of an own message. */
export interface MessageEditBody {
  readonly type: "message.edit";
  readonly message: EventId;
  readonly text: string;
}

/** Takes a message from everybody. */
export interface MessageDeleteBody {
  readonly type: "message.delete";
  readonly message: EventId;
}

/** Puts a message among those that a channel holds up, or takes it from there. */
export interface MessagePinBody {
  readonly type: "message.pin";
  readonly message: EventId;
  readonly present: boolean;
}

/** A message reported to owners and admins: what it says is in core's reports, and only they and its author can open it. */
export interface MessageReportBody {
  readonly type: "message.report";
  /** REPORT_SEALED_BYTES: which message, and why. */
  readonly sealed: Uint8Array;
  /** REPORT_BOX_BYTES each, in ascending order once encoded: for whom, only their holders can tell. */
  readonly boxes: readonly Uint8Array[];
}

export interface MergeBody {
  readonly type: "merge";
}

export type Body =
  | SpaceCreateBody
  | ChannelCreateBody
  | InviteCreateBody
  | InviteRevokeBody
  | MemberAdmitBody
  | ProfileSetBody
  | MemberRemoveBody
  | MemberRoleBody
  | SpaceUpdateBody
  | MemberConfirmBody
  | DeviceLinkBody
  | DeviceRemoveBody
  | DeviceNameBody
  | DeviceSuspendBody
  | DevicePrekeyBody
  | EpochCreateBody
  | EpochReboxBody
  | EpochHeadersBody
  | EpochLinkBody
  | ChannelFoundBody
  | ChannelAddBody
  | ChannelRemoveBody
  | ChannelFenceBody
  | ChannelExpiryBody
  | MessagePostBody
  | MessageExpireBody
  | ReactionSetBody
  | MessageEditBody
  | MessageDeleteBody
  | MessagePinBody
  | MessageReportBody
  | MergeBody;
