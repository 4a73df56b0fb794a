/**
 * What a datagram says, as a CBOR array within a fixed plaintext: beacons, and the wants and events that repair
 * what a beacon's digest shows, or what a filter does not hold. Owns layout, bounds and the rule that a nearby beacon names no device and no
 * space. spec/discovery DI4, DI5, DI12-DI15, DI22.
 */
import {
  concatBytes,
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
import type { CborValue } from "../crypto/index.ts";
import { idBytes, toId } from "../ids.ts";
import type { DeviceId, ShortId } from "../ids.ts";
import {
  BEACON_BOOT_BYTES,
  BEACON_NAME_BYTES_MAX,
  BEACON_PLAIN_BYTES,
  BEACON_ROOT_BYTES,
  BLOOM_SINCE_MS_MAX,
  DATAGRAM_BLOOM_BYTES_MAX,
  DATAGRAM_BLOOM_BYTES_MIN,
  DATAGRAM_EVENT_BYTES_MAX,
  DIGEST_CELLS_BYTES,
  DIGEST_NUMBER_MAX,
  NEARBY_KEY_BYTES,
  SHORT_ID_BYTES,
  WANT_SHORTS_MAX,
} from "./limits.ts";

interface BeaconCommon {
  /** Grows with every datagram of one boot, or of one nearby key. */
  readonly count: number;
  /** Where the sender accepts links; 0 when it does not. */
  readonly peerPort: number;
  /** A unicast reply; never answered itself. */
  readonly answer: boolean;
}

/** A scope as its sender holds it: enough to see what either side lacks, when that is little. */
export interface BeaconDigest {
  readonly events: number;
  /** UTC days since 1970, by the sender's clock: whose key the cells are made under. */
  readonly day: number;
  /** The first 80, 1,040 bytes. spec/sync-cells. */
  readonly cells: Uint8Array;
}

/** Under the discovery key of an epoch or invite. */
export interface MemberBeacon extends BeaconCommon {
  readonly kind: "member";
  readonly device: DeviceId;
  /** 8 random bytes for each run of the node: where `count` starts anew. */
  readonly boot: Uint8Array;
  /** First 16 bytes of the scope's root; zeros when it is not known. */
  readonly root: Uint8Array;
  /** null under an invite's key, and while the sender has not read the scope. */
  readonly digest: BeaconDigest | null;
}

/**
 * Under the public nearby key, by a device that its owner has made visible. Holds nothing that outlasts
 * the nearby key: no device, boot or space, and its count starts anew with the key.
 */
export interface NearbyBeacon extends BeaconCommon {
  readonly kind: "nearby";
  readonly name: string;
  /** 32 random bytes that whoever dials proves in the handshake. */
  readonly key: Uint8Array;
}

export type BeaconPayload = MemberBeacon | NearbyBeacon;

interface RepairCommon {
  /** Counted with the sender's beacons. */
  readonly count: number;
  readonly device: DeviceId;
  readonly boot: Uint8Array;
}

/** Asks one device for events that its digest showed it to hold. */
export interface WantDatagram extends RepairCommon {
  readonly kind: "want";
  readonly to: DeviceId;
  /** Whose key the short ids are made under. */
  readonly day: number;
  readonly shorts: readonly ShortId[];
}

/** One event. */
export interface EventDatagram extends RepairCommon {
  readonly kind: "event";
  readonly outer: Uint8Array;
}

/** Asks one device for what it holds of the newest times and the filter does not. */
export interface BloomDatagram extends RepairCommon {
  readonly kind: "bloom";
  readonly to: DeviceId;
  /** The window: events of this time and later, in milliseconds. */
  readonly sinceMs: number;
  /** Bytes of a Bloom filter, spec/sync-cells BL5. */
  readonly filter: Uint8Array;
}

export type RepairPayload = WantDatagram | EventDatagram | BloomDatagram;
export type DatagramPayload = BeaconPayload | RepairPayload;

/** First of every array. 1 was a beacon without a digest, and is spoken no more. */
const layouts = { beacon: 2, want: 3, event: 4, bloom: 5 } as const;
const BLOOM_LENGTH = { min: DATAGRAM_BLOOM_BYTES_MIN, max: DATAGRAM_BLOOM_BYTES_MAX } as const;
const LENGTH_BYTES = 2;
const ANSWER_FLAG = 1;
const ZEROS = new Uint8Array(BEACON_PLAIN_BYTES);

/** Exactly BEACON_PLAIN_BYTES. Throws BEACON_PAYLOAD. */
export function encodePayload(payload: DatagramPayload): Uint8Array {
  assertPayload(payload);
  const encoded = encodeCbor(fieldsOf(payload));
  const plain = new Uint8Array(BEACON_PLAIN_BYTES);
  new DataView(plain.buffer).setUint16(0, encoded.length);
  plain.set(encoded, LENGTH_BYTES);
  return plain;
}

function fieldsOf(payload: DatagramPayload): Parameters<typeof encodeCbor>[0] {
  switch (payload.kind) {
    case "member": {
      const { count, peerPort, answer, device, boot, root, digest } = payload;
      const fields = digest && [digest.events, digest.day, digest.cells];
      const flags = answer ? ANSWER_FLAG : 0;
      return [layouts.beacon, count, peerPort, flags, idBytes(device), boot, root, fields];
    }
    case "nearby": {
      const { count, peerPort, answer, key, name } = payload;
      return [layouts.beacon, count, peerPort, answer ? ANSWER_FLAG : 0, null, key, name];
    }
    case "want": {
      const { count, device, boot, to, day, shorts } = payload;
      return [
        layouts.want,
        count,
        idBytes(device),
        boot,
        idBytes(to),
        day,
        concatBytes(...shorts.map(idBytes)),
      ];
    }
    case "event": {
      const { count, device, boot, outer } = payload;
      return [layouts.event, count, idBytes(device), boot, outer];
    }
    case "bloom": {
      const { count, device, boot, to, sinceMs, filter } = payload;
      return [layouts.bloom, count, idBytes(device), boot, idBytes(to), sinceMs, filter];
    }
    default:
      return payload satisfies never;
  }
}

/** Throws CoreErrors for every other form than encodePayload's. */
export function decodePayload(plain: Uint8Array): DatagramPayload {
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  const end = LENGTH_BYTES + view.getUint16(0);
  if (end > plain.length) throw refused(`it says ${end} bytes`);
  // The rest belongs to a later layout: today it is zeros, so that nobody hides anything in it.
  if (!equalBytes(plain.subarray(end), ZEROS.subarray(0, plain.length - end)))
    throw refused("its padding is not zeros");
  const value = decodeCbor(plain.subarray(LENGTH_BYTES, end), { bytesMax: BEACON_PLAIN_BYTES });
  const [layout, count, ...rest] = readArray(value, { min: 5, max: 8 }, "datagram");
  const counted = { count: readUint(count, "count") };
  switch (layout) {
    case layouts.beacon:
      return readBeacon(counted, rest);
    case layouts.want: {
      const [device, boot, to, day, shorts] = readArray(rest, 5, "want");
      return {
        kind: "want",
        ...counted,
        ...readSender(device, boot),
        to: readId<DeviceId>(to, 32, "to"),
        day: readUint(day, "day", DIGEST_NUMBER_MAX),
        shorts: readShorts(shorts),
      };
    }
    case layouts.event: {
      const [device, boot, outer] = readArray(rest, 3, "event");
      const length = { min: 1, max: DATAGRAM_EVENT_BYTES_MAX };
      return {
        kind: "event",
        ...counted,
        ...readSender(device, boot),
        outer: readBytes(outer, length, "event"),
      };
    }
    case layouts.bloom: {
      const [device, boot, to, since, filter] = readArray(rest, 5, "filter");
      return {
        kind: "bloom",
        ...counted,
        ...readSender(device, boot),
        to: readId<DeviceId>(to, 32, "to"),
        sinceMs: readUint(since, "since", BLOOM_SINCE_MS_MAX),
        filter: readBytes(filter, BLOOM_LENGTH, "filter"),
      };
    }
    default:
      throw refused("its layout is another version's");
  }
}

function readBeacon({ count }: { readonly count: number }, fields: readonly CborValue[]): BeaconPayload {
  const [port, flags, device, ...rest] = fields;
  const common = {
    count,
    peerPort: readUint(port, "port", 65_535),
    answer: readUint(flags, "flags", ANSWER_FLAG) === ANSWER_FLAG,
  };
  if (device === null) {
    const [key, name] = readArray(rest, 2, "nearby beacon");
    return {
      kind: "nearby",
      ...common,
      name: readText(name, { bytesMax: BEACON_NAME_BYTES_MAX }, "name"),
      key: readBytes(key, NEARBY_KEY_BYTES, "nearby key"),
    };
  }
  const [boot, root, digest] = readArray(rest, 3, "member beacon");
  return {
    kind: "member",
    ...common,
    ...readSender(device, boot),
    root: readBytes(root, BEACON_ROOT_BYTES, "root"),
    digest: readNullable(digest, (item) => {
      const [events, day, cells] = readArray(item, 3, "digest");
      return {
        events: readUint(events, "events", DIGEST_NUMBER_MAX),
        day: readUint(day, "day", DIGEST_NUMBER_MAX),
        cells: readBytes(cells, DIGEST_CELLS_BYTES, "cells"),
      };
    }),
  };
}

function readSender(
  device: CborValue | undefined,
  boot: CborValue | undefined,
): { device: DeviceId; boot: Uint8Array } {
  return {
    device: readId<DeviceId>(device, 32, "device"),
    boot: readBytes(boot, BEACON_BOOT_BYTES, "boot"),
  };
}

/** One to WANT_SHORTS_MAX, ascending: the same wish has one form, and none is asked for twice. */
function readShorts(value: CborValue | undefined): ShortId[] {
  const length = { min: SHORT_ID_BYTES, max: WANT_SHORTS_MAX * SHORT_ID_BYTES };
  const packed = readBytes(value, length, "short ids");
  if (packed.length % SHORT_ID_BYTES !== 0) throw refused("its last short id is cut off");
  const shorts = Array.from({ length: packed.length / SHORT_ID_BYTES }, (_, at) =>
    toId<ShortId>(packed.subarray(at * SHORT_ID_BYTES, (at + 1) * SHORT_ID_BYTES)),
  );
  if (!ascends(shorts)) throw refused("its short ids do not ascend");
  return shorts;
}

function ascends(shorts: readonly ShortId[]): boolean {
  return shorts.every((short, at) => at === 0 || (shorts[at - 1] as ShortId) < short);
}

function assertPayload(payload: DatagramPayload): void {
  switch (payload.kind) {
    case "nearby":
      if (payload.key.length !== NEARBY_KEY_BYTES)
        throw refused(`its nearby key has ${payload.key.length} bytes`);
      if (Buffer.byteLength(payload.name) > BEACON_NAME_BYTES_MAX)
        throw refused(`its name is longer than ${BEACON_NAME_BYTES_MAX} bytes`);
      return;
    case "member":
      assertBoot(payload.boot);
      if (payload.root.length !== BEACON_ROOT_BYTES)
        throw refused(`its root has ${payload.root.length} bytes`);
      if (payload.digest && payload.digest.cells.length !== DIGEST_CELLS_BYTES)
        throw refused(`its cells have ${payload.digest.cells.length} bytes`);
      return;
    case "want":
      assertBoot(payload.boot);
      if (payload.shorts.length < 1 || payload.shorts.length > WANT_SHORTS_MAX || !ascends(payload.shorts))
        throw refused(`it asks for ${payload.shorts.length} short ids, or they do not ascend`);
      return;
    case "event":
      assertBoot(payload.boot);
      if (payload.outer.length < 1 || payload.outer.length > DATAGRAM_EVENT_BYTES_MAX)
        throw refused(`its event has ${payload.outer.length} bytes`);
      return;
    case "bloom":
      assertBoot(payload.boot);
      if (payload.filter.length < BLOOM_LENGTH.min || payload.filter.length > BLOOM_LENGTH.max)
        throw refused(`its filter has ${payload.filter.length} bytes`);
      return;
    default:
      payload satisfies never;
  }
}

function assertBoot(boot: Uint8Array): void {
  if (boot.length !== BEACON_BOOT_BYTES) throw refused(`its boot has ${boot.length} bytes`);
}

function refused(why: string): Error {
  return coreError("BEACON_PAYLOAD", `the datagram cannot be used: ${why}`);
}
