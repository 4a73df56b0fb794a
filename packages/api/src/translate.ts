/** The node's plain values as the surface shows them: times in ISO 8601, absent instead of null where optional. */
import type * as contract from "@kith/contract";
import type {
  BackupReport,
  ChannelInfo,
  ConversationInfo,
  DeviceDelivery,
  DeviceInfo,
  DeviceOfferInfo,
  DraftInfo,
  InviteInfo,
  JoinProgress,
  LogEntry,
  MemberInfo,
  OverturnedInfo,
  Message,
  MessageVersion,
  NodeStats,
  PinInfo,
  ReportInfo,
  SearchGap,
  NodeStatus,
  OwnProfile,
  PeerInfo,
  PersonInfo,
  RecoveryInfo,
  SpaceInfo,
  TalkRequestInfo,
  VerificationInfo,
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
  const { replyTo, clientId, editedMs, deleted, pinned } = message;
  return {
    id: message.id,
    space: message.space,
    channel: message.channel,
    author: message.author,
    authorName: message.authorName,
    device: message.device,
    text: message.text,
    at: isoTime(message.atMs),
    ...(editedMs === null ? null : { editedAt: isoTime(editedMs) }),
    ...(deleted ? { deleted } : null),
    ...(pinned ? { pinned } : null),
    expires: message.expiresMs === null ? null : isoTime(message.expiresMs),
    ...(replyTo === null ? null : { replyTo }),
    ...(message.replyToExpired ? { replyToExpired: true as const } : null),
    ...(clientId === null ? null : { clientId }),
    reactions: message.reactions.map(({ emoji, people }) => ({ emoji, people: [...people] })),
    files: [],
    delivery: { devices: message.delivery.devices, of: message.delivery.of, readBy: message.delivery.readBy },
    ...(message.early === true ? { early: true } : null),
    ...(message.blocked ? { blocked: true as const } : null),
  };
}

export function toVersion({ text, atMs }: MessageVersion): contract.MessageVersion {
  return { text, at: isoTime(atMs) };
}

export function toDeviceDelivery({ lastSeenMs, ...device }: DeviceDelivery): contract.DeviceDelivery {
  return { ...device, lastSeen: lastSeenMs === null ? null : isoTime(lastSeenMs) };
}

export function toPin({ message, by, byName, atMs }: PinInfo): contract.Pin {
  return { message: toMessage(message), by, byName, at: isoTime(atMs) };
}

export function toReport({ atMs, message, ...report }: ReportInfo): contract.Report {
  return { ...report, message: message && toMessage(message), at: isoTime(atMs) };
}

export function toDraft({ text, replyTo, clientId, atMs }: DraftInfo): contract.Draft {
  return { text, replyTo, clientId, at: isoTime(atMs) };
}

export function toConversation(conversation: ConversationInfo): contract.Conversation {
  const { last, draft, place, direct } = conversation;
  return {
    ...conversation,
    last: last && toMessage(last),
    draft: draft && toDraft(draft),
    place: place && { ...place },
    direct: direct && { ...direct },
  };
}

export function toSearchGap({ space, name, historySinceMs, receiving }: SearchGap): contract.SearchGap {
  return {
    space,
    name,
    historySince: historySinceMs === null ? null : isoTime(historySinceMs),
    receiving: receiving && { ...receiving },
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

export function toStats({ peers, ...stats }: NodeStats): contract.Stats {
  return { ...stats, peers: peers.map((peer) => ({ ...peer })) };
}

export function toMe({ nodeId, person, name, visibility }: NodeStatus, profile: OwnProfile): contract.Me {
  return { nodeId, person, name, ...profile, visibility };
}

export function toPeer({ lastSeenMs, ...peer }: PeerInfo): contract.Peer {
  return { ...peer, lastSeen: isoTime(lastSeenMs) };
}

export function toChannel(channel: ChannelInfo): contract.Channel {
  const { id, name, private: isPrivate, history, expiryS } = channel;
  return { id, name, private: isPrivate, history, expiry: expiryS };
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
    closed: space.closed,
    history: space.history,
    channels: space.channels.map(toChannel),
    direct: space.direct && { ...space.direct },
    asked: space.asked.map(({ person, name }) => ({ person, name })),
    waiting: space.waiting.map(({ sinceMs, ...one }) => ({ ...one, since: isoTime(sinceMs) })),
    muted: space.muted,
  };
}

/**
 * A post as it is answered. Its clientId may be one under which another text was sent before: that is answered, but not
 * read out to who may only send. Spec: http, HT12.
 */
export function toPosted(
  message: Message,
  sent: { readonly text: string },
  mayRead: boolean,
): contract.Message {
  const answer = toMessage(message);
  return mayRead ? answer : { ...answer, text: sent.text };
}

export function toMember({
  joinedMs,
  devices,
  may,
  overturned,
  suspended,
  ...member
}: MemberInfo): contract.Member {
  return {
    ...member,
    overturned: overturned && toOverturned(overturned),
    devices: [...devices],
    joined: isoTime(joinedMs),
    may: { remove: may.remove, roles: [...may.roles] },
    suspended: suspended.map(({ device, name, atMs }) => ({ device, name, at: isoTime(atMs) })),
  };
}

function toOverturned({ atMs, ...overturned }: OverturnedInfo): contract.Member["overturned"] {
  return { ...overturned, at: isoTime(atMs) };
}

export function toInvite({ expiresMs, ...invite }: InviteInfo): contract.Invite {
  return { ...invite, expires: expiresMs === null ? null : isoTime(expiresMs) };
}

export function toJoinProgress({ space, invite, step, detail }: JoinProgress): contract.JoinProgress {
  return { space, invite, step, detail };
}

export function toDevice({ linkedMs, lastSeenMs, ...device }: DeviceInfo): contract.Device {
  return {
    ...device,
    linked: isoTime(linkedMs),
    lastSeen: lastSeenMs === null ? null : isoTime(lastSeenMs),
  };
}

export function toDeviceOffer({ expiresMs, ...offer }: DeviceOfferInfo): contract.DeviceOffer {
  return { ...offer, expires: isoTime(expiresMs) };
}

export function toVerification({ verifiedMs, doubts, words, ...number }: VerificationInfo) {
  return {
    ...number,
    words: [...words],
    verified: verifiedMs === null ? null : isoTime(verifiedMs),
    doubts: doubts.map(({ atMs, ...doubt }) => ({ ...doubt, at: isoTime(atMs) })),
  };
}

export function toRecovery({ checkedMs, backupMs, restoredMs, ...info }: RecoveryInfo): contract.Recovery {
  const timeOf = (ms: number | null) => (ms === null ? null : isoTime(ms));
  return { ...info, checked: timeOf(checkedMs), backup: timeOf(backupMs), restored: timeOf(restoredMs) };
}

export function toBackupReport({ madeMs, ...report }: BackupReport): contract.BackupReport {
  return { ...report, made: isoTime(madeMs) };
}

export function toPerson({ common, ...person }: PersonInfo): contract.Person {
  return { ...person, common: [...common] };
}

export function toTalkRequest({ atMs, common, ...request }: TalkRequestInfo): contract.TalkRequest {
  return { ...request, at: isoTime(atMs), common: [...common] };
}
