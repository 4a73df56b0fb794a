/**
 * A device certificate: a person's root, or a device of that person, says that a device is the person's own. It holds
 * the certificates up to the root, so that it is checked alone. Says nothing of what the device may do, and never
 * expires: membership revokes devices. spec/identity ID3, ID4, ID20-ID24; CDDL in spec/identity.cddl.
 */
import {
  coreError,
  decodeCbor,
  encodeCbor,
  labels,
  readArray,
  readBytes,
  readId,
  readUint,
  sha256,
  sign,
  SIGNATURE_BYTES,
  signingKeyFromSeed,
  verify,
} from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import type { DeviceId, PersonId } from "../ids.ts";
import { idBytes, toId } from "../ids.ts";
import type { DeviceKeys } from "./device.ts";

/** Links from the root. Each costs its checker a signature, and four suffice: phone, laptop, and what follows them. */
export const LINK_DEPTH_MAX = 4;
/** Of each link two keys, a signature, two numbers and heads: 148 at most. */
export const CERTIFICATE_BYTES_MAX = 640;

export interface DeviceCertificate {
  readonly person: PersonId;
  readonly device: DeviceId;
  /** 1: signed by the root. One more than the issuer's. */
  readonly depth: number;
  readonly issuedMs: number;
  /** The certificate of the device that signed; null at depth 1. */
  readonly issuer: DeviceCertificate | null;
  /** 64 bytes, by the person's root, or by the issuer's device. */
  readonly signature: Uint8Array;
}

/** Signs a device with the root of its person. Throws SIGN_KEY, CERTIFICATE_SELF. */
export function certifyDevice(
  rootSeed: Uint8Array,
  about: { readonly device: DeviceId; readonly issuedMs: number },
): DeviceCertificate {
  const root = signingKeyFromSeed(rootSeed);
  const facts = {
    person: toId<PersonId>(root.publicKey),
    device: about.device,
    depth: 1,
    issuedMs: about.issuedMs,
    issuer: null,
  } as const;
  if (isSelf(facts))
    throw coreError("CERTIFICATE_SELF", "a root key cannot be a device; create device keys of their own");
  return { ...facts, signature: sign(labels.deviceCertificate, signedPart(facts), root.secretKey) };
}

/** Signs a further device of the person with one of its devices. Throws LINK_DEPTH, CERTIFICATE_SELF. */
export function linkDevice(
  by: { readonly device: DeviceKeys; readonly certificate: DeviceCertificate },
  about: { readonly device: DeviceId; readonly issuedMs: number },
): DeviceCertificate {
  const { person, depth } = by.certificate;
  if (depth >= LINK_DEPTH_MAX)
    throw coreError("LINK_DEPTH", "this device was linked by too long a chain; link from an older device");
  const facts = { person, ...about, depth: depth + 1, issuer: by.certificate };
  if (isSelf(facts) || chainOf(by.certificate).includes(about.device))
    throw coreError(
      "CERTIFICATE_SELF",
      "a device cannot stand behind itself; create device keys of their own",
    );
  return { ...facts, signature: sign(labels.deviceLink, signedPart(facts), by.device.secretKey) };
}

/** The devices of a certificate, from its own up to the one that the root signed. */
export function chainOf(certificate: DeviceCertificate): DeviceId[] {
  const devices: DeviceId[] = [];
  for (let at: DeviceCertificate | null = certificate; at !== null; at = at.issuer) devices.push(at.device);
  return devices;
}

/** True when the named person's root signed exactly this, or signed a device that did, and so on. */
export function verifyCertificate(certificate: DeviceCertificate): boolean {
  const { person, depth, issuer, signature } = certificate;
  if (isSelf(certificate)) return false;
  if (issuer === null)
    return (
      depth === 1 && verify(labels.deviceCertificate, signedPart(certificate), signature, idBytes(person))
    );
  return (
    depth <= LINK_DEPTH_MAX &&
    issuer.depth === depth - 1 &&
    issuer.person === person &&
    !chainOf(issuer).includes(certificate.device) &&
    verifyCertificate(issuer) &&
    verify(labels.deviceLink, signedPart(certificate), signature, idBytes(issuer.device))
  );
}

export function encodeCertificate(certificate: DeviceCertificate): Uint8Array {
  return encodeCbor(certificateValue(certificate));
}

/** As a CBOR array, for the body of an event or a frame. */
export function certificateValue(certificate: DeviceCertificate): readonly CborValue[] {
  const { issuer, signature } = certificate;
  if (issuer === null) return [...ownFields(certificate), signature];
  return [...ownFields(certificate), certificateValue(issuer), signature];
}

/** From bytes, or from its place within a decoded value. Checks form, not the signature. Throws CBOR_*, MALFORMED. */
export function decodeCertificate(encoded: CborValue | undefined): DeviceCertificate {
  const value =
    encoded instanceof Uint8Array ? decodeCbor(encoded, { bytesMax: CERTIFICATE_BYTES_MAX }) : encoded;
  return readCertificate(value, LINK_DEPTH_MAX);
}

function readCertificate(value: CborValue | undefined, depthMax: number): DeviceCertificate {
  const fields = readArray(value, { max: 6 }, "device certificate");
  const depth = readUint(fields[2], "certificate depth", depthMax);
  const isLinked = depth > 1;
  if (depth === 0 || fields.length !== (isLinked ? 6 : 5))
    throw coreError("MALFORMED", "device certificate has not the fields of its depth");
  const issuer = isLinked
    ? readCertificate(readArray(fields[4], { max: 6 }, "certificate issuer"), depth - 1)
    : null;
  if (issuer !== null && issuer.depth !== depth - 1)
    throw coreError("MALFORMED", "device certificate has another depth than one below its issuer's");
  return {
    person: readId<PersonId>(fields[0], 32, "certificate person"),
    device: readId<DeviceId>(fields[1], 32, "certificate device"),
    depth,
    issuedMs: readUint(fields[3], "certificate issue time"),
    issuer,
    signature: readBytes(fields.at(-1), SIGNATURE_BYTES, "certificate signature"),
  };
}

type CertificateFacts = Omit<DeviceCertificate, "signature">;

function ownFields({ person, device, depth, issuedMs }: CertificateFacts): readonly CborValue[] {
  return [idBytes(person), idBytes(device), depth, issuedMs];
}

/** The issuer goes in by hash, which fixes it whole. */
function signedPart(facts: CertificateFacts): Uint8Array {
  const { issuer } = facts;
  return encodeCbor(
    issuer === null ? ownFields(facts) : [...ownFields(facts), sha256(encodeCertificate(issuer))],
  );
}

function isSelf({ person, device }: CertificateFacts): boolean {
  return (person as string) === (device as string);
}
