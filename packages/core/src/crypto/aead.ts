/**
 * XChaCha20-Poly1305 (ietf construction, 24-byte nonce) by libsodium. spec/crypto CR5.
 * It does not commit to its key: whoever finds a key by trial must not use it. Events commit by their tag.
 */
import sodium from "sodium-native";
import { coreError } from "./errors.ts";

export const AEAD_KEY_BYTES = 32;
export const AEAD_NONCE_BYTES = 24;
export const AEAD_TAG_BYTES = 16;

/**
 * libsodium's binding moves every short array that it is given out of the heap, at several times the cost of
 * the cipher: nonce and data go through these two, which lie outside already.
 */
const DATA_BYTES = 256;
const nonceInput = Buffer.alloc(AEAD_NONCE_BYTES);
const dataInput = Buffer.alloc(DATA_BYTES);

/** Ciphertext with its 16-byte tag at the end: in the first bytes of `into` where that is long enough, else in a fresh array. Throws AEAD_KEY. */
export function aeadSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
  into?: Uint8Array,
): Uint8Array {
  assertKey(key, nonce);
  nonceInput.set(nonce);
  const length = plaintext.length + AEAD_TAG_BYTES;
  const sealed = room(length, into);
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, plaintext, outside(aad), null, nonceInput, key);
  return sealed;
}

/** The plaintext, or null when key, nonce, aad or ciphertext is not the sealed one; `into` as in aeadSeal. Throws AEAD_KEY. */
export function aeadOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array,
  into?: Uint8Array,
): Uint8Array | null {
  assertKey(key, nonce);
  if (sealed.length < AEAD_TAG_BYTES) return null;
  nonceInput.set(nonce);
  const length = sealed.length - AEAD_TAG_BYTES;
  const plaintext = room(length, into);
  try {
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(plaintext, null, sealed, outside(aad), nonceInput, key);
  } catch {
    // The only failure left once the lengths are right: the tag does not fit. Null is the answer.
    return null;
  }
  return plaintext;
}

function room(length: number, into: Uint8Array | undefined): Uint8Array {
  return into === undefined || into.length < length ? new Uint8Array(length) : into.subarray(0, length);
}

function outside(data: Uint8Array): Uint8Array {
  if (data.length > DATA_BYTES) return data;
  dataInput.set(data);
  return dataInput.subarray(0, data.length);
}

function assertKey(key: Uint8Array, nonce: Uint8Array): void {
  if (key.length !== AEAD_KEY_BYTES || nonce.length !== AEAD_NONCE_BYTES) {
    throw coreError(
      "AEAD_KEY",
      `key and nonce have 32 and 24 bytes, these ${key.length} and ${nonce.length}`,
    );
  }
}
