/** A space's life as values: what to write, what to box, what to show. Joins membership and encryption. spec/space, spec/invite, spec/epoch. */
export { chooseSendEpoch, entitledDevices, planEpoch } from "./epochs.ts";
export type { PlannedEpoch } from "./epochs.ts";
export { FIRST_CHANNEL_NAME, foundSpace } from "./found-space.ts";
export type { FoundedSpace } from "./found-space.ts";
export type { Identity, PlannedWrite } from "./identity.ts";
export { INVITE_SEED_BYTES, inviteKeys } from "./invite-keys.ts";
export type { InviteKeys } from "./invite-keys.ts";
export {
  decodeInviteLink,
  encodeInviteLink,
  HINT_HOST_BYTES_MAX,
  INVITE_HINTS_MAX,
  INVITE_LINK_BYTES_MAX,
  INVITE_LINK_PREFIX,
  INVITE_TEXT_CHARS_MAX,
} from "./invite-link.ts";
export type { InviteLink, InviteLinkParts } from "./invite-link.ts";
export { checkJoinRequest, createJoinRequest, planAdmission, planRebox } from "./join.ts";
export type { JoinCheck, JoinRefusal, PlannedShare } from "./join.ts";
export { normalizeName } from "./names.ts";
export {
  planChannel,
  planConfirmation,
  planInvite,
  planProfile,
  planRank,
  planRemoval,
  planRevocation,
  planSpaceName,
} from "./plan.ts";
export type { PlannedInvite } from "./plan.ts";
export {
  foundPrivateChannel,
  planChannelFence,
  planChannelPeople,
  planChannelRemoval,
} from "./private-channel.ts";
export type { PlannedPrivateChannel } from "./private-channel.ts";
export { projectEvent } from "./project.ts";
export type { ProjectedEvent } from "./project.ts";
