/**
 * Makes events. Everything but salt and signature key follows from the draft, so sealing again gives the
 * same bytes. Refuses drafts that no receiver would accept. spec/event EV4-EV12.
 */
import { aeadSeal, concatBytes, coreError, hmacSha256, sha256 } from "../crypto/index.ts";
import type { DeviceId, EventId, ScopeId, SpaceId } from "../ids.ts";
import { encodeBody } from "./bodies.ts";
import type { Body } from "./body-types.ts";
import type { EpochKeys } from "./epoch-keys.ts";
import { encodeHeader, signHeader } from "./header.ts";
import type { Header, SignedHeader } from "./header.ts";
import { kinds } from "./kinds.ts";
import { contentContext, encodeOuter, NONCE_BYTES, outerContext } from "./outer.ts";
import type { OuterEvent } from "./outer.ts";
import { hashBody, padBody } from "./padding.ts";
import { bucketOf } from "./time.ts";
import type { HybridTime } from "./time.ts";

export interface EventDraft {
  readonly space: SpaceId;
  readonly scope: ScopeId;
  readonly device: DeviceId;
  readonly seq: number;
  readonly prev: EventId | null;
  /** In any order; sealing sorts. */
  readonly parents: readonly EventId[];
  readonly auth: readonly EventId[];
  readonly time: HybridTime;
  readonly body: Body;
  /** Seconds; exactly of a message.expire. */
  readonly lifetimeS?: number;
  /** Number of the body in the device's chain; exactly where EpochKeys.isRatcheted of its kind. */
  readonly ratchet?: number | null;
}

export interface SealedEvent {
  readonly id: EventId;
  readonly outer: Uint8Array;
  readonly header: Header;
  readonly bucket: number;
  readonly body: Body;
  /** The body with salt and padding where it lies under a key of a chain, which is used once; else null. */
  readonly padded: Uint8Array | null;
}

export interface SealOptions {
  readonly keys: EpochKeys;
  /** 64 bytes, of the draft's device. */
  readonly secretKey: Uint8Array;
  /** 16 fresh random bytes. */
  readonly salt: Uint8Array;
}

/** Ciphertexts on their way into the outer form, which copies them; longer ones than these get arrays of their own. */
const SEALING_BYTES = 4_096;
const bodySealing = new Uint8Array(SEALING_BYTES);
const headerSealing = new Uint8Array(SEALING_BYTES);

/** Throws EVENT_SCOPE when the epoch is of another scope, EVENT_RATCHET, EVENT_HEADER, EVENT_TOO_LARGE, and what encodeBody throws. */
export function sealEvent(draft: EventDraft, options: SealOptions): SealedEvent {
  const { keys, secretKey, salt } = options;
  if (draft.space !== keys.space || draft.scope !== keys.scope) {
    throw coreError(
      "EVENT_SCOPE",
      "the epoch belongs to another scope than the draft; seal with an epoch of its own",
    );
  }
  const kind = kinds[draft.body.type];
  const ratchet = draft.ratchet ?? null;
  checkRatchet({ kind, ratchet }, keys);
  const bucket = bucketOf(draft.time.ms);
  const tag = keys.tagOf(bucket);
  const padded = padBody(salt, encodeBody(draft.body));
  const bodyHash = hashBody(padded);
  const context = outerContext(tag, bucket);
  const sealedBody = sealBody(padded, {
    keys,
    device: draft.device,
    kind,
    ratchet,
    bodyHash,
    context,
    into: bodySealing,
  });
  const header: Header = {
    space: draft.space,
    scope: draft.scope,
    device: draft.device,
    seq: draft.seq,
    prev: draft.prev,
    parents: draft.parents.toSorted(),
    auth: draft.auth.toSorted(),
    time: draft.time,
    epoch: keys.epoch,
    kind,
    ratchet,
    bodyHash,
    contentHash: sha256(sealedBody),
    ...(draft.lifetimeS !== undefined && { lifetimeS: draft.lifetimeS }),
  };
  const signed = signHeader(encodeHeader(header), header.kind, secretKey);
  const outer = sealHeader(signed, {
    keys,
    tag,
    bucket,
    context,
    sealedBody,
    contentHash: header.contentHash,
  });
  const { id, bytes } = outer;
  return { id, outer: bytes, header, bucket, body: draft.body, padded: ratchet === null ? null : padded };
}

/** Throws EVENT_RATCHET unless exactly bodies of a chain have a number there. spec/epoch EP96. */
export function checkRatchet({ kind, ratchet }: Pick<Header, "kind" | "ratchet">, keys: EpochKeys): void {
  if (keys.isRatcheted(kind) === (ratchet !== null)) return;
  throw coreError(
    "EVENT_RATCHET",
    "exactly bodies that may be shed, in a sealed scope, have a number in a chain; drop the event",
  );
}

export interface BodySeal {
  readonly keys: EpochKeys;
  readonly device: DeviceId;
  /** Left out: one that may be shed. */
  readonly kind?: number;
  /** Left out: in no chain. */
  readonly ratchet?: number | null;
  readonly bodyHash: Uint8Array;
  readonly context: Uint8Array;
  /** As in aeadSeal. */
  readonly into?: Uint8Array;
}

/**
 * C. Its nonce is the head of the body's hash: the header signs over C's hash, so C cannot wait for the
 * header's nonce; and equal nonces would need equal salts and bodies, which give equal ciphertexts.
 */
export function sealBody(padded: Uint8Array, seal: BodySeal): Uint8Array {
  const { keys, device, kind, ratchet, bodyHash, context, into } = seal;
  const key = keys.contentKeyOf(device, kind, ratchet);
  if (key === null)
    throw coreError("EPOCH_SECRETS", "nobody writes under an epoch whose content it cannot read; make one");
  return aeadSeal(key, bodyNonce(bodyHash), padded, contentContext(context), into);
}

export function bodyNonce(bodyHash: Uint8Array): Uint8Array {
  return bodyHash.slice(0, NONCE_BYTES);
}

/** Nonce of H: a function of what it seals, which receivers compute again. */
export function headerNonce(keys: EpochKeys, sealed: Uint8Array): Uint8Array {
  return hmacSha256(keys.nonceKey, sealed).slice(0, NONCE_BYTES);
}

export interface HeaderSeal {
  readonly keys: EpochKeys;
  readonly tag: Uint8Array;
  readonly bucket: number;
  readonly context: Uint8Array;
  /** Null where the shed form is wanted. */
  readonly sealedBody: Uint8Array | null;
  readonly contentHash: Uint8Array;
}

/** H around a signed header, and the outer form around H. */
export function sealHeader(signed: SignedHeader, seal: HeaderSeal): OuterEvent {
  const plain = concatBytes(signed.signature, signed.header);
  const nonce = headerNonce(seal.keys, plain);
  const sealedHeader = aeadSeal(seal.keys.headerKey, nonce, plain, seal.context, headerSealing);
  const { tag, bucket, sealedBody, contentHash } = seal;
  return encodeOuter({ tag, bucket, nonce, sealedHeader, sealedBody, contentHash });
}
