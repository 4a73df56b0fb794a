/**
 * The encoder behind cbor.ts: shortest forms only (RFC 8949 §4.2.1), into one array that is used again, since
 * every event is encoded several times on its way. Takes only what cbor.ts has found encodable.
 */
import type { CborValue } from "./cbor.ts";

const BYTES_START = 65_536;
/** An array that grew beyond this for one value is let go again. */
const BYTES_KEPT_MAX = 1_048_576;
/** A head and the longest integer after it. */
const HEAD_BYTES_MAX = 9;

const UINT = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;

let target = Buffer.alloc(BYTES_START);
/** The same memory: a plain view is cheaper to make than a Buffer. */
let plain = viewOf(target);
let at = 0;

/** A view that holds until the next call. */
export function encodeShared(value: CborValue): Uint8Array {
  at = 0;
  if (target.length > BYTES_KEPT_MAX) take(Buffer.alloc(BYTES_START));
  item(value);
  return plain.subarray(0, at);
}

function item(value: CborValue): void {
  switch (typeof value) {
    case "number":
      if (value >= 0) head(UINT, value);
      else head(NEGATIVE, -1 - value);
      return;
    case "string": {
      const length = Buffer.byteLength(value);
      head(TEXT, length);
      reserve(length);
      at += target.write(value, at, length);
      return;
    }
    case "boolean":
      simple(value ? 0xf5 : 0xf4);
      return;
    default:
  }
  if (value === null) {
    simple(0xf6);
  } else if (value instanceof Uint8Array) {
    head(BYTES, value.length);
    reserve(value.length);
    plain.set(value, at);
    at += value.length;
  } else {
    head(ARRAY, value.length);
    for (const each of value) item(each);
  }
}

function simple(byte: number): void {
  reserve(1);
  target[at++] = byte;
}

function head(major: number, value: number): void {
  reserve(HEAD_BYTES_MAX);
  const type = major << 5;
  if (value < 24) {
    target[at++] = type | value;
  } else if (value < 0x100) {
    target[at++] = type | 24;
    target[at++] = value;
  } else if (value < 0x1_0000) {
    target[at++] = type | 25;
    at = target.writeUInt16BE(value, at);
  } else if (value < 0x1_0000_0000) {
    target[at++] = type | 26;
    at = target.writeUInt32BE(value, at);
  } else {
    target[at++] = type | 27;
    at = target.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at);
    at = target.writeUInt32BE(value % 0x1_0000_0000, at);
  }
}

function reserve(bytes: number): void {
  if (at + bytes <= target.length) return;
  const larger = Buffer.alloc(Math.max(target.length * 2, at + bytes));
  larger.set(plain.subarray(0, at));
  take(larger);
}

function take(next: Buffer<ArrayBuffer>): void {
  target = next;
  plain = viewOf(next);
}

function viewOf(buffer: Buffer<ArrayBuffer>): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
