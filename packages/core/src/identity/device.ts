/** A device: an Ed25519 signing key whose public half is the device's id. spec/identity ID2. */
import { SIGNING_SEED_BYTES, signingKeyFromSeed } from "../crypto/index.ts";
import type { DeviceId } from "../ids.ts";
import { toId } from "../ids.ts";
import type { Random } from "../ports/index.ts";

export interface DeviceKeys {
  readonly device: DeviceId;
  /** 32 bytes: what a device stores. */
  readonly seed: Uint8Array;
  /** 64 bytes, for sign. */
  readonly secretKey: Uint8Array;
}

/** Keys of a new device. A restored node makes new ones too, so that no chain of events forks. */
export function createDeviceKeys(random: Random): DeviceKeys {
  return deviceKeysFromSeed(random.bytes(SIGNING_SEED_BYTES));
}

/** The keys of a stored seed. Throws SIGN_KEY. */
export function deviceKeysFromSeed(seed: Uint8Array): DeviceKeys {
  const { publicKey, secretKey } = signingKeyFromSeed(seed);
  return { device: toId<DeviceId>(publicKey), seed, secretKey };
}
