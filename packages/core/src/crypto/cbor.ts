/**
 * Deterministic CBOR (RFC 8949 §4.2.1) of few types: integers, byte strings, text, arrays, booleans and
 * null. One value has one encoding, so that bytes can be hashed and signed; everything else is refused.
 * The work is cborg's; a walk over the heads comes first, so that no outside bytes make it allocate or
 * nest without bound, and re-encoding with a byte compare comes last. spec/crypto CR6.
 */
import { decode, encode } from "cborg";
import { compareBytes } from "./bytes.ts";
import { coreError } from "./errors.ts";

export type CborValue = null | boolean | number | string | Uint8Array | readonly CborValue[];

/** Arrays within arrays; our deepest wire form has five. The walk and cborg both recurse. */
export const CBOR_DEPTH_MAX = 16;

export interface DecodeCborOptions {
  /** Longer input is refused unread. */
  readonly bytesMax: number;
}

const STRICT = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
} as const;

/** The one encoding of a value. Throws CBOR_TYPE, CBOR_DEPTH. */
export function encodeCbor(value: CborValue): Uint8Array {
  assertEncodable(value, 0);
  return encode(value);
}

/** The value of canonical bytes; byte strings in it are copies. Throws CBOR_SIZE, CBOR_DEPTH, CBOR_TYPE, CBOR_SYNTAX, CBOR_CANONICAL. */
export function decodeCbor(bytes: Uint8Array, { bytesMax }: DecodeCborOptions): CborValue {
  if (bytes.length > bytesMax) throw coreError("CBOR_SIZE", `${bytes.length} bytes of CBOR where at most ${bytesMax} are taken`);
  if (skipItem(bytes, 0, 0) !== bytes.length) throw coreError("CBOR_SYNTAX", "bytes follow the CBOR value");
  let value: CborValue;
  try {
    value = decode(bytes, STRICT) as CborValue;
  } catch (cause) {
    throw coreError("CBOR_SYNTAX", "the bytes are not the CBOR that we take", { cause });
  }
  if (compareBytes(encode(value), bytes) !== 0) throw coreError("CBOR_CANONICAL", "the CBOR is not in its shortest form");
  return value;
}

function assertEncodable(value: CborValue, depth: number): void {
  switch (typeof value) {
    case "boolean":
      return;
    case "number":
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) return;
      throw coreError("CBOR_TYPE", "only integers up to 2^53 - 1 have an encoding");
    case "string":
      if (value.isWellFormed()) return;
      throw coreError("CBOR_TYPE", "a text with half a surrogate pair has no encoding");
    case "object":
      if (value === null || value instanceof Uint8Array) return;
      if (!Array.isArray(value)) break;
      if (depth >= CBOR_DEPTH_MAX) throw coreError("CBOR_DEPTH", `more than ${CBOR_DEPTH_MAX} arrays within one another`);
      for (const item of value as readonly CborValue[]) assertEncodable(item, depth + 1);
      return;
    default:
  }
  throw coreError("CBOR_TYPE", `${typeof value} has no encoding`);
}

/** Walks one item, allocating nothing; returns the position after it. */
function skipItem(bytes: Uint8Array, start: number, depth: number): number {
  const head = bytes[start];
  if (head === undefined) throw coreError("CBOR_SYNTAX", "the CBOR ends early");
  const major = head >>> 5;
  // false, true and null are the only simple values we take; floats and undefined share their major type.
  if (major === 7) {
    if (head >= 0xf4 && head <= 0xf6) return start + 1;
    throw coreError("CBOR_TYPE", "floats, undefined and other simple values are not taken");
  }
  if (major > 4) throw coreError("CBOR_TYPE", "maps and tags are not taken");
  const extra = head & 31;
  if (extra > 27) throw coreError("CBOR_SYNTAX", "an indefinite or reserved length");
  const width = extra < 24 ? 0 : 1 << (extra - 24);
  const after = start + 1 + width;
  if (after > bytes.length) throw coreError("CBOR_SYNTAX", "the CBOR ends early");
  if (major < 2) return after;
  let length = extra;
  if (width > 0) {
    length = 0;
    // May lose precision beyond 2^53; such a length exceeds what is left all the same.
    for (let i = start + 1; i < after; i += 1) length = length * 256 + (bytes[i] ?? 0);
  }
  // Every array item has at least one byte, so this bounds arrays too.
  if (length > bytes.length - after) throw coreError("CBOR_SYNTAX", "a length beyond the end of the CBOR");
  if (major < 4) return after + length;
  if (depth >= CBOR_DEPTH_MAX) throw coreError("CBOR_DEPTH", `more than ${CBOR_DEPTH_MAX} arrays within one another`);
  let at = after;
  for (let i = 0; i < length; i += 1) at = skipItem(bytes, at, depth + 1);
  return at;
}
