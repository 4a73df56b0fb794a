/**
 * Takes the body off an event's outer form without reading what is in it (spec/event EV1), so that the writer's thread
 * needs none of the cryptography of core. Made for bytes of the store, which core has checked; others are returned as
 * they are.
 */
import { createHash } from "node:crypto";

const WHOLE = 0x86;
const SHED = 0x87;
const NULL = 0xf6;
/** Head of a byte string of 32 bytes. */
const HASH_HEAD = [0x58, 0x20];
/** Version, tag, bucket, nonce, sealed header. */
const FIELDS_BEFORE_BODY = 5;

/** True for the form that has lost its body. */
export function isShed(outer: Uint8Array): boolean {
  return outer[0] === SHED;
}

export function shedOuter(outer: Uint8Array): Uint8Array {
  if (outer[0] !== WHOLE) return outer;
  let at = 1;
  for (let field = 0; field < FIELDS_BEFORE_BODY; field += 1) at = afterItem(outer, at);
  const end = afterItem(outer, at);
  if (end !== outer.length) return outer;
  const body = outer.subarray(at + headBytes(outer[at] ?? 0), end);
  const hash = createHash("sha256").update(body).digest();
  const shed = new Uint8Array(at + 1 + HASH_HEAD.length + hash.length);
  shed.set(outer.subarray(0, at));
  shed[0] = SHED;
  shed.set([NULL, ...HASH_HEAD], at);
  shed.set(hash, at + 1 + HASH_HEAD.length);
  return shed;
}

/** Of a CBOR item: one byte, and for lengths of 24 and more those that hold it. */
function headBytes(first: number): number {
  const low = first & 31;
  return low < 24 ? 1 : 1 + 2 ** (low - 24);
}

/** Where the item that begins at `at` ends; numbers and byte strings are all there are. */
function afterItem(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const head = headBytes(first);
  if (first >> 5 !== 2) return at + head;
  let length = head === 1 ? first & 31 : 0;
  for (let n = 1; n < head; n += 1) length = length * 256 + (bytes[at + n] ?? 0);
  return at + head + length;
}
