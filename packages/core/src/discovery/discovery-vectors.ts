/** The examples of spec/vectors/discovery.json, from fixed seeds. Tests compare, spec/vectors/write-links.ts writes. Not exported. */
import { sha256, utf8 } from "../crypto/index.ts";
import { toId } from "../ids.ts";
import type { DeviceId, ShortId } from "../ids.ts";
import { createSeededRandom } from "../testing/seeded-random.ts";
import { nearbyBeaconKey, sealBeacon } from "./beacon.ts";
import type { DatagramPayload } from "./payload.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const hash = (text: string): Uint8Array => sha256(utf8(text));

export const datagramExamples: readonly {
  readonly title: string;
  readonly key: Uint8Array;
  readonly payload: DatagramPayload;
}[] = [
  {
    title: "a member",
    key: hash("discovery key"),
    payload: {
      kind: "member",
      device: toId<DeviceId>(hash("device")),
      boot: hash("boot").subarray(0, 8),
      count: 1,
      peerPort: 4_710,
      answer: false,
      root: hash("root").subarray(0, 16),
      digest: { events: 1_000_000, day: 20_648, cells: createSeededRandom("cells").bytes(1_040) },
    },
  },
  {
    title: "an answer under an invite's key",
    key: hash("invite discovery key"),
    payload: {
      kind: "member",
      device: toId<DeviceId>(hash("device")),
      boot: hash("boot").subarray(0, 8),
      count: 2 ** 32,
      peerPort: 0,
      answer: true,
      root: new Uint8Array(16),
      digest: null,
    },
  },
  {
    title: "visible nearby",
    key: nearbyBeaconKey(),
    payload: {
      kind: "nearby",
      count: 7,
      peerPort: 65_535,
      answer: false,
      name: "Zoë",
      key: hash("nearby key"),
    },
  },
  {
    title: "a want",
    key: hash("discovery key of wants"),
    payload: {
      kind: "want",
      device: toId<DeviceId>(hash("device")),
      boot: hash("boot").subarray(0, 8),
      count: 2,
      to: toId<DeviceId>(hash("other device")),
      day: 20_648,
      shorts: ["00112233445566ff" as ShortId, "8899aabbccddeeff" as ShortId],
    },
  },
  {
    title: "an event",
    key: hash("discovery key of events"),
    payload: {
      kind: "event",
      device: toId<DeviceId>(hash("device")),
      boot: hash("boot").subarray(0, 8),
      count: 2 ** 53 - 1,
      outer: createSeededRandom("outer").bytes(1_093),
    },
  },
  {
    title: "a filter",
    key: hash("discovery key of filters"),
    payload: {
      kind: "bloom",
      device: toId<DeviceId>(hash("device")),
      boot: hash("boot").subarray(0, 8),
      count: 2 ** 53 - 1,
      to: toId<DeviceId>(hash("other device")),
      sinceMs: 2 ** 48 - 1,
      filter: createSeededRandom("filter").bytes(1_050),
    },
  },
];

export function discoveryVectors(): object {
  return {
    version: 1,
    nearbyDiscoveryKey: hex(nearbyBeaconKey()),
    datagrams: datagramExamples.map(({ title, key, payload }) => ({
      title,
      discoveryKey: hex(key),
      payload: JSON.parse(
        JSON.stringify(payload, (_, value: unknown) => (value instanceof Uint8Array ? hex(value) : value)),
      ) as object,
      datagram: hex(sealBeacon(payload, { key, random: createSeededRandom(`vector ${title}`) })),
    })),
  };
}
