/** A batch of checks as one block of bytes, so that it is handed to the worker and not copied object by object. */
import type { SignatureCheck } from "@kith/core";

const LENGTH_BYTES = 4;

/** Each check is three parts (key, signature, message), each with its length before it. */
export function packChecks(checks: readonly SignatureCheck[]): Uint8Array<ArrayBuffer> {
  const parts = checks.flatMap(({ publicKey, signature, message }) => [publicKey, signature, message]);
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + LENGTH_BYTES + part.length, 0));
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    packed.set(part, at + LENGTH_BYTES);
    at += LENGTH_BYTES + part.length;
  }
  return packed;
}

export function* unpackChecks(buffer: ArrayBuffer): Generator<SignatureCheck> {
  const view = new DataView(buffer);
  let at = 0;
  const next = (): Uint8Array => {
    const length = view.getUint32(at);
    const part = new Uint8Array(buffer, at + LENGTH_BYTES, length);
    at += LENGTH_BYTES + length;
    return part;
  };
  while (at < buffer.byteLength) yield { publicKey: next(), signature: next(), message: next() };
}
