/**
 * What a beacon says, as a CBOR array within a fixed plaintext. Owns layout, bounds and the rule that a
 * nearby beacon names no device and no space. spec/discovery DI4, DI5, DI12.
 */
import {
  coreError,
  decodeCbor,
  encodeCbor,
  equalBytes,
  readArray,
  readBytes,
  readId,
  readNullable,
  readText,
  readUint,
} from "../crypto/index.ts";
import { idBytes } from "../ids.ts";
import type { DeviceId, EpochId } from "../ids.ts";
import {
  BEACON_BOOT_BYTES,
  BEACON_NAME_BYTES_MAX,
  BEACON_PLAIN_BYTES,
  BEACON_ROOT_BYTES,
  NEARBY_KEY_BYTES,
} from "./limits.ts";

interface BeaconCommon {
  /** Grows with every datagram of one boot, or of one nearby key. */
  readonly count: number;
  /** Where the sender accepts links; 0 when it does not. */
  readonly peerPort: number;
  /** A unicast reply; never answered itself. */
  readonly answer: boolean;
}

/** Under the discovery key of an epoch or invite. */
export interface MemberBeacon extends BeaconCommon {
  readonly device: DeviceId;
  /** 8 random bytes for each run of the node: where `count` starts anew. */
  readonly boot: Uint8Array;
  /** Epoch whose key this is; null under an invite's key. */
  readonly epoch: EpochId | null;
  /** First 16 bytes of the scope's root; zeros when it is not known. */
  readonly root: Uint8Array;
  readonly nearby: null;
}

/**
 * Under the public nearby key, by a device that its owner has made visible. Holds nothing that outlasts
 * the nearby key: no device, boot or space, and its count starts anew with the key.
 */
export interface NearbyBeacon extends BeaconCommon {
  readonly device: null;
  readonly boot: null;
  readonly epoch: null;
  readonly root: null;
  /** key: 32 random bytes that whoever dials proves in the handshake. */
  readonly nearby: { readonly name: string; readonly key: Uint8Array };
}

export type BeaconPayload = MemberBeacon | NearbyBeacon;

const LAYOUT = 1;
const LENGTH_BYTES = 2;
const ANSWER_FLAG = 1;
const ZEROS = new Uint8Array(BEACON_PLAIN_BYTES);

/** Exactly BEACON_PLAIN_BYTES. Throws BEACON_PAYLOAD. */
export function encodePayload(payload: BeaconPayload): Uint8Array {
  assertPayload(payload);
  const common = [LAYOUT, payload.count, payload.peerPort, payload.answer ? ANSWER_FLAG : 0];
  const encoded = encodeCbor(
    payload.nearby === null
      ? [
          ...common,
          idBytes(payload.device),
          payload.boot,
          payload.epoch === null ? null : idBytes(payload.epoch),
          payload.root,
        ]
      : [...common, null, payload.nearby.key, payload.nearby.name],
  );
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
  if (!equalBytes(plain.subarray(end), ZEROS.subarray(0, plain.length - end)))
    throw refused("its padding is not zeros");
  const value = decodeCbor(plain.subarray(LENGTH_BYTES, end), { bytesMax: BEACON_PLAIN_BYTES });
  const [layout, count, port, flags, device, ...rest] = readArray(value, { min: 7, max: 8 }, "beacon");
  if (layout !== LAYOUT) throw refused("its layout is another version's");
  const common = {
    count: readUint(count, "count"),
    peerPort: readUint(port, "port", 65_535),
    answer: readUint(flags, "flags", ANSWER_FLAG) === ANSWER_FLAG,
  };
  if (device === null) {
    const [key, name] = readArray(rest, 2, "nearby beacon");
    return {
      ...common,
      device: null,
      boot: null,
      epoch: null,
      root: null,
      nearby: {
        name: readText(name, { bytesMax: BEACON_NAME_BYTES_MAX }, "name"),
        key: readBytes(key, NEARBY_KEY_BYTES, "nearby key"),
      },
    };
  }
  const [boot, epoch, root] = readArray(rest, 3, "member beacon");
  return {
    ...common,
    device: readId<DeviceId>(device, 32, "device"),
    boot: readBytes(boot, BEACON_BOOT_BYTES, "boot"),
    epoch: readNullable(epoch, (item) => readId<EpochId>(item, 32, "epoch")),
    root: readBytes(root, BEACON_ROOT_BYTES, "root"),
    nearby: null,
  };
}

function assertPayload(payload: BeaconPayload): void {
  if (payload.nearby !== null) {
    const { name, key } = payload.nearby;
    if (key.length !== NEARBY_KEY_BYTES) throw refused(`its nearby key has ${key.length} bytes`);
    if (Buffer.byteLength(name) > BEACON_NAME_BYTES_MAX)
      throw refused(`its name is longer than ${BEACON_NAME_BYTES_MAX} bytes`);
    return;
  }
  if (payload.boot.length !== BEACON_BOOT_BYTES) throw refused(`its boot has ${payload.boot.length} bytes`);
  if (payload.root.length !== BEACON_ROOT_BYTES) throw refused(`its root has ${payload.root.length} bytes`);
}

function refused(why: string): Error {
  return coreError("BEACON_PAYLOAD", `the beacon cannot be used: ${why}`);
}
