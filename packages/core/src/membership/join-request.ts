/**
 * What a newcomer hands to any member to be admitted: the invite's key and the newcomer's device sign
 * the same statement, so neither works without the other and neither fits another space, invite, person
 * or prekey. Owns the wire form and the check that needs no membership. spec/invite IN4-IN7.
 */
import {
  CoreError,
  coreError,
  decodeCbor,
  encodeCbor,
  labels,
  PUBLIC_KEY_BYTES,
  readArray,
  readBytes,
  readId,
  readText,
  readUint,
  SIGNATURE_BYTES,
  sha256,
  sign,
  verify,
} from "../crypto/index.ts";
import { checkName, JOIN_REQUEST_BYTES_MAX, NAME_CHARS_MAX } from "../event/index.ts";
import {
  certificateValue,
  decodeCertificate,
  decodePrekey,
  encodeCertificate,
  encodePrekey,
  prekeyValue,
  verifyIdentity,
} from "../identity/index.ts";
import type { DeviceCertificate, PrekeyBundle } from "../identity/index.ts";
import { idBytes } from "../ids.ts";
import type { InviteId, PersonId, SpaceId } from "../ids.ts";
import { inviteIdOf } from "./founding.ts";

export interface JoinStatement {
  readonly space: SpaceId;
  /** 32 bytes: the invite's Ed25519 public key, whose hash is the invite's id. */
  readonly inviteKey: Uint8Array;
  readonly person: PersonId;
  readonly personName: string;
  readonly certificate: DeviceCertificate;
  readonly prekey: PrekeyBundle;
}

export interface JoinRequest extends JoinStatement {
  readonly invite: InviteId;
  readonly inviteSignature: Uint8Array;
  readonly deviceSignature: Uint8Array;
}

const VERSION = 1;
const FIELDS = 9;
/** UTF-8 takes at most four bytes a character. */
const NAME_BYTES_MAX = 4 * NAME_CHARS_MAX;

/** Signs a statement with the invite's and the device's secret keys, 64 bytes each. Throws NAME_INVALID, SIGN_KEY. */
export function signJoinRequest(
  statement: JoinStatement,
  {
    inviteSecretKey,
    deviceSecretKey,
  }: { readonly inviteSecretKey: Uint8Array; readonly deviceSecretKey: Uint8Array },
): JoinRequest {
  checkName(statement.personName);
  const message = statementBytes(statement);
  return {
    ...statement,
    invite: inviteIdOf(statement.inviteKey),
    inviteSignature: sign(labels.joinRequestInvite, message, inviteSecretKey),
    deviceSignature: sign(labels.joinRequestDevice, message, deviceSecretKey),
  };
}

export function encodeJoinRequest(request: JoinRequest): Uint8Array {
  return encodeCbor([
    VERSION,
    idBytes(request.space),
    request.inviteKey,
    idBytes(request.person),
    request.personName,
    certificateValue(request.certificate),
    prekeyValue(request.prekey),
    request.inviteSignature,
    request.deviceSignature,
  ]);
}

/** Form only; see verifyJoinRequest. Throws CBOR_*, MALFORMED, NAME_INVALID. */
export function decodeJoinRequest(bytes: Uint8Array): JoinRequest {
  const value = decodeCbor(bytes, { bytesMax: JOIN_REQUEST_BYTES_MAX });
  const [
    version,
    space,
    inviteKeyField,
    person,
    personName,
    certificate,
    prekey,
    inviteSignature,
    deviceSignature,
  ] = readArray(value, FIELDS, "join request");
  if (readUint(version, "join request version") !== VERSION) {
    throw coreError("MALFORMED", "join request has a version that this device does not know; update Kith");
  }
  // The identity room also reads byte strings; here there is one form, so that a request has one encoding.
  readArray(certificate, { max: 16 }, "join request certificate");
  readArray(prekey, { max: 16 }, "join request prekey");
  const inviteKey = readBytes(inviteKeyField, PUBLIC_KEY_BYTES, "join request invite key");
  return {
    space: readId<SpaceId>(space, 32, "join request space"),
    inviteKey,
    invite: inviteIdOf(inviteKey),
    person: readId<PersonId>(person, 32, "join request person"),
    personName: checkName(readText(personName, { bytesMax: NAME_BYTES_MAX }, "join request name")),
    certificate: decodeCertificate(certificate),
    prekey: decodePrekey(prekey),
    inviteSignature: readBytes(inviteSignature, SIGNATURE_BYTES, "join request invite signature"),
    deviceSignature: readBytes(deviceSignature, SIGNATURE_BYTES, "join request device signature"),
  };
}

/** As decodeJoinRequest, with null for bytes that are no join request. */
export function readJoinRequest(bytes: Uint8Array): JoinRequest | null {
  try {
    return decodeJoinRequest(bytes);
  } catch (error) {
    if (error instanceof CoreError) return null;
    throw error;
  }
}

/** True when certificate, prekey and both signatures hold and speak of one person and one device. */
export function verifyJoinRequest(request: JoinRequest): boolean {
  const { person, certificate, prekey, inviteKey, inviteSignature, deviceSignature } = request;
  const message = statementBytes(request);
  return (
    verifyIdentity({ person, certificate, prekey }) &&
    verify(labels.joinRequestInvite, message, inviteSignature, inviteKey) &&
    verify(labels.joinRequestDevice, message, deviceSignature, idBytes(certificate.device))
  );
}

/** What both keys sign. Certificate and prekey go in by hash, which fixes them whole. */
function statementBytes({
  space,
  inviteKey,
  person,
  personName,
  certificate,
  prekey,
}: JoinStatement): Uint8Array {
  return encodeCbor([
    VERSION,
    idBytes(space),
    idBytes(inviteIdOf(inviteKey)),
    idBytes(person),
    sha256(encodeCertificate(certificate)),
    sha256(encodePrekey(prekey)),
    personName,
  ]);
}
