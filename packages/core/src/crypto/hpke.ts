/**
 * HPKE base mode, single-shot, over any KEM of id 0x647a: key schedule of RFC 9180 §5.1 with
 * HKDF-SHA-256, and AES-256-GCM with the base nonce (the one message has sequence number 0).
 * The KEM gives its shared secret directly (draft-ietf-hpke-pq): no ExtractAndExpand between.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Random } from "../ports/random.ts";
import type { Box } from "./box.ts";
import { BOX_ENC_BYTES, BOX_PUBLIC_KEY_BYTES, BOX_SEED_BYTES, BOX_TAG_BYTES } from "./box.ts";
import { concatBytes } from "./bytes.ts";
import { coreError } from "./errors.ts";
import { hmacSha256 } from "./hash.ts";

export interface Kem {
  publicKeyOf(seed: Uint8Array): Uint8Array;
  /** Throws whatever its library throws for a public key that is none. */
  encapsulate(publicKey: Uint8Array): { readonly shared: Uint8Array; readonly enc: Uint8Array };
  /** Throws for an ephemeral key of small order; a foreign ciphertext gives a secret that fits nothing. */
  decapsulate(seed: Uint8Array, enc: Uint8Array): Uint8Array;
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const NOTHING = new Uint8Array(0);
const MODE_BASE = Uint8Array.of(0x00);
const VERSION = ascii("HPKE-v1");
// "HPKE" | KEM 0x647a | KDF 0x0001 HKDF-SHA-256 | AEAD 0x0002 AES-256-GCM
const SUITE = concatBytes(ascii("HPKE"), Uint8Array.of(0x64, 0x7a, 0x00, 0x01, 0x00, 0x02));
const PSK_ID_HASH = labeledExtract(NOTHING, "psk_id_hash", NOTHING);

/** A Box over a KEM; the adapters differ in nothing else. */
export function createHpkeBox(kem: Kem): Box {
  return {
    generateKeyPair(random: Random) {
      const secretSeed = random.bytes(BOX_SEED_BYTES);
      return { publicKey: kem.publicKeyOf(secretSeed), secretSeed };
    },
    seal(recipientPublicKey, info, aad, plaintext) {
      if (recipientPublicKey.length !== BOX_PUBLIC_KEY_BYTES) {
        throw coreError(
          "BOX_PUBLIC_KEY",
          `a box public key has ${BOX_PUBLIC_KEY_BYTES} bytes, this one ${recipientPublicKey.length}`,
        );
      }
      const { shared, enc } = encapsulate(kem, recipientPublicKey);
      const { key, nonce } = keySchedule(shared, info);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      cipher.setAAD(aad);
      const ciphertext = cipher.update(plaintext);
      cipher.final();
      return concatBytes(enc, ciphertext, cipher.getAuthTag());
    },
    open(secretSeed, info, aad, sealed) {
      if (secretSeed.length !== BOX_SEED_BYTES) {
        throw coreError("BOX_SEED", `a box seed has ${BOX_SEED_BYTES} bytes, this one ${secretSeed.length}`);
      }
      if (sealed.length < BOX_ENC_BYTES + BOX_TAG_BYTES) return null;
      const shared = decapsulate(kem, secretSeed, sealed.subarray(0, BOX_ENC_BYTES));
      if (shared === null) return null;
      const { key, nonce } = keySchedule(shared, info);
      const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: BOX_TAG_BYTES });
      decipher.setAAD(aad);
      decipher.setAuthTag(sealed.subarray(sealed.length - BOX_TAG_BYTES));
      const plaintext = decipher.update(sealed.subarray(BOX_ENC_BYTES, sealed.length - BOX_TAG_BYTES));
      try {
        decipher.final();
      } catch {
        // The tag does not fit: not sealed to this key with this info and aad. Null is the answer.
        return null;
      }
      return new Uint8Array(plaintext);
    },
  };
}

function encapsulate(
  kem: Kem,
  publicKey: Uint8Array,
): { readonly shared: Uint8Array; readonly enc: Uint8Array } {
  try {
    return kem.encapsulate(publicKey);
  } catch (cause) {
    throw coreError(
      "BOX_PUBLIC_KEY",
      "the recipient's public key is not valid; its device must publish a new prekey",
      { cause },
    );
  }
}

function decapsulate(kem: Kem, seed: Uint8Array, enc: Uint8Array): Uint8Array | null {
  try {
    return kem.decapsulate(seed, enc);
  } catch {
    // Lengths are right, so what the libraries refuse is the sender's X25519 key (small order).
    return null;
  }
}

/** RFC 9180 §5.1 KeySchedule, mode_base: psk and psk_id are empty. */
function keySchedule(
  shared: Uint8Array,
  info: Uint8Array,
): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  const context = concatBytes(MODE_BASE, PSK_ID_HASH, labeledExtract(NOTHING, "info_hash", info));
  const secret = labeledExtract(shared, "secret", NOTHING);
  return {
    key: labeledExpand(secret, "key", context, KEY_BYTES),
    nonce: labeledExpand(secret, "base_nonce", context, NONCE_BYTES),
  };
}

/** RFC 9180 §4. */
function labeledExtract(salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return hmacSha256(salt, VERSION, SUITE, ascii(label), ikm);
}

/** RFC 9180 §4, for at most one hash of output: a single round of HKDF-Expand. */
function labeledExpand(prk: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
  return hmacSha256(
    prk,
    Uint8Array.of(0, length),
    VERSION,
    SUITE,
    ascii(label),
    info,
    Uint8Array.of(1),
  ).subarray(0, length);
}
