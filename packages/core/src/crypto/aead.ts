/**
 * XChaCha20-Poly1305 (ietf construction, 24-byte nonce) by libsodium. spec/crypto CR5.
 * It does not commit to its key: whoever finds a key by trial must not use it. Events commit by their tag.
 */
import sodium from "sodium-native";
import { coreError } from "./errors.ts";

export const AEAD_KEY_BYTES = 32;
export const AEAD_NONCE_BYTES = 24;
export const AEAD_TAG_BYTES = 16;

/** Ciphertext with its 16-byte tag at the end. Throws AEAD_KEY. */
export function aeadSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array {
  assertKey(key, nonce);
  const sealed = new Uint8Array(plaintext.length + AEAD_TAG_BYTES);
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, plaintext, aad, null, nonce, key);
  return sealed;
}

/** The plaintext, or null when key, nonce, aad or ciphertext is not the sealed one. Throws AEAD_KEY. */
export function aeadOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | null {
  assertKey(key, nonce);
  if (sealed.length < AEAD_TAG_BYTES) return null;
  const plaintext = new Uint8Array(sealed.length - AEAD_TAG_BYTES);
  try {
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(plaintext, null, sealed, aad, nonce, key);
  } catch {
    // The only failure left once the lengths are right: the tag does not fit. Null is the answer.
    return null;
  }
  return plaintext;
}

function assertKey(key: Uint8Array, nonce: Uint8Array): void {
  if (key.length !== AEAD_KEY_BYTES || nonce.length !== AEAD_NONCE_BYTES) {
    throw coreError("AEAD_KEY", `key and nonce have 32 and 24 bytes, these ${key.length} and ${nonce.length}`);
  }
}
