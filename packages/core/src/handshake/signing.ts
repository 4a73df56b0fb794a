/**
 * The frame by which a device names itself and signs the connection. Owns what is signed; refuses a
 * certificate whose root or device did not sign. spec/handshake HS12-HS14.
 */
import {
  coreError,
  decodeCbor,
  encodeCbor,
  labels,
  readArray,
  readBytes,
  sha256,
  sign,
  SIGNATURE_BYTES,
  verify,
} from "../crypto/index.ts";
import {
  CERTIFICATE_BYTES_MAX,
  decodeCertificate,
  encodeCertificate,
  verifyCertificate,
} from "../identity/index.ts";
import type { DeviceCertificate, DeviceKeys } from "../identity/index.ts";
import { idBytes } from "../ids.ts";
import type { LinkRole } from "../ports/index.ts";
import { SIGN_FRAME_BYTES_MAX } from "./limits.ts";

export interface Transcript {
  readonly exporter: Uint8Array;
  readonly version: number;
  /** Whole frames as sent: they hold the proof lists and what each side asked for. */
  readonly dialerProofs: Uint8Array;
  readonly acceptorProofs: Uint8Array;
  readonly dialerOrder: Uint8Array;
  readonly acceptorOrder: Uint8Array;
  /** The first signer's frame when the second signs, else null. */
  readonly firstSign: Uint8Array | null;
}

export function buildSignFrame(
  transcript: Transcript,
  role: LinkRole,
  identity: { readonly device: DeviceKeys; readonly certificate: DeviceCertificate },
): Uint8Array {
  const certificate = encodeCertificate(identity.certificate);
  const message = signedMessage(transcript, role, certificate);
  return encodeCbor([certificate, sign(labels.handshakeSignature, message, identity.device.secretKey)]);
}

/** The certificate of a device that signed this connection in this role. Throws HANDSHAKE_MALFORMED, HANDSHAKE_SIGNATURE. */
export function readSignFrame(frame: Uint8Array, transcript: Transcript, role: LinkRole): DeviceCertificate {
  const { certificate, encoded, signature } = parse(frame);
  // The person's root first: a device key alone proves no person.
  if (!verifyCertificate(certificate)) {
    throw coreError("HANDSHAKE_SIGNATURE", "the peer's certificate is not signed by the person it names");
  }
  const message = signedMessage(transcript, role, encoded);
  if (!verify(labels.handshakeSignature, message, signature, idBytes(certificate.device))) {
    throw coreError("HANDSHAKE_SIGNATURE", "the peer did not sign this connection with the device it names");
  }
  return certificate;
}

function parse(frame: Uint8Array): {
  certificate: DeviceCertificate;
  encoded: Uint8Array;
  signature: Uint8Array;
} {
  try {
    const [first, second] = readArray(decodeCbor(frame, { bytesMax: SIGN_FRAME_BYTES_MAX }), 2, "sign frame");
    const encoded = readBytes(first, { min: 1, max: CERTIFICATE_BYTES_MAX }, "certificate");
    const signature = readBytes(second, SIGNATURE_BYTES, "signature");
    return { certificate: decodeCertificate(encoded), encoded, signature };
  } catch (cause) {
    throw coreError("HANDSHAKE_MALFORMED", "the peer's sign frame cannot be read", { cause });
  }
}

function signedMessage(transcript: Transcript, role: LinkRole, certificate: Uint8Array): Uint8Array {
  return encodeCbor([
    transcript.version,
    role === "dialer" ? 1 : 2,
    transcript.exporter,
    sha256(transcript.dialerProofs),
    sha256(transcript.acceptorProofs),
    transcript.dialerOrder,
    transcript.acceptorOrder,
    sha256(certificate),
    transcript.firstSign === null ? null : sha256(transcript.firstSign),
  ]);
}
