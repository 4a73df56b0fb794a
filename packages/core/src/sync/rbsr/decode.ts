/**
 * Reads a whole message before any of it is acted on. Bytes are hostile: each length is held against what is
 * left before it is believed, and nothing is copied. spec/sync-ranges RB1-RB4, RB6-RB8.
 */
import { coreError } from "../../crypto/errors.ts";
import type { CoreError } from "../../crypto/errors.ts";
import { RBSR_TIMESTAMP_MAX } from "../limits.ts";
import { infiniteBound, isAfter, zeroBound } from "./bounds.ts";
import type { Bound } from "./bounds.ts";
import { FINGERPRINT_BYTES, ID_BYTES } from "./set/id-sum.ts";
import { readVarint } from "./varint.ts";

/** The only version there is a description of; 0x62 will be the next. */
export const RBSR_VERSION = 0x61;
const VERSION_FIRST = 0x60;
const VERSION_LAST = 0x6f;

export const modes = { skip: 0, fingerprint: 1, ids: 2 } as const;

/** Fingerprints and ids are views of the message; ids lie packed. */
export type Range =
  | { readonly mode: "skip"; readonly end: Bound }
  | { readonly mode: "fingerprint"; readonly end: Bound; readonly fingerprint: Uint8Array }
  | { readonly mode: "ids"; readonly end: Bound; readonly ids: Uint8Array };

/** 0 lifts a bound. */
export interface DecodeLimits {
  readonly messageBytesMax: number;
  readonly rangesMax: number;
}

/** The first byte. Throws RBSR_TOO_LARGE, or RBSR_MALFORMED for what is no message of any version. */
export function readVersion(message: Uint8Array, { messageBytesMax }: DecodeLimits): number {
  if (messageBytesMax > 0 && message.length > messageBytesMax)
    throw coreError("RBSR_TOO_LARGE", `a message of ${message.length} bytes; ${messageBytesMax} are allowed`);
  const version = message[0];
  if (version === undefined || version < VERSION_FIRST || version > VERSION_LAST)
    throw malformed(version === undefined ? "is empty" : `begins with the byte ${version}, no version`);
  return version;
}

/** What follows the version. Throws RBSR_MALFORMED, RBSR_RANGES for too many, RBSR_ORDER for bounds that do not ascend. */
export function decodeRanges(message: Uint8Array, { rangesMax }: DecodeLimits): Range[] {
  const ranges: Range[] = [];
  let before = zeroBound;
  let at = 1;

  function number(what: string): number {
    const read = readVarint(message, at);
    if (read === null) throw malformed(`has no ${what} at byte ${at}`);
    at = read.end;
    return read.value;
  }

  function take(length: number, what: string): Uint8Array {
    if (length > message.length - at)
      throw malformed(`says ${length} bytes of ${what}, ${message.length - at} are left`);
    at += length;
    return message.subarray(at - length, at);
  }

  function bound(): Bound {
    const encoded = number("time");
    const prefixBytes = number("length of a prefix");
    if (prefixBytes > ID_BYTES) throw malformed(`has a prefix of ${prefixBytes} bytes`);
    const prefix = take(prefixBytes, "a prefix");
    if (encoded === 0) {
      if (prefixBytes > 0) throw malformed("has a prefix after the end of time");
      return infiniteBound;
    }
    // In this order: beyond 2^53 a sum would be rounded down to what is allowed.
    const timestamp = before.timestamp + (encoded - 1);
    if (timestamp > RBSR_TIMESTAMP_MAX) throw malformed("has a time beyond 2^53 - 1");
    return { timestamp, prefix };
  }

  while (at < message.length) {
    if (rangesMax > 0 && ranges.length === rangesMax)
      throw coreError("RBSR_RANGES", `a message of more than ${rangesMax} ranges`);
    const end = bound();
    if (!isAfter(end, before) && !isEmptyLast(end, ranges)) throw outOfOrder(ranges.length);
    const mode = number("mode");
    switch (mode) {
      case modes.skip:
        ranges.push({ mode: "skip", end });
        break;
      case modes.fingerprint:
        ranges.push({ mode: "fingerprint", end, fingerprint: take(FINGERPRINT_BYTES, "a fingerprint") });
        break;
      case modes.ids: {
        const count = number("count of ids");
        ranges.push({ mode: "ids", end, ids: take(count * ID_BYTES, "ids") });
        break;
      }
      default:
        throw malformed(`has a range of the unknown mode ${mode}`);
    }
    before = end;
  }
  return ranges;
}

/** Whoever cuts right after a last list says once more, of nothing, that it ends at infinity. */
function isEmptyLast(end: Bound, ranges: readonly Range[]): boolean {
  const isInfinite = (bound: Bound | undefined): boolean => bound?.timestamp === infiniteBound.timestamp;
  return isInfinite(end) && isInfinite(ranges.at(-1)?.end) && !isInfinite(ranges.at(-2)?.end);
}

function malformed(what: string): CoreError {
  return coreError("RBSR_MALFORMED", `the message ${what}`);
}

function outOfOrder(index: number): CoreError {
  return coreError("RBSR_ORDER", `range ${index} does not end after the range before it`);
}
