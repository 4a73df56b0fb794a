/** For tests and vectors only: fixed seeds, drafts, and a forger that makes what sealEvent refuses to make. */
import { aeadSeal, concatBytes, decodeCbor, encodeCbor, sha256, sign, utf8 } from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { deviceKeysFromSeed } from "../identity/index.ts";
import type { DeviceKeys } from "../identity/index.ts";
import { toId } from "../ids.ts";
import type { AnyId, ChannelId, EventId, ScopeId, SpaceId } from "../ids.ts";
import { encodeBody } from "./bodies.ts";
import type { Body } from "./body-types.ts";
import { deriveEpochKeys } from "./epoch-keys.ts";
import type { EpochKeys } from "./epoch-keys.ts";
import { encodeHeader, HEADER_BYTES_MAX } from "./header.ts";
import { kinds, signatureDomain } from "./kinds.ts";
import { encodeOuter, outerContext } from "./outer.ts";
import type { OuterEvent } from "./outer.ts";
import { hashBody, padBody } from "./padding.ts";
import { controlScope, publicScope } from "./scopes.ts";
import { headerNonce, sealBody, sealEvent } from "./seal.ts";
import type { EventDraft, SealedEvent } from "./seal.ts";
import { bucketOf } from "./time.ts";

export const START_MS = 1_760_000_000_000;

/** 32 bytes that depend on the name alone. */
export function seeded(name: string): Uint8Array {
  return sha256(utf8(`kith event fixture: ${name}`));
}

export function id32<Id extends AnyId>(name: string): Id {
  return toId<Id>(seeded(name));
}

export function id16<Id extends AnyId>(name: string): Id {
  return toId<Id>(seeded(name).subarray(0, 16));
}

export function createEpoch(name: string, space: SpaceId, scope: ScopeId): EpochKeys {
  const [headerSecret, contentSecret] = [seeded(`${name} header`), seeded(`${name} content`)];
  return deriveEpochKeys({ space, scope, headerSecret, contentSecret });
}

export const space: SpaceId = id32<SpaceId>("space");
export const scope: ScopeId = publicScope(space);
export const control: ScopeId = controlScope(space);
export const channel: ChannelId = id16<ChannelId>("general");
export const alice: DeviceKeys = deviceKeysFromSeed(seeded("alice"));
export const bob: DeviceKeys = deviceKeysFromSeed(seeded("bob"));
export const epoch: EpochKeys = createEpoch("epoch", space, scope);
export const controlEpoch: EpochKeys = createEpoch("control epoch", space, control);
export const salt: Uint8Array = seeded("salt").subarray(0, 16);

export function post(text: string): Body {
  return { type: "message.post", channel, text, replyTo: null };
}

export function draft(changes: Partial<EventDraft> = {}): EventDraft {
  return {
    space,
    scope,
    device: alice.device,
    seq: 2,
    prev: id32<EventId>("previous"),
    parents: [id32<EventId>("head")],
    auth: [id32<EventId>("control head")],
    time: { ms: START_MS, count: 3 },
    body: post("hello"),
    ...changes,
  };
}

export function seal(changes: Partial<EventDraft> = {}): SealedEvent {
  return sealEvent(draft(changes), { keys: epoch, secretKey: alice.secretKey, salt });
}

/** What a dishonest member could do, step by step; each left out is done as it should be. */
export interface Forgery {
  readonly draft?: Partial<EventDraft>;
  /** Seals with these keys. */
  readonly keys?: EpochKeys;
  /** Tags with these keys. */
  readonly tagKeys?: EpochKeys;
  readonly secretKey?: Uint8Array;
  readonly bucket?: number;
  readonly padded?: (honest: Uint8Array) => Uint8Array;
  /** Changes the header's fields before they are signed. */
  readonly fields?: (fields: CborValue[]) => void;
  /** Changes the header's bytes before they are signed. */
  readonly header?: (bytes: Uint8Array) => Uint8Array;
  /** Changes what was signed, after it was. */
  readonly plain?: (signatureAndHeader: Uint8Array) => Uint8Array;
  readonly nonce?: Uint8Array;
  readonly sealedBody?: (honest: Uint8Array) => Uint8Array;
}

export function forge(forgery: Forgery): OuterEvent {
  const honest = draft(forgery.draft);
  const keys = forgery.keys ?? epoch;
  const bucket = forgery.bucket ?? bucketOf(honest.time.ms);
  const tag = (forgery.tagKeys ?? keys).tagOf(bucket);
  const context = outerContext(tag, bucket);
  const payload = padBody(salt, encodeBody(honest.body));
  const padded = forgery.padded?.(payload) ?? payload;
  const bodyHash = hashBody(padded);
  const sealed = sealBody(padded, { keys, device: honest.device, bodyHash, context });
  const sealedBody = forgery.sealedBody?.(sealed) ?? sealed;
  const contentHash = sha256(sealedBody);
  const kind = kinds[honest.body.type];
  const encoded = encodeHeader({ ...honest, epoch: keys.epoch, kind, ratchet: null, bodyHash, contentHash });
  const fields = [...(decodeCbor(encoded, { bytesMax: HEADER_BYTES_MAX }) as readonly CborValue[])];
  forgery.fields?.(fields);
  const canonical = encodeCbor(fields);
  const header = forgery.header?.(canonical) ?? canonical;
  const domain = signatureDomain(fields[11] as number, header);
  const signature = sign(domain.label, domain.message, forgery.secretKey ?? alice.secretKey);
  const signed = concatBytes(signature, header);
  const plain = forgery.plain?.(signed) ?? signed;
  const nonce = forgery.nonce ?? headerNonce(keys, plain);
  const sealedHeader = aeadSeal(keys.headerKey, nonce, plain, context);
  return encodeOuter({ tag, bucket, nonce, sealedHeader, sealedBody, contentHash });
}

/** The code that a call throws with; any error that is not a CoreError rises. */
export function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof Error && error.name === "CoreError" && "code" in error) return String(error.code);
    throw error;
  }
  return "accepted";
}
