/**
 * Reads decoded CBOR by position, naming what is wrong. Every length has a bound. All throw MALFORMED.
 */
import type { AnyId } from "../ids.ts";
import { toId } from "../ids.ts";
import type { CborValue } from "./cbor.ts";
import { coreError } from "./errors.ts";

export interface LengthBounds {
  readonly min?: number;
  readonly max: number;
}

/** An array of exactly `length` items, or within the bounds. */
export function readArray(
  value: CborValue | undefined,
  length: number | LengthBounds,
  what: string,
): readonly CborValue[] {
  if (!Array.isArray(value)) throw malformed(what, "is not an array");
  const items = value as readonly CborValue[];
  if (!fits(items.length, length)) throw malformed(what, `has ${items.length} items`);
  return items;
}

/** A byte string of exactly `length` bytes, or within the bounds. */
export function readBytes(
  value: CborValue | undefined,
  length: number | LengthBounds,
  what: string,
): Uint8Array {
  if (!(value instanceof Uint8Array)) throw malformed(what, "is not a byte string");
  if (!fits(value.length, length)) throw malformed(what, `has ${value.length} bytes`);
  return value;
}

/** An id of 32 or 16 bytes; the caller names the brand: `readId<EventId>(value, 32, "prev")`. */
export function readId<Id extends AnyId>(value: CborValue | undefined, length: 16 | 32, what: string): Id {
  return toId<Id>(readBytes(value, length, what));
}

/** An integer from 0 to max (2^53 - 1 when left out). */
export function readUint(
  value: CborValue | undefined,
  what: string,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== "number") throw malformed(what, "is not a number");
  if (value < 0 || value > max) throw malformed(what, "is out of range");
  return value;
}

export function readBool(value: CborValue | undefined, what: string): boolean {
  if (typeof value !== "boolean") throw malformed(what, "is not a boolean");
  return value;
}

/** A text of at most bytesMax bytes of UTF-8. */
export function readText(
  value: CborValue | undefined,
  { bytesMax }: { readonly bytesMax: number },
  what: string,
): string {
  if (typeof value !== "string") throw malformed(what, "is not a text");
  // UTF-8 has at least one byte for each UTF-16 unit: the cheap test first.
  if (value.length > bytesMax || Buffer.byteLength(value) > bytesMax)
    throw malformed(what, `is longer than ${bytesMax} bytes`);
  return value;
}

/** Null, or what `read` makes of it. */
export function readNullable<Value>(
  value: CborValue | undefined,
  read: (value: CborValue) => Value,
): Value | null {
  if (value === null) return null;
  return read(value as CborValue);
}

function fits(length: number, wanted: number | LengthBounds): boolean {
  if (typeof wanted === "number") return length === wanted;
  return length <= wanted.max && length >= (wanted.min ?? 0);
}

function malformed(what: string, complaint: string): Error {
  return coreError("MALFORMED", `${what} ${complaint}`);
}
