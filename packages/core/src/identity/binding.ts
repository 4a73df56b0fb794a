/**
 * The whole chain from a person to a key that others seal to: root -> device -> prekey. Each signature
 * alone can be valid while the pieces belong to different people; this is the check to call on what an
 * outsider presents. spec/identity ID7.
 */
import type { DeviceId, PersonId } from "../ids.ts";
import type { DeviceCertificate } from "./certificate.ts";
import { verifyCertificate } from "./certificate.ts";
import type { PrekeyBundle } from "./prekey.ts";
import { verifyPrekey } from "./prekey.ts";

export interface PresentedIdentity {
  /** Who it must be, where the caller knows (the author of an event, the peer of a link). */
  readonly person?: PersonId;
  readonly device?: DeviceId;
  readonly certificate: DeviceCertificate;
  readonly prekey: PrekeyBundle;
}

/** True when certificate and prekey are valid and of one person and one device: the expected ones. */
export function verifyIdentity({ certificate, prekey, person, device }: PresentedIdentity): boolean {
  return (
    certificate.person === (person ?? certificate.person) &&
    certificate.device === (device ?? certificate.device) &&
    prekey.person === certificate.person &&
    prekey.device === certificate.device &&
    verifyCertificate(certificate) &&
    verifyPrekey(prekey)
  );
}
