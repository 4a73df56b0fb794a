/**
 * Proof that one device signed two different events for one place of its chain. Owns making, carrying and
 * checking the proof; what follows from it is membership's. Anyone can check it without keys.
 * spec/event EV25, EV26.
 */
import {
  compareBytes,
  concatBytes,
  coreError,
  decodeCbor,
  encodeCbor,
  readArray,
  readBytes,
  readUint,
  SIGNATURE_BYTES,
  verifyMessage,
} from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import type { DeviceId, ScopeId, SpaceId } from "../ids.ts";
import { decodeHeader, HEADER_BYTES_MAX, headerCheck } from "./header.ts";
import type { Header, SignedHeader } from "./header.ts";

const PROOF_VERSION = 1;
/** Two signed headers and the CBOR around them. */
export const EQUIVOCATION_PROOF_BYTES_MAX = 2 * (HEADER_BYTES_MAX + SIGNATURE_BYTES) + 32;

/** The two signed headers, the lesser bytes first, so that one pair gives one proof. */
export interface EquivocationProof {
  readonly first: SignedHeader;
  readonly second: SignedHeader;
}

export interface Equivocation {
  readonly device: DeviceId;
  readonly space: SpaceId;
  readonly scope: ScopeId;
  readonly seq: number;
}

/** Throws EQUIVOCATION_NONE unless the two are different statements of one device for one place. */
export function proveEquivocation(a: SignedHeader, b: SignedHeader): EquivocationProof {
  const order = compareSigned(a, b);
  const proof = order <= 0 ? { first: a, second: b } : { first: b, second: a };
  verifyEquivocation(proof);
  return proof;
}

export function encodeEquivocation(proof: EquivocationProof): Uint8Array {
  const { first, second } = proof;
  return encodeCbor([PROOF_VERSION, first.header, first.signature, second.header, second.signature]);
}

/** Throws EVENT_VERSION or a code of the CBOR reader. Says nothing of whether the proof holds. */
export function decodeEquivocation(bytes: Uint8Array): EquivocationProof {
  const fields = readArray(
    decodeCbor(bytes, { bytesMax: EQUIVOCATION_PROOF_BYTES_MAX }),
    5,
    "equivocation proof",
  );
  if (readUint(fields[0], "proof version") !== PROOF_VERSION) {
    throw coreError("EVENT_VERSION", "the proof's version is unknown; update this device");
  }
  return { first: readSigned(fields[1], fields[2]), second: readSigned(fields[3], fields[4]) };
}

/**
 * What the proof shows. Throws EQUIVOCATION_ORDER, EQUIVOCATION_NONE, EQUIVOCATION_FORGED, and what
 * decodeHeader throws.
 */
export function verifyEquivocation(proof: EquivocationProof): Equivocation {
  const { first, second } = proof;
  const order = compareSigned(first, second);
  if (order > 0) throw coreError("EQUIVOCATION_ORDER", "the lesser header stands first; drop the proof");
  const a = decodeHeader(first.header);
  const b = decodeHeader(second.header);
  // Headers name their space too: scopes of two spaces never share a chain, whatever their ids say.
  const samePlace = a.device === b.device && a.space === b.space && a.scope === b.scope && a.seq === b.seq;
  if (order === 0 || !samePlace) {
    throw coreError(
      "EQUIVOCATION_NONE",
      "the headers are not two statements for one place of a chain; drop the proof",
    );
  }
  if (!isSigned(first, a) || !isSigned(second, b)) {
    throw coreError("EQUIVOCATION_FORGED", "a header is not signed by the device it names; drop the proof");
  }
  return { device: a.device, space: a.space, scope: a.scope, seq: a.seq };
}

function readSigned(header: CborValue | undefined, signature: CborValue | undefined): SignedHeader {
  return {
    header: readBytes(header, { min: 1, max: HEADER_BYTES_MAX }, "proof header"),
    signature: readBytes(signature, SIGNATURE_BYTES, "proof signature"),
  };
}

function isSigned(signed: SignedHeader, header: Header): boolean {
  const { message, signature, publicKey } = headerCheck(signed, header);
  return verifyMessage(message, signature, publicKey);
}

/** Signatures count too: two of them on one header give two ids, which only their signer can make. */
function compareSigned(a: SignedHeader, b: SignedHeader): number {
  return compareBytes(concatBytes(a.header, a.signature), concatBytes(b.header, b.signature));
}
