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
