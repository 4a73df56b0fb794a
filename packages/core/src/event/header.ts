/**
 * The signed header: what the author states about an event, as one canonical CBOR array. Owns its codec,
 * its bounds and the bytes that are signed. Refuses every second encoding of the same statement.
 * spec/event EV4-EV6, EV11, EV13, EV20-EV22, EV35.
 */
import {
  coreError,
  decodeCbor,
  encodeCbor,
  readArray,
  readBytes,
  readId,
  readNullable,
  readUint,
  sign,
  signatureMessage,
} from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { idBytes } from "../ids.ts";
import type { DeviceId, EpochId, EventId, ScopeId, SpaceId } from "../ids.ts";
import type { SignatureCheck } from "../ports/index.ts";
import { kinds, signatureDomain } from "./kinds.ts";
import {
  AUTH_MAX,
  KIND_MAX,
  LIFETIME_S_MAX,
  LIFETIME_S_MIN,
  PARENTS_MAX,
  RATCHET_MAX,
  SEQ_MAX,
  TIME_COUNT_MAX,
  TIME_MS_MAX,
} from "./limits.ts";
import { controlScope } from "./scopes.ts";
import type { HybridTime } from "./time.ts";

export interface Header {
  readonly space: SpaceId;
  readonly scope: ScopeId;
  readonly device: DeviceId;
  /** From 1, without gaps, per device and scope. */
  readonly seq: number;
  /** This device's previous event in this scope; null exactly for seq 1. */
  readonly prev: EventId | null;
  /** Heads of the scope other than prev, ascending. */
  readonly parents: readonly EventId[];
  /** Control heads known to the author, ascending; empty in control events, whose own past says it. */
  readonly auth: readonly EventId[];
  readonly time: HybridTime;
  readonly epoch: EpochId;
  readonly kind: number;
  /** Which key of its device's chain the body lies under, from 0; null where no chain is: see EpochKeys. */
  readonly ratchet: number | null;
  /** Labelled SHA-256 of the padded body: holds the plaintext. */
  readonly bodyHash: Uint8Array;
  /** SHA-256 of the sealed body: holds the id, so that a shed event cannot be given another one. */
  readonly contentHash: Uint8Array;
  /** Seconds from its time on after which nobody keeps its body; exactly where the kind is message.expire. */
  readonly lifetimeS?: number;
}

export interface SignedHeader {
  /** Canonical CBOR of the header. */
  readonly header: Uint8Array;
  /** 64 bytes over the kind's label and the header. */
  readonly signature: Uint8Array;
}

const HEADER_VERSION = 1;
/** Full lists of parents and control heads take 1,088 bytes, all else under 330. */
export const HEADER_BYTES_MAX = 1_536;
const HEADER_FIELDS = 15;
/** And the lifetime. */
const HEADER_FIELDS_MAX = HEADER_FIELDS + 1;
const HASH_BYTES = 32;

/** Throws EVENT_HEADER for a header that no receiver would accept. */
export function encodeHeader(header: Header): Uint8Array {
  checkHeader(header);
  return encodeCbor([
    HEADER_VERSION,
    idBytes(header.space),
    idBytes(header.scope),
    idBytes(header.device),
    header.seq,
    header.prev === null ? null : idBytes(header.prev),
    header.parents.map(idBytes),
    header.auth.map(idBytes),
    header.time.ms,
    header.time.count,
    idBytes(header.epoch),
    header.kind,
    header.ratchet,
    header.bodyHash,
    header.contentHash,
    ...(header.lifetimeS === undefined ? [] : [header.lifetimeS]),
  ]);
}

/** Throws MALFORMED, CBOR_* (CBOR_CANONICAL for a second encoding), EVENT_VERSION, EVENT_HEADER. */
export function decodeHeader(bytes: Uint8Array): Header {
  const value = decodeCbor(bytes, { bytesMax: HEADER_BYTES_MAX });
  const fields = readArray(value, { min: HEADER_FIELDS, max: HEADER_FIELDS_MAX }, "event header");
  const version = readUint(fields[0], "header version");
  if (version !== HEADER_VERSION) {
    throw coreError("EVENT_VERSION", `header version ${version} is unknown; update this device`);
  }
  const header: Header = {
    space: readId<SpaceId>(fields[1], 32, "header space"),
    scope: readId<ScopeId>(fields[2], 32, "header scope"),
    device: readId<DeviceId>(fields[3], 32, "header device"),
    seq: readUint(fields[4], "header seq", SEQ_MAX),
    prev: readNullable(fields[5], (value) => readId<EventId>(value, 32, "header prev")),
    parents: readIds(fields[6], PARENTS_MAX, "header parents"),
    auth: readIds(fields[7], AUTH_MAX, "header auth"),
    time: {
      ms: readUint(fields[8], "header time", TIME_MS_MAX),
      count: readUint(fields[9], "header time count", TIME_COUNT_MAX),
    },
    epoch: readId<EpochId>(fields[10], 32, "header epoch"),
    kind: readUint(fields[11], "header kind", KIND_MAX),
    ratchet: readNullable(fields[12], (value) => readUint(value, "header ratchet", RATCHET_MAX)),
    bodyHash: readBytes(fields[13], HASH_BYTES, "header body hash"),
    contentHash: readBytes(fields[14], HASH_BYTES, "header content hash"),
    ...(fields.length === HEADER_FIELDS_MAX && {
      lifetimeS: readUint(fields[HEADER_FIELDS], "header lifetime", LIFETIME_S_MAX),
    }),
  };
  checkHeader(header);
  return header;
}

/** When nobody keeps its body any more; null: it is kept. spec/event EV35. */
export function expiryMs({ time, lifetimeS }: Pick<Header, "time" | "lifetimeS">): number | null {
  return lifetimeS === undefined ? null : time.ms + lifetimeS * 1_000;
}

/** Signs encoded header bytes with the 64-byte secret key of the device that they name. */
export function signHeader(header: Uint8Array, kind: number, secretKey: Uint8Array): SignedHeader {
  const { label, message } = signatureDomain(kind, header);
  return { header, signature: sign(label, message, secretKey) };
}

/** The check that binds the event to the device its header names: no other key is ever asked. */
export function headerCheck(signed: SignedHeader, header: Header): SignatureCheck {
  const { label, message } = signatureDomain(header.kind, signed.header);
  return {
    publicKey: idBytes(header.device),
    message: signatureMessage(label, message),
    signature: signed.signature,
  };
}

function readIds(value: CborValue | undefined, max: number, what: string): EventId[] {
  return readArray(value, { max }, what).map((item) => readId<EventId>(item, 32, what));
}

function checkHeader(header: Header): void {
  const { seq, prev, parents, auth, time, kind } = header;
  if (!isUint(seq, SEQ_MAX) || seq < 1) throw refuseHeader("seq counts from 1");
  if ((prev === null) !== (seq === 1)) throw refuseHeader("exactly the first event of a chain has no prev");
  if (!isUint(time.ms, TIME_MS_MAX) || !isUint(time.count, TIME_COUNT_MAX)) {
    throw refuseHeader("time is outside 48 bits of milliseconds and 20 of count");
  }
  if (!isUint(kind, KIND_MAX)) throw refuseHeader("kind is outside 16 bits");
  if (parents.length > PARENTS_MAX || auth.length > AUTH_MAX) {
    throw refuseHeader(`over ${PARENTS_MAX} parents or ${AUTH_MAX} auth heads; write a merge event first`);
  }
  checkLifetime(header);
  if (!isAscending(parents) || !isAscending(auth)) throw refuseHeader("ids are not strictly ascending");
  if (prev !== null && parents.includes(prev)) throw refuseHeader("prev stands among the parents");
  if (auth.length > 0 && header.scope === controlScope(header.space)) {
    throw refuseHeader("a control event cites auth heads; its own past is what authorises it");
  }
}

/** In the header and not in the body, so that who holds it without one knows why. */
function checkLifetime({ kind, lifetimeS }: Header): void {
  if ((lifetimeS !== undefined) !== (kind === kinds["message.expire"]))
    throw refuseHeader("exactly a message that expires has a lifetime");
  if (lifetimeS === undefined) return;
  if (!isUint(lifetimeS, LIFETIME_S_MAX) || lifetimeS < LIFETIME_S_MIN)
    throw refuseHeader(`a lifetime is of ${LIFETIME_S_MIN} to ${LIFETIME_S_MAX} seconds`);
}

function isUint(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= max;
}

function isAscending(ids: readonly EventId[]): boolean {
  for (let i = 1; i < ids.length; i += 1) {
    if ((ids[i - 1] as EventId) >= (ids[i] as EventId)) return false;
  }
  return true;
}

function refuseHeader(why: string): Error {
  return coreError("EVENT_HEADER", `the event's header is refused: ${why}`);
}
