/** Bytes as values: joining, comparing, text. Results never alias their arguments. */
import { timingSafeEqual } from "node:crypto";
import { coreError } from "./errors.ts";

const encoder = new TextEncoder();
// ignoreBOM keeps a leading U+FEFF as a character, so that decoding and encoding are inverse.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One new array with the parts one after another. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** True for equal contents, in time that depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Byte order: negative, zero or positive, as a sort function wants it. Not constant in time. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

/** UTF-8 of a text. Throws TEXT_NOT_UNICODE for a lone surrogate, which has no UTF-8. */
export function utf8(text: string): Uint8Array {
  if (!text.isWellFormed())
    throw coreError("TEXT_NOT_UNICODE", "the text holds half a surrogate pair; remove it");
  return encoder.encode(text);
}

/** Text of UTF-8 bytes. Throws TEXT_NOT_UTF8. */
export function readUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw coreError("TEXT_NOT_UTF8", `${bytes.length} bytes are not UTF-8 text`, { cause });
  }
}
