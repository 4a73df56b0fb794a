/** What the hooks give to a page. Types of the surface itself are the contract's. */
import type { KithClient, JoinAnswer } from "@kith/client";
import type {
  Channel,
  Conversation,
  CreateChannel,
  CreateInvite,
  CreateSpace,
  Invite,
  InviteCreated,
  JoinProgress,
  Me,
  Member,
  Peer,
  Place,
  Role,
  Space,
  Status,
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
 * answer after that; signed-out: it answers and does not know this browser.
 */
export type Phase = "starting" | "connecting" | "connected" | "stopped" | "signed-out";

export interface Connection {
  readonly phase: Phase;
  readonly isConnected: boolean;
  readonly isConnecting: boolean;
  readonly connectionError: Failure | null;
  readonly me: Me | null;
  readonly networkStatus: Status | null;
  readonly peers: readonly Peer[];
  readonly peerCount: number;
  /** Wall time at which this phase began. */
  readonly sinceMs: number;
}

export interface P2PConnection extends Connection {
  /** Puts the node onto the network. Rejects with the node's refusal. */
  connect(): Promise<void>;
  /** Takes the node off the network; it still serves this page. */
  disconnect(): Promise<void>;
  refreshNetworkInfo(): Promise<void>;
  /** Tells everybody the new name. Rejects with the node's refusal. */
  rename(name: string): Promise<void>;
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
  renameSpace(space: string, name: string): Promise<void>;
  refresh(): Promise<void>;
}

export interface ConversationsView extends Listing {
  readonly conversations: readonly Conversation[];
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

/** sending: a POST is under way; waiting: goes out by itself once the node answers; failed: refused; saved: on disk. */
export type RowState = "sending" | "waiting" | "failed" | "saved";

export interface Row {
  /** The clientId of what this device wrote, else the id; never changes. */
  readonly key: string;
  readonly id: string | null;
  readonly author: string;
  readonly authorName: string;
  readonly device: string;
  readonly text: string;
  readonly atMs: number;
  readonly replyTo: string | null;
  readonly mine: boolean;
  readonly reactions: readonly RowReaction[];
  readonly delivery: { readonly devices: number; readonly of: number; readonly readBy: number };
  readonly state: RowState;
  readonly failure: Failure | null;
}

export interface SendRowOptions {
  readonly replyTo?: string | null;
}

export interface MessageWindow extends Listing {
  /** At most 300, in the node's order; those not saved yet stand last. */
  readonly rows: readonly Row[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  /** The window ends with the newest message there is. */
  readonly isAtLatest: boolean;
  /** Key of the first row that came unseen, before it was opened or while the reader looked elsewhere: the divider stands above it. */
  readonly newSince: string | null;
  /** A reaction that was undone because the node refused it: why. Null after the next that works. */
  readonly refused: Failure | null;
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

export interface JoinView {
  readonly joins: readonly JoinProgress[];
  readonly error: Failure | null;
  /** Answers at once with the step reached; `joins` shows the rest. Rejects with the node's refusal. */
  join(link: string): Promise<JoinAnswer>;
  /** By its invite: nothing looks for it any more. Rejects with the node's refusal. */
  giveUp(invite: string): Promise<void>;
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
}
