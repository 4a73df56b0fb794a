/** The part of a node's service about finding, typing and figures, answered from memory. */
import { ServiceError } from "@kith/node";
import type {
  ChannelInfo,
  ExpiryService,
  FigureService,
  LogEntry,
  Message,
  PostMessage,
  SpaceInfo,
} from "@kith/node";

const none = { frames: 0, bytes: 0, events: 0 };
const times = { count: 0, medianMs: null, p99Ms: null, maxMs: null };

/** Of a space in which nobody is asked in and nothing is waited for. */
export const NOTHING_OPEN = { asked: [], waiting: [], history: "all", muted: false } as const;

/** Of a direct conversation whose other person has not answered. */
export const JUST_ASKED = { avatar: null, asked: true, accepted: false, blocked: false } as const;

/** Of who shows a name alone. */
export const noProfile = { profile: () => ({ status: null, avatar: null }), avatar: () => null };

export function openChannel(id: ChannelInfo["id"], name: string): ChannelInfo {
  return { id, name, private: false, history: "all", expiryS: null };
}

export function createFigureDouble(double: {
  readonly messages: readonly Message[];
  readonly person: string;
  findSpace(idOrName: string): SpaceInfo;
  spaces(): readonly SpaceInfo[];
  store(message: PostMessage): Message;
  /** To whoever listens now, at the cursor where the log stands. */
  tell(entry: Omit<LogEntry, "cursor">): void;
}): FigureService & ExpiryService {
  return {
    async setExpiry(space, name, expiryS) {
      const channel = double
        .findSpace(space)
        .channels.find(({ id, name: title }) => id === name || title === name);
      if (channel === undefined)
        throw new ServiceError("UNKNOWN_CHANNEL", "there is no such channel", "see the space's channels");
      return Object.assign(channel, { expiryS });
    },
    search({ q, space, before, limit }) {
      const end = before === undefined ? Infinity : double.messages.findIndex(({ id }) => id === before);
      if (end < 0) throw new ServiceError("UNKNOWN_MESSAGE", "there is no such message", "look at the list");
      const found = double.messages
        .filter(
          ({ text, space: of }, at) =>
            at < end && text.includes(q) && (space === undefined || of === double.findSpace(space).id),
        )
        .toReversed();
      const items = found.slice(0, limit);
      return { missing: [], items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
    async broadcast({ board, content, userId, clientId }) {
      const [space] = double.spaces();
      if (userId !== undefined && userId !== double.person)
        throw new ServiceError("NOT_ALLOWED", "that is somebody else", "leave it out");
      if (space === undefined) throw new ServiceError("UNKNOWN_SPACE", "there is no space", "create one");
      const post = { space: space.id, channel: board, text: content };
      return {
        id: double.store({ ...post, ...(clientId === undefined ? null : { clientId }) }).id,
        broadcastTo: 1,
      };
    },
    sendTyping(space, channel) {
      const data = { space: double.findSpace(space).id, channel };
      double.tell({ type: "typing", atMs: 1_777_800_000_000, data, message: null });
    },
    stats: () => ({
      events: double.messages.length,
      messages: double.messages.length,
      storageUsed: 0,
      sent: none,
      received: none,
      duplicates: 0,
      refused: 0,
      rounds: 0,
      queues: { ingest: 0, waitingForCauses: 0, waitingForKeys: 0, outgoingBytes: 0 },
      latencies: { commit: times, roundTrip: times },
      peers: [],
    }),
  };
}
