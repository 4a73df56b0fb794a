/** What is said, found and kept about it: calls of the client. */
import type {
  BatchItem,
  BroadcastAnswer,
  Conversation,
  DraftSaved,
  Message,
  MessageQuery,
  Place,
  PostMessage,
  SaveDraft,
  SearchAnswer,
  SearchQuery,
  Space,
} from "@kith/contract";
import { persist } from "./calls.ts";
import type { CallSignal, KeepOptions, List, SendOptions } from "./calls.ts";
import { freshId } from "./fresh-id.ts";
import type { Http } from "./http.ts";

export interface BroadcastOptions extends SendOptions {
  /** The person that is meant to speak; another than the node's is refused. */
  readonly userId?: string;
  readonly clientId?: string;
}

export interface TalkCalls {
  /** On the node's disk when it resolves. Tried again when the answer is lost; never posted twice. */
  post(message: PostMessage, options?: SendOptions): Promise<Message>;
  /** At most 256; each answered in order with its message or its error. Tried again like `post`. */
  postBatch(messages: readonly PostMessage[], options?: SendOptions): Promise<readonly BatchItem[]>;
  /** To the channel of that name in the first space of this node. Tried again like `post`. */
  broadcastMessage(board: string, content: string, options?: BroadcastOptions): Promise<BroadcastAnswer>;
  messages(query?: MessageQuery, options?: CallSignal): Promise<List<Message>>;
  message(id: string, options?: CallSignal): Promise<Message>;
  react(message: string, emoji: string, options?: CallSignal): Promise<void>;
  unreact(message: string, emoji: string, options?: CallSignal): Promise<void>;
  /** In what this node has: nothing is asked of others. */
  search(query: SearchQuery, options?: CallSignal): Promise<SearchAnswer>;
  /** Tells those who are connected now that something is being written; resolves when it is on its way. */
  sendTyping(space: string, channel: string, options?: CallSignal): Promise<void>;
  /** Every conversation with what this node keeps about it for its person, newest activity first. */
  conversations(options?: CallSignal): Promise<List<Conversation>>;
  mute(channel: string, muted: boolean, options?: CallSignal): Promise<Conversation>;
  /** All of its channels, those to come as well. */
  muteSpace(space: string, muted: boolean, options?: CallSignal): Promise<Space>;
  /** The mark never goes backwards: an older message than the mark's changes nothing. */
  markRead(channel: string, message: string, options?: CallSignal): Promise<Conversation>;
  /** On the node's disk when it resolves. Empty text without `replyTo` removes it. */
  saveDraft(channel: string, draft: SaveDraft, options?: KeepOptions): Promise<DraftSaved>;
  savePlace(channel: string, place: Place, options?: KeepOptions): Promise<Place>;
}

export function createTalkCalls(call: Http["call"]): TalkCalls {
  const part = encodeURIComponent;
  return {
    post(message, options = {}) {
      const body = { ...message, clientId: message.clientId ?? freshId() };
      return persist((sent) => call<Message>("POST", "/api/messages", { body, ...sent }), options);
    },
    async postBatch(messages, options = {}) {
      const body = {
        messages: messages.map((message) => ({ ...message, clientId: message.clientId ?? freshId() })),
      };
      const answer = await persist(
        (sent) => call<List<BatchItem>>("POST", "/api/messages/batch", { body, ...sent }),
        options,
      );
      return answer.items;
    },
    broadcastMessage(board, content, { userId, clientId = freshId(), ...options } = {}) {
      const body = { board, content, clientId, ...(userId === undefined ? null : { userId }) };
      return persist((sent) => call<BroadcastAnswer>("POST", "/api/broadcast", { body, ...sent }), options);
    },
    messages: (query = {}, options) => call("GET", "/api/messages", { query, ...options }),
    message: (id, options) => call("GET", `/api/messages/${part(id)}`, options),
    react: async (message, emoji, options) =>
      void (await call("POST", `/api/messages/${part(message)}/reactions`, { body: { emoji }, ...options })),
    unreact: (message, emoji, options) =>
      call("DELETE", `/api/messages/${part(message)}/reactions/${part(emoji)}`, options),
    search: ({ q, space, before, limit }, options) =>
      call("GET", "/api/search", { query: { q, space, before, limit }, ...options }),
    sendTyping: (space, channel, options) =>
      call("POST", "/api/typing", { body: { space, channel }, ...options }),
    conversations: (options) => call("GET", "/api/conversations", options),
    mute: (channel, muted, options) =>
      call("PUT", `/api/conversations/${part(channel)}/muted`, { body: { muted }, ...options }),
    muteSpace: (space, muted, options) =>
      call("PUT", `/api/spaces/${part(space)}/muted`, { body: { muted }, ...options }),
    markRead: (channel, message, options) =>
      call("PUT", `/api/conversations/${part(channel)}/read`, { body: { message }, ...options }),
    saveDraft: (channel, draft, options) =>
      call("PUT", `/api/conversations/${part(channel)}/draft`, { body: draft, ...options }),
    savePlace: (channel, place, options) =>
      call("PUT", `/api/conversations/${part(channel)}/place`, { body: place, ...options }),
  };
}
