/** People, their devices and prekeys. Knows nothing of spaces or of what anyone may do. spec/identity. */
export { createPersonRoot, personRootFromSeed } from "./person.ts";
export type { PersonRoot } from "./person.ts";
export { createDeviceKeys, deviceKeysFromSeed } from "./device.ts";
export type { DeviceKeys } from "./device.ts";
export {
  CERTIFICATE_BYTES_MAX,
  certificateValue,
  certifyDevice,
  chainOf,
  decodeCertificate,
  encodeCertificate,
  LINK_DEPTH_MAX,
  linkDevice,
  verifyCertificate,
} from "./certificate.ts";
export type { DeviceCertificate } from "./certificate.ts";
export {
  createPrekey,
  decodePrekey,
  encodePrekey,
  PREKEY_BYTES_MAX,
  prekeyValue,
  verifyPrekey,
} from "./prekey.ts";
export type { CreatePrekeyOptions, Prekey, PrekeyBundle } from "./prekey.ts";
export { signDeviceRemoval, verifyDeviceRemoval } from "./device-removal.ts";
export { groupSafetyNumber, SAFETY_DIGITS, safetyNumber } from "./safety-number.ts";
export { verifyIdentity } from "./binding.ts";
export type { PresentedIdentity } from "./binding.ts";
