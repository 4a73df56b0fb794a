/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012) by libsodium: a pseudorandom function for short inputs that
 * many keys are tried on. It tells holders of a key apart from others; it authenticates nothing by itself.
 */
import sodium from "sodium-native";
import { coreError } from "./errors.ts";

export const SIPHASH_KEY_BYTES = 16;
export const SIPHASH_BYTES = 8;

/** Writes 8 bytes into `out`, which callers in a loop use again. Throws SIPHASH_KEY. */
export function sipHashInto(out: Uint8Array, key: Uint8Array, message: Uint8Array): void {
  if (key.length !== SIPHASH_KEY_BYTES || out.length !== SIPHASH_BYTES) {
    throw coreError(
      "SIPHASH_KEY",
      `key and result have 16 and 8 bytes, these ${key.length} and ${out.length}`,
    );
  }
  sodium.crypto_shorthash(out, message, key);
}
