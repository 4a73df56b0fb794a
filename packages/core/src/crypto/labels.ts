/**
 * Every domain-separation label of the protocol, in one table, so that no two uses of a key, a hash or
 * a signature can ever be taken for one another. spec/crypto CR1.
 */
import { coreError } from "./errors.ts";

export const labels = {
  // identity
  deviceCertificate: "kith/v1/identity/device-certificate",
  deviceLink: "kith/v1/identity/device-link",
  deviceRemoval: "kith/v1/identity/device-removal",
  safetyNumber: "kith/v1/identity/safety-number",
  safetyWords: "kith/v1/identity/safety-words",
  prekey: "kith/v1/identity/prekey",
  prekeyId: "kith/v1/identity/prekey-id",
  // event: one signature label for each kind, one for the numbers that are still reserved
  eventSpaceCreate: "kith/v1/event/space.create",
  eventChannelCreate: "kith/v1/event/channel.create",
  eventInviteCreate: "kith/v1/event/invite.create",
  eventInviteRevoke: "kith/v1/event/invite.revoke",
  eventMemberAdmit: "kith/v1/event/member.admit",
  eventProfileSet: "kith/v1/event/profile.set",
  eventMemberRemove: "kith/v1/event/member.remove",
  eventMemberRole: "kith/v1/event/member.role",
  eventSpaceUpdate: "kith/v1/event/space.update",
  eventMemberConfirm: "kith/v1/event/member.confirm",
  eventDeviceLink: "kith/v1/event/device.link",
  eventDeviceRemove: "kith/v1/event/device.remove",
  eventEpochHeaders: "kith/v1/event/epoch.headers",
  eventEpochLink: "kith/v1/event/epoch.link",
  eventDeviceName: "kith/v1/event/device.name",
  epochJoinOnlyId: "kith/v1/epoch/join-only/id",
  epochCommitment: "kith/v1/epoch/join-only/commitment",
  epochReaderName: "kith/v1/epoch/join-only/box-name",
  epochStateKey: "kith/v1/epoch/join-only/state-key",
  epochSealedId: "kith/v1/epoch/sealed/id",
  epochReaderKey: "kith/v1/epoch/sealed/reader-key",
  ratchetStart: "kith/v1/epoch/sealed/chain",
  ratchetNext: "kith/v1/epoch/sealed/next",
  ratchetKey: "kith/v1/epoch/sealed/key",
  eventDevicePrekey: "kith/v1/event/device.prekey",
  eventDeviceSuspend: "kith/v1/event/device.suspend",
  eventEpochCreate: "kith/v1/event/epoch.create",
  eventEpochRebox: "kith/v1/event/epoch.rebox",
  eventChannelFound: "kith/v1/event/channel.found",
  eventChannelAdd: "kith/v1/event/channel.add",
  eventChannelRemove: "kith/v1/event/channel.remove",
  eventChannelFence: "kith/v1/event/channel.fence",
  eventChannelExpiry: "kith/v1/event/channel.expiry",
  eventMessagePost: "kith/v1/event/message.post",
  eventReactionSet: "kith/v1/event/reaction.set",
  eventMessageEdit: "kith/v1/event/message.edit",
  eventMessageDelete: "kith/v1/event/message.delete",
  eventMessageExpire: "kith/v1/event/message.expire",
  eventMessagePin: "kith/v1/event/message.pin",
  eventMessageReport: "kith/v1/event/message.report",
  eventMerge: "kith/v1/event/merge",
  eventReserved: "kith/v1/event/reserved",
  eventId: "kith/v1/event/id",
  eventBodyHash: "kith/v1/event/body-hash",
  eventBody: "kith/v1/event/body",
  // spaces and scopes
  spaceId: "kith/v1/space/id",
  scopeControl: "kith/v1/scope/control",
  scopePublic: "kith/v1/scope/public",
  scopePrivate: "kith/v1/scope/private",
  // epochs
  epochId: "kith/v1/epoch/id",
  epochHeaderKey: "kith/v1/epoch/header-key",
  epochContentKey: "kith/v1/epoch/content-key",
  epochTagKey: "kith/v1/epoch/tag-key",
  epochNonceKey: "kith/v1/epoch/nonce-key",
  epochDiscoveryKey: "kith/v1/epoch/discovery-key",
  epochTopicKey: "kith/v1/epoch/topic-key",
  epochBox: "kith/v1/epoch/box",
  boxName: "kith/v1/epoch/box-name",
  // reports
  reportBox: "kith/v1/report/box",
  reportBody: "kith/v1/report/body",
  reportCommitment: "kith/v1/report/commitment",
  // invites and joining
  inviteId: "kith/v1/invite/id",
  inviteKey: "kith/v1/invite/key",
  inviteDiscoveryKey: "kith/v1/invite/discovery-key",
  joinRequestInvite: "kith/v1/join-request/invite",
  joinRequestDevice: "kith/v1/join-request/device",
  // linking a device of one's own
  linkingKey: "kith/v1/linking/key",
  linkingCommitment: "kith/v1/linking/commitment",
  linkingCode: "kith/v1/linking/code",
  // backups
  backupWords: "kith/v1/backup/words",
  backupSlot: "kith/v1/backup/slot",
  backupCommitment: "kith/v1/backup/commitment",
  // links
  linkExporter: "kith/v1/link/exporter",
  handshakeProof: "kith/v1/handshake/proof",
  handshakeSignature: "kith/v1/handshake/signature",
  // discovery
  beaconTag: "kith/v1/discovery/beacon-tag",
  beaconKey: "kith/v1/discovery/beacon-key",
  nearbyKey: "kith/v1/discovery/nearby-key",
  // sync
  syncLeaf: "kith/v1/sync/leaf",
  syncBucket: "kith/v1/sync/bucket",
  syncScope: "kith/v1/sync/scope",
  syncCellsDay: "kith/v1/sync/cells-day",
  syncCellsSession: "kith/v1/sync/cells-session",
  syncBloom: "kith/v1/sync/bloom",
} as const;

export type Label = (typeof labels)[keyof typeof labels];

/** Its length stands in one byte before it. */
const LABEL_BYTES_MAX = 255;
const encoded = new Map<string, Uint8Array>();

/** u8 length of the label | label | parts. Throws LABEL_LENGTH. */
export function labelled(label: Label, ...parts: readonly Uint8Array[]): Uint8Array {
  const prefix = labelPrefix(label);
  let length = prefix.length;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  joined.set(prefix);
  let at = prefix.length;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** What `labelled` puts first. Kept: labels are few and constant, and one is joined for every hash and signature. Do not change it. */
export function labelPrefix(label: Label): Uint8Array {
  const known = encoded.get(label);
  if (known !== undefined) return known;
  const text = new TextEncoder().encode(label);
  if (text.length === 0 || text.length > LABEL_BYTES_MAX) {
    throw coreError(
      "LABEL_LENGTH",
      `a label has 1 to ${LABEL_BYTES_MAX} bytes, "${label}" has ${text.length}`,
    );
  }
  const prefix = new Uint8Array(1 + text.length);
  prefix[0] = text.length;
  prefix.set(text, 1);
  encoded.set(label, prefix);
  return prefix;
}
