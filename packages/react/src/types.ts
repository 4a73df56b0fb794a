/** What the hooks give to a page. Types of the surface itself are the contract's. */
import type { KithClient, JoinAnswer } from "@kith/client";
import type {
  Block,
  BroadcastAnswer,
  Channel,
  Conversation,
  CreateChannel,
  CreateInvite,
  CreateSpace,
  Device,
  DeviceDelivery,
  DeviceOffer,
  Invite,
  InviteCreated,
  JoinProgress,
  JoinRequest,
  LinkingProgress,
  Me,
  Member,
  Message,
  Peer,
  Person,
  Place,
  Report,
  Role,
  SearchGap,
  Space,
  Status,
  TalkRequest,
  Theme,
  Visibility,
} from "@kith/contract";
import type { Host } from "./host.ts";

/** Why something did not work, in the node's own words: code for programs, the others for people. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/**
 * starting: nothing was heard yet; connecting: the first five seconds after a loss; stopped: the node does not
 * answer after that; locked: it answers and waits for its passphrase; signed-out: it answers and does not know this browser.
 */
export type Phase = "starting" | "connecting" | "connected" | "stopped" | "locked" | "signed-out";

export interface Connection {
  readonly phase: Phase;
  /** The node answers, and is on the network: false after `disconnect`. */
  readonly isConnected: boolean;
  readonly isConnecting: boolean;
  readonly connectionError: Failure | null;
  readonly me: Me | null;
  readonly networkStatus: Status | null;
  /**
   * Another list only when something about a peer changed, and then the same objects for those about which nothing did.
   * Not counted: fractions of a millisecond, and `lastSeen` within half a minute for one that is connected.
   */
  readonly peers: readonly Peer[];
  readonly peerCount: number;
  /** Wall time at which this phase began. */
  readonly sinceMs: number;
}

export interface ProfileChange {
  /** null: none. */
  readonly status?: string | null;
  /** A PNG, JPEG or WebP image of at most 16 KiB, in base64; null: none. */
  readonly avatar?: string | null;
}

/** The functions are the same ones for the life of the page. */
export interface P2PConnection extends Connection {
  /** Opens this page's stream if need be, and puts the node onto the network. Rejects with the node's refusal. */
  connect(): Promise<void>;
  /** Takes the node off the network; it still serves this page. */
  disconnect(): Promise<void>;
  refreshNetworkInfo(): Promise<void>;
  /** Tells everybody the new name. Rejects with the node's refusal. */
  rename(name: string): Promise<void>;
  /** What others see of the person besides the name; what is left out stays. */
  changeProfile(profile: ProfileChange): Promise<void>;
}

export interface Listing {
  /** True until the first answer. */
  readonly isLoading: boolean;
  readonly error: Failure | null;
}

export interface SpacesView extends Listing {
  readonly spaces: readonly Space[];
  createSpace(space: CreateSpace): Promise<Space>;
  createChannel(space: string, wanted: CreateChannel): Promise<Channel>;
  /** Rejects with LAST_OWNER where nobody else could run it. */
  leaveSpace(space: string): Promise<void>;
  /** Asks people into a group; who is in it or was asked is not asked again. */
  askInto(space: string, people: readonly string[]): Promise<void>;
  renameSpace(space: string, name: string): Promise<void>;
  /** With all of its conversations. */
  muteSpace(space: string, muted: boolean): Promise<void>;
  /** For how many seconds what is posted in the channel from now on is kept; null: for good. */
  setExpiry(space: string, channel: string, seconds: number | null): Promise<void>;
  refresh(): Promise<void>;
}

export interface ConversationsView extends Listing {
  readonly conversations: readonly Conversation[];
  /** By its channel. Rejects with the node's refusal. */
  mute(channel: string, muted: boolean): Promise<void>;
}

export interface ConversationRef {
  readonly space: string;
  readonly channel: string;
}

export interface RowReaction {
  readonly emoji: string;
  readonly people: readonly string[];
  readonly mine: boolean;
}

/**
 * sending: a POST is under way; waiting: goes out by itself once the node answers; held: goes out by itself once the page's `mayPost`
 * allows it; failed: refused; saved: on disk.
 */
export type RowState = "sending" | "waiting" | "held" | "failed" | "saved";

export interface Row {
  /** The clientId of what this device wrote, else the id; never changes. */
  readonly key: string;
  readonly id: string | null;
  readonly author: string;
  readonly authorName: string;
  readonly device: string;
  readonly text: string;
  readonly atMs: number;
  /** null: as it was posted. */
  readonly editedMs: number | null;
  /** Its text is one that the node does not have: it goes by itself once the page's `mayPost` allows it. */
  readonly isEditHeld: boolean;
  readonly deleted: boolean;
  /** Held up in its channel. */
  readonly pinned: boolean;
  /** From then on no device keeps it; null: it stays. */
  readonly expiresMs: number | null;
  /** It is about to be deleted, and that can still be taken back. */
  readonly leaving: boolean;
  readonly replyTo: string | null;
  /** What it answers was for a time that is over. */
  readonly isReplyToExpired: boolean;
  readonly mine: boolean;
  /** Shown before its history is in the node: no reaction or read mark can name it yet. */
  readonly early: boolean;
  readonly reactions: readonly RowReaction[];
  readonly delivery: { readonly devices: number; readonly of: number; readonly readBy: number };
  readonly state: RowState;
  readonly failure: Failure | null;
  /** Its author is blocked here. */
  readonly isBlocked: boolean;
}

export interface SendRowOptions {
  readonly replyTo?: string | null;
}

/** What the node refused to do to a message. */
export interface RefusedChange {
  readonly message: string;
  /** That it should have had; null: it should have been deleted. */
  readonly text: string | null;
  readonly failure: Failure;
}

export interface MessageWindow extends Listing {
  /** At most 300, in the node's order; those not saved yet stand last. */
  readonly rows: readonly Row[];
  readonly hasOlder: boolean;
  /** What stands before the first row is on its way to the node: `hasOlder` is false until it is there. */
  readonly awaitsOlder: boolean;
  readonly hasNewer: boolean;
  /** The window ends with the newest message there is. */
  readonly isAtLatest: boolean;
  /** Key of the first row that came unseen, before it was opened or while the reader looked elsewhere: the divider stands above it. */
  readonly newSince: string | null;
  /** A reaction that was undone because the node refused it: why. Null after the next that works. */
  readonly refused: Failure | null;
  /** As before, of an edit or a deletion. */
  readonly refusedChange: RefusedChange | null;
  /** Where the reader was when this conversation was last left. */
  readonly place: Place | null;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  showLatest(): Promise<void>;
  /** The row is there when it returns; gives its key, null for a text without anything in it. Takes the draft along. */
  send(text: string, options?: SendRowOptions): string | null;
  retry(key: string): void;
  discard(key: string): void;
  react(id: string, emoji: string): void;
  unreact(id: string, emoji: string): void;
  /** Of one's own. Shown at once. */
  edit(id: string, text: string): void;
  /** Of a text that is held. */
  undoEdit(id: string): void;
  /** For everybody, after six seconds in which `undoRemove` takes it back; sooner when the page is left. */
  remove(id: string): void;
  undoRemove(id: string): void;
  /** Everything up to the newest row is read. */
  markRead(): void;
  /** Kept in the node, half a second after the last call; at once by who leaves the page. */
  savePlace(place: Place, options?: { readonly isLeaving?: boolean }): void;
  /** Tells whether the reader stands at the end: a full window lets go of what is farthest from the reader. */
  setAtEnd(atEnd: boolean): void;
}

export type DeliveryLevel = "sending" | "failed" | "here" | "some" | "all" | "alone";

export interface DeliveryWords {
  readonly words: string;
  readonly level: DeliveryLevel;
  readonly devices: number;
  readonly of: number;
}

export interface DeliveryDetailView extends Listing {
  /** Every device that the message is for; those of this node's person first, then by name. */
  readonly devices: readonly DeviceDelivery[];
}

export interface DraftView {
  readonly text: string;
  readonly replyTo: string | null;
  /** What is shown is what the node has on its disk. */
  readonly isSaved: boolean;
  setText(text: string): void;
  setReplyTo(message: string | null): void;
  /** Saves at once. */
  flush(): void;
}

export interface PeersView {
  /** Devices of people who share a space with this node. */
  readonly members: readonly Peer[];
  readonly nearby: readonly Peer[];
  readonly isLoading: boolean;
}

export interface MembersView extends Listing {
  readonly members: readonly Member[];
  /** Resolves when the keys are new: what is written from then on the removed devices cannot read. */
  remove(person: string): Promise<void>;
  changeRole(person: string, role: Role): Promise<void>;
  /** What was decided about them and undone is not told on this device any more. */
  letOverturnedBe(person: string): Promise<void>;
}

/** A person as one space has them. */
export interface Membership {
  readonly space: Space;
  readonly member: Member;
}

export interface ChannelMembersView extends Listing {
  readonly members: readonly Member[];
  /** To a private channel, by the person's id, as is the next. */
  add(person: string): Promise<void>;
  /** Of oneself it leaves. */
  remove(person: string): Promise<void>;
}

export interface InvitesView extends Listing {
  readonly invites: readonly Invite[];
  create(options?: CreateInvite): Promise<InviteCreated>;
  revoke(id: string): Promise<void>;
}

export interface ReportsView extends Listing {
  /** Not handled yet; oldest first. */
  readonly reports: readonly Report[];
  /** On this node alone. Rejects with the node's refusal, as the next. */
  handle(id: string): Promise<void>;
  /** Deletes the message for everybody, which ends every report of it. */
  deleteMessage(report: Report): Promise<void>;
}

export interface JoinView {
  readonly joins: readonly JoinProgress[];
  readonly error: Failure | null;
  /** Answers at once with the step reached; `joins` shows the rest. Rejects with the node's refusal. */
  join(link: string): Promise<JoinAnswer>;
  /** By its invite: nothing looks for it any more. Rejects with the node's refusal. */
  giveUp(invite: string): Promise<void>;
}

export interface RequestsView extends Listing {
  /** Oldest first. */
  readonly requests: readonly TalkRequest[];
  /** Answers at once; the joinings show the rest. Rejects with the node's refusal, as all of these. */
  accept(id: string): Promise<JoinAnswer>;
  /** They are not told; nor of a block. */
  decline(id: string): Promise<void>;
  block(person: string): Promise<void>;
  /** Who came one too many over an invitation, in any of one's spaces; owners and admins decide. */
  readonly waiting: readonly JoinRequest[];
  approve(request: JoinRequest): Promise<void>;
  /** For everybody; its person is told who refused. */
  refuse(request: JoinRequest): Promise<void>;
}

export interface PeopleView extends Listing {
  /** Members of one's spaces and whoever is near and visible, by name. */
  readonly people: readonly Person[];
  readonly blocked: readonly Block[];
  /** The direct conversation with a person; the person is asked when there is none. */
  talkTo(person: string, text?: string): Promise<Space>;
  block(person: string): Promise<void>;
  unblock(person: string): Promise<void>;
}

export interface OwnDevice extends Device {
  /** Wall time at which a device that is away was lost; null for one that this page never saw. */
  readonly lostMs: number | null;
}

export interface OwnDevicesView extends Listing {
  /** Of this node's person. This one first, then from the one that was there first. */
  readonly devices: readonly OwnDevice[];
  /** Rejects with the node's refusal, as the next. */
  rename(device: string, name: string): Promise<void>;
  /** By its id. Resolves when the spaces have keys that it does not get. */
  remove(device: string): Promise<void>;
}

/**
 * What became of the last link for a new device. ended: it was taken back, by somebody else than this page; gone: the device
 * that had taken it went away; wrong-codes: three times other digits were entered than it showed.
 */
export type OfferOutcome =
  | { readonly how: "linked"; readonly device: Device }
  | { readonly how: "expired" | "ended" | "gone" | "wrong-codes" };

export interface DeviceOfferView extends Listing {
  /** There is one at a time, also of other pages and of the command line. */
  readonly offer: DeviceOffer | null;
  readonly outcome: OfferOutcome | null;
  /** A new link; an older one ends. Rejects with the node's refusal, as all of these. */
  start(): Promise<void>;
  /** Takes the link back, if there is one, and forgets what became of the last. */
  stop(): Promise<void>;
  /** The six digits that the new device shows. Rejects with LINK_CODE_WRONG for others. */
  confirm(code: string): Promise<Device>;
}

export interface LinkingView extends Listing {
  /** How far this node has come in becoming another person's device. */
  readonly progress: LinkingProgress | null;
  /** Answers at once with the step reached; `progress` shows the rest. Rejects with the node's refusal. */
  take(link: string, name?: string): Promise<LinkingProgress>;
}

export interface VisibilityView {
  readonly visibility: Visibility | null;
  set(visibility: Visibility): Promise<void>;
}

export interface SettingsView {
  readonly theme: Theme;
  setTheme(theme: Theme): Promise<void>;
}

export interface NetworkLine {
  readonly at: number;
  readonly type: "node" | "peer" | "network" | "space";
  readonly text: string;
}

export interface KithStoreOptions {
  readonly client: KithClient;
  /** Time, frames and the page's comings and goings; default the browser's. */
  readonly host?: Host;
  /** Default true; false opens no stream until `connect` or `start`. On a server none is ever opened by itself. */
  readonly autoConnect?: boolean;
  /**
   * Whether anything may be said there, asked when it would be and again when people or spaces have changed. false holds what
   * was sent or is said otherwise by now, and takes a reaction back. Default: it may. What it rejects with is treated as the
   * call's own failure.
   */
  mayPost?(conversation: ConversationRef, signal: AbortSignal): Promise<boolean>;
}

export interface P2PConnectionOptions {
  /** Opens this page's stream when the store did not, and puts a node that is off the network onto it, once. */
  readonly autoConnect?: boolean;
  /** The person who is meant to speak: the node refuses what another would say. */
  readonly userId?: string;
  /** Name of the channel that `broadcastMessage` speaks to. */
  readonly board?: string;
}

export interface BoardConnection extends P2PConnection {
  /** To the board, or the one named here. On the node's disk when it resolves. */
  broadcastMessage(content: string, options?: { readonly board?: string }): Promise<BroadcastAnswer>;
}

export interface SearchView extends Listing {
  /** What this node has; empty for an empty query. */
  readonly results: readonly Message[];
  /** Spaces of which not all is here, and so was not searched. */
  readonly missing: readonly SearchGap[];
  /** There are more than these: `showMore` asks for the next fifty, up to 500. */
  readonly hasMore: boolean;
  showMore(): void;
  /** Asks again after an error. */
  retry(): void;
}
