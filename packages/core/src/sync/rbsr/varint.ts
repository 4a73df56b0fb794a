/**
 * Numbers of the negentropy wire: base 128, most significant digit first, no leading zeros. Arithmetic
 * instead of shifts, which would lose what lies above 32 bits: a time in milliseconds does. spec/sync-ranges RB1.
 */

/** Bytes of the longest number: 2^53, which stands for the greatest time and one. */
export const VARINT_BYTES = 8;
const DIGIT = 128;
/** Seven more bits on top of this are 2^53, the last number that is told apart from its neighbour below. */
const LAST_HEAD = 2 ** 46;

/** Bytes that `value` takes. A whole number from 0 to 2^53. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = Math.floor(value / DIGIT); rest > 0; rest = Math.floor(rest / DIGIT)) bytes += 1;
  return bytes;
}

/** Writes `value` at `at`, returns where the next byte goes. The caller has made room. */
export function writeVarint(value: number, target: Uint8Array, at: number): number {
  const end = at + varintBytes(value);
  let rest = value;
  for (let index = end - 1; index >= at; index -= 1) {
    const next = Math.floor(rest / DIGIT);
    target[index] = rest - next * DIGIT + (index === end - 1 ? 0 : DIGIT);
    rest = next;
  }
  return end;
}

/** A number and where it ends; null when it is cut short, longer than it need be, or beyond 2^53. */
export function readVarint(bytes: Uint8Array, from: number): { value: number; end: number } | null {
  let value = 0;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    const digit = byte % DIGIT;
    if (at === from && byte === DIGIT) return null;
    if (value > LAST_HEAD || (value === LAST_HEAD && digit > 0)) return null;
    value = value * DIGIT + digit;
    if (byte < DIGIT) return { value, end: at + 1 };
  }
  return null;
}
