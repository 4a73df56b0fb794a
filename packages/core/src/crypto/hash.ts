/**
 * SHA-256, HMAC-SHA-256 (RFC 2104) and HKDF (RFC 5869) over node:crypto. spec/crypto CR2, CR3.
 * HMAC is composed from the one-shot hash: about a quarter of the time of a createHmac object, and every
 * event needs one. Tests hold it against node's own.
 */
import { hash, hkdfSync } from "node:crypto";
import { concatBytes } from "./bytes.ts";
import { coreError } from "./errors.ts";
import { labelPrefix } from "./labels.ts";
import type { Label } from "./labels.ts";

export const SHA256_BYTES = 32;
const SHA256_BLOCK_BYTES = 64;
const NOTHING = new Uint8Array(0);

export interface HkdfOptions {
  /** Left out: zeros of the hash's length, RFC 5869 §2.2. */
  readonly salt?: Uint8Array;
  readonly info: Uint8Array;
  /** Bytes wanted, at most 255 hashes. */
  readonly length: number;
}

/**
 * What is hashed for an event is short, and one event takes a dozen hashes: joined here, within one synchronous
 * call, and read as text, they leave nothing for the collector. A Buffer each would cost several times the hash.
 */
const JOINED_BYTES = 4_096;
const joined = new Uint8Array(JOINED_BYTES);
/** Both blocks of HMAC: what is XORed with the key, and what follows it. */
const OUTER_BYTES = SHA256_BLOCK_BYTES + SHA256_BYTES;
const outer = new Uint8Array(OUTER_BYTES);

/** SHA-256 of the parts joined without separators: give parts of fixed length, or `labelled` ones. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const first = parts[0];
  return digest(parts.length === 1 && first !== undefined ? first : join(0, parts));
}

/** SHA-256 of `labelled(label, ...parts)`. */
export function sha256Labelled(label: Label, ...parts: readonly Uint8Array[]): Uint8Array {
  const prefix = labelPrefix(label);
  if (prefix.length < JOINED_BYTES) joined.set(prefix);
  return digest(join(prefix.length, parts, prefix));
}

/** HMAC-SHA-256 of the joined parts, 32 bytes. Any key length. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const shortKey = key.length > SHA256_BLOCK_BYTES ? digest(key) : key;
  outer.fill(0x36, 0, SHA256_BLOCK_BYTES);
  for (let i = 0; i < shortKey.length; i += 1) outer[i] = (shortKey[i] ?? 0) ^ 0x36;
  const pad = outer.subarray(0, SHA256_BLOCK_BYTES);
  joined.set(pad);
  const inner = hash("sha256", join(SHA256_BLOCK_BYTES, parts, pad), "binary");
  for (let i = 0; i < SHA256_BLOCK_BYTES; i += 1) outer[i] = (shortKey[i] ?? 0) ^ 0x5c;
  for (let i = 0; i < SHA256_BYTES; i += 1) outer[SHA256_BLOCK_BYTES + i] = inner.charCodeAt(i);
  const mac = digest(outer);
  // Key material does not stay where the next call finds it.
  outer.fill(0);
  joined.fill(0, 0, SHA256_BLOCK_BYTES);
  return mac;
}

/** HKDF-SHA-256. Throws HKDF_LENGTH. RFC 5869. */
export function hkdfSha256(ikm: Uint8Array, options: HkdfOptions): Uint8Array {
  return hkdf("sha256", ikm, options);
}

/** HKDF-SHA3-512: content keys of devices. Throws HKDF_LENGTH. RFC 5869 with FIPS 202. */
export function hkdfSha3(ikm: Uint8Array, options: HkdfOptions): Uint8Array {
  return hkdf("sha3-512", ikm, options);
}

function hkdf(
  digest: "sha256" | "sha3-512",
  ikm: Uint8Array,
  { salt = NOTHING, info, length }: HkdfOptions,
): Uint8Array {
  try {
    return new Uint8Array(hkdfSync(digest, ikm, salt, info, length));
  } catch (cause) {
    throw coreError("HKDF_LENGTH", `HKDF cannot give ${length} bytes for ${info.length} bytes of info`, {
      cause,
    });
  }
}

/** `joined` holds the first bytes already; the parts follow, there or, when they are too long for it, in an array of their own. */
function join(from: number, parts: readonly Uint8Array[], head: Uint8Array = NOTHING): Uint8Array {
  let length = from;
  for (const part of parts) length += part.length;
  if (length > JOINED_BYTES) return concatBytes(head, ...parts);
  let at = from;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined.subarray(0, length);
}

function digest(bytes: Uint8Array): Uint8Array {
  const text = hash("sha256", bytes, "binary");
  const result = new Uint8Array(SHA256_BYTES);
  for (let i = 0; i < SHA256_BYTES; i += 1) result[i] = text.charCodeAt(i);
  return result;
}
