/**
 * A device certificate: a person's root says that a device is its own. Says nothing of what the device
 * may do, and never expires: membership revokes devices. spec/identity ID3, ID4; CDDL in spec/identity.cddl.
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
  sign,
  SIGNATURE_BYTES,
  signingKeyFromSeed,
  verify,
} from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import type { DeviceId, PersonId } from "../ids.ts";
import { idBytes, toId } from "../ids.ts";

/** Two keys, a signature, two numbers and heads: 145 at most. */
export const CERTIFICATE_BYTES_MAX = 192;
/** Links from the root. Devices that certify devices would be deeper; none do yet. */
const DEPTH = 1;

export interface DeviceCertificate {
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly depth: 1;
  readonly issuedMs: number;
  /** 64 bytes, by the person's root. */
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
    depth: DEPTH,
    issuedMs: about.issuedMs,
  } as const;
  if (isSelf(facts))
    throw coreError("CERTIFICATE_SELF", "a root key cannot be a device; create device keys of their own");
  return { ...facts, signature: sign(labels.deviceCertificate, signedPart(facts), root.secretKey) };
}

/** True when the named person's root signed exactly this. */
export function verifyCertificate(certificate: DeviceCertificate): boolean {
  return (
    !isSelf(certificate) &&
    verify(
      labels.deviceCertificate,
      signedPart(certificate),
      certificate.signature,
      idBytes(certificate.person),
    )
  );
}

export function encodeCertificate(certificate: DeviceCertificate): Uint8Array {
  return encodeCbor(certificateValue(certificate));
}

/** As a CBOR array, for the body of an event or a frame. */
export function certificateValue(certificate: DeviceCertificate): readonly CborValue[] {
  return [...signedFields(certificate), certificate.signature];
}

/** From bytes, or from its place within a decoded value. Checks form, not the signature. Throws CBOR_*, MALFORMED. */
export function decodeCertificate(encoded: CborValue | undefined): DeviceCertificate {
  const value =
    encoded instanceof Uint8Array ? decodeCbor(encoded, { bytesMax: CERTIFICATE_BYTES_MAX }) : encoded;
  const [person, device, depth, issuedMs, signature] = readArray(value, 5, "device certificate");
  if (depth !== DEPTH) throw coreError("MALFORMED", "device certificate has another depth than 1");
  return {
    person: readId<PersonId>(person, 32, "certificate person"),
    device: readId<DeviceId>(device, 32, "certificate device"),
    depth: DEPTH,
    issuedMs: readUint(issuedMs, "certificate issue time"),
    signature: readBytes(signature, SIGNATURE_BYTES, "certificate signature"),
  };
}

type CertificateFacts = Omit<DeviceCertificate, "signature">;

function signedFields({ person, device, depth, issuedMs }: CertificateFacts): readonly CborValue[] {
  return [idBytes(person), idBytes(device), depth, issuedMs];
}

function signedPart(facts: CertificateFacts): Uint8Array {
  return encodeCbor(signedFields(facts));
}

function isSelf({ person, device }: CertificateFacts): boolean {
  return (person as string) === (device as string);
}
