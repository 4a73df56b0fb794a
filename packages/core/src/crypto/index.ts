/** Primitives, each headed by its source. Decides nothing about who may do what. spec/crypto. */
export { compareBytes, concatBytes, equalBytes, readUtf8, utf8 } from "./bytes.ts";
export { coreError, CoreError } from "./errors.ts";
export { hkdfSha256, hkdfSha3, hmacSha256, sha256, SHA256_BYTES, sha256Labelled } from "./hash.ts";
export type { HkdfOptions } from "./hash.ts";
export { SIPHASH_BYTES, SIPHASH_KEY_BYTES, sipHashInto } from "./siphash.ts";
export { labelled, labels } from "./labels.ts";
export type { Label } from "./labels.ts";
export {
  PUBLIC_KEY_BYTES,
  SECRET_KEY_BYTES,
  sign,
  SIGNATURE_BYTES,
  signatureMessage,
  SIGNING_SEED_BYTES,
  signingKeyFromSeed,
  verify,
  verifyMessage,
} from "./sign.ts";
export type { SigningKey } from "./sign.ts";
export { argon2id } from "./argon2.ts";
export type { Argon2Cost } from "./argon2.ts";
export { AEAD_KEY_BYTES, AEAD_NONCE_BYTES, AEAD_TAG_BYTES, aeadOpen, aeadSeal } from "./aead.ts";
export { CBOR_DEPTH_MAX, decodeCbor, encodeCbor } from "./cbor.ts";
export type { CborValue, DecodeCborOptions } from "./cbor.ts";
export { readArray, readBool, readBytes, readId, readNullable, readText, readUint } from "./read.ts";
export type { LengthBounds } from "./read.ts";
export { BOX_ENC_BYTES, BOX_PUBLIC_KEY_BYTES, BOX_SEED_BYTES, BOX_SUITE, BOX_TAG_BYTES } from "./box.ts";
export type { Box, BoxKeyPair } from "./box.ts";
export { createNodeBox } from "./box-node.ts";
export { createInlineVerifier } from "./verifier.ts";
