/**
 * What a beacon says, as a CBOR array within a fixed plaintext. Owns layout, bounds and the rule that a
 * nearby beacon names no device and no space. spec/discovery DI4, DI5.
 */
import {
  coreError, decodeCbor, encodeCbor, readArray, readBytes, readId, readNullable, readText, readUint,
} from "../crypto/index.ts";
import { idBytes } from "../ids.ts";
import type { DeviceId, EpochId } from "../ids.ts";
import {
  BEACON_BOOT_BYTES, BEACON_NAME_BYTES_MAX, BEACON_PLAIN_BYTES, BEACON_ROOT_BYTES, NEARBY_KEY_BYTES,
} from "./limits.ts";

interface BeaconCommon {
  /** 8 random bytes for each run of the node, and for each nearby key: where `count` starts anew. */
  readonly boot: Uint8Array;
  /** Grows with every datagram of this boot. */
  readonly count: number;
  /** Where the sender accepts links; 0 when it does not. */
  readonly peerPort: number;
}

/** Under the discovery key of an epoch or invite. */
export interface MemberBeacon extends BeaconCommon {
  readonly device: DeviceId;
  /** answer: a unicast reply, never answered itself. */
  readonly flags: { readonly answer: boolean; readonly nearby: false };
  /** Epoch whose key this is; null under an invite's key. */
  readonly epoch: EpochId | null;
  /** First 16 bytes of the scope's root; zeros when it is not known. */
  readonly root: Uint8Array;
}

/** Under the public nearby key, by a device that its owner has made visible. Holds nothing that lasts. */
export interface NearbyBeacon extends BeaconCommon {
  readonly device: null;
  readonly flags: { readonly answer: boolean; readonly nearby: true };
  readonly name: string;
  /** 32 bytes, rotating: proven in the handshake by whoever dials. */
  readonly nearbyKey: Uint8Array;
}

export type BeaconPayload = MemberBeacon | NearbyBeacon;

const LAYOUT = 1;
const LENGTH_BYTES = 2;
const ANSWER_FLAG = 1;

/** Exactly BEACON_PLAIN_BYTES. Throws BEACON_PAYLOAD. */
export function encodePayload(payload: BeaconPayload): Uint8Array {
  assertPayload(payload);
  const common = [payload.boot, payload.count, payload.peerPort, payload.flags.answer ? ANSWER_FLAG : 0];
  const particular = payload.device === null
    ? [null, payload.name, payload.nearbyKey]
    : [idBytes(payload.device), payload.epoch === null ? null : idBytes(payload.epoch), payload.root];
  const encoded = encodeCbor([LAYOUT, ...common, ...particular]);
  const plain = new Uint8Array(BEACON_PLAIN_BYTES);
  new DataView(plain.buffer).setUint16(0, encoded.length);
  plain.set(encoded, LENGTH_BYTES);
  return plain;
}

/** Throws CoreErrors for every other form than encodePayload's. */
export function decodePayload(plain: Uint8Array): BeaconPayload {
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  const end = LENGTH_BYTES + view.getUint16(0);
  if (end > plain.length) throw refused(`it says ${end} bytes`);
  // The rest belongs to a later layout: today it is zeros, so that nobody hides anything in it.
  if (plain.subarray(end).some((byte) => byte !== 0)) throw refused("its padding is not zeros");
  const value = decodeCbor(plain.subarray(LENGTH_BYTES, end), { bytesMax: BEACON_PLAIN_BYTES });
  const [layout, boot, count, port, flags, device, seventh, eighth] = readArray(value, 8, "beacon");
  if (layout !== LAYOUT) throw refused("its layout is another version's");
  const common = {
    boot: readBytes(boot, BEACON_BOOT_BYTES, "boot"),
    count: readUint(count, "count"),
    peerPort: readUint(port, "port", 65_535),
  };
  const answer = readUint(flags, "flags", ANSWER_FLAG) === ANSWER_FLAG;
  if (device === null) {
    return {
      ...common,
      device: null,
      flags: { answer, nearby: true },
      name: readText(seventh, { bytesMax: BEACON_NAME_BYTES_MAX }, "name"),
      nearbyKey: readBytes(eighth, NEARBY_KEY_BYTES, "nearby key"),
    };
  }
  return {
    ...common,
    device: readId<DeviceId>(device, 32, "device"),
    flags: { answer, nearby: false },
    epoch: readNullable(seventh, (item) => readId<EpochId>(item, 32, "epoch")),
    root: readBytes(eighth, BEACON_ROOT_BYTES, "root"),
  };
}

function assertPayload(payload: BeaconPayload): void {
  if (payload.boot.length !== BEACON_BOOT_BYTES) throw refused(`its boot has ${payload.boot.length} bytes`);
  if (payload.flags.nearby !== (payload.device === null)) throw refused("a nearby beacon names no device, every other one does");
  if (payload.device === null) {
    if (payload.nearbyKey.length !== NEARBY_KEY_BYTES) throw refused(`its nearby key has ${payload.nearbyKey.length} bytes`);
    if (Buffer.byteLength(payload.name) > BEACON_NAME_BYTES_MAX) throw refused(`its name is longer than ${BEACON_NAME_BYTES_MAX} bytes`);
  } else if (payload.root.length !== BEACON_ROOT_BYTES) {
    throw refused(`its root has ${payload.root.length} bytes`);
  }
}

function refused(why: string): Error {
  return coreError("BEACON_PAYLOAD", `the beacon cannot be used: ${why}`);
}
