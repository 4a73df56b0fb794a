/**
 * The surface that outside programs rely on, as zod schemas and the types inferred from them: requests,
 * answers, errors, log entries, WebSocket frames, bounds. Knows nothing of nodes and imports nothing of
 * ours; unknown keys of a request are ignored, so that a newer client may talk to an older node.
 */
export {
  ADDRESS_CHARS_MAX, BATCH_BODY_BYTES_MAX, BATCH_MESSAGES_MAX, BODY_BYTES_MAX, CLIENT_ID_CHARS_MAX, CURSOR_CHARS_MAX,
  EMOJI_BYTES_MAX, INVITE_EXPIRES_DEFAULT, INVITE_EXPIRES_MS_MAX, INVITE_EXPIRES_MS_MIN, INVITE_USES_MAX,
  JOIN_WAIT_MS_DEFAULT, JOIN_WAIT_MS_MAX, LINK_CHARS_MAX, NAME_CHARS_MAX, NAME_UNITS_MAX, PAGE_ITEMS_DEFAULT,
  PAGE_ITEMS_MAX, REFERENCE_CHARS_MAX, SOCKET_FRAME_BYTES_MAX, TEXT_BYTES_MAX,
} from "./limits.ts";
export { ERROR_STATUS, errorBody } from "./errors.ts";
export type { ErrorBody, ErrorCode } from "./errors.ts";
export {
  emoji, link, listOf, messageText, personName, placeName, reference, TEXT_TOO_LONG_ISSUE, time, utf8Bytes,
} from "./text.ts";
export {
  changeMe, connectPeer, deviceStatus, doctorCheck, doctorReport, health, me, parseAddress, peer, peerConnected,
  peerDisconnected, peerList, peerParams, resetAnswer, signInLink, status, verifyReport, visibility,
} from "./device.ts";
export type {
  ChangeMe, DeviceStatus, DoctorReport, Health, Me, Peer, SignInLink, Status, VerifyReport, Visibility,
} from "./device.ts";
export {
  channel, channelList, createChannel, createInvite, createSpace, invite, inviteCreated, inviteList, inviteParams,
  join, joinList, joinProgress, member, memberList, parseDuration, role, space, spaceKind, spaceList, spaceParams,
} from "./spaces.ts";
export type {
  Channel, CreateChannel, CreateInvite, CreateSpace, Invite, InviteCreated, Join, JoinProgress, Member, Role,
  Space, SpaceKind,
} from "./spaces.ts";
export {
  addReaction, batchAnswer, delivery, message, messageList, messageParams, messageQuery, postBatch, postMessage,
  reaction, reactionAdded, reactionParams,
} from "./messages.ts";
export type { BatchItem, Delivery, Message, MessageQuery, PostMessage, Reaction } from "./messages.ts";
export {
  logEntry, logType, SOCKET_BEARER_PREFIX, SOCKET_CLOSE, SOCKET_PROTOCOL, socketFrame, socketHello,
  socketOperation, socketPong, socketQuery,
} from "./log.ts";
export type { LogEntry, LogType, SocketFrame, SocketHello } from "./log.ts";
