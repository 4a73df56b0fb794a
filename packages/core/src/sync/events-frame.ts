/**
 * The EVENTS frame: scope (32 bytes), then each event as a big-endian u32 length and its outer form. Plain
 * bytes and no CBOR, for this is the hot path: decoding makes views of the payload and copies nothing.
 * Owns the layout; refuses to look inside an outer form. spec/sync SY2.
 */
import { coreError } from "../crypto/errors.ts";
import { EVENT_BYTES_MAX } from "../event/index.ts";
import { idBytes, toId } from "../ids.ts";
import type { ScopeId } from "../ids.ts";
import { FRAME_BYTES_MAX } from "../ports/index.ts";
import { EVENTS_PER_FRAME_MAX } from "./limits.ts";

const SCOPE_BYTES = 32;
const LENGTH_BYTES = 4;

/** Bytes that an EVENTS frame of these outer forms takes. */
export function eventsFrameBytes(outers: readonly Uint8Array[]): number {
  let bytes = SCOPE_BYTES;
  for (const outer of outers) bytes += LENGTH_BYTES + outer.length;
  return bytes;
}

/** Throws FRAME_TOO_LARGE when the outer forms do not fit one frame, or FRAME_MALFORMED for none or too many. */
export function encodeEventsFrame(scope: ScopeId, outers: readonly Uint8Array[]): Uint8Array {
  if (outers.length === 0 || outers.length > EVENTS_PER_FRAME_MAX) {
    throw coreError(
      "FRAME_MALFORMED",
      `an EVENTS frame holds 1 to ${EVENTS_PER_FRAME_MAX} events, not ${outers.length}`,
    );
  }
  const total = eventsFrameBytes(outers);
  if (total > FRAME_BYTES_MAX) {
    throw coreError(
      "FRAME_TOO_LARGE",
      `${outers.length} events take ${total} bytes of ${FRAME_BYTES_MAX}; send fewer`,
    );
  }
  const payload = new Uint8Array(total);
  const view = new DataView(payload.buffer);
  payload.set(idBytes(scope), 0);
  let at = SCOPE_BYTES;
  for (const outer of outers) {
    if (outer.length === 0 || outer.length > EVENT_BYTES_MAX) {
      throw coreError(
        "FRAME_MALFORMED",
        `an event of ${outer.length} bytes; allowed are 1 to ${EVENT_BYTES_MAX}`,
      );
    }
    view.setUint32(at, outer.length);
    payload.set(outer, at + LENGTH_BYTES);
    at += LENGTH_BYTES + outer.length;
  }
  return payload;
}

/** The outer forms are views of the payload. Throws FRAME_MALFORMED. */
export function decodeEventsFrame(payload: Uint8Array): { scope: ScopeId; outers: Uint8Array[] } {
  if (payload.length <= SCOPE_BYTES || payload.length > FRAME_BYTES_MAX) {
    throw coreError("FRAME_MALFORMED", `an EVENTS frame of ${payload.length} bytes`);
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const outers: Uint8Array[] = [];
  let at = SCOPE_BYTES;
  while (at < payload.length) {
    if (outers.length === EVENTS_PER_FRAME_MAX) {
      throw coreError("FRAME_MALFORMED", `more than ${EVENTS_PER_FRAME_MAX} events in one frame`);
    }
    const left = payload.length - at - LENGTH_BYTES;
    const length = left > 0 ? view.getUint32(at) : 0;
    if (length === 0 || length > EVENT_BYTES_MAX || length > left) {
      throw coreError(
        "FRAME_MALFORMED",
        `event ${outers.length} of the frame says ${length} bytes, ${Math.max(left, 0)} are left`,
      );
    }
    const from = at + LENGTH_BYTES;
    outers.push(payload.subarray(from, from + length));
    at = from + length;
  }
  return { scope: toId<ScopeId>(payload.subarray(0, SCOPE_BYTES)), outers };
}
