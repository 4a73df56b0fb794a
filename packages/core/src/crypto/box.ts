/**
 * The Box port: sealing to one recipient's prekey, single-shot and synchronous. spec/crypto CR7, CR8.
 * Suite 1 is HPKE base mode (RFC 9180) with KEM 0x647a (X25519 + ML-KEM-768, the X-Wing construction),
 * HKDF-SHA-256 and AES-256-GCM. Adapters: box-node.ts (production), box-noble.ts (seeded, simulator).
 */
import type { Random } from "../ports/random.ts";

/** The only suite there is; a prekey names its own, so that another can follow. */
export const BOX_SUITE = 1;
/** ML-KEM-768 encapsulation key, then X25519 public key. */
export const BOX_PUBLIC_KEY_BYTES = 1216;
/** X-Wing's decapsulation key: both secret keys grow from it. */
export const BOX_SEED_BYTES = 32;
/** ML-KEM-768 ciphertext, then X25519 ephemeral public key. */
export const BOX_ENC_BYTES = 1120;
export const BOX_TAG_BYTES = 16;

export interface BoxKeyPair {
  /** 1216 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly secretSeed: Uint8Array;
}

export interface Box {
  generateKeyPair(random: Random): BoxKeyPair;
  /** enc (1120 bytes) | ciphertext | tag (16 bytes). Throws BOX_PUBLIC_KEY. */
  seal(recipientPublicKey: Uint8Array, info: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Null when it was not sealed to this key with this info and aad. Throws BOX_SEED. */
  open(secretSeed: Uint8Array, info: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | null;
}
