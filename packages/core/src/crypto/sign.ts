/**
 * Ed25519 (RFC 8032) by libsodium, always over a labelled message. spec/crypto CR4.
 * libsodium refuses a scalar s >= L, an R or a public key of small order, and a non-canonical public
 * key, and checks without multiplying by the cofactor; so one (message, key) has no second valid
 * signature that an outsider could make, and no key signs everything.
 */
import sodium from "sodium-native";
import { coreError } from "./errors.ts";
import { labelled } from "./labels.ts";
import type { Label } from "./labels.ts";

export const SIGNING_SEED_BYTES = 32;
export const PUBLIC_KEY_BYTES = 32;
export const SECRET_KEY_BYTES = 64;
export const SIGNATURE_BYTES = 64;

// Outside the heap, where the binding would move a short array at each call.
const signatureOutput = Buffer.alloc(SIGNATURE_BYTES);

export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes: seed and public key. */
  readonly secretKey: Uint8Array;
}

/** The key pair of a 32-byte seed. Throws SIGN_KEY. RFC 8032 §5.1.5. */
export function signingKeyFromSeed(seed: Uint8Array): SigningKey {
  if (seed.length !== SIGNING_SEED_BYTES)
    throw coreError("SIGN_KEY", `a signing seed has 32 bytes, this one ${seed.length}`);
  const publicKey = new Uint8Array(PUBLIC_KEY_BYTES);
  const secretKey = new Uint8Array(SECRET_KEY_BYTES);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
  return { publicKey, secretKey };
}

/** The bytes that a signature covers: the labelled message. For batch checks. */
export function signatureMessage(label: Label, message: Uint8Array): Uint8Array {
  return labelled(label, message);
}

/** A 64-byte signature with a 64-byte secret key; deterministic. Throws SIGN_KEY. */
export function sign(label: Label, message: Uint8Array, secretKey: Uint8Array): Uint8Array {
  if (secretKey.length !== SECRET_KEY_BYTES)
    throw coreError("SIGN_KEY", `a secret key has 64 bytes, this one ${secretKey.length}`);
  sodium.crypto_sign_detached(signatureOutput, signatureMessage(label, message), secretKey);
  return new Uint8Array(signatureOutput);
}

/** True only for a valid signature of the labelled message; wrong lengths are false, never an error. */
export function verify(
  label: Label,
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  return verifyMessage(signatureMessage(label, message), signature, publicKey);
}

/** As verify, over a message that is labelled already. */
export function verifyMessage(
  labelledMessage: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  // sodium-native asserts lengths with an exception; an outsider's bytes must not cause one.
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== PUBLIC_KEY_BYTES) return false;
  return sodium.crypto_sign_verify_detached(signature, labelledMessage, publicKey);
}
