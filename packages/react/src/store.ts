/** The store of a page: every value that its hooks show. */
import type { Readable } from "./cell.ts";
import type {
  ConversationRef,
  ConversationsView,
  DraftView,
  InvitesView,
  JoinView,
  KithStoreOptions,
  MembersView,
  MessageWindow,
  NetworkLine,
  P2PConnection,
  PeersView,
  SettingsView,
  SpacesView,
  VisibilityView,
} from "./types.ts";

export interface KithStore {
  readonly connection: Readable<P2PConnection>;
  readonly spaces: Readable<SpacesView>;
  readonly conversations: Readable<ConversationsView>;
  readonly peers: Readable<PeersView>;
  readonly joins: Readable<JoinView>;
  readonly visibility: Readable<VisibilityView>;
  readonly settings: Readable<SettingsView>;
  readonly networkLog: Readable<readonly NetworkLine[]>;
  messages(conversation: ConversationRef | null): Readable<MessageWindow>;
  draft(channel: string | null): Readable<DraftView>;
  members(space: string | null): Readable<MembersView>;
  invites(space: string | null): Readable<InvitesView>;
  /** Ends the stream and every timer. */
  close(): void;
}

export function createKithStore(options: KithStoreOptions): KithStore {
  throw new Error(`STORE_MISSING: ${String(options.client)}`);
}
