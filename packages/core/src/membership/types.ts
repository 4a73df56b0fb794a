/** Shapes of a space's membership. spec/space. */
import type { Body, Header, InviteMode, Profile, SpaceKind } from "../event/index.ts";
import type { DeviceCertificate, PrekeyBundle } from "../identity/index.ts";
import type { ChannelId, DeviceId, EventId, InviteId, PersonId, ScopeId } from "../ids.ts";

/** From the highest rank to the lowest. */
export const ROLES = ["owner", "admin", "member", "reader"] as const;
export type Role = (typeof ROLES)[number];

/** A control event that was opened and whose signature holds. */
export interface ControlEvent {
  readonly id: EventId;
  readonly header: Header;
  /** null when this version cannot read it (unknown kind, malformed or shed body): a link of the graph without effect. */
  readonly body: Body | null;
}

export type Verdict =
  | { readonly effective: true }
  | { readonly effective: false; readonly code: VoidCode; readonly detail: string };

/** Why a control event has no effect. spec/space SP20. */
export type VoidCode =
  | "BODY_UNREADABLE"
  | "KIND_SCOPE"
  | "SPACE_FORGED"
  | "SPACE_EXISTS"
  | "NOT_MEMBER"
  | "ROLE_TOO_LOW"
  | "CHANNEL_EXISTS"
  | "CHANNEL_SCOPE"
  | "INVITE_FORGED"
  | "INVITE_EXISTS"
  | "INVITE_UNKNOWN"
  | "INVITE_EXPIRED"
  | "INVITE_REVOKED"
  | "INVITE_USED_UP"
  | "ADMISSION_PENDING"
  | "REQUEST_FORGED"
  | "DEVICE_TAKEN"
  | "MEMBER_UNKNOWN"
  | "LAST_OWNER"
  | "DEVICE_FORGED"
  | "DEVICE_FOREIGN"
  | "DEVICE_UNKNOWN"
  | "DEVICE_SENIOR"
  | "DEVICE_REMOVED"
  | "SUSPENSION_FORGED"
  | "LAST_DEVICE"
  | "SPACE_KIND"
  | "REMOVED";

export interface SpaceFacts {
  readonly name: string;
  readonly kind: SpaceKind;
  readonly createdMs: number;
  readonly founder: PersonId;
  /** What the space's id commits to besides founder, kind and name: the founding device, and 32 bytes. */
  readonly founding: { readonly device: DeviceId; readonly salt: Uint8Array; readonly profile: Profile };
}

export interface MemberFacts {
  readonly person: PersonId;
  readonly name: string;
  readonly status: string | null;
  readonly avatar: Uint8Array | null;
  readonly role: Role;
  readonly devices: readonly DeviceId[];
  readonly joinedMs: number;
}

export interface DeviceFacts {
  readonly device: DeviceId;
  readonly person: PersonId;
  readonly certificate: DeviceCertificate;
  /** Oldest first; boxes go to the last. */
  readonly prekeys: readonly PrekeyBundle[];
  /** What its person calls it; null for a device that nobody named. */
  readonly name: string | null;
  /** Links from the root: the lower, the more senior; of two alike the lower id. */
  readonly depth: number;
  readonly linkedMs: number;
  /** Which device let it in, first where several did; itself for the founder's and one that the root alone has certified. */
  readonly by: DeviceId;
}

/** A device that was ended: by its own person, or for signing two events with one number. */
export interface RemovedDeviceFacts {
  readonly device: DeviceId;
  readonly person: PersonId;
  readonly name: string | null;
  /** The removal that is latest in order. */
  readonly event: EventId;
  readonly by: DeviceId;
  readonly removedMs: number;
  /** It was proven to have signed two different events for one place. */
  readonly suspended: boolean;
}

export interface ChannelFacts {
  readonly id: ChannelId;
  readonly name: string;
  readonly scope: ScopeId;
  readonly createdMs: number;
}

export interface InviteFacts {
  readonly id: InviteId;
  readonly publicKey: Uint8Array;
  readonly role: "member" | "reader";
  readonly usesMax: number;
  /** Devices admitted over it. */
  readonly used: number;
  readonly expiresMs: number | null;
  readonly revoked: boolean;
  readonly discoveryKey: Uint8Array;
  readonly mode: InviteMode;
  readonly createdBy: PersonId;
}

/** Admitted over an invite that concurrent admissions had used up: no member, waits for a new invite, a confirmation or a refusal. */
export interface PendingAdmission {
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly name: string;
  readonly invite: InviteId;
  readonly event: EventId;
}

/** Somebody whom a removal, or a leave of one's own, has ended the membership of. */
export interface RemovedFacts {
  readonly person: PersonId;
  readonly name: string;
  readonly devices: readonly DeviceId[];
  /** The removal that is latest in order. */
  readonly event: EventId;
  /** Who removed; the person itself where it left. */
  readonly by: PersonId;
  readonly removedMs: number;
  /** The invite over which it had come one too many, where it was no member and waited: it was refused. */
  readonly refused: InviteId | null;
}

/** A removal or loss of rank that counted where it was made, and that a decision of higher rank has undone. */
export interface OverturnedFacts {
  readonly event: EventId;
  readonly kind: "remove" | "role" | "device";
  readonly person: PersonId;
  readonly by: DeviceId;
  readonly code: VoidCode;
}

/** A snapshot: never changes once given. */
export interface MembershipState {
  /** null until the founding event is here. */
  readonly info: SpaceFacts | null;
  readonly members: ReadonlyMap<PersonId, MemberFacts>;
  readonly devices: ReadonlyMap<DeviceId, DeviceFacts>;
  readonly channels: ReadonlyMap<ChannelId, ChannelFacts>;
  /** Seconds for which what is posted in an open channel now is kept; null or none: for good. */
  readonly expiries: ReadonlyMap<ChannelId, number | null>;
  readonly invites: ReadonlyMap<InviteId, InviteFacts>;
  readonly pending: ReadonlyMap<PersonId, PendingAdmission>;
  readonly removed: ReadonlyMap<PersonId, RemovedFacts>;
  /** Whether their persons are members still or not. */
  readonly removedDevices: ReadonlyMap<DeviceId, RemovedDeviceFacts>;
  readonly overturned: readonly OverturnedFacts[];
}

export type MemberAction = "write" | "control" | "read";

export type Right =
  | { readonly ok: true; readonly person: PersonId; readonly role: Role }
  | {
      readonly ok: false;
      readonly code: "AUTH_INCOMPLETE" | "NOT_MEMBER" | "ROLE_TOO_LOW";
      readonly detail: string;
    };
