/**
 * A prekey: the public key by which others seal boxes to a device, signed by the device together with
 * the person, suite, id and expiry it stands for. spec/identity ID5, ID6; CDDL in spec/identity.cddl.
 */
import {
  BOX_PUBLIC_KEY_BYTES,
  BOX_SUITE,
  coreError,
  decodeCbor,
  encodeCbor,
  labelled,
  labels,
  readArray,
  readBytes,
  readId,
  readUint,
  sha256,
  sign,
  SIGNATURE_BYTES,
  verify,
} from "../crypto/index.ts";
import type { Box, CborValue } from "../crypto/index.ts";
import type { DeviceId, PersonId, PrekeyId } from "../ids.ts";
import { idBytes, toId } from "../ids.ts";
import type { Random } from "../ports/index.ts";
import type { DeviceKeys } from "./device.ts";

/** The public key, two ids, a signature, numbers and heads: 1381 at most. */
export const PREKEY_BYTES_MAX = 1_408;
const PREKEY_ID_BYTES = 16;

export interface PrekeyBundle {
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly suite: 1;
  readonly id: PrekeyId;
  /** 1216 bytes: ML-KEM-768, then X25519. */
  readonly publicKey: Uint8Array;
  readonly expiresMs: number;
  /** 64 bytes, by the device. */
  readonly signature: Uint8Array;
}

export interface Prekey {
  readonly bundle: PrekeyBundle;
  /** 32 bytes; opens what is sealed to the bundle. */
  readonly secretSeed: Uint8Array;
}

export interface CreatePrekeyOptions {
  readonly person: PersonId;
  readonly device: DeviceKeys;
  readonly box: Box;
  readonly random: Random;
  readonly expiresMs: number;
}

/** A new prekey of a device. */
export function createPrekey({ person, device, box, random, expiresMs }: CreatePrekeyOptions): Prekey {
  const { publicKey, secretSeed } = box.generateKeyPair(random);
  const facts = {
    person,
    device: device.device,
    suite: BOX_SUITE,
    id: prekeyIdOf(publicKey),
    publicKey,
    expiresMs,
  } as const;
  return {
    bundle: { ...facts, signature: sign(labels.prekey, signedPart(facts), device.secretKey) },
    secretSeed,
  };
}

/** True when the named device signed exactly this and the id is the public key's. Time is the caller's to judge. */
export function verifyPrekey(bundle: PrekeyBundle): boolean {
  return (
    bundle.id === prekeyIdOf(bundle.publicKey) &&
    verify(labels.prekey, signedPart(bundle), bundle.signature, idBytes(bundle.device))
  );
}

export function encodePrekey(bundle: PrekeyBundle): Uint8Array {
  return encodeCbor(prekeyValue(bundle));
}

/** As a CBOR array, for the body of an event or a frame. */
export function prekeyValue(bundle: PrekeyBundle): readonly CborValue[] {
  return [...signedFields(bundle), bundle.signature];
}

/** From bytes, or from its place within a decoded value. Checks form, not the signature. Throws CBOR_*, MALFORMED. */
export function decodePrekey(encoded: CborValue | undefined): PrekeyBundle {
  const value = encoded instanceof Uint8Array ? decodeCbor(encoded, { bytesMax: PREKEY_BYTES_MAX }) : encoded;
  const [person, device, suite, id, publicKey, expiresMs, signature] = readArray(value, 7, "prekey");
  if (suite !== BOX_SUITE)
    throw coreError("MALFORMED", "prekey has a suite that this version does not know; update Kith");
  return {
    person: readId<PersonId>(person, 32, "prekey person"),
    device: readId<DeviceId>(device, 32, "prekey device"),
    suite: BOX_SUITE,
    id: readId<PrekeyId>(id, PREKEY_ID_BYTES, "prekey id"),
    publicKey: readBytes(publicKey, BOX_PUBLIC_KEY_BYTES, "prekey public key"),
    expiresMs: readUint(expiresMs, "prekey expiry"),
    signature: readBytes(signature, SIGNATURE_BYTES, "prekey signature"),
  };
}

type PrekeyFacts = Omit<PrekeyBundle, "signature">;

function prekeyIdOf(publicKey: Uint8Array): PrekeyId {
  return toId<PrekeyId>(sha256(labelled(labels.prekeyId, publicKey)).subarray(0, PREKEY_ID_BYTES));
}

function signedFields({
  person,
  device,
  suite,
  id,
  publicKey,
  expiresMs,
}: PrekeyFacts): readonly CborValue[] {
  return [idBytes(person), idBytes(device), suite, idBytes(id), publicKey, expiresMs];
}

function signedPart(facts: PrekeyFacts): Uint8Array {
  return encodeCbor(signedFields(facts));
}
