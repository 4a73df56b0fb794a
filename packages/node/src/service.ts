/**
 * What one running node offers to its surfaces (REST, WebSocket, command line). Values are plain data
 * with ids as hex strings and times in milliseconds; surfaces translate them. Every method that fails
 * throws a ServiceError whose code a surface maps to its own status.
 */
import type { ChannelId, DeviceId, EventId, InviteId, LogType, PersonId, SpaceId } from "@kith/core";

import type { ImageType } from "./image-type.ts";
import type { ProfileChange } from "./profiles.ts";
import type { FigureService } from "./service-figures.ts";
import type { ChannelInfo, ChannelOptions, CreateSpace, ExpiryService, SpaceInfo } from "./service-spaces.ts";
import type { Message, MessageService } from "./service-messages.ts";
import type { RecoveryService } from "./service-recovery.ts";
import type { VerificationService, VerificationState } from "./service-verification.ts";
import type { DirectInfo, PersonInfo, TalkRequestInfo } from "./service-talks.ts";

export type {
  Delivery,
  DeviceDelivery,
  Message,
  MessageVersion,
  PinInfo,
  PostMessage,
  Reaction,
  ReportInfo,
  ReportService,
} from "./service-messages.ts";

export type ServiceErrorCode =
  | "BAD_INPUT"
  | "UNKNOWN_SPACE"
  | "UNKNOWN_CHANNEL"
  | "UNKNOWN_MESSAGE"
  | "MESSAGE_DELETED"
  | "MESSAGE_EXPIRED"
  | "PINS_FULL"
  | "NO_ADMIN"
  | "UNKNOWN_REPORT"
  | "UNKNOWN_PERSON"
  | "UNKNOWN_INVITE"
  | "UNKNOWN_PEER"
  | "UNKNOWN_DEVICE"
  | "UNKNOWN_LINK"
  | "LINK_INVALID"
  | "LINK_CODE_WRONG"
  | "NOT_EMPTY"
  | "ROOT_GONE"
  | "WORDS_INVALID"
  | "WORDS_WRONG"
  | "WORDS_UNCHECKED"
  | "BACKUP_INVALID"
  | "BACKUP_SECRET"
  | "NUMBER_DIFFERS"
  | "AMBIGUOUS_NAME"
  | "NOT_ALLOWED"
  | "LAST_OWNER"
  | "NO_KEY"
  | "DEVICE_RESTORED"
  | "DEVICE_FORKED"
  | "INVITE_INVALID"
  | "INVITE_EXPIRED"
  | "INVITE_USED_UP"
  | "INVITE_REVOKED"
  | "JOIN_REFUSED"
  | "ALREADY_MEMBER"
  | "TEXT_TOO_LONG"
  | "TOO_MANY"
  | "CURSOR_UNKNOWN"
  | "DISK_FULL"
  | "STORE_FAILED"
  | "PEER_UNREACHABLE"
  | "STOPPING";

export class ServiceError extends Error {
  readonly code: ServiceErrorCode;
  /** What the person can do now; a sentence. */
  readonly next: string;
  constructor(code: ServiceErrorCode, message: string, next: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ServiceError";
    this.code = code;
    this.next = next;
  }
}

export type { ChannelInfo, ChannelOptions, ExpiryService, History, SpaceInfo } from "./service-spaces.ts";
export type Role = "owner" | "admin" | "member" | "reader";
export type NetworkHealth = "excellent" | "good" | "poor" | "offline";
export type SpaceKind = "community" | "group" | "direct";
export type SpaceState = "ready" | "joining" | "removed";
export type Visibility = "hidden" | "members" | "nearby";

export interface NodeStatus {
  readonly nodeId: DeviceId;
  readonly person: PersonId;
  readonly name: string;
  readonly version: string;
  readonly uptimeS: number;
  readonly online: boolean;
  readonly visibility: Visibility;
  readonly connectedPeers: number;
  readonly networkHealth: NetworkHealth;
  readonly messagesSynced: number;
  readonly storageUsed: number;
  readonly transports: readonly {
    readonly kind: string;
    readonly port: number | null;
    readonly up: boolean;
  }[];
  readonly spaces: number;
  /** Of spaces joined from now on, messages of so many days before are kept; null: all. */
  readonly historyDays: number | null;
  /** Events here of those that are to be, while a longer history is being received; else null. */
  readonly receiving: { readonly have: number; readonly of: number } | null;
  /** Events kept that do not open yet. */
  readonly waitingForKeys: number;
  /** "full" and "failing": what others send is not taken until a write succeeds again. */
  readonly storageState: "ok" | "full" | "failing";
}

export interface PeerInfo {
  readonly id: DeviceId;
  readonly name: string;
  readonly person: PersonId;
  readonly connected: boolean;
  readonly path: "lan" | "direct" | "relay" | "tor" | "hub";
  /** For example "/ip4/10.77.0.2/tcp/5484". */
  readonly multiaddr: string;
  readonly rttMs: number | null;
  readonly lastSeenMs: number;
  /** 0-100. */
  readonly reputation: number;
  readonly inSync: boolean;
  /** Shares at least one space with us. */
  readonly shared: boolean;
}

export interface OwnProfile {
  readonly status: string | null;
  readonly avatar: string | null;
}

export interface AvatarImage {
  readonly bytes: Uint8Array;
  readonly type: ImageType;
}

export interface MemberInfo {
  readonly person: PersonId;
  readonly name: string;
  readonly role: Role;
  readonly devices: readonly DeviceId[];
  readonly joinedMs: number;
  readonly self: boolean;
  /** What the person of this device may do about them, in the space or in the channel that was asked for. */
  readonly may: MemberRights;
  /** What they say about themselves. */
  readonly status: string | null;
  /** Names the picture: another one has another. */
  readonly avatar: string | null;
  /** Whether this device's person has compared safety numbers with them. */
  readonly verification: VerificationState;
  /** What was decided about them and undone by somebody of higher rank, where this device's person may repeat it. */
  readonly overturned: OverturnedInfo | null;
  /** Devices of theirs that were ended because they signed two different events for one place. */
  readonly suspended: readonly SuspendedDeviceInfo[];
}

export interface OverturnedInfo {
  readonly kind: "removal" | "demotion";
  /** Of a demotion: the rank that was meant. */
  readonly role: Role | null;
  /** null: they cannot be named any more. */
  readonly by: PersonId | null;
  readonly byName: string | null;
  readonly atMs: number;
}

export interface MemberRights {
  /** Of oneself: leave. */
  readonly remove: boolean;
  /** Ranks that they may be given instead of theirs. */
  readonly roles: readonly Role[];
}

export interface SuspendedDeviceInfo {
  readonly device: DeviceId;
  readonly name: string | null;
  readonly atMs: number;
}

export interface InviteOptions {
  readonly role: "member" | "reader";
  /** null: no expiry. */
  readonly expiresInMs: number | null;
  readonly uses: number;
  /** Left out: gated. */
  readonly mode?: "gated" | "open";
}

export interface InviteInfo {
  readonly id: InviteId;
  readonly space: SpaceId;
  readonly role: "member" | "reader";
  /** open: the link will be a right to read once a hub keeps its welcome; now somebody has to be met, as with gated ones. */
  readonly mode: "gated" | "open";
  readonly expiresMs: number | null;
  readonly uses: number;
  readonly used: number;
  readonly revoked: boolean;
  /** Only on the device that made it, else null. */
  readonly link: string | null;
}

/** Somebody who asked to join and was let in by one use too many: an admin decides. */
export interface JoinRequestInfo {
  readonly id: EventId;
  readonly space: SpaceId;
  readonly person: PersonId;
  readonly name: string;
  readonly device: DeviceId;
  readonly invite: InviteId;
  /** Why it waits, in words. */
  readonly detail: string;
}

export type JoinStep =
  | "looking-for-inviter"
  | "connecting"
  | "asking"
  | "receiving-members"
  | "receiving-messages"
  | "done"
  | "failed";

export interface JoinProgress {
  readonly space: SpaceId;
  readonly invite: InviteId;
  readonly step: JoinStep;
  /** Plain words: why it waits or failed. */
  readonly detail: string;
  readonly spaceInfo: SpaceInfo | null;
}

export interface DraftInfo {
  readonly text: string;
  readonly replyTo: EventId | null;
  /** The message posted with it takes the draft with it. */
  readonly clientId: string | null;
  readonly atMs: number;
}

export interface SaveDraft {
  readonly text: string;
  readonly replyTo?: string;
  readonly clientId?: string;
}

export interface PlaceInfo {
  readonly message: EventId;
  /** Pixels from the top of the view to the top of the message. */
  readonly offset: number;
}

export interface ConversationInfo {
  readonly space: SpaceId;
  readonly spaceName: string;
  readonly spaceKind: SpaceKind;
  readonly role: Role | null;
  readonly state: SpaceState;
  readonly channel: ChannelId;
  readonly name: string;
  readonly private: boolean;
  /** Who reads here. */
  readonly members: number;
  readonly last: Message | null;
  /** Messages of others that have not been read, counted to a bound. */
  readonly unread: number;
  /** Those of them that hold @ and this person's name. */
  readonly mentions: number;
  readonly readUpTo: EventId | null;
  readonly draft: DraftInfo | null;
  readonly place: PlaceInfo | null;
  readonly muted: boolean;
  /** Restored from a backup, this device has met nobody yet who knows what was deleted here since. */
  readonly mayShowDeleted: boolean;
  readonly direct: DirectInfo | null;
}

export type Theme = "system" | "light" | "dark";

export interface Settings {
  readonly theme: Theme;
  /** Without a person for so long the node is locked, where there is a passphrase; null: never. */
  readonly autoLockMinutes: number | null;
}

export interface LogEntry {
  readonly cursor: string;
  readonly type: LogType;
  readonly atMs: number;
  /** JSON-ready; for "message" a Message as the REST surface shows it is built from `message`. */
  readonly data: unknown;
  readonly message: Message | null;
}

export interface VerifyProblem {
  /** Event id, or "database" for damage of the medium. */
  readonly subject: string;
  readonly code: string;
  readonly detail: string;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly events: number;
  readonly messages: number;
  readonly problems: readonly VerifyProblem[];
  /** Hex root per scope, so that two devices can be compared. */
  readonly roots: readonly {
    readonly space: SpaceId;
    readonly scope: string;
    readonly root: string;
    readonly events: number;
  }[];
}

export interface DoctorCheck {
  readonly name: string;
  readonly status: "ok" | "warn" | "bad";
  readonly detail: string;
  readonly next: string | null;
}

/** One of this person's devices. */
export interface DeviceInfo {
  readonly id: DeviceId;
  readonly name: string | null;
  readonly self: boolean;
  readonly connected: boolean;
  readonly linkedMs: number;
  readonly lastSeenMs: number | null;
  /** In how many of the spaces that this device knows. */
  readonly spaces: number;
  /** This device may end it. */
  readonly removable: boolean;
}

/** A link by which a new device may become this person's. */
export interface DeviceOfferInfo {
  readonly link: string;
  readonly expiresMs: number;
  /** confirm: a device shows digits and waits for them to be entered here. */
  readonly state: "open" | "asked" | "confirm";
  readonly device: DeviceId | null;
  readonly name: string | null;
}

export type LinkingStepName = "looking" | "asking" | "confirming" | "receiving" | "done" | "failed";

/** How far this device has come in becoming another person's. */
export interface LinkingProgress {
  readonly step: LinkingStepName;
  readonly detail: string;
  /** Six digits to be entered on the other device, while it waits for them. */
  readonly code: string | null;
  /** Spaces that were granted, and those of them that have arrived. */
  readonly spaces: number | null;
  readonly arrived: number;
}

export interface DevicesStatus {
  readonly online: boolean;
}

export interface SafetyNumber {
  readonly person: PersonId;
  readonly name: string;
  /** 60, over the roots of both people. */
  readonly digits: string;
}

export interface KithService
  extends FigureService, MessageService, RecoveryService, VerificationService, ExpiryService {
  readonly nodeId: DeviceId;
  status(): NodeStatus;
  /** Throws BAD_INPUT. */
  changeProfile(change: ProfileChange): Promise<void>;
  profile(): OwnProfile;
  /** A member's picture, or one's own; null: none. */
  avatar(person: string): AvatarImage | null;
  setOnline(online: boolean): Promise<DevicesStatus>;
  setVisibility(visibility: Visibility): Promise<void>;
  peers(): PeerInfo[];
  connectPeer(address: { host: string; port: number }): Promise<void>;
  disconnectPeer(device: string): Promise<void>;

  spaces(): SpaceInfo[];
  /** By id, or by a name that is unambiguous; throws UNKNOWN_SPACE or AMBIGUOUS_NAME. */
  space(idOrName: string): SpaceInfo;
  /** people: to be asked into a group, by id or unambiguous name. */
  createSpace(options: CreateSpace): Promise<SpaceInfo>;
  /** Everybody who can be written to, by name. */
  people(): PersonInfo[];
  /**
   * The direct conversation with somebody, by id or unambiguous name of `people`; founded when there is none. The person is
   * asked with the first message. text: its first, or next, message. Throws UNKNOWN_PERSON, AMBIGUOUS_NAME, NOT_ALLOWED for a blocked person.
   */
  direct(person: string, text: string | null): Promise<SpaceInfo>;
  /** Asks people into a group. Throws BAD_INPUT for another kind, NOT_ALLOWED. */
  askInto(space: string, people: readonly string[]): Promise<SpaceInfo>;
  /** Requests of others that wait for this person, oldest first. */
  requests(): TalkRequestInfo[];
  /** As join. Throws UNKNOWN_INVITE, as the next. */
  acceptRequest(id: string, options: { waitMs: number; signal?: AbortSignal }): Promise<JoinProgress>;
  /** Told to nobody. */
  declineRequest(id: string): Promise<void>;
  blocked(): { readonly person: PersonId; readonly name: string; readonly atMs: number }[];
  /** By id or unambiguous name; their requests are dropped, their messages folded. Told to nobody. Throws UNKNOWN_PERSON. */
  block(person: string): Promise<void>;
  unblock(person: string): Promise<void>;
  /** By the channel's id. */
  mute(channel: string, muted: boolean): Promise<ConversationInfo>;
  muteSpace(space: string, muted: boolean): Promise<SpaceInfo>;
  channels(space: string): ChannelInfo[];
  /** Throws BAD_INPUT for people of an open channel, UNKNOWN_PERSON. */
  createChannel(space: string, name: string, options?: ChannelOptions): Promise<ChannelInfo>;
  /** Who reads and writes there; of an open channel everybody in the space. */
  channelMembers(space: string, channel: string): MemberInfo[];
  /** Into a private channel, with its history. By id or unambiguous name. Throws BAD_INPUT for an open one, NOT_ALLOWED. */
  addChannelMember(space: string, channel: string, person: string): Promise<void>;
  /** Of oneself it leaves. Keys are new when it resolves. Throws BAD_INPUT for an open one, UNKNOWN_PERSON, NOT_ALLOWED. */
  removeChannelMember(space: string, channel: string, person: string): Promise<void>;
  members(space: string): MemberInfo[];
  /** Throws NOT_ALLOWED. */
  renameSpace(space: string, name: string): Promise<SpaceInfo>;
  /** By id or unambiguous name; of oneself it leaves. Keys are new when it resolves. Throws NOT_ALLOWED, LAST_OWNER, UNKNOWN_PERSON. */
  removeMember(space: string, person: string): Promise<void>;
  /** On this device nothing is told any more of what was overturned about the person. Throws UNKNOWN_SPACE, UNKNOWN_PERSON. */
  letOverturnedBe(space: string, person: string): Promise<void>;
  changeRole(space: string, person: string, role: Role): Promise<MemberInfo>;
  /** The space leaves the lists; what it holds stays on the disk until a reset. Throws LAST_OWNER. */
  leaveSpace(space: string): Promise<void>;
  invites(space: string): InviteInfo[];
  createInvite(space: string, options: InviteOptions): Promise<InviteInfo>;
  revokeInvite(space: string, invite: string): Promise<void>;
  joinRequests(): JoinRequestInfo[];
  /** Throws UNKNOWN_PERSON where nobody of that id waits there, NOT_ALLOWED. */
  admitWaiting(space: string, person: string): Promise<void>;
  /** By the request's id: it ends for everybody, and its device is told who refused. Throws as admitWaiting. */
  refuseWaiting(request: string): Promise<void>;
  /** Starts (or resumes) joining; resolves when done or failed, or when `waitMs` is over, with the step reached. */
  join(link: string, options: { waitMs: number; signal?: AbortSignal }): Promise<JoinProgress>;
  joins(): JoinProgress[];
  /** Stops looking and forgets it, on disk when it resolves; one that has ended only leaves the list. */
  giveUpJoin(invite: string): Promise<void>;

  devices(): DeviceInfo[];
  /** By id or unambiguous name, as the next. Throws UNKNOWN_DEVICE, AMBIGUOUS_NAME. */
  renameDevice(device: string, name: string): Promise<DeviceInfo>;
  /** In every space, with new keys when it resolves. Throws NOT_ALLOWED for a device that is senior to this one. */
  removeDevice(device: string): Promise<void>;
  /** A new link for a new device; an older one ends. */
  offerDevice(): DeviceOfferInfo;
  deviceOffer(): DeviceOfferInfo | null;
  endDeviceOffer(): void;
  /** The digits that the new device shows. Throws UNKNOWN_LINK, LINK_CODE_WRONG. */
  confirmDevice(code: string): Promise<DeviceInfo>;
  /**
   * Makes this device, which is in no space, one of the person that made the link. Resolves with digits to show, when it
   * is over, or after waitMs; `shown` waits on when the digits are known. Throws LINK_INVALID, NOT_EMPTY.
   */
  takeLink(
    link: string,
    options: { waitMs: number; shown?: boolean; name?: string; signal?: AbortSignal },
  ): Promise<LinkingProgress>;
  linking(): LinkingProgress | null;

  /** Newest activity first. */
  conversations(): ConversationInfo[];
  /** By the channel's id, as are the next two; throws UNKNOWN_CHANNEL. The mark never goes backwards. */
  markRead(channel: string, message: string): Promise<ConversationInfo>;
  /** Empty text without replyTo removes it. null: there is none, or its message has been posted. */
  saveDraft(channel: string, draft: SaveDraft): Promise<DraftInfo | null>;
  savePlace(channel: string, place: { message: string; offset: number }): Promise<PlaceInfo>;
  settings(): Settings;
  changeSettings(change: Partial<Settings>): Promise<Settings>;

  verify(options?: { signal?: AbortSignal }): Promise<VerifyReport>;
  doctor(): Promise<DoctorCheck[]>;

  /** Cursor of the newest entry: pass it to `subscribe` to hear only what comes later. */
  cursor(): string;
  /** Entries after the cursor, oldest first, at most limit. Throws CURSOR_UNKNOWN for one that was trimmed or never given. */
  log(after: string, limit: number): LogEntry[];
  /** Calls with each new group of entries, in order, from now on. Returns the unsubscribe. */
  onLog(listener: (entries: readonly LogEntry[]) => void): () => void;
}
