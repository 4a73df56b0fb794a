/**
 * What one running node offers to its surfaces (REST, WebSocket, command line). Values are plain data
 * with ids as hex strings and times in milliseconds; surfaces translate them. Every method that fails
 * throws a ServiceError whose code a surface maps to its own status.
 */
import type { ChannelId, DeviceId, EventId, InviteId, LogType, PersonId, SpaceId } from "@kith/core";

export type ServiceErrorCode =
  | "BAD_INPUT"
  | "UNKNOWN_SPACE"
  | "UNKNOWN_CHANNEL"
  | "UNKNOWN_MESSAGE"
  | "UNKNOWN_PERSON"
  | "UNKNOWN_INVITE"
  | "UNKNOWN_PEER"
  | "AMBIGUOUS_NAME"
  | "NOT_ALLOWED"
  | "LAST_OWNER"
  | "NO_KEY"
  | "INVITE_INVALID"
  | "INVITE_EXPIRED"
  | "INVITE_USED_UP"
  | "INVITE_REVOKED"
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

export type Role = "owner" | "admin" | "member" | "reader";
export type NetworkHealth = "excellent" | "good" | "poor" | "offline";
export type SpaceKind = "community" | "group";
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

export interface ChannelInfo {
  readonly id: ChannelId;
  readonly name: string;
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
  readonly channels: readonly ChannelInfo[];
}

export interface MemberInfo {
  readonly person: PersonId;
  readonly name: string;
  readonly role: Role;
  readonly devices: readonly DeviceId[];
  readonly joinedMs: number;
  readonly self: boolean;
}

export interface InviteOptions {
  readonly role: "member" | "reader";
  /** null: no expiry. */
  readonly expiresInMs: number | null;
  readonly uses: number;
}

export interface InviteInfo {
  readonly id: InviteId;
  readonly space: SpaceId;
  readonly role: "member" | "reader";
  readonly mode: "gated";
  readonly expiresMs: number | null;
  readonly uses: number;
  readonly used: number;
  readonly revoked: boolean;
  /** Only on the device that made it, else null. */
  readonly link: string | null;
}

/** Somebody who asked to join and was let in by one use too many: an admin decides. */
export interface JoinRequestInfo {
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

export interface Delivery {
  /** Other devices that have acknowledged it. */
  readonly devices: number;
  /** Other devices entitled to it. */
  readonly of: number;
  readonly readBy: number;
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
  readonly replyTo: EventId | null;
  readonly clientId: string | null;
  readonly reactions: readonly Reaction[];
  readonly delivery: Delivery;
}

export interface PostMessage {
  /** Id, or a name that is unambiguous. */
  readonly space: string;
  readonly channel: string;
  readonly text: string;
  readonly replyTo?: string;
  readonly clientId?: string;
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
  readonly members: number;
  readonly last: Message | null;
  /** Messages of others that have not been read, counted to a bound. */
  readonly unread: number;
  /** Those of them that hold @ and this person's name. */
  readonly mentions: number;
  readonly readUpTo: EventId | null;
  readonly draft: DraftInfo | null;
  readonly place: PlaceInfo | null;
}

export type Theme = "system" | "light" | "dark";

export interface Settings {
  readonly theme: Theme;
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

export interface DevicesStatus {
  readonly online: boolean;
}

export interface KithService {
  readonly nodeId: DeviceId;
  status(): NodeStatus;
  rename(name: string): Promise<void>;
  setOnline(online: boolean): Promise<DevicesStatus>;
  setVisibility(visibility: Visibility): Promise<void>;
  peers(): PeerInfo[];
  connectPeer(address: { host: string; port: number }): Promise<void>;
  disconnectPeer(device: string): Promise<void>;

  spaces(): SpaceInfo[];
  /** By id, or by a name that is unambiguous; throws UNKNOWN_SPACE or AMBIGUOUS_NAME. */
  space(idOrName: string): SpaceInfo;
  createSpace(options: { name: string; kind?: SpaceKind }): Promise<SpaceInfo>;
  channels(space: string): ChannelInfo[];
  createChannel(space: string, name: string): Promise<ChannelInfo>;
  members(space: string): MemberInfo[];
  /** Throws NOT_ALLOWED. */
  renameSpace(space: string, name: string): Promise<SpaceInfo>;
  /** By id or unambiguous name; of oneself it leaves. Keys are new when it resolves. Throws NOT_ALLOWED, LAST_OWNER, UNKNOWN_PERSON. */
  removeMember(space: string, person: string): Promise<void>;
  changeRole(space: string, person: string, role: Role): Promise<MemberInfo>;
  /** The space leaves the lists; what it holds stays on the disk until a reset. Throws LAST_OWNER. */
  leaveSpace(space: string): Promise<void>;
  invites(space: string): InviteInfo[];
  createInvite(space: string, options: InviteOptions): Promise<InviteInfo>;
  revokeInvite(space: string, invite: string): Promise<void>;
  joinRequests(): JoinRequestInfo[];
  /** Throws UNKNOWN_PERSON where nobody of that id waits there, NOT_ALLOWED. */
  admitWaiting(space: string, person: string): Promise<void>;
  /** Starts (or resumes) joining; resolves when done or failed, or when `waitMs` is over, with the step reached. */
  join(link: string, options: { waitMs: number; signal?: AbortSignal }): Promise<JoinProgress>;
  joins(): JoinProgress[];
  /** Stops looking and forgets it, on disk when it resolves; one that has ended only leaves the list. */
  giveUpJoin(invite: string): Promise<void>;

  postMessage(message: PostMessage): Promise<Message>;
  /** Each answered in order: a message or its error. One durable commit where possible. */
  postMessages(messages: readonly PostMessage[]): Promise<readonly (Message | ServiceError)[]>;
  messages(query: { space?: string; channel?: string; before?: string; after?: string; limit: number }): {
    items: Message[];
    next: string | null;
  };
  message(id: string): Message;
  react(message: string, emoji: string): Promise<void>;
  unreact(message: string, emoji: string): Promise<void>;

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
