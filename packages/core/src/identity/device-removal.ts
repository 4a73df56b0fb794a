/**
 * The root's word that a device is no device of its person any more: it outranks every device, and is the one way to end
 * the most senior one. Of one space, so that it is repeated nowhere else. spec/identity ID25.
 */
import { encodeCbor, labels, sign, signingKeyFromSeed, verify } from "../crypto/index.ts";
import type { DeviceId, PersonId, SpaceId } from "../ids.ts";
import { idBytes } from "../ids.ts";

export interface DeviceRemoval {
  readonly space: SpaceId;
  readonly device: DeviceId;
}

/** 64 bytes. Throws SIGN_KEY. */
export function signDeviceRemoval(rootSeed: Uint8Array, removal: DeviceRemoval): Uint8Array {
  return sign(labels.deviceRemoval, statement(removal), signingKeyFromSeed(rootSeed).secretKey);
}

export function verifyDeviceRemoval(
  person: PersonId,
  removal: DeviceRemoval,
  signature: Uint8Array,
): boolean {
  return verify(labels.deviceRemoval, statement(removal), signature, idBytes(person));
}

function statement({ space, device }: DeviceRemoval): Uint8Array {
  return encodeCbor([idBytes(space), idBytes(device)]);
}
