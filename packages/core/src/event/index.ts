/** Events: the one thing that spaces are made of. Knows form, keys and chains; not who may do what. spec/event. */
export { isMessageKind, kindName, kinds, mayComeBare, SHEDDABLE_KIND_MIN } from "./kinds.ts";
export type { KindName } from "./kinds.ts";
export {
  AUTH_MAX,
  CHANNEL_PEOPLE_MAX,
  EMOJI_BYTES_MAX,
  EVENT_BYTES_MAX,
  INVITE_USES_MAX,
  JOIN_REQUEST_BYTES_MAX,
  LIFETIME_S_MAX,
  LIFETIME_S_MIN,
  KIND_MAX,
  AVATAR_BYTES_MAX,
  NAME_CHARS_MAX,
  STATUS_CHARS_MAX,
  PARENTS_MAX,
  RATCHET_MAX,
  FENCES_MAX,
  LINKS_MAX,
  REASON_CHARS_MAX,
  RECIPIENTS_MAX,
  REPORT_BOXES_MAX,
  SEQ_MAX,
  TEXT_BYTES_MAX,
  TIME_COUNT_MAX,
  TIME_MS_MAX,
} from "./limits.ts";
export {
  commitToContent,
  epochKeysOf,
  epochParts,
  sealedSecrets,
  withoutContent,
  withSealedSource,
} from "./epoch-keys.ts";
export { advanceChain, bodyKeyAt, startOfChain } from "./ratchet.ts";
export type { RatchetPlace, SealedSource } from "./ratchet.ts";
export { profileNumber, readProfile } from "./profile.ts";
export type { Profile } from "./profile.ts";
export { channelOfScope, controlScope, privateScope, publicScope } from "./scopes.ts";
export {
  bucketOf,
  BUCKET_MAX,
  compareTimes,
  createHybridClock,
  followsInTime,
  REMOTE_AHEAD_MS,
} from "./time.ts";
export type { HybridClock, HybridTime } from "./time.ts";
export { checkEmoji, checkName, checkReason, checkStatus, checkText } from "./text.ts";
export { decodeBody, encodeBody } from "./bodies.ts";
export type {
  Body,
  ChannelAddBody,
  ChannelCreateBody,
  ChannelExpiryBody,
  ChannelFenceBody,
  ChannelFoundBody,
  ChannelRemoveBody,
  DeviceLinkBody,
  DeviceNameBody,
  DeviceRemoveBody,
  DeviceSuspendBody,
  EpochCreateBody,
  EpochReboxBody,
  InviteCreateBody,
  InviteMode,
  InviteRevokeBody,
  MemberAdmitBody,
  MemberConfirmBody,
  MemberRemoveBody,
  MemberRoleBody,
  MergeBody,
  MessageExpireBody,
  MessagePostBody,
  MessageReportBody,
  ProfileSetBody,
  ReactionSetBody,
  SpaceCreateBody,
  SpaceKind,
  SpaceUpdateBody,
} from "./body-types.ts";
export type { Fence } from "./fences.ts";
export { REPORT_BOX_BYTES, REPORT_PADDED_BYTES } from "./report-boxes.ts";
export type { BoxRecipient } from "./recipients.ts";
export { isOfEpoch, linkedKeys, linkOf } from "./links.ts";
export type { EpochLink } from "./links.ts";
export { deriveEpochKeys } from "./epoch-keys.ts";
export type { EpochKeys, EpochParts, EpochSecrets } from "./epoch-keys.ts";
export { createKeyTable } from "./key-table.ts";
export type { KeyTable } from "./key-table.ts";
export { decodeHeader, encodeHeader, expiryMs } from "./header.ts";
export type { Header, SignedHeader } from "./header.ts";
export { decodeOuter, shedBody } from "./outer.ts";
export type { OuterEvent } from "./outer.ts";
export { sealEvent } from "./seal.ts";
export type { EventDraft, SealedEvent, SealOptions } from "./seal.ts";
export { isBodyOf, openEvent, toRecord, verifyOpened } from "./open.ts";
export type { OpenedEvent } from "./open.ts";
export { placeInChain } from "./chain.ts";
export type { ChainPlace, ChainView } from "./chain.ts";
export {
  decodeEquivocation,
  encodeEquivocation,
  proveEquivocation,
  verifyEquivocation,
} from "./equivocation.ts";
export type { Equivocation, EquivocationProof } from "./equivocation.ts";
