/**
 * Long lists in frames lie packed in one byte string, entry after entry: shorter than CBOR arrays, and a
 * hostile list costs no more to refuse than its bytes. Owns packing and the checks of length and order.
 * spec/sync SY3.
 */
import { coreError } from "../crypto/errors.ts";
import { BUCKET_MAX } from "../event/index.ts";
import type { EventId, ShortId } from "../ids.ts";
import type { BucketRoot } from "./frames.ts";

const ID_BYTES = 32;
const BUCKET_BYTES = 4;
const ENTRY_BYTES = BUCKET_BYTES + 32;

/** Throws FRAME_MALFORMED for more than max ids. */
export function packIds(ids: readonly EventId[], max: number): Uint8Array {
  if (ids.length > max) throw coreError("FRAME_MALFORMED", `${ids.length} ids, a frame holds ${max}`);
  const packed = Buffer.alloc(ids.length * ID_BYTES);
  for (let i = 0; i < ids.length; i += 1) packed.write(ids[i] as string, i * ID_BYTES, ID_BYTES, "hex");
  return packed;
}

const SHORT_BYTES = 8;

/** Throws FRAME_MALFORMED for more than max short ids. */
export function packShortIds(shorts: readonly ShortId[], max: number): Uint8Array {
  if (shorts.length > max)
    throw coreError("FRAME_MALFORMED", `${shorts.length} short ids, a frame holds ${max}`);
  return new Uint8Array(Buffer.from(shorts.join(""), "hex"));
}

/** In the order given. Throws FRAME_MALFORMED. */
export function unpackShortIds(packed: Uint8Array, max: number): ShortId[] {
  if (packed.length % SHORT_BYTES !== 0 || packed.length > max * SHORT_BYTES) {
    throw coreError(
      "FRAME_MALFORMED",
      `${packed.length} bytes are not up to ${max} short ids of ${SHORT_BYTES} bytes`,
    );
  }
  const hex = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength).toString("hex");
  const shorts: ShortId[] = [];
  for (let at = 0; at < hex.length; at += SHORT_BYTES * 2)
    shorts.push(hex.slice(at, at + SHORT_BYTES * 2) as ShortId);
  return shorts;
}

/** Ids in the order given. Throws FRAME_MALFORMED. */
export function unpackIds(packed: Uint8Array, max: number): EventId[] {
  if (packed.length % ID_BYTES !== 0 || packed.length > max * ID_BYTES) {
    throw coreError(
      "FRAME_MALFORMED",
      `${packed.length} bytes are not up to ${max} ids of ${ID_BYTES} bytes`,
    );
  }
  const hex = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength).toString("hex");
  const ids: EventId[] = [];
  for (let at = 0; at < hex.length; at += ID_BYTES * 2) ids.push(hex.slice(at, at + ID_BYTES * 2) as EventId);
  return ids;
}

/** As unpackIds, for lists that must be strictly ascending. */
export function unpackAscendingIds(packed: Uint8Array, max: number): EventId[] {
  const ids = unpackIds(packed, max);
  for (let i = 1; i < ids.length; i += 1) {
    if ((ids[i - 1] as string) >= (ids[i] as string)) {
      throw coreError("FRAME_MALFORMED", `id ${i} of the list does not come after the one before it`);
    }
  }
  return ids;
}

/** Throws FRAME_MALFORMED for more than max entries or a bucket beyond four bytes. */
export function packBuckets(buckets: readonly BucketRoot[], max: number): Uint8Array {
  if (buckets.length > max)
    throw coreError("FRAME_MALFORMED", `${buckets.length} buckets, a frame holds ${max}`);
  const packed = new Uint8Array(buckets.length * ENTRY_BYTES);
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const { bucket, root } of buckets) {
    if (
      !Number.isInteger(bucket) ||
      bucket < 0 ||
      bucket > BUCKET_MAX ||
      root.length !== ENTRY_BYTES - BUCKET_BYTES
    ) {
      throw coreError("FRAME_MALFORMED", `bucket ${bucket} with a root of ${root.length} bytes`);
    }
    view.setUint32(at, bucket);
    packed.set(root, at + BUCKET_BYTES);
    at += ENTRY_BYTES;
  }
  return packed;
}

/** Strictly ascending buckets; roots are views. Throws FRAME_MALFORMED. */
export function unpackBuckets(packed: Uint8Array, max: number): BucketRoot[] {
  if (packed.length % ENTRY_BYTES !== 0 || packed.length > max * ENTRY_BYTES) {
    throw coreError(
      "FRAME_MALFORMED",
      `${packed.length} bytes are not up to ${max} buckets of ${ENTRY_BYTES} bytes`,
    );
  }
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const buckets: BucketRoot[] = [];
  let before = -1;
  for (let at = 0; at < packed.length; at += ENTRY_BYTES) {
    const bucket = view.getUint32(at);
    if (bucket <= before)
      throw coreError("FRAME_MALFORMED", `bucket ${bucket} does not come after ${before}`);
    before = bucket;
    buckets.push({ bucket, root: packed.subarray(at + BUCKET_BYTES, at + ENTRY_BYTES) });
  }
  return buckets;
}
