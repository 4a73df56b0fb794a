/**
 * The padded body: salt | u32 payload length | payload | zeros, up to a Padmé length (Nikitin et al., 2019)
 * and never under 256 bytes. Owns the one valid padding of a payload; refuses every other. spec/event EV10.
 */
import { coreError, labels, sha256Labelled } from "../crypto/index.ts";

export const SALT_BYTES = 16;
/** Short messages are most messages: they all look alike. */
export const PADDED_BYTES_MIN = 256;

const FRAME_BYTES = SALT_BYTES + 4;

/** Length to which salt, length field and payload together are padded: at most 12% more, O(log log n) leaked. */
export function paddedLength(contentBytes: number): number {
  if (contentBytes <= PADDED_BYTES_MIN) return PADDED_BYTES_MIN;
  const exponent = 31 - Math.clz32(contentBytes);
  const exponentBits = 32 - Math.clz32(exponent);
  const mask = 2 ** (exponent - exponentBits) - 1;
  return (contentBytes + mask) & ~mask;
}

/** Salt is 16 fresh random bytes: it hides equal bodies from each other in the body's hash. */
export function padBody(salt: Uint8Array, payload: Uint8Array): Uint8Array {
  if (salt.length !== SALT_BYTES) {
    throw coreError("EVENT_SALT", `a body's salt has ${SALT_BYTES} bytes, not ${salt.length}`);
  }
  const padded = new Uint8Array(paddedLength(FRAME_BYTES + payload.length));
  padded.set(salt, 0);
  new DataView(padded.buffer).setUint32(SALT_BYTES, payload.length);
  padded.set(payload, FRAME_BYTES);
  return padded;
}

/** The payload. Throws EVENT_PADDING unless padBody would have made exactly these bytes. */
export function unpadBody(padded: Uint8Array): Uint8Array {
  if (padded.length < PADDED_BYTES_MIN) throw refusePadding("it is too short");
  const view = new DataView(padded.buffer, padded.byteOffset, padded.byteLength);
  const contentBytes = FRAME_BYTES + view.getUint32(SALT_BYTES);
  if (contentBytes > padded.length || paddedLength(contentBytes) !== padded.length) {
    throw refusePadding("its length is not the one its payload gives");
  }
  for (let at = contentBytes; at < padded.length; at += 1) {
    if (padded[at] !== 0) throw refusePadding("it is not zeros");
  }
  return padded.subarray(FRAME_BYTES, contentBytes);
}

/** What the author signs of the body. */
export function hashBody(padded: Uint8Array): Uint8Array {
  return sha256Labelled(labels.eventBodyHash, padded);
}

function refusePadding(why: string): Error {
  return coreError("EVENT_PADDING", `the body's padding is refused: ${why}; drop the event`);
}
