/**
 * SHA-256, HMAC-SHA-256 (RFC 2104) and HKDF (RFC 5869) over node:crypto. spec/crypto CR2, CR3.
 * HMAC is composed from the one-shot hash: about a quarter of the time of a createHmac object, and every
 * event needs one. Tests hold it against node's own.
 */
import { hash, hkdfSync } from "node:crypto";
import { concatBytes } from "./bytes.ts";
import { coreError } from "./errors.ts";

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

/** SHA-256 of the parts joined without separators: give parts of fixed length, or `labelled` ones. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const first = parts[0];
  return plain(hash("sha256", parts.length === 1 && first !== undefined ? first : concatBytes(...parts), "buffer"));
}

/** HMAC-SHA-256 of the joined parts, 32 bytes. Any key length. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const shortKey = key.length > SHA256_BLOCK_BYTES ? hash("sha256", key, "buffer") : key;
  let length = SHA256_BLOCK_BYTES;
  for (const part of parts) length += part.length;
  const inner = new Uint8Array(length);
  const outer = new Uint8Array(SHA256_BLOCK_BYTES + SHA256_BYTES);
  inner.fill(0x36, 0, SHA256_BLOCK_BYTES);
  outer.fill(0x5c, 0, SHA256_BLOCK_BYTES);
  for (let i = 0; i < shortKey.length; i += 1) {
    const byte = shortKey[i] ?? 0;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  let at = SHA256_BLOCK_BYTES;
  for (const part of parts) {
    inner.set(part, at);
    at += part.length;
  }
  outer.set(hash("sha256", inner, "buffer"), SHA256_BLOCK_BYTES);
  return plain(hash("sha256", outer, "buffer"));
}

/** HKDF-SHA-256. Throws HKDF_LENGTH. RFC 5869. */
export function hkdfSha256(ikm: Uint8Array, options: HkdfOptions): Uint8Array {
  return hkdf("sha256", ikm, options);
}

/** HKDF-SHA3-512: content keys of devices. Throws HKDF_LENGTH. RFC 5869 with FIPS 202. */
export function hkdfSha3(ikm: Uint8Array, options: HkdfOptions): Uint8Array {
  return hkdf("sha3-512", ikm, options);
}

function hkdf(digest: "sha256" | "sha3-512", ikm: Uint8Array, { salt = NOTHING, info, length }: HkdfOptions): Uint8Array {
  try {
    return new Uint8Array(hkdfSync(digest, ikm, salt, info, length));
  } catch (cause) {
    throw coreError("HKDF_LENGTH", `HKDF cannot give ${length} bytes for ${info.length} bytes of info`, { cause });
  }
}

// A Buffer of node's shared pool would keep foreign bytes reachable through `.buffer`.
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}
