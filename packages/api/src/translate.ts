/** The node's plain values as the surface shows them: times in ISO 8601, absent instead of null where optional. */
import type * as contract from "@kith/contract";
import type {
  ConversationInfo,
  DraftInfo,
  InviteInfo,
  JoinProgress,
  LogEntry,
  MemberInfo,
  Message,
  NodeStatus,
  PeerInfo,
  SpaceInfo,
} from "@kith/node";

/** What is kept of the last time told: its text up to the minute. */
const MINUTE_MS = 60_000;
let minute = { at: Number.NaN, text: "" };

/** As Date's, in a third of its time: a log of many messages of one minute is told at once. */
export function isoTime(ms: number): string {
  const at = Math.floor(ms / MINUTE_MS);
  if (at !== minute.at) minute = { at, text: new Date(at * MINUTE_MS).toISOString().slice(0, -7) };
  const rest = Math.floor(ms) - at * MINUTE_MS;
  return `${minute.text}${String(Math.floor(rest / 1_000)).padStart(2, "0")}.${String(rest % 1_000).padStart(3, "0")}Z`;
}

export function toMessage(message: Message): contract.Message {
  const { replyTo, clientId } = message;
  return {
    id: message.id,
    space: message.space,
    channel: message.channel,
    author: message.author,
    authorName: message.authorName,
    device: message.device,
    text: message.text,
    at: isoTime(message.atMs),
    ...(replyTo === null ? null : { replyTo }),
    ...(clientId === null ? null : { clientId }),
    reactions: message.reactions.map(({ emoji, people }) => ({ emoji, people: [...people] })),
    files: [],
    delivery: { devices: message.delivery.devices, of: message.delivery.of, readBy: message.delivery.readBy },
  };
}

export function toDraft({ text, replyTo, clientId, atMs }: DraftInfo): contract.Draft {
  return { text, replyTo, clientId, at: isoTime(atMs) };
}

export function toConversation(conversation: ConversationInfo): contract.Conversation {
  const { last, draft, place } = conversation;
  return {
    ...conversation,
    last: last && toMessage(last),
    draft: draft && toDraft(draft),
    place: place && { ...place },
  };
}

export function toLogEntry(entry: LogEntry): contract.LogEntry {
  return {
    cursor: entry.cursor,
    type: entry.type,
    at: isoTime(entry.atMs),
    data: entry.message === null ? entry.data : toMessage(entry.message),
  };
}

export function toStatus(status: NodeStatus): contract.Status {
  return {
    ...status,
    receiving: status.receiving && { ...status.receiving },
    transports: status.transports.map((transport) => ({ ...transport })),
  };
}

export function toMe(status: NodeStatus): contract.Me {
  return { nodeId: status.nodeId, person: status.person, name: status.name, visibility: status.visibility };
}

export function toPeer({ lastSeenMs, ...peer }: PeerInfo): contract.Peer {
  return { ...peer, lastSeen: isoTime(lastSeenMs) };
}

export function toSpace(space: SpaceInfo): contract.Space {
  return {
    id: space.id,
    name: space.name,
    kind: space.kind,
    role: space.role,
    members: space.members,
    state: space.state,
    historySince: space.historySinceMs === null ? null : new Date(space.historySinceMs).toISOString(),
    channels: space.channels.map(({ id, name }) => ({ id, name })),
  };
}

export function toMember({ joinedMs, devices, ...member }: MemberInfo): contract.Member {
  return { ...member, devices: [...devices], joined: isoTime(joinedMs) };
}

export function toInvite({ expiresMs, ...invite }: InviteInfo): contract.Invite {
  return { ...invite, expires: expiresMs === null ? null : isoTime(expiresMs) };
}

export function toJoinProgress({ space, invite, step, detail }: JoinProgress): contract.JoinProgress {
  return { space, invite, step, detail };
}
