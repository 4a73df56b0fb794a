/** Beacons of the local network: sealed, opened and kept from being replayed. spec/discovery. */
export { coverBeacon, createBeaconTable, nearbyBeaconKey, sealBeacon } from "./beacon.ts";
export type { BeaconTable } from "./beacon.ts";
export { createFreshness } from "./freshness.ts";
export type { Freshness } from "./freshness.ts";
export type { BeaconPayload, MemberBeacon, NearbyBeacon } from "./payload.ts";
export {
  BEACON_BOOT_BYTES,
  BEACON_BYTES,
  BEACON_KEYS_MAX,
  BEACON_NAME_BYTES_MAX,
  BEACON_ROOT_BYTES,
  FRESH_SENDERS_MAX,
  NEARBY_KEY_BYTES,
} from "./limits.ts";
