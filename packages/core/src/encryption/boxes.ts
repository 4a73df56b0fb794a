/**
 * Owns how an epoch's secrets reach one device: HPKE boxes of one length under names that only holders
 * of the epoch and of the prekey's id can compute. Refuses secrets that are not the epoch's. spec/epoch EP4-EP10.
 */
import { coreError, encodeCbor, concatBytes, hmacSha256, labelled, labels } from "../crypto/index.ts";
import type { Box } from "../crypto/index.ts";
import { deriveEpochKeys } from "../event/index.ts";
import type { BoxRecipient, EpochKeys, EpochSecrets } from "../event/index.ts";
import type { PrekeyBundle } from "../identity/index.ts";
import { idBytes, toId } from "../ids.ts";
import type { BoxName, DeviceId, EpochId, PrekeyId, ScopeId, SpaceId } from "../ids.ts";
import type { Random } from "../ports/index.ts";

/** Encapsulated key (X25519 32, ML-KEM-768 1,088), two secrets of 32, AES-GCM tag 16: the same for every box. */
export const BOX_BYTES = 1_200;

const SECRET_BYTES = 32;
const NAME_BYTES = 16;
const NO_AAD = new Uint8Array(0);

export interface SealedBox {
  readonly name: BoxName;
  readonly blob: Uint8Array;
}

/** What a box is bound to: any difference and it does not open. */
export interface BoxBinding {
  readonly space: SpaceId;
  readonly scope: ScopeId;
  readonly epoch: EpochId;
  readonly device: DeviceId;
  readonly prekey: PrekeyId;
}

/** Fresh secrets for a new epoch of a scope. */
export function createEpochSecrets({
  space,
  scope,
  random,
}: {
  readonly space: SpaceId;
  readonly scope: ScopeId;
  readonly random: Random;
}): EpochSecrets {
  return {
    space,
    scope,
    headerSecret: random.bytes(SECRET_BYTES),
    contentSecret: random.bytes(SECRET_BYTES),
  };
}

/** 16 bytes of HMAC(prekey id, epoch id): a device computes the names of its own boxes. */
export function boxName(prekey: PrekeyId, epoch: EpochId): BoxName {
  return toId<BoxName>(
    hmacSha256(idBytes(prekey), labelled(labels.boxName, idBytes(epoch))).subarray(0, NAME_BYTES),
  );
}

/** HPKE info of a box: labelled CBOR of space, scope, epoch, device and prekey id. */
export function boxInfo({ space, scope, epoch, device, prekey }: BoxBinding): Uint8Array {
  return labelled(labels.epochBox, encodeCbor([space, scope, epoch, device, prekey].map(idBytes)));
}

/** One box for each prekey, in order; a prekey named twice gets one. Prekeys must be verified. */
export function sealBoxes(
  keys: EpochKeys,
  prekeys: readonly PrekeyBundle[],
  box: Box,
): { readonly recipients: BoxRecipient[]; readonly boxes: SealedBox[] } {
  const { space, scope, epoch, secrets } = keys;
  const plaintext = concatBytes(secrets.headerSecret, secrets.contentSecret);
  const distinct = [...new Map(prekeys.map((prekey) => [prekey.id, prekey])).values()];
  const boxes = distinct.map(({ id, device, publicKey }) => ({
    name: boxName(id, epoch),
    blob: box.seal(publicKey, boxInfo({ space, scope, epoch, device, prekey: id }), NO_AAD, plaintext),
  }));
  const recipients = distinct.map(({ id, device }) => ({ device, prekey: id, box: boxName(id, epoch) }));
  return { recipients, boxes };
}

/** Throws BOX_SEALED when it does not open for us under this binding, BOX_COMMITMENT when it holds other secrets. */
export function openBox({
  blob,
  secretSeed,
  box,
  ...binding
}: BoxBinding & {
  readonly blob: Uint8Array;
  readonly secretSeed: Uint8Array;
  readonly box: Box;
}): EpochKeys {
  const { space, scope, epoch } = binding;
  const short = epoch.slice(0, 8);
  const plaintext = blob.length === BOX_BYTES ? box.open(secretSeed, boxInfo(binding), NO_AAD, blob) : null;
  if (plaintext?.length !== 2 * SECRET_BYTES) {
    throw coreError(
      "BOX_SEALED",
      `the box of epoch ${short} does not open with this device's prekey; ask a member for a re-box`,
    );
  }
  const keys = deriveEpochKeys({
    space,
    scope,
    headerSecret: plaintext.slice(0, SECRET_BYTES),
    contentSecret: plaintext.slice(SECRET_BYTES),
  });
  if (keys.epoch !== epoch) {
    throw coreError(
      "BOX_COMMITMENT",
      `the box of epoch ${short} holds secrets of another epoch; its maker cheats or erred, ask another member`,
    );
  }
  return keys;
}
