/**
 * Opens events. One valid outer form exists for each signed header: tag, bucket, nonce, ciphertexts and
 * padding are all computed again and any difference is refused, so nobody can give another's event a second
 * id. The signature itself is checked elsewhere, in batches. spec/event EV4-EV12.
 */
import {
  aeadOpen,
  CoreError,
  coreError,
  equalBytes,
  SIGNATURE_BYTES,
  verifyMessage,
} from "../crypto/index.ts";
import type { EventId } from "../ids.ts";
import type { SignatureCheck } from "../ports/signatures.ts";
import type { EventRecord } from "../ports/store.ts";
import type { EpochKeys } from "./epoch-keys.ts";
import { decodeHeader, headerCheck } from "./header.ts";
import type { Header, SignedHeader } from "./header.ts";
import { isStateKind, SHEDDABLE_KIND_MIN } from "./kinds.ts";
import { EVENT_BYTES_MAX } from "./limits.ts";
import { contentContext, outerContext } from "./outer.ts";
import type { OuterEvent } from "./outer.ts";
import { hashBody, unpadBody } from "./padding.ts";
import { bodyNonce, checkRatchet, headerNonce } from "./seal.ts";
import { bucketOf } from "./time.ts";

export interface OpenedEvent {
  readonly id: EventId;
  readonly outer: Uint8Array;
  readonly bucket: number;
  readonly header: Header;
  /** The payload for decodeBody; null when shed, or when it is not for this device. */
  readonly body: Uint8Array | null;
  /** Whether it is here or was shed, the body is not for this device. */
  readonly isClosed: boolean;
  /** Of a body under a key of a chain, which is used once: with salt and padding, to be kept. Else null. */
  readonly padded: Uint8Array | null;
  /** Must hold before the event means anything. */
  readonly check: SignatureCheck;
  readonly signedHeader: SignedHeader;
}

/** Where plaintexts are looked at, one after another within one call; what is kept of them is copied. */
const opening = new Uint8Array(EVENT_BYTES_MAX);

/**
 * All checks but the signature. Throws EVENT_TAG, EVENT_HEADER, EVENT_EPOCH, EVENT_SCOPE, EVENT_BUCKET,
 * EVENT_NONCE, EVENT_RATCHET, EVENT_BODY, EVENT_PADDING, EVENT_SHED, and what decodeHeader throws.
 */
export function openEvent(outer: OuterEvent, keys: EpochKeys): OpenedEvent {
  if (!equalBytes(outer.tag, keys.tagOf(outer.bucket))) {
    throw coreError("EVENT_TAG", "the event's tag is not of this epoch; look its key up by the tag");
  }
  const context = outerContext(outer.tag, outer.bucket);
  const plain = aeadOpen(keys.headerKey, outer.nonce, outer.sealedHeader, context, opening);
  if (plain === null)
    throw coreError("EVENT_HEADER", "the sealed header was altered; ask another peer for the event");
  const headerBytes = plain.subarray(SIGNATURE_BYTES);
  const header = decodeHeader(headerBytes);
  checkPlace(header, outer, keys);
  if (!equalBytes(outer.nonce, headerNonce(keys, plain))) {
    throw coreError("EVENT_NONCE", "the nonce is not the one its header gives; drop the event");
  }
  const check = headerCheck({ header: headerBytes, signature: plain.slice(0, SIGNATURE_BYTES) }, header);
  // What is signed ends with the header, whatever its label: its copy serves both.
  const signed = check.message.subarray(check.message.length - headerBytes.length);
  return {
    id: outer.id,
    outer: outer.bytes,
    bucket: outer.bucket,
    header,
    ...openBody(header, outer, { keys, context }),
    check,
    signedHeader: { header: signed, signature: check.signature },
  };
}

/** True when the device that the header names has signed it. */
export function verifyOpened(opened: OpenedEvent): boolean {
  const { message, signature, publicKey } = opened.check;
  return verifyMessage(message, signature, publicKey);
}

/** The store's columns of an event. */
export function toRecord(opened: Pick<OpenedEvent, "id" | "header" | "bucket" | "outer">): EventRecord {
  const { header } = opened;
  return {
    id: opened.id,
    space: header.space,
    scope: header.scope,
    bucket: opened.bucket,
    device: header.device,
    seq: header.seq,
    prev: header.prev,
    parents: header.parents,
    timeMs: header.time.ms,
    timeCount: header.time.count,
    kind: header.kind,
    outer: opened.outer,
  };
}

function checkPlace(header: Header, outer: OuterEvent, keys: EpochKeys): void {
  if (header.epoch !== keys.epoch) {
    throw coreError("EVENT_EPOCH", "the header names another epoch than its tag; drop the event");
  }
  if (header.space !== keys.space || header.scope !== keys.scope) {
    throw coreError("EVENT_SCOPE", "the header names another scope than its epoch's; drop the event");
  }
  if (bucketOf(header.time.ms) !== outer.bucket) {
    throw coreError("EVENT_BUCKET", "the bucket does not agree with the header's time; drop the event");
  }
  checkRatchet(header, keys);
  if (!equalBytes(header.contentHash, outer.contentHash)) {
    throw coreError("EVENT_BODY", "the sealed body is not the signed one; ask another peer for the event");
  }
}

interface BodyOpening {
  readonly keys: EpochKeys;
  readonly context: Uint8Array;
}

type OpenedBody = Pick<OpenedEvent, "body" | "isClosed" | "padded">;

function openBody(header: Header, outer: OuterEvent, { keys, context }: BodyOpening): OpenedBody {
  if (outer.sealedBody === null) {
    if (header.kind >= SHEDDABLE_KIND_MIN)
      return { body: null, isClosed: isForOthers(header, keys), padded: null };
    throw coreError(
      "EVENT_SHED",
      "an event that carries rights or keys came without its body; ask for it whole",
    );
  }
  const kept = header.ratchet === null ? null : (keys.bodyOf?.(outer.id) ?? null);
  if (kept) return openPadded(kept, header);
  const contentKey = keys.contentKeyOf(header.device, header.kind, header.ratchet);
  if (contentKey === null) return { body: null, isClosed: true, padded: null };
  const padded = aeadOpen(
    contentKey,
    bodyNonce(header.bodyHash),
    outer.sealedBody,
    contentContext(context),
    opening,
  );
  try {
    if (padded === null)
      throw coreError("EVENT_BODY", "the body does not open for its author's key; drop the event");
    return openPadded(padded, header);
  } catch (error) {
    // Who has no key of it takes the event: so must who has one, or they would hold different sets.
    if (mayBeClosed(header.kind, keys) && error instanceof CoreError)
      return { body: null, isClosed: true, padded: null };
    throw error;
  }
}

/** Some who take the event cannot open its body: spec/event EV32, EV37. */
function mayBeClosed(kind: number, { profile }: EpochKeys): boolean {
  return profile !== "archive" && !isStateKind(kind);
}

/** Throws EVENT_BODY, EVENT_PADDING. */
function openPadded(padded: Uint8Array, { bodyHash, ratchet }: Header): OpenedBody {
  if (!equalBytes(hashBody(padded), bodyHash)) {
    throw coreError("EVENT_BODY", "the body is not the signed one; drop the event");
  }
  const body = unpadBody(padded).slice();
  return { body, isClosed: false, padded: ratchet === null ? null : padded.slice() };
}

/** No key of the body is here: it was not for this device, or the key is used or destroyed. */
function isForOthers({ device, kind, ratchet }: Header, keys: EpochKeys): boolean {
  return keys.contentKeyOf(device, kind, ratchet) === null;
}

/** It is, with salt and padding, what the event's author signed, though no key opens it here. */
export function isBodyOf(padded: Uint8Array, { bodyHash }: Pick<Header, "bodyHash">): boolean {
  return equalBytes(hashBody(padded), bodyHash);
}
