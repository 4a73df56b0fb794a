/**
 * Deterministic CBOR (RFC 8949 §4.2.1) of few types: integers, byte strings, text, arrays, booleans and
 * null. One value has one encoding, so that bytes can be hashed and signed; all else is refused.
 * Decoding is one bounded pass, judged by the encoder: what it makes of the value must be the bytes that
 * came. So a mistake in either is a refusal, and no outside bytes make us allocate or nest beyond their
 * own length. Tests hold the encoder against cborg, byte for byte. spec/crypto CR6.
 */
import { compareBytes } from "./bytes.ts";
import { encodeShared } from "./cbor-encoder.ts";
import { coreError } from "./errors.ts";

export type CborValue = null | boolean | number | string | Uint8Array | readonly CborValue[];

/** Arrays within arrays; our deepest wire form has about six, and both directions recurse. */
export const CBOR_DEPTH_MAX = 16;

export interface DecodeCborOptions {
  /** Longer input is refused unread. */
  readonly bytesMax: number;
  /** Byte strings are views of the input instead of copies: for callers that keep the input, or neither. */
  readonly views?: boolean;
}

// ignoreBOM: a leading U+FEFF is a character like any other, and would not survive otherwise.
const texts = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The one encoding of a value. Throws CBOR_TYPE, CBOR_DEPTH. */
export function encodeCbor(value: CborValue): Uint8Array {
  assertEncodable(value, 0);
  return new Uint8Array(encodeShared(value));
}

/** The value of canonical bytes; its byte strings are copies unless `views` is set. Throws CBOR_SIZE, CBOR_SYNTAX, CBOR_TYPE, CBOR_DEPTH, CBOR_CANONICAL. */
export function decodeCbor(bytes: Uint8Array, { bytesMax, views = false }: DecodeCborOptions): CborValue {
  if (bytes.length > bytesMax)
    throw coreError("CBOR_SIZE", `${bytes.length} bytes of CBOR where at most ${bytesMax} are taken`);
  const decoder = new Decoder(bytes, views);
  const value = decoder.item(0);
  if (decoder.at !== bytes.length) throw coreError("CBOR_SYNTAX", "bytes follow the CBOR value");
  if (compareBytes(encodeShared(value), bytes) !== 0)
    throw coreError("CBOR_CANONICAL", "the CBOR is not in its shortest form");
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
      if (depth >= CBOR_DEPTH_MAX) throw tooDeep();
      for (const item of value as readonly CborValue[]) assertEncodable(item, depth + 1);
      return;
    default:
  }
  throw coreError("CBOR_TYPE", `${typeof value} has no encoding`);
}

class Decoder {
  at = 0;
  private readonly bytes: Uint8Array;
  private readonly views: boolean;

  constructor(bytes: Uint8Array, views: boolean) {
    this.views = views;
    // A plain view: slice() of a Buffer would alias it.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  item(depth: number): CborValue {
    const head = this.byte();
    switch (head >>> 5) {
      case 0:
        return this.integer(head);
      case 1:
        return -1 - this.integer(head);
      case 2:
        return this.byteString(this.length(head));
      case 3:
        return this.text(this.take(this.length(head)));
      case 4:
        return this.array(this.length(head), depth);
      case 7:
        return this.simple(head);
      default:
        throw coreError("CBOR_TYPE", "maps and tags are not taken");
    }
  }

  private byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw coreError("CBOR_SYNTAX", "the CBOR ends early");
    this.at += 1;
    return byte;
  }

  private integer(head: number): number {
    const extra = head & 31;
    if (extra < 24) return extra;
    if (extra > 27) throw coreError("CBOR_SYNTAX", "an indefinite or reserved length");
    let value = 0;
    for (let width = 1 << (extra - 24); width > 0; width -= 1) value = value * 256 + this.byte();
    // One less than the greatest safe integer, so that -1 - value is safe too.
    if (value >= Number.MAX_SAFE_INTEGER && (value > Number.MAX_SAFE_INTEGER || head >>> 5 === 1)) {
      throw coreError("CBOR_TYPE", "only integers up to 2^53 - 1 are taken");
    }
    return value;
  }

  /** Checked against what is left, before anything of that length is made; every array item has a byte. */
  private length(head: number): number {
    const length = this.integer(head);
    if (length > this.bytes.length - this.at)
      throw coreError("CBOR_SYNTAX", "a length beyond the end of the CBOR");
    return length;
  }

  private take(length: number): Uint8Array {
    const start = this.at;
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  private byteString(length: number): Uint8Array {
    if (this.views) return this.take(length);
    const start = this.at;
    this.at += length;
    return this.bytes.slice(start, this.at);
  }

  private text(bytes: Uint8Array): string {
    try {
      return texts.decode(bytes);
    } catch (cause) {
      throw coreError("CBOR_SYNTAX", "a text is not UTF-8", { cause });
    }
  }

  private array(length: number, depth: number): CborValue[] {
    if (depth >= CBOR_DEPTH_MAX) throw tooDeep();
    const items: CborValue[] = [];
    for (let i = 0; i < length; i += 1) items.push(this.item(depth + 1));
    return items;
  }

  private simple(head: number): null | boolean {
    switch (head) {
      case 0xf4:
        return false;
      case 0xf5:
        return true;
      case 0xf6:
        return null;
      default:
        throw coreError("CBOR_TYPE", "floats, undefined and other simple values are not taken");
    }
  }
}

function tooDeep(): Error {
  return coreError("CBOR_DEPTH", `more than ${CBOR_DEPTH_MAX} arrays within one another`);
}
