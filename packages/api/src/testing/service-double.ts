/**
 * A KithService in memory for tests of the surfaces: spaces, messages and a real ordered log whose listeners
 * hear a little after the log can be read, as with a store. End-to-end tests use a real node instead.
 */
import type { ChannelId, DeviceId, EventId, InviteId, LogType, PersonId, SpaceId } from "@kith/core";
import { createFigureDouble, noProfile, JUST_ASKED, NOTHING_OPEN, openChannel } from "./figure-double.ts";
import { createDeviceDouble } from "./device-double.ts";
import { createRecoveryDouble } from "./recovery-double.ts";
import { createMessageDouble } from "./message-double.ts";
import { createTalkDouble } from "./talk-double.ts";
import { ServiceError } from "@kith/node";
import type {
  ConversationInfo,
  DraftInfo,
  InviteInfo,
  MemberInfo,
  JoinProgress,
  KithService,
  LogEntry,
  Message,
  NodeStatus,
  PlaceInfo,
  PostMessage,
  Settings,
  SpaceInfo,
  Visibility,
} from "@kith/node";

export interface ServiceDouble extends KithService {
  /** Posts and logs `count` messages in groups, as a burst from elsewhere would. */
  burst(count: number, groupSize: number): void;
  append(type: LogType, data: unknown, message?: Message): void;
  /** Forgets all but the newest `keep` entries of the log. */
  trim(keep: number): void;
  /** The next call of any writing method throws this. */
  failNext(error: Error): void;
  /** Listeners of the log right now. */
  listenerCount(): number;
  readonly invitesMade: InviteInfo[];
}

function hexId<Id extends string>(kind: number, n: number, digits = 64): Id {
  return `${kind.toString(16)}${n.toString(16).padStart(digits - 1, "0")}` as Id;
}
export function createServiceDouble(options: { cursorAt?: number } = {}): ServiceDouble {
  const nodeId = hexId<DeviceId>(13, 1);
  const person = hexId<PersonId>(14, 1);
  let name = "Ada";
  let online = true;
  let visibility: Visibility = "members";
  let failure: Error | null = null;
  const spaces: SpaceInfo[] = [];
  const messages: Message[] = [];
  const byClientId = new Map<string, Message>();
  const byId = new Map<string, Message>();
  const invitesMade: InviteInfo[] = [];
  const joins = new Map<string, JoinProgress>();
  const marks = new Map<string, EventId>();
  const drafts = new Map<string, DraftInfo>();
  const places = new Map<string, PlaceInfo>();
  let settings: Settings = { theme: "system", autoLockMinutes: null };
  const listeners = new Set<(entries: readonly LogEntry[]) => void>();
  const entries: LogEntry[] = [];
  let first = options.cursorAt ?? 0;
  let unheard: LogEntry[] = [];

  const cursorAt = (position: number): string => `c${position}`;

  function failOnce(): void {
    const error = failure;
    failure = null;
    if (error !== null) throw error;
  }

  function append(type: LogType, data: unknown, message: Message | null = null): void {
    const entry: LogEntry = {
      cursor: cursorAt(first + entries.length + 1),
      type,
      atMs: 1_777_800_000_000,
      data,
      message,
    };
    entries.push(entry);
    // Later than the log: a reader may already have read what it now hears of.
    if (unheard.length === 0) setImmediate(hear);
    unheard.push(entry);
  }

  function hear(): void {
    const group = unheard;
    unheard = [];
    for (const listener of listeners) listener(group);
  }

  function findSpace(idOrName: string): SpaceInfo {
    const found = spaces.filter((space) => space.id === idOrName || space.name === idOrName);
    if (found.length > 1)
      throw new ServiceError("AMBIGUOUS_NAME", `two spaces are called ${idOrName}`, "use the id");
    const [space] = found;
    if (space === undefined)
      throw new ServiceError("UNKNOWN_SPACE", "there is no such space here", "see `kith space list`");
    return space;
  }
  function store(post: PostMessage): Message {
    const space = findSpace(post.space);
    const channel = space.channels.find(
      ({ id, name: title }) => id === post.channel || title === post.channel,
    );
    if (channel === undefined)
      throw new ServiceError("UNKNOWN_CHANNEL", "there is no such channel", "see the space's channels");
    const known = post.clientId === undefined ? undefined : byClientId.get(post.clientId);
    if (known !== undefined) return known;
    const message: Message = {
      id: hexId<EventId>(1, messages.length + 1),
      space: space.id,
      channel: channel.id,
      author: person,
      authorName: name,
      device: nodeId,
      text: post.text,
      atMs: 1_777_800_000_000 + messages.length,
      editedMs: null,
      deleted: false,
      pinned: false,
      expiresMs: null,
      replyToExpired: false,
      replyTo: (post.replyTo as EventId | undefined) ?? null,
      clientId: post.clientId ?? null,
      reactions: [],
      delivery: { devices: 0, of: 1, readBy: 0 },
      blocked: false,
    };
    messages.push(message);
    byId.set(message.id, message);
    if (post.clientId !== undefined) byClientId.set(post.clientId, message);
    append("message", null, message);
    return message;
  }

  function findMessage(id: string): Message {
    const message = byId.get(id);
    if (message === undefined)
      throw new ServiceError("UNKNOWN_MESSAGE", "there is no such message here", "check its id");
    return message;
  }

  function addSpace(title: string, kind: SpaceInfo["kind"], direct: SpaceInfo["direct"] = null): SpaceInfo {
    const space: SpaceInfo = {
      ...NOTHING_OPEN,
      id: hexId<SpaceId>(5, spaces.length + 1),
      name: title,
      kind,
      role: "owner",
      members: 1,
      state: "ready",
      closed: 0,
      historySinceMs: null,
      channels: [openChannel(hexId<ChannelId>(12, spaces.length * 100 + 1, 32), "general")],
      direct,
    };
    spaces.push(space);
    append("space", { id: space.id });
    return space;
  }

  function spaceOf(channel: string): SpaceInfo {
    const space = spaces.find(({ channels }) => channels.some(({ id }) => id === channel));
    if (space === undefined)
      throw new ServiceError("UNKNOWN_CHANNEL", "there is no such channel", "list the conversations");
    return space;
  }

  function conversation(space: SpaceInfo, id: string): ConversationInfo {
    const channel = space.channels.find((one) => one.id === id);
    if (channel === undefined) throw new Error("the double lost a channel");
    const said = messages.filter((message) => message.channel === id);
    return {
      space: space.id,
      spaceName: space.name,
      spaceKind: space.kind,
      role: space.role,
      state: space.state,
      channel: channel.id,
      name: channel.name,
      private: channel.private,
      mayShowDeleted: false,
      members: space.members,
      last: said.at(-1) ?? null,
      unread: said.length - 1 - said.findIndex((message) => message.id === marks.get(id)),
      mentions: 0,
      readUpTo: marks.get(id) ?? null,
      draft: drafts.get(id) ?? null,
      place: places.get(id) ?? null,
      muted: talk.isMuted(id) || space.muted,
      direct: space.direct,
    };
  }

  const talk = createTalkDouble({
    addDirect: (other) => addSpace(other.name, "direct", { ...other, ...JUST_ASKED }),
    post: (space, text) => store({ space, channel: "general", text }),
    conversation: (channel) => conversation(spaceOf(channel), channel),
    space: findSpace,
  });

  const status = (): NodeStatus => ({
    nodeId,
    person,
    name,
    version: "0.1.0",
    uptimeS: 1,
    online,
    visibility,
    connectedPeers: 0,
    networkHealth: "good",
    messagesSynced: messages.length,
    storageUsed: 0,
    transports: [{ kind: "tls", port: 5484, up: true }],
    historyDays: null,
    spaces: spaces.length,
    receiving: null,
    waitingForKeys: 0,
    storageState: "ok",
  });

  return {
    nodeId,
    invitesMade,
    append,
    trim(keep) {
      first += entries.splice(0, Math.max(0, entries.length - keep)).length;
    },
    failNext(error) {
      failure = error;
    },
    listenerCount: () => listeners.size,
    burst(count, groupSize) {
      let left = count;
      const step = (): void => {
        for (let n = Math.min(groupSize, left); n > 0; n -= 1)
          store({ space: "Climbing", channel: "general", text: `burst ${count - left--}` });
        if (left > 0) setImmediate(step);
      };
      step();
    },

    status,
    async changeProfile(change) {
      failOnce();
      name = change.name ?? name;
      append("alias", { name });
    },
    ...noProfile,
    async setOnline(next) {
      online = next;
      return { online };
    },
    setVisibility: async (next) => void (visibility = next),
    peers: () => [
      {
        id: hexId<DeviceId>(13, 2),
        name: "Bob",
        person: hexId<PersonId>(14, 2),
        connected: true,
        path: "lan",
        multiaddr: "/ip4/10.77.0.2/tcp/5484",
        rttMs: 0.4,
        lastSeenMs: 1_777_800_000_000,
        reputation: 100,
        inSync: true,
        shared: true,
      },
    ],
    async connectPeer({ port }) {
      if (port === 1)
        throw new ServiceError("PEER_UNREACHABLE", "nothing answers there", "check the address");
    },
    async disconnectPeer(device) {
      throw new ServiceError(
        "UNKNOWN_PEER",
        `no device ${device.slice(0, 8)} is connected`,
        "see `kith peers`",
      );
    },
    spaces: () => spaces,
    space: findSpace,
    async createSpace({ name: title, kind, history = "all" }) {
      failOnce();
      const made = addSpace(title, kind ?? "community");
      const channels = made.channels.map((channel) => ({ ...channel, history }));
      return (spaces[spaces.indexOf(made)] = { ...made, history, channels });
    },
    channels: (space) => [...findSpace(space).channels],
    async createChannel(space, title, { private: isPrivate = false } = {}) {
      const found = findSpace(space);
      const id = hexId<ChannelId>(12, spaces.length * 100 + found.channels.length + 1, 32);
      const channel = { ...openChannel(id, title), private: isPrivate };
      spaces[spaces.indexOf(found)] = { ...found, channels: [...found.channels, channel] };
      return channel;
    },
    members: (space) => [
      {
        person,
        name,
        role: findSpace(space).role ?? "member",
        devices: [nodeId],
        joinedMs: 1_777_800_000_000,
        verification: "self",
        overturned: null,
        suspended: [],
        self: true,
        may: { remove: false, roles: [] },
        ...noProfile.profile(),
      },
    ],
    channelMembers(space, channel) {
      const isMeant = ({ id, name: title }: SpaceInfo["channels"][number]) => [id, title].includes(channel);
      if (findSpace(space).channels.some(isMeant)) return this.members(space);
      throw new ServiceError("UNKNOWN_CHANNEL", "there is no such channel", "list them");
    },
    async addChannelMember(space, channel, who) {
      failOnce();
      this.channelMembers(space, channel);
      if (who !== "Self") throw nobodyThere();
    },
    removeChannelMember(...named) {
      return this.addChannelMember(...named);
    },
    renameSpace: async (space, name) => (failOnce(), { ...findSpace(space), name }),
    async removeMember(_space, person) {
      failOnce();
      if (person !== "Self") throw nobodyThere();
    },
    letOverturnedBe(...named) {
      return this.removeMember(...named);
    },
    async changeRole(space, person, role) {
      await this.removeMember(space, person);
      return { ...(this.members(space)[0] as MemberInfo), role };
    },
    async leaveSpace(space) {
      failOnce();
      if (findSpace(space).members === 1)
        throw new ServiceError("LAST_OWNER", "you are the only owner", "make another one");
    },
    invites: (space) => invitesMade.filter((invite) => invite.space === findSpace(space).id),
    async createInvite(space, { role, expiresInMs, uses, mode = "gated" }) {
      const invite: InviteInfo = {
        id: hexId<InviteId>(7, invitesMade.length + 1, 32),
        space: findSpace(space).id,
        role,
        mode,
        expiresMs: expiresInMs === null ? null : 1_777_800_000_000 + expiresInMs,
        uses,
        used: 0,
        revoked: false,
        link: `kith://join#${"A".repeat(200)}`,
      };
      invitesMade.push(invite);
      return invite;
    },
    async revokeInvite(space, invite) {
      if (!invitesMade.some(({ id }) => id === invite))
        throw new ServiceError(
          "UNKNOWN_INVITE",
          `no such invite in ${findSpace(space).name}`,
          "list the invites",
        );
    },
    ...createMessageDouble({ append, findMessage, findSpace }),
    ...createFigureDouble({
      messages,
      person,
      findSpace,
      spaces: () => spaces,
      store,
      tell(entry) {
        for (const listener of listeners) listener([{ ...entry, cursor: cursorAt(first + entries.length) }]);
      },
    }),
    ...createDeviceDouble(nodeId),
    ...createRecoveryDouble(),
    joinRequests: () => [],
    admitWaiting: () => Promise.reject(nobodyThere()),
    refuseWaiting: () => Promise.reject(nobodyThere()),
    async join(link, { waitMs, signal }) {
      failOnce();
      const progress = {
        space: hexId<SpaceId>(5, 99),
        invite: hexId<InviteId>(7, 99, 32),
        spaceInfo: null,
      } as const;
      if (link.includes("bad")) return { ...progress, step: "failed", detail: "the invitation was revoked" };
      if (link.includes("slow")) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, waitMs);
          signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()));
        });
        const slow = {
          ...progress,
          step: "looking-for-inviter",
          detail: "nobody of this space is near",
        } as const;
        joins.set(slow.invite, slow);
        return slow;
      }
      return { ...progress, step: "done", detail: "joined", spaceInfo: addSpace("Joined", "group") };
    },
    joins: () => [...joins.values()],
    async giveUpJoin(invite) {
      failOnce();
      if (!joins.delete(invite))
        throw new ServiceError("UNKNOWN_INVITE", "nothing is joined", "list the joins");
    },
    async postMessage(post) {
      failOnce();
      return store(post);
    },
    async postMessages(posts) {
      failOnce();
      return posts.map((post) => {
        try {
          return store(post);
        } catch (error) {
          if (error instanceof ServiceError) return error;
          throw error;
        }
      });
    },
    messages({ before, after, limit }) {
      const end = before === undefined ? messages.length : messages.indexOf(findMessage(before));
      const start = after === undefined ? Math.max(0, end - limit) : messages.indexOf(findMessage(after)) + 1;
      const items = messages.slice(start, Math.min(end, start + limit));
      const more = after === undefined ? start > 0 : start + limit < end;
      return { items, next: more ? ((after === undefined ? items[0] : items.at(-1))?.id ?? null) : null };
    },
    message: findMessage,
    conversations: () =>
      spaces.flatMap((space) => space.channels.map((channel) => conversation(space, channel.id))),
    async markRead(channel, message) {
      failOnce();
      marks.set(channel, findMessage(message).id);
      return conversation(spaceOf(channel), channel);
    },
    async saveDraft(channel, { text, replyTo, clientId }) {
      failOnce();
      spaceOf(channel);
      const isOver = text === "" && replyTo === undefined;
      const draft: DraftInfo | null = isOver
        ? null
        : {
            text,
            replyTo: (replyTo as EventId | undefined) ?? null,
            clientId: clientId ?? null,
            atMs: 1_777_800_000_000,
          };
      if (draft === null) drafts.delete(channel);
      else drafts.set(channel, draft);
      return draft;
    },
    async savePlace(channel, { message, offset }) {
      failOnce();
      spaceOf(channel);
      const place = { message: findMessage(message).id, offset };
      places.set(channel, place);
      return place;
    },
    ...talk.service,
    settings: () => settings,
    async changeSettings(change) {
      failOnce();
      settings = { ...settings, ...change };
      return settings;
    },
    async verify() {
      return { ok: true, events: messages.length, messages: messages.length, problems: [], roots: [] };
    },
    doctor: async () => [{ name: "disk", status: "ok", detail: "plenty of room", next: null }],
    cursor: () => cursorAt(first + entries.length),
    log(after, limit) {
      const position = /^c(\d+)$/.exec(after);
      const at = position === null ? -1 : Number(position[1]) - first;
      if (at < 0 || at > entries.length) {
        throw new ServiceError(
          "CURSOR_UNKNOWN",
          "the log no longer reaches back to that cursor",
          "read the messages again, then follow from now on",
        );
      }
      return entries.slice(at, at + limit);
    },
    onLog(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const nobodyThere = () => new ServiceError("UNKNOWN_PERSON", "nobody of that name", "list them");
