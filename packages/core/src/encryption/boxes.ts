/**
 * Owns how an epoch's secrets reach one device: HPKE boxes of one length under names that only holders
 * of the epoch and of the prekey's id can compute. Refuses secrets that are not the epoch's. spec/epoch EP4-EP10.
 */
import { coreError, encodeCbor, concatBytes, hmacSha256, labelled, labels } from "../crypto/index.ts";
import type { Box } from "../crypto/index.ts";
import { commitToContent, epochKeysOf, epochParts, sealedSecrets } from "../event/index.ts";
import type { BoxRecipient, EpochKeys, EpochSecrets, Profile } from "../event/index.ts";
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
  profile = "archive",
  random,
}: {
  readonly space: SpaceId;
  readonly scope: ScopeId;
  /** Of the scope. */
  readonly profile?: Profile;
  readonly random: Random;
}): EpochSecrets {
  const headerSecret = random.bytes(SECRET_BYTES);
  const contentSecret = random.bytes(SECRET_BYTES);
  const secrets = { space, scope, headerSecret, contentSecret };
  if (profile === "sealed") return sealedSecrets(secrets);
  return profile === "join-only" ? { ...secrets, commitment: commitToContent(contentSecret) } : secrets;
}

/** 16 bytes of HMAC(prekey id, epoch id): a device computes the names of its own boxes. */
export function boxName(prekey: PrekeyId, epoch: EpochId): BoxName {
  return toId<BoxName>(
    hmacSha256(idBytes(prekey), labelled(labels.boxName, idBytes(epoch))).subarray(0, NAME_BYTES),
  );
}

/**
 * Of the box that holds all of an epoch. In a join-only scope it hangs on the content secret, in a sealed one on what stays when
 * that is destroyed: whoever has the headers alone announces boxes in vain, for those who had all compare the names. spec/epoch EP89.
 */
export function readerBoxName(prekey: PrekeyId, { epoch, secrets }: EpochKeys): BoxName {
  const { commitment, contentSecret, sealed } = secrets;
  const key = sealed ? sealed.readerKey : contentSecret;
  if (!commitment || !key) return boxName(prekey, epoch);
  const proof = hmacSha256(key, labelled(labels.epochReaderName, idBytes(prekey), idBytes(epoch)));
  return toId<BoxName>(proof.subarray(0, NAME_BYTES));
}

/** HPKE info of a box: labelled CBOR of space, scope, epoch, device and prekey id. */
export function boxInfo({ space, scope, epoch, device, prekey }: BoxBinding): Uint8Array {
  return labelled(labels.epochBox, encodeCbor([space, scope, epoch, device, prekey].map(idBytes)));
}

/** One box for each prekey, in order; a prekey named twice gets one. Prekeys must be verified. headersOnly: without the content secret. */
export function sealBoxes(
  keys: EpochKeys,
  prekeys: readonly PrekeyBundle[],
  box: Box,
  { headersOnly = false }: { readonly headersOnly?: boolean } = {},
): { readonly recipients: BoxRecipient[]; readonly boxes: SealedBox[] } {
  const { space, scope, epoch, secrets } = keys;
  if (headersOnly && !secrets.commitment)
    throw new Error("EPOCH_INVARIANT: an archive's epoch has no headers apart");
  const [headerSecret, content] = epochParts(headersOnly ? { ...secrets, contentSecret: null } : secrets);
  const plaintext = concatBytes(headerSecret, content);
  const distinct = [...new Map(prekeys.map((prekey) => [prekey.id, prekey])).values()];
  const nameOf = (id: PrekeyId): BoxName => (headersOnly ? boxName(id, epoch) : readerBoxName(id, keys));
  const boxes = distinct.map(({ id, device, publicKey }) => ({
    name: nameOf(id),
    blob: box.seal(publicKey, boxInfo({ space, scope, epoch, device, prekey: id }), NO_AAD, plaintext),
  }));
  const recipients = distinct.map(({ id, device }) => ({ device, prekey: id, box: nameOf(id) }));
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
  const parts = [plaintext.slice(0, SECRET_BYTES), plaintext.slice(SECRET_BYTES)] as const;
  const keys = epochKeysOf({ space, scope, epoch }, parts);
  if (keys === null) {
    throw coreError(
      "BOX_COMMITMENT",
      `the box of epoch ${short} holds secrets of another epoch; its maker cheats or erred, ask another member`,
    );
  }
  return keys;
}
