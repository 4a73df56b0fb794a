/**
 * The outer form: all that a holder without keys sees of an event. Owns its codec, the id and shedding.
 * Refuses any encoding but the canonical one. spec/event EV1, EV12, EV20.
 */
import {
  AEAD_TAG_BYTES,
  coreError,
  decodeCbor,
  encodeCbor,
  labelled,
  labels,
  readArray,
  readBytes,
  readNullable,
  readUint,
  sha256,
  sha256Labelled,
  SIGNATURE_BYTES,
} from "../crypto/index.ts";
import { toId } from "../ids.ts";
import type { EventId } from "../ids.ts";
import { uint32Bytes } from "./epoch-keys.ts";
import { HEADER_BYTES_MAX } from "./header.ts";
import { EVENT_BYTES_MAX } from "./limits.ts";
import { PADDED_BYTES_MIN } from "./padding.ts";
import { BUCKET_MAX } from "./time.ts";

export interface OuterEvent {
  readonly id: EventId;
  /** 32 bytes: names and commits to the epoch. */
  readonly tag: Uint8Array;
  readonly bucket: number;
  /** 24 bytes. */
  readonly nonce: Uint8Array;
  readonly sealedHeader: Uint8Array;
  /** Null when shed. */
  readonly sealedBody: Uint8Array | null;
  /** SHA-256 of the sealed body: computed, or as the shed form states it. */
  readonly contentHash: Uint8Array;
  /** The canonical encoding that was decoded. */
  readonly bytes: Uint8Array;
}

export const EVENT_VERSION = 1;
/** Six when whole, seven when shed. */
const FIELDS = { min: 6, max: 7 };
const TAG_BYTES = 32;
export const NONCE_BYTES = 24;
const HASH_BYTES = 32;
const SEALED_HEADER_BYTES = {
  min: SIGNATURE_BYTES + AEAD_TAG_BYTES + 1,
  max: SIGNATURE_BYTES + AEAD_TAG_BYTES + HEADER_BYTES_MAX,
};
const SEALED_BODY_BYTES = { min: PADDED_BYTES_MIN + AEAD_TAG_BYTES, max: EVENT_BYTES_MAX };

export type OuterParts = Omit<OuterEvent, "id" | "bytes">;

/** The canonical encoding of the parts and its id. Throws EVENT_TOO_LARGE. */
export function encodeOuter(parts: OuterParts): OuterEvent {
  const { tag, bucket, nonce, sealedHeader, sealedBody, contentHash } = parts;
  const fields = [EVENT_VERSION, tag, bucket, nonce, sealedHeader, sealedBody];
  const bytes = encodeCbor(sealedBody === null ? [...fields, contentHash] : fields);
  if (bytes.length > EVENT_BYTES_MAX) throw tooLarge(bytes.length);
  return { id: outerId(parts), tag, bucket, nonce, sealedHeader, sealedBody, contentHash, bytes };
}

/** Throws EVENT_TOO_LARGE, EVENT_VERSION, EVENT_OUTER, MALFORMED, CBOR_*. The result keeps `bytes`: do not reuse them. */
export function decodeOuter(bytes: Uint8Array): OuterEvent {
  if (bytes.length > EVENT_BYTES_MAX) throw tooLarge(bytes.length);
  const fields = readArray(decodeCbor(bytes, { bytesMax: EVENT_BYTES_MAX, views: true }), FIELDS, "event");
  const version = readUint(fields[0], "event version");
  if (version !== EVENT_VERSION) {
    throw coreError("EVENT_VERSION", `event version ${version} is unknown; update this device`);
  }
  const sealedBody = readNullable(fields[5], (value) => readBytes(value, SEALED_BODY_BYTES, "event body"));
  if (fields.length !== (sealedBody === null ? FIELDS.max : FIELDS.min)) {
    throw coreError("EVENT_OUTER", "an event has six fields, or seven when its body is shed; drop it");
  }
  const parts: OuterParts = {
    tag: readBytes(fields[1], TAG_BYTES, "event tag"),
    bucket: readUint(fields[2], "event bucket", BUCKET_MAX),
    nonce: readBytes(fields[3], NONCE_BYTES, "event nonce"),
    sealedHeader: readBytes(fields[4], SEALED_HEADER_BYTES, "event header"),
    sealedBody,
    contentHash:
      sealedBody === null ? readBytes(fields[6], HASH_BYTES, "event content hash") : sha256(sealedBody),
  };
  return { ...parts, id: outerId(parts), bytes };
}

/** The same event without its body: same id, same chain, same signature. Shedding twice changes nothing. */
export function shedBody(outerBytes: Uint8Array): Uint8Array {
  return encodeOuter({ ...decodeOuter(outerBytes), sealedBody: null }).bytes;
}

/** Bytes that both ciphertexts are bound to: version, tag, bucket. */
export function outerContext(tag: Uint8Array, bucket: number): Uint8Array {
  const context = new Uint8Array(1 + TAG_BYTES + 4);
  context[0] = EVENT_VERSION;
  context.set(tag, 1);
  context.set(uint32Bytes(bucket), 1 + TAG_BYTES);
  return context;
}

/** As the outer context, under the label that keeps bodies apart from headers. */
export function contentContext(context: Uint8Array): Uint8Array {
  return labelled(labels.eventBody, context);
}

/** Over the body's hash and not the body, so that shedding keeps it. One field varies in length: no separators needed. */
function outerId(parts: OuterParts): EventId {
  const context = outerContext(parts.tag, parts.bucket);
  return toId<EventId>(
    sha256Labelled(labels.eventId, context, parts.nonce, parts.sealedHeader, parts.contentHash),
  );
}

function tooLarge(bytes: number): Error {
  return coreError(
    "EVENT_TOO_LARGE",
    `an event has at most ${EVENT_BYTES_MAX} bytes, this one ${bytes}; split it`,
  );
}
