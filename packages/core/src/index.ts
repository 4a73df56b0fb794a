/**
 * The pure heart of Kith: values in, values out, no clock, network, disk or randomness of its own.
 * One section a room, in the order in which they may know each other.
 */

// ids and ports
export { idBytes, isId16, isId32, toId } from "./ids.ts";
export type {
  AnyId, BoxName, ChannelId, DeviceId, EpochId, EventId, InviteId, PersonId, PrekeyId, ScopeId, SpaceId,
} from "./ids.ts";
export { FRAME_BYTES_MAX, LOG_ROWS_MAX, StoreError } from "./ports/index.ts";
export type {
  BoxRow, BucketCount, ChainTip, ChannelRow, Clock, CommitResult, Discovery, EventRecord, EventStore, HeightRow, Link,
  LinkHandlers, LinkRole, Log, LogDraft, LogFacts, LogRow, LogType, MessagePage, MessageRow, PeerAddress, PersonRow,
  Priority, Random, ReactionRow, ScanRow, SignatureCheck, SignatureVerifier, SpaceRow, StoredEvent, StoreStats,
  Transport, ViewChange, WriteBatch,
} from "./ports/index.ts";

// crypto
export {
  AEAD_KEY_BYTES, AEAD_NONCE_BYTES, AEAD_TAG_BYTES, aeadOpen, aeadSeal, BOX_ENC_BYTES, BOX_PUBLIC_KEY_BYTES,
  BOX_SEED_BYTES, BOX_SUITE, BOX_TAG_BYTES, CBOR_DEPTH_MAX, compareBytes, concatBytes, coreError, CoreError,
  createInlineVerifier, createNodeBox, decodeCbor, encodeCbor, equalBytes, hkdfSha256, hkdfSha3, hmacSha256, labelled,
  labels, PUBLIC_KEY_BYTES, readArray, readBool, readBytes, readId, readNullable, readText, readUint, readUtf8,
  SECRET_KEY_BYTES, sha256, SHA256_BYTES, sign, SIGNATURE_BYTES, signatureMessage, SIGNING_SEED_BYTES,
  signingKeyFromSeed, utf8, verify, verifyMessage,
} from "./crypto/index.ts";
export type {
  Box, BoxKeyPair, CborValue, DecodeCborOptions, HkdfOptions, Label, LengthBounds, SigningKey,
} from "./crypto/index.ts";

// identity
export {
  CERTIFICATE_BYTES_MAX, certificateValue, certifyDevice, createDeviceKeys, createPersonRoot, createPrekey,
  decodeCertificate, decodePrekey, deviceKeysFromSeed, encodeCertificate, encodePrekey, personRootFromSeed,
  PREKEY_BYTES_MAX, prekeyValue, verifyCertificate, verifyIdentity, verifyPrekey,
} from "./identity/index.ts";
export type {
  CreatePrekeyOptions, DeviceCertificate, DeviceKeys, PersonRoot, PresentedIdentity, Prekey, PrekeyBundle,
} from "./identity/index.ts";

// event
export {
  AUTH_MAX, BUCKET_MAX, bucketOf, checkEmoji, checkName, checkText, compareTimes, controlScope, createHybridClock,
  createKeyTable, decodeBody, decodeEquivocation, decodeHeader, decodeOuter, deriveEpochKeys, EMOJI_BYTES_MAX,
  encodeBody, encodeEquivocation, encodeHeader, EVENT_BYTES_MAX, followsInTime, INVITE_USES_MAX,
  JOIN_REQUEST_BYTES_MAX, KIND_MAX, kindName, kinds, NAME_CHARS_MAX, openEvent, PARENTS_MAX, placeInChain,
  proveEquivocation, publicScope, RECIPIENTS_MAX, REMOTE_AHEAD_MS, sealEvent, SEQ_MAX, shedBody, SHEDDABLE_KIND_MIN,
  TEXT_BYTES_MAX, TIME_COUNT_MAX, TIME_MS_MAX, toRecord, verifyEquivocation, verifyOpened,
} from "./event/index.ts";
export type {
  Body, BoxRecipient, ChainPlace, ChainView, ChannelCreateBody, EpochCreateBody, EpochKeys, EpochReboxBody,
  EpochSecrets, Equivocation, EquivocationProof, EventDraft, Header, HybridClock, HybridTime, InviteCreateBody,
  InviteRevokeBody, KeyTable, KindName, MemberAdmitBody, MergeBody, MessagePostBody, OpenedEvent, OuterEvent,
  ProfileSetBody, ReactionSetBody, SealedEvent, SealOptions, SignedHeader, SpaceCreateBody,
} from "./event/index.ts";

// membership
export {
  CONTROL_EVENTS_MAX, createMembership, decodeJoinRequest, encodeJoinRequest, EVALUATIONS_MAX, inviteIdOf,
  readJoinRequest, ROLES, signJoinRequest, spaceIdOf, verifyJoinRequest,
} from "./membership/index.ts";
export type {
  ChannelFacts, ControlEvent, DeviceFacts, Founding, InviteFacts, JoinRequest, JoinStatement, MemberAction,
  MemberFacts, Membership, MembershipState, PendingAdmission, Right, Role, SpaceFacts, Verdict, VoidCode,
} from "./membership/index.ts";

// encryption
export {
  BOX_BYTES, boxInfo, boxName, chooseEpoch, createEpochBook, createEpochSecrets, openBox, sealBoxes,
} from "./encryption/index.ts";
export type {
  BoxBinding, EpochAnnouncement, EpochBook, EpochChoice, EpochFacts, EpochInfo, SealedBox,
} from "./encryption/index.ts";

// group
export {
  checkJoinRequest, chooseSendEpoch, createJoinRequest, decodeInviteLink, encodeInviteLink, FIRST_CHANNEL_NAME,
  foundSpace, HINT_HOST_BYTES_MAX, INVITE_HINTS_MAX, INVITE_LINK_BYTES_MAX, INVITE_LINK_PREFIX, INVITE_SEED_BYTES,
  INVITE_TEXT_CHARS_MAX, inviteKeys, normalizeName, planAdmission, planChannel, planEpoch, planInvite, planProfile,
  planRebox, planRevocation, projectEvent,
} from "./group/index.ts";
export type {
  FoundedSpace, Identity, InviteKeys, InviteLink, InviteLinkParts, JoinCheck, JoinRefusal, PlannedEpoch,
  PlannedInvite, PlannedShare, PlannedWrite, ProjectedEvent,
} from "./group/index.ts";

// sync
export {
  BOX_BYTES_MAX, BOX_WANTS_MAX, bucketRoot, CODE_BYTES_MAX, createRootIndex, createSyncSession, decodeEventsFrame,
  decodeFrame, DETAIL_BYTES_MAX, encodeEventsFrame, encodeFrame, EVENTS_PER_FRAME_MAX, eventsFrameBytes, frameName,
  frameTypes, HEIGHTS_MAX, HELLO_HEADS_MAX, HELLO_SPACES_MAX, isSyncFrame, leafHash, PEER_NAME_BYTES_MAX, scopeRoot,
  SYNC_BUCKETS_MAX, SYNC_IDS_MAX, SYNC_METADATA_BYTES_MAX, SYNC_ROUNDS_MAX, SYNC_SESSION_MAX, SYNC_SESSIONS_MAX,
  WANT_IDS_MAX,
} from "./sync/index.ts";
export type {
  BucketRoot, FieldFrame, Frame, FrameName, RootIndex, RootReader, SyncAction, SyncDoneState, SyncFailure, SyncFrame,
  SyncSession, SyncSessionOptions, SyncSource,
} from "./sync/index.ts";

// discovery
export {
  BEACON_BOOT_BYTES, BEACON_BYTES, BEACON_KEYS_MAX, BEACON_NAME_BYTES_MAX, BEACON_ROOT_BYTES, coverBeacon,
  createBeaconTable, createFreshness, FRESH_SENDERS_MAX, NEARBY_KEY_BYTES, nearbyBeaconKey, sealBeacon,
} from "./discovery/index.ts";
export type { BeaconPayload, BeaconTable, Freshness, MemberBeacon, NearbyBeacon } from "./discovery/index.ts";

// handshake
export {
  createHandshake, EXPORTER_BYTES, HANDSHAKE_VERSION, handshakeFrames, PROOF_BYTES, PROOF_FRAME_BYTES, PROOFS_MAX,
  SIGN_FRAME_BYTES_MAX,
} from "./handshake/index.ts";
export type {
  Handshake, HandshakeIdentity, HandshakeOptions, HandshakeOut, HandshakeResult, ProofKey,
} from "./handshake/index.ts";
