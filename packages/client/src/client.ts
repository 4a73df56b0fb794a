/**
 * The SDK: every call of a node's HTTP surface, typed, and its log of changes, followed without loss. Works in
 * browsers (signed in by cookie, or with a token on a page let in by --allow-origin) and in Node from 22 on.
 * Depends on nothing; of the contract it takes types only.
 */
import type {
  AcceptRequest,
  AskInto,
  BatchItem,
  Block,
  BroadcastAnswer,
  ChangeDevice,
  ChangeMe,
  ChangeSettings,
  Channel,
  Conversation,
  ChangeMember,
  ChangeSpace,
  CreateChannel,
  CreateInvite,
  CreateSpace,
  Device,
  DeviceOffer,
  DeviceOfferCreated,
  DeviceStatus,
  DoctorReport,
  DraftSaved,
  Health,
  Invite,
  InviteCreated,
  AdmitWaiting,
  JoinProgress,
  JoinRequest,
  LinkingProgress,
  LogEntry,
  Me,
  Member,
  Message,
  MessageQuery,
  Peer,
  Person,
  Place,
  PostMessage,
  SaveDraft,
  SearchAnswer,
  SearchQuery,
  Settings,
  SignInLink,
  CreateToken,
  Token,
  TokenCreated,
  Space,
  StartDirect,
  Stats,
  Status,
  TakeLink,
  TalkRequest,
  VerifyReport,
} from "@kith/contract";
import { createAtRestCalls } from "./at-rest-calls.ts";
import type { AtRestCalls } from "./at-rest-calls.ts";
import { iterateEntries } from "./entries.ts";
import { isTransient } from "./error.ts";
import type { KithApiError } from "./error.ts";
import { createEvents } from "./events.ts";
import type { ClientEvents } from "./events.ts";
import { followLog } from "./follow.ts";
import type { Follow, FollowHandlers } from "./follow.ts";
import { freshId } from "./fresh-id.ts";
import { createHttp } from "./http.ts";
import { createLive } from "./live.ts";
import type { ConnectionInfo, ConnectOptions } from "./live.ts";
import { createMessageCalls } from "./message-calls.ts";
import type { MessageCalls } from "./message-calls.ts";
import { createRecoveryCalls } from "./recovery-calls.ts";
import type { RecoveryCalls } from "./recovery-calls.ts";
import { createOutbox } from "./outbox.ts";
import type { Outbox, OutboxStorage } from "./outbox.ts";
import { retryDelayMs, wait } from "./retry.ts";
import { followShared } from "./share.ts";
import { createEventsWay } from "./ways/events.ts";
import { createPollingWay } from "./ways/polling.ts";
import { createVerificationCalls } from "./verification-calls.ts";
import type { VerificationCalls } from "./verification-calls.ts";
import { createSocketWay } from "./ways/websocket.ts";

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

export interface BroadcastOptions extends SendOptions {
  /** The person that is meant to speak; another than the node's is refused. */
  readonly userId?: string;
  readonly clientId?: string;
}

export interface KithClient extends MessageCalls, AtRestCalls, RecoveryCalls, VerificationCalls {
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
  /** Those made for programs; the owner's own is not among them. */
  tokens(): Promise<List<Token>>;
  /** The token itself is in the answer and nowhere else. */
  createToken(token: CreateToken): Promise<TokenCreated>;
  revokeToken(id: string): Promise<void>;

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
  devices(): Promise<List<Device>>;
  /** device: an id, or a name that is unambiguous; as in the next. */
  renameDevice(device: string, change: ChangeDevice): Promise<Device>;
  /** The spaces have new keys when it resolves. */
  removeDevice(device: string): Promise<void>;
  /** A link for one new device; an older one ends. */
  offerDevice(): Promise<DeviceOfferCreated>;
  deviceOffers(): Promise<List<DeviceOffer>>;
  endDeviceOffer(): Promise<void>;
  /** The six digits that the new device shows. */
  confirmDevice(code: string): Promise<Device>;
  /** Makes the node, which is in no space, a device of the person that made the link; resolves at each step of note. */
  takeLink(link: TakeLink, options?: { signal?: AbortSignal }): Promise<LinkingProgress>;
  /** Everybody who can be written to. */
  people(): Promise<List<Person>>;
  /** The direct conversation with a person, by id or unambiguous name; founded, and asked for, when there is none. */
  direct(direct: StartDirect): Promise<Space>;
  /** Asks people into a group. */
  askInto(space: string, ask: AskInto): Promise<Space>;
  /** Who asks to talk. */
  requests(): Promise<List<TalkRequest>>;
  acceptRequest(id: string, accept?: AcceptRequest): Promise<JoinAnswer>;
  /** Told to nobody; as blocking. */
  declineRequest(id: string): Promise<void>;
  blocks(): Promise<List<Block>>;
  block(person: string): Promise<void>;
  unblock(person: string): Promise<void>;
  mute(channel: string, muted: boolean): Promise<Conversation>;
  joinRequests(): Promise<List<JoinRequest>>;
  admitWaiting(request: AdmitWaiting): Promise<void>;
  refuseWaiting(id: string): Promise<void>;
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

  /** In what this node has: nothing is asked of others. */
  search(query: SearchQuery, options?: CallSignal): Promise<SearchAnswer>;
  /** To the channel of that name in the first space of this node. Tried again like `post`. */
  stats(): Promise<Stats>;
  /** Tells those who are connected now that something is being written; resolves when it is on its way. */
  sendTyping(space: string, channel: string): Promise<void>;
  broadcastMessage(board: string, content: string, options?: BroadcastOptions): Promise<BroadcastAnswer>;
  /** The same as `status`. */
  getNodeStatus(): Promise<Status>;

  /** Opens this client's own stream: `message`, `peer`, `entry` tell what comes. Does nothing while there is one. */
  connect(options?: ConnectOptions): void;
  /** The next `connect` goes on where this one was left. */
  disconnect(): void;
  getConnectionInfo(): ConnectionInfo;
  /** Sends whether the node answers now or not. */
  readonly outbox: Outbox;

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
  /** Default the runtime's; null to do without. */
  readonly WebSocket?: typeof WebSocket | null;
  readonly fetch?: typeof fetch;
  /**
   * One stream for all tabs of a page, read by one of them. Default: on a page that is signed in by its cookie, where
   * the browser offers locks between tabs.
   */
  readonly shareTabs?: boolean;
  /** Where the outbox outlives the program; without it, it does not. */
  readonly outboxStorage?: OutboxStorage;
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

function mayShare(): boolean {
  // Not over plain HTTP of another host, and not in Node, whose programs are not tabs.
  return "document" in globalThis && "BroadcastChannel" in globalThis && "locks" in navigator;
}

export function createKithClient(options: ClientOptions): KithClient {
  const url = options.url.replace(/\/+$/, "");
  const auth = options.token === undefined ? {} : { token: options.token };
  const http = createHttp({ url, ...auth, fetch: options.fetch ?? ((input, init) => fetch(input, init)) });
  const events = createEvents();
  const { call } = http;
  const part = encodeURIComponent;
  const withSignal = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal });

  const Socket = options.WebSocket === undefined ? globalThis.WebSocket : options.WebSocket;
  const ways = [createEventsWay(http), createPollingWay(http)];
  // Not there in every runtime, whatever the types say.
  if (typeof Socket === "function") ways.unshift(createSocketWay({ url, ...auth, WebSocket: Socket }));

  const shares = options.shareTabs ?? (options.token === undefined && mayShare());

  const told = (
    { entry, ended }: Pick<FollowHandlers, "entry" | "ended">,
    watch: Partial<FollowHandlers> = {},
  ): FollowHandlers => ({
    entry,
    ended,
    state(state) {
      watch.state?.(state);
      events.emit("status", state);
    },
    connected(cursor) {
      watch.connected?.(cursor);
      events.emit("connect", { cursor });
    },
    way(name) {
      watch.way?.(name);
      events.emit("way", name);
    },
  });
  const place = (since: string | undefined) => (since === undefined ? null : { since });
  const follow = (since: string | undefined, handlers: FollowHandlers): Follow =>
    followLog({ ways, ...place(since) }, handlers);
  const followForTabs = (since: string | undefined, handlers: FollowHandlers): Pick<Follow, "end"> =>
    followShared(
      {
        name: `kith ${url}`,
        ...place(since),
        http,
        locks: navigator.locks,
        createChannel: (name) => new BroadcastChannel(name),
        follow,
        onRole: (role) => events.emit("role", role),
      },
      handlers,
    );

  function subscribe(
    { since, signal }: StreamOptions,
    onEntry: (entry: LogEntry) => void,
    onEnd?: (error: KithApiError | null) => void,
    watch?: Partial<FollowHandlers>,
  ): () => void {
    const handlers = told({ entry: onEntry, ended: (error) => onEnd?.(error) }, watch);
    const handle = shares ? followForTabs(since, handlers) : follow(since, handlers);
    const end = (): void => {
      signal?.removeEventListener("abort", end);
      handle.end();
    };
    if (signal?.aborted === true) end();
    signal?.addEventListener("abort", end, { once: true });
    return end;
  }

  async function joinBy(path: string, body: object, signal?: AbortSignal): Promise<JoinAnswer> {
    const answer = await http.request<Space | JoinProgress>("POST", path, { body, ...withSignal(signal) });
    return answer.status === 201
      ? { done: true, space: answer.body as Space }
      : { done: false, progress: answer.body as JoinProgress };
  }

  const postBatch: KithClient["postBatch"] = async (messages, sendOptions = {}) => {
    const body = {
      messages: messages.map((message) => ({ ...message, clientId: message.clientId ?? freshId() })),
    };
    const send = () =>
      call<List<BatchItem>>("POST", "/api/messages/batch", { body, ...withSignal(sendOptions.signal) });
    return (await persist(send, sendOptions)).items;
  };
  const outbox = createOutbox({
    postBatch,
    freshId,
    ...(options.outboxStorage === undefined ? null : { storage: options.outboxStorage }),
    onError: (error) => events.emit("error", error),
    onChange(outgoing) {
      events.emit("outgoing", outgoing);
      if (outgoing.state === "failed" && outgoing.error !== null) events.emit("error", outgoing.error);
    },
  });
  const live = createLive({ url, events, subscribe, outbox });

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
    tokens: () => call("GET", "/api/tokens"),
    createToken: (token) => call("POST", "/api/tokens", { body: token }),
    revokeToken: (id) => call("DELETE", `/api/tokens/${part(id)}`),

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
    devices: () => call("GET", "/api/devices"),
    renameDevice: (device, change) => call("PATCH", `/api/devices/${part(device)}`, { body: change }),
    removeDevice: (device) => call("DELETE", `/api/devices/${part(device)}`),
    offerDevice: () => call("POST", "/api/devices/links"),
    deviceOffers: () => call("GET", "/api/devices/links"),
    endDeviceOffer: () => call("DELETE", "/api/devices/links"),
    confirmDevice: (code) => call("POST", "/api/devices/links/confirm", { body: { code } }),
    takeLink: (body, { signal } = {}) => call("POST", "/api/link", { body, ...withSignal(signal) }),
    people: () => call("GET", "/api/people"),
    direct: (direct) => call("POST", "/api/direct", { body: direct }),
    askInto: (space, ask) => call("POST", `/api/spaces/${part(space)}/asked`, { body: ask }),
    requests: () => call("GET", "/api/requests"),
    acceptRequest: (id, accept = {}) => joinBy(`/api/requests/${part(id)}/accept`, accept),
    declineRequest: (id) => call("POST", `/api/requests/${part(id)}/decline`),
    blocks: () => call("GET", "/api/blocks"),
    block: (person) => call("PUT", `/api/blocks/${part(person)}`),
    unblock: (person) => call("DELETE", `/api/blocks/${part(person)}`),
    mute: (channel, muted) => call("PUT", `/api/conversations/${part(channel)}/muted`, { body: { muted } }),
    joinRequests: () => call("GET", "/api/join-requests"),
    admitWaiting: (request) => call("POST", "/api/join-requests", { body: request }),
    refuseWaiting: (id) => call("POST", `/api/join-requests/${part(id)}/refuse`),
    join: (link, { waitMs, signal } = {}) =>
      joinBy("/api/join", { link, ...(waitMs === undefined ? null : { waitMs }) }, signal),
    joins: () => call("GET", "/api/joins"),
    giveUpJoin: (invite) => call("DELETE", `/api/joins/${part(invite)}`),

    post(message, sendOptions = {}) {
      const body = { ...message, clientId: message.clientId ?? freshId() };
      return persist(
        () => call<Message>("POST", "/api/messages", { body, ...withSignal(sendOptions.signal) }),
        sendOptions,
      );
    },
    postBatch,
    messages: (query = {}) => call("GET", "/api/messages", { query }),
    message: (id) => call("GET", `/api/messages/${part(id)}`),
    ...createMessageCalls(call),
    ...createRecoveryCalls(http),
    ...createVerificationCalls(call),
    ...createAtRestCalls(call),
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

    search: ({ q, space, before, limit }, { signal } = {}) =>
      call("GET", "/api/search", { query: { q, space, before, limit }, ...withSignal(signal) }),
    broadcastMessage(board, content, { userId, clientId = freshId(), ...sendOptions } = {}) {
      const body = { board, content, clientId, ...(userId === undefined ? null : { userId }) };
      return persist(
        () => call<BroadcastAnswer>("POST", "/api/broadcast", { body, ...withSignal(sendOptions.signal) }),
        sendOptions,
      );
    },
    stats: () => call("GET", "/api/stats"),
    sendTyping: (space, channel) => call("POST", "/api/typing", { body: { space, channel } }),
    getNodeStatus: () => call("GET", "/api/status"),

    connect: live.connect,
    disconnect: live.disconnect,
    getConnectionInfo: live.info,
    outbox,

    subscribe: (streamOptions, onEntry, onEnd) => subscribe(streamOptions, onEntry, onEnd),
    entries: ({ since, signal } = {}) => iterateEntries((handlers) => follow(since, told(handlers)), signal),
    on: events.on,
  };
}
