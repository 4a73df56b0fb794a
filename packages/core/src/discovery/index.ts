/** Beacons of the local network: sealed, opened and kept from being replayed. spec/discovery. */
export { coverBeacon, createBeaconTable, nearbyBeaconKey, sealBeacon } from "./beacon.ts";
export type { BeaconTable } from "./beacon.ts";
export { createFreshness, createReplayWindow } from "./freshness.ts";
export type { Freshness, ReplayWindow } from "./freshness.ts";
export type {
  BeaconDigest,
  BeaconPayload,
  BloomDatagram,
  DatagramPayload,
  EventDatagram,
  MemberBeacon,
  NearbyBeacon,
  RepairPayload,
  WantDatagram,
} from "./payload.ts";
export {
  BEACON_BOOT_BYTES,
  BEACON_BYTES,
  BEACON_KEYS_MAX,
  BEACON_NAME_BYTES_MAX,
  BEACON_ROOT_BYTES,
  DATAGRAM_BLOOM_BYTES_MAX,
  DATAGRAM_EVENT_BYTES_MAX,
  DIGEST_CELLS,
  DIGEST_CELLS_BYTES,
  FRESH_SENDERS_MAX,
  NEARBY_KEY_BYTES,
  WANT_SHORTS_MAX,
} from "./limits.ts";
