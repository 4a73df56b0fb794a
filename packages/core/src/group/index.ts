/** A space's life as values: what to write, what to box, what to show. Joins membership and encryption. spec/space, spec/invite, spec/epoch. */
export { isReader, profileOf } from "./epochs.ts";
export { shareOf } from "./join.ts";
export { planLinks, withoutReached } from "./links.ts";
export { chooseSendEpoch, entitledDevices, planEpoch } from "./epochs.ts";
export type { PlannedEpoch } from "./epochs.ts";
export {
  cutFirstText,
  decodeConversationRequest,
  encodeConversationRequest,
  isRequestOf,
  linkOfRequest,
  readConversationRequest,
  REQUEST_BYTES_MAX,
  REQUEST_TEXT_CHARS_MAX,
} from "./conversation-request.ts";
export type { ConversationRequest } from "./conversation-request.ts";
export { FIRST_CHANNEL_NAME, FOUNDING_PROFILES, foundSpace } from "./found-space.ts";
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
export {
  commitToLinking,
  decodeLinkingLink,
  decodeLinkingStep,
  encodeLinkingLink,
  encodeLinkingStep,
  LINKING_LINK_BYTES_MAX,
  LINKING_NONCE_BYTES,
  LINKING_SEED_BYTES,
  LINKING_SPACES_MAX,
  LINKING_STEP_BYTES_MAX,
  linkingDigits,
  linkingKey,
} from "./linking.ts";
export type { LinkingLink, LinkingRefusal, LinkingStep } from "./linking.ts";
export { checkJoinRequest, createJoinRequest, planAdmission, planDeviceLink, planRebox } from "./join.ts";
export type { JoinCheck, JoinRefusal, PlannedShare } from "./join.ts";
export { normalizeName, normalizeStatus } from "./names.ts";
export {
  planChannel,
  planConfirmation,
  planDeviceName,
  planPrekey,
  planDeviceRemoval,
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
export { planSuspension, turnToSuspend } from "./suspension.ts";
export { projectEvent } from "./project.ts";
export type { ProjectedEvent } from "./project.ts";
