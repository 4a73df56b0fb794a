/**
 * The SDK: every call of a node's HTTP surface, typed, and its log of changes, followed without loss. Works in
 * browsers (signed in by cookie, or with a token on a page let in by --allow-origin) and in Node from 22 on.
 * Depends on nothing; of the contract it takes types only.
 */
import type {
  BatchItem,
  ChangeMe,
  ChangeSettings,
  Channel,
  Conversation,
  ChangeMember,
  ChangeSpace,
  CreateChannel,
  CreateInvite,
  CreateSpace,
  DeviceStatus,
  DoctorReport,
  DraftSaved,
  Health,
  Invite,
  InviteCreated,
  AdmitWaiting,
  JoinProgress,
  JoinRequest,
  LogEntry,
  Me,
  Member,
  Message,
  MessageQuery,
  Peer,
  Place,
  PostMessage,
  SaveDraft,
  Settings,
  SignInLink,
  Space,
  Status,
  VerifyReport,
} from "@kith/contract";
import { iterateEntries } from "./entries.ts";
import { isTransient } from "./error.ts";
import type { KithApiError } from "./error.ts";
import { followLog } from "./follow.ts";
import type { Follow, FollowHandlers, StreamState } from "./follow.ts";
import { createHttp } from "./http.ts";
import { retryDelayMs, wait } from "./retry.ts";

/** How long a send is tried again by default: a node's restart, not a night. */
const SEND_RETRY_MS = 30_000;

export interface List<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

export interface SendOptions {
  readonly signal?: AbortSignal;
  /** How long to try again when no answer comes; default 30 s, 0 never. Repeats carry the same clientId: one message. */
  readonly retryForMs?: number;
}

export interface CallSignal {
  readonly signal?: AbortSignal;
}

export interface KeepOptions extends CallSignal {
  /** Sent even when the page is being left; the browser then takes at most 64 KiB. */
  readonly keepalive?: boolean;
}

export interface StreamOptions {
  /** Cursor of the last entry already seen; without it the stream begins now. */
  readonly since?: string;
  readonly signal?: AbortSignal;
}

export type JoinAnswer =
  | { readonly done: true; readonly space: Space }
  | { readonly done: false; readonly progress: JoinProgress };

export interface ClientEvents {
  /** A stream is open and stands at this cursor. */
  connect: { readonly cursor: string };
  /** A stream changed its state. */
  status: StreamState;
}

export interface KithClient {
  health(): Promise<Health>;
  status(): Promise<Status>;
  me(): Promise<Me>;
  changeMe(change: ChangeMe): Promise<Me>;
  setOnline(online: boolean): Promise<DeviceStatus>;
  peers(): Promise<List<Peer>>;
  connectPeer(address: string): Promise<{ address: string }>;
  disconnectPeer(id: string): Promise<{ id: string }>;
  verify(): Promise<VerifyReport>;
  doctor(): Promise<DoctorReport>;
  reset(): Promise<void>;
  signInLink(): Promise<SignInLink>;

  spaces(): Promise<List<Space>>;
  space(space: string): Promise<Space>;
  createSpace(space: CreateSpace): Promise<Space>;
  channels(space: string): Promise<List<Channel>>;
  createChannel(space: string, channel: CreateChannel): Promise<Channel>;
  channelMembers(space: string, channel: string): Promise<List<Member>>;
  addChannelMember(space: string, channel: string, person: string): Promise<void>;
  removeChannelMember(space: string, channel: string, person: string): Promise<void>;
  renameSpace(space: string, change: ChangeSpace): Promise<Space>;
  /** Rejects with LAST_OWNER where nobody else could run it. */
  leaveSpace(space: string): Promise<void>;
  members(space: string): Promise<List<Member>>;
  /** person: an id, or a name that is unambiguous. */
  changeMember(space: string, person: string, change: ChangeMember): Promise<Member>;
  /** The space has new keys when it resolves. */
  removeMember(space: string, person: string): Promise<void>;
  invites(space: string): Promise<List<Invite>>;
  createInvite(space: string, invite?: CreateInvite): Promise<InviteCreated>;
  revokeInvite(space: string, invite: string): Promise<void>;
  joinRequests(): Promise<List<JoinRequest>>;
  admitWaiting(request: AdmitWaiting): Promise<void>;
  join(link: string, options?: { waitMs?: number; signal?: AbortSignal }): Promise<JoinAnswer>;
  joins(): Promise<List<JoinProgress>>;
  /** By its invite's id. Nothing looks for it any more, after a restart neither. */
  giveUpJoin(invite: string): Promise<void>;

  /** On the node's disk when it resolves. Tried again when the answer is lost; never posted twice. */
  post(message: PostMessage, options?: SendOptions): Promise<Message>;
  /** At most 256; each answered in order with its message or its error. Tried again like `post`. */
  postBatch(messages: readonly PostMessage[], options?: SendOptions): Promise<readonly BatchItem[]>;
  messages(query?: MessageQuery): Promise<List<Message>>;
  message(id: string): Promise<Message>;
  react(message: string, emoji: string): Promise<void>;
  unreact(message: string, emoji: string): Promise<void>;

  /** Every conversation with what this node keeps about it for its person, newest activity first. */
  conversations(): Promise<List<Conversation>>;
  /** The mark never goes backwards: an older message than the mark's changes nothing. */
  markRead(channel: string, message: string): Promise<Conversation>;
  /** On the node's disk when it resolves. Empty text without `replyTo` removes it. */
  saveDraft(channel: string, draft: SaveDraft, options?: KeepOptions): Promise<DraftSaved>;
  savePlace(channel: string, place: Place, options?: KeepOptions): Promise<Place>;
  settings(): Promise<Settings>;
  changeSettings(change: ChangeSettings): Promise<Settings>;

  /** Calls with every change in order, over reconnects; returns the end of it. `onEnd` hears a refusal for good. */
  subscribe(
    options: StreamOptions,
    onEntry: (entry: LogEntry) => void,
    onEnd?: (error: KithApiError | null) => void,
  ): () => void;
  /** The same as an async iterable: ends when the signal aborts, throws a refusal for good. */
  entries(options?: StreamOptions): AsyncIterable<LogEntry>;
  /** Returns the unsubscribe. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void;
}

export interface ClientOptions {
  /** For example http://127.0.0.1:8888. */
  readonly url: string;
  /** Not needed on the node's own page, which has its cookie. */
  readonly token?: string;
  readonly WebSocket?: typeof WebSocket;
  readonly fetch?: typeof fetch;
}

function freshClientId(): string {
  // Not randomUUID: pages over plain HTTP of another host do not have it.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** Repeats a send until it is answered, refused for good, aborted or out of time. */
async function persist<T>(
  send: () => Promise<T>,
  { retryForMs = SEND_RETRY_MS, signal }: SendOptions,
): Promise<T> {
  const untilMs = performance.now() + retryForMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      const delayMs = retryDelayMs(attempt);
      if (!isTransient(error) || performance.now() + delayMs > untilMs) throw error;
      await wait(delayMs, signal);
    }
  }
}

function createEvents() {
  const listeners = new Map<keyof ClientEvents, Set<(event: never) => void>>();
  return {
    on<Name extends keyof ClientEvents>(
      name: Name,
      listener: (event: ClientEvents[Name]) => void,
    ): () => void {
      const own = listeners.get(name) ?? new Set();
      listeners.set(name, own);
      own.add(listener);
      return () => own.delete(listener);
    },
    emit<Name extends keyof ClientEvents>(name: Name, event: ClientEvents[Name]): void {
      for (const listener of listeners.get(name) ?? [])
        (listener as (event: ClientEvents[Name]) => void)(event);
    },
  };
}

export function createKithClient(options: ClientOptions): KithClient {
  const url = options.url.replace(/\/+$/, "");
  const auth = options.token === undefined ? {} : { token: options.token };
  const http = createHttp({ url, ...auth, fetch: options.fetch ?? ((input, init) => fetch(input, init)) });
  const events = createEvents();
  const { call } = http;
  const part = encodeURIComponent;
  const withSignal = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal });

  function follow(since: string | undefined, handlers: Pick<FollowHandlers, "entry" | "ended">): Follow {
    return followLog(
      {
        url: url.replace(/^http/, "ws"),
        ...auth,
        ...(since === undefined ? {} : { since }),
        WebSocket: options.WebSocket ?? WebSocket,
        http,
      },
      {
        ...handlers,
        state: (state) => events.emit("status", state),
        connected: (cursor) => events.emit("connect", { cursor }),
      },
    );
  }

  return {
    health: () => call("GET", "/health"),
    status: () => call("GET", "/api/status"),
    me: () => call("GET", "/api/me"),
    changeMe: (change) => call("PATCH", "/api/me", { body: change }),
    setOnline: (online) => call("POST", "/api/device-status", { body: { online } }),
    peers: () => call("GET", "/api/peers"),
    connectPeer: (address) => call("POST", "/api/peers/connect", { body: { address } }),
    disconnectPeer: (id) => call("POST", `/api/peers/${part(id)}/disconnect`),
    verify: () => call("GET", "/api/verify"),
    doctor: () => call("GET", "/api/doctor"),
    reset: async () => void (await call("POST", "/api/reset")),
    signInLink: () => call("POST", "/api/sign-in-links"),

    spaces: () => call("GET", "/api/spaces"),
    space: (space) => call("GET", `/api/spaces/${part(space)}`),
    createSpace: (space) => call("POST", "/api/spaces", { body: space }),
    channels: (space) => call("GET", `/api/spaces/${part(space)}/channels`),
    createChannel: (space, channel) => call("POST", `/api/spaces/${part(space)}/channels`, { body: channel }),
    channelMembers: (space, channel) =>
      call("GET", `/api/spaces/${part(space)}/channels/${part(channel)}/members`),
    addChannelMember: (space, channel, person) =>
      call("POST", `/api/spaces/${part(space)}/channels/${part(channel)}/members`, { body: { person } }),
    removeChannelMember: (space, channel, person) =>
      call("DELETE", `/api/spaces/${part(space)}/channels/${part(channel)}/members/${part(person)}`),
    renameSpace: (space, change) => call("PATCH", `/api/spaces/${part(space)}`, { body: change }),
    leaveSpace: (space) => call("POST", `/api/spaces/${part(space)}/leave`),
    members: (space) => call("GET", `/api/spaces/${part(space)}/members`),
    changeMember: (space, person, change) =>
      call("PATCH", `/api/spaces/${part(space)}/members/${part(person)}`, { body: change }),
    removeMember: (space, person) => call("DELETE", `/api/spaces/${part(space)}/members/${part(person)}`),
    invites: (space) => call("GET", `/api/spaces/${part(space)}/invites`),
    createInvite: (space, invite = {}) =>
      call("POST", `/api/spaces/${part(space)}/invites`, { body: invite }),
    revokeInvite: (space, invite) => call("DELETE", `/api/spaces/${part(space)}/invites/${part(invite)}`),
    joinRequests: () => call("GET", "/api/join-requests"),
    admitWaiting: (request) => call("POST", "/api/join-requests", { body: request }),
    async join(link, { waitMs, signal } = {}) {
      const body = { link, ...(waitMs === undefined ? null : { waitMs }) };
      const answer = await http.request<Space | JoinProgress>("POST", "/api/join", {
        body,
        ...withSignal(signal),
      });
      return answer.status === 201
        ? { done: true, space: answer.body as Space }
        : { done: false, progress: answer.body as JoinProgress };
    },
    joins: () => call("GET", "/api/joins"),
    giveUpJoin: (invite) => call("DELETE", `/api/joins/${part(invite)}`),

    post(message, sendOptions = {}) {
      const body = { ...message, clientId: message.clientId ?? freshClientId() };
      return persist(
        () => call<Message>("POST", "/api/messages", { body, ...withSignal(sendOptions.signal) }),
        sendOptions,
      );
    },
    async postBatch(messages, sendOptions = {}) {
      const body = {
        messages: messages.map((message) => ({ ...message, clientId: message.clientId ?? freshClientId() })),
      };
      const send = () =>
        call<List<BatchItem>>("POST", "/api/messages/batch", { body, ...withSignal(sendOptions.signal) });
      return (await persist(send, sendOptions)).items;
    },
    messages: (query = {}) => call("GET", "/api/messages", { query }),
    message: (id) => call("GET", `/api/messages/${part(id)}`),
    react: async (message, emoji) =>
      void (await call("POST", `/api/messages/${part(message)}/reactions`, { body: { emoji } })),
    unreact: (message, emoji) => call("DELETE", `/api/messages/${part(message)}/reactions/${part(emoji)}`),

    conversations: () => call("GET", "/api/conversations"),
    markRead: (channel, message) =>
      call("PUT", `/api/conversations/${part(channel)}/read`, { body: { message } }),
    saveDraft: (channel, draft, options = {}) =>
      call("PUT", `/api/conversations/${part(channel)}/draft`, { body: draft, ...options }),
    savePlace: (channel, place, options = {}) =>
      call("PUT", `/api/conversations/${part(channel)}/place`, { body: place, ...options }),
    settings: () => call("GET", "/api/settings"),
    changeSettings: (change) => call("PATCH", "/api/settings", { body: change }),

    subscribe({ since, signal }, onEntry, onEnd) {
      const handle = follow(since, { entry: onEntry, ended: (error) => onEnd?.(error) });
      if (signal?.aborted === true) handle.end();
      signal?.addEventListener("abort", handle.end, { once: true });
      return () => {
        signal?.removeEventListener("abort", handle.end);
        handle.end();
      };
    },
    entries: ({ since, signal } = {}) => iterateEntries((handlers) => follow(since, handlers), signal),
    on: events.on,
  };
}
