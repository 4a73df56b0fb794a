/**
 * Linking a device to its person over a link of two devices: the code that one shows and the other takes, the steps
 * they exchange, and the digits that a person compares. Owns their forms and bounds; when a step is due is the node's.
 * spec/identity ID26-ID34.
 */
import {
  CoreError,
  coreError,
  decodeCbor,
  encodeCbor,
  hkdfSha256,
  labelled,
  labels,
  readArray,
  readBytes,
  readId,
  readText,
  readUint,
  sha256,
  utf8,
} from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { checkName, NAME_CHARS_MAX } from "../event/index.ts";
import {
  certificateValue,
  decodeCertificate,
  decodePrekey,
  encodePrekey,
  prekeyValue,
} from "../identity/index.ts";
import type { DeviceCertificate, PrekeyBundle } from "../identity/index.ts";
import { idBytes } from "../ids.ts";
import type { DeviceId, PersonId, SpaceId } from "../ids.ts";
import type { PeerAddress } from "../ports/index.ts";
import { hintsValue, readHints } from "./invite-link.ts";

export const LINKING_PREFIX = "kith://link#";
/** 128 bits cannot be guessed, and keep the code short enough for a small QR code. */
export const LINKING_SEED_BYTES = 16;
/** Both sides' share in the digits. */
export const LINKING_NONCE_BYTES = 32;
/** Eight longest hints and the fixed fields. */
export const LINKING_LINK_BYTES_MAX = 2_304;
/** As many spaces as one device may be in, a certificate, a name. */
export const LINKING_STEP_BYTES_MAX = 12_288;
/** As many as one device may be in. */
export const LINKING_SPACES_MAX = 256;

export interface LinkingLink {
  /** 16 bytes. */
  readonly seed: Uint8Array;
  /** Whose device the taker will be: another than this it links itself to by no means. */
  readonly person: PersonId;
  readonly hints: readonly PeerAddress[];
}

/**
 * new: of the device that wants to be linked. The commitment comes before the other's nonce, so that neither side, nor
 * anybody who read the code over a shoulder and stands between, chooses the digits.
 */
export type LinkingStep =
  | { readonly step: "ask"; readonly commitment: Uint8Array; readonly name: string }
  | { readonly step: "nonce"; readonly nonce: Uint8Array }
  | { readonly step: "reveal"; readonly nonce: Uint8Array; readonly prekey: PrekeyBundle }
  | {
      readonly step: "grant";
      readonly certificate: DeviceCertificate;
      readonly personName: string;
      readonly spaces: readonly SpaceId[];
    }
  | { readonly step: "done" }
  | { readonly step: "refuse"; readonly reason: LinkingRefusal };

export type LinkingRefusal = (typeof REFUSALS)[number];

const VERSION = 1;
const STEPS = ["ask", "nonce", "reveal", "grant", "done", "refuse"] as const;
const REFUSALS = ["ended", "cancelled", "failed"] as const;
const NAME_TEXT = { bytesMax: 4 * NAME_CHARS_MAX };
const DIGITS = 6;
const COMMITMENT_BYTES = 32;
const linkPattern = /^kith:\/\/link\/?#([A-Za-z0-9_-]+)$/i;

/** 32 bytes that both sides prove in the handshake. Throws LINKING_SEED. */
export function linkingKey(seed: Uint8Array): Uint8Array {
  if (seed.length !== LINKING_SEED_BYTES)
    throw coreError("LINKING_SEED", `the seed of a link has ${LINKING_SEED_BYTES} bytes`);
  return hkdfSha256(seed, { info: utf8(labels.linkingKey), length: 32 });
}

/** Throws LINKING_SEED. Hints that are not well formed, or too many, are left out. */
export function encodeLinkingLink({ seed, person, hints }: LinkingLink): string {
  linkingKey(seed);
  const payload = encodeCbor([VERSION, seed, idBytes(person), hintsValue(hints)]);
  return LINKING_PREFIX + Buffer.from(payload).toString("base64url");
}

/** Forgives blanks and line breaks, nothing else. Throws LINKING_MALFORMED, in words that never repeat the link. */
export function decodeLinkingLink(text: string): LinkingLink {
  const malformed = (cause?: unknown): CoreError =>
    coreError(
      "LINKING_MALFORMED",
      "this is not a whole link of a device; copy it again, from kith://link# to its end",
      cause === undefined ? undefined : { cause },
    );
  if (text.length > 2 * LINKING_LINK_BYTES_MAX) throw malformed();
  const payload = linkPattern.exec(text.replace(/\s+/g, ""))?.[1];
  if (payload === undefined) throw malformed();
  const bytes = new Uint8Array(Buffer.from(payload, "base64url"));
  if (Buffer.from(bytes).toString("base64url") !== payload) throw malformed();
  try {
    const value = decodeCbor(bytes, { bytesMax: LINKING_LINK_BYTES_MAX });
    const [version, seed, person, hints] = readArray(value, 4, "link");
    if (readUint(version, "link version") !== VERSION)
      throw coreError("MALFORMED", "the link has a version that this device does not know");
    return {
      seed: readBytes(seed, LINKING_SEED_BYTES, "link seed"),
      person: readId<PersonId>(person, 32, "link person"),
      hints: readHints(hints),
    };
  } catch (error) {
    if (error instanceof CoreError) throw malformed(error);
    throw error;
  }
}

/** What the new device says of its nonce and prekey before it has seen the other's nonce: 32 bytes. */
export function commitToLinking(nonce: Uint8Array, prekey: PrekeyBundle): Uint8Array {
  return sha256(labelled(labels.linkingCommitment, encodeCbor([nonce, sha256(encodePrekey(prekey))])));
}

/** Six digits that are the same on both devices if nobody stands between them. */
export function linkingDigits(meeting: {
  readonly seed: Uint8Array;
  readonly person: PersonId;
  readonly oldDevice: DeviceId;
  readonly newDevice: DeviceId;
  readonly oldNonce: Uint8Array;
  readonly newNonce: Uint8Array;
  readonly prekey: PrekeyBundle;
}): string {
  const { seed, person, oldDevice, newDevice, oldNonce, newNonce, prekey } = meeting;
  const facts = [seed, idBytes(person), idBytes(oldDevice), idBytes(newDevice), oldNonce, newNonce];
  const hash = sha256(labelled(labels.linkingCode, encodeCbor([...facts, sha256(encodePrekey(prekey))])));
  // 48 bits over a million: the bias is below 2^-28.
  return String(Buffer.from(hash).readUIntBE(0, 6) % 10 ** DIGITS).padStart(DIGITS, "0");
}

/** Throws NAME_INVALID. */
export function encodeLinkingStep(step: LinkingStep): Uint8Array {
  return encodeCbor([STEPS.indexOf(step.step), ...stepFields(step)]);
}

function stepFields(step: LinkingStep): readonly CborValue[] {
  switch (step.step) {
    case "ask":
      return [step.commitment, checkName(step.name)];
    case "nonce":
      return [step.nonce];
    case "reveal":
      return [step.nonce, prekeyValue(step.prekey)];
    case "grant":
      return [certificateValue(step.certificate), checkName(step.personName), step.spaces.map(idBytes)];
    case "done":
      return [];
    case "refuse":
      return [REFUSALS.indexOf(step.reason)];
  }
}

/** Form only; signatures are not checked. Throws CBOR_*, MALFORMED, NAME_INVALID. */
export function decodeLinkingStep(bytes: Uint8Array): LinkingStep {
  const value = decodeCbor(bytes, { bytesMax: LINKING_STEP_BYTES_MAX });
  const [number, ...fields] = readArray(value, { max: 4 }, "linking step");
  const step = STEPS[readUint(number, "linking step", STEPS.length - 1)] ?? "refuse";
  switch (step) {
    case "ask": {
      const [commitment, name] = readArray(fields, 2, step);
      return {
        step,
        commitment: readBytes(commitment, COMMITMENT_BYTES, "commitment"),
        name: checkName(readText(name, NAME_TEXT, "device name")),
      };
    }
    case "nonce": {
      const [nonce] = readArray(fields, 1, step);
      return { step, nonce: readBytes(nonce, LINKING_NONCE_BYTES, "nonce") };
    }
    case "reveal": {
      const [nonce, prekey] = readArray(fields, 2, step);
      return {
        step,
        nonce: readBytes(nonce, LINKING_NONCE_BYTES, "nonce"),
        prekey: decodePrekey(readArray(prekey, { max: 16 }, "prekey")),
      };
    }
    case "grant": {
      const [certificate, personName, spaces] = readArray(fields, 3, step);
      return {
        step,
        certificate: decodeCertificate(readArray(certificate, { max: 6 }, "certificate")),
        personName: checkName(readText(personName, NAME_TEXT, "person name")),
        spaces: readArray(spaces, { max: LINKING_SPACES_MAX }, "spaces").map((space) =>
          readId<SpaceId>(space, 32, "space"),
        ),
      };
    }
    case "done":
      readArray(fields, 0, step);
      return { step };
    case "refuse": {
      const [reason] = readArray(fields, 1, step);
      return { step, reason: REFUSALS[readUint(reason, "reason", REFUSALS.length - 1)] ?? "failed" };
    }
  }
}
