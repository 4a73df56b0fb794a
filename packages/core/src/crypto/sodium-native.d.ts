/** The few functions that we call of sodium-native 5, which ships no types. */
declare module "sodium-native" {
  interface Sodium {
    crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
    crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
    crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
    /** Returns the bytes written. */
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      sealed: Uint8Array,
      plaintext: Uint8Array,
      aad: Uint8Array | null,
      reserved: null,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number;
    /** Returns the bytes written; throws when the tag does not fit. */
    crypto_aead_xchacha20poly1305_ietf_decrypt(
      plaintext: Uint8Array,
      reserved: null,
      sealed: Uint8Array,
      aad: Uint8Array | null,
      nonce: Uint8Array,
      key: Uint8Array,
    ): number;
    /** SipHash-2-4: 8 bytes out, a key of 16. */
    crypto_shorthash(out: Uint8Array, message: Uint8Array, key: Uint8Array): void;
  }
  const sodium: Sodium;
  export default sodium;
}
