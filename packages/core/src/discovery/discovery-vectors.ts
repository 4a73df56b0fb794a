/** The examples of spec/vectors/discovery.json, from fixed seeds. Tests compare, spec/vectors/write-links.ts writes. Not exported. */
import { sha256, utf8 } from "../crypto/index.ts";
import { toId } from "../ids.ts";
import type { DeviceId, EpochId } from "../ids.ts";
import { createSeededRandom } from "../testing/seeded-random.ts";
import { nearbyBeaconKey, sealBeacon } from "./beacon.ts";
import type { BeaconPayload } from "./payload.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const hash = (text: string): Uint8Array => sha256(utf8(text));

export const beaconExamples: readonly {
  readonly title: string;
  readonly key: Uint8Array;
  readonly payload: BeaconPayload;
}[] = [
  {
    title: "a member",
    key: hash("discovery key"),
    payload: {
      device: toId<DeviceId>(hash("device")),
      boot: hash("boot").subarray(0, 8),
      count: 1,
      peerPort: 4_710,
      answer: false,
      epoch: toId<EpochId>(hash("epoch")),
      root: hash("root").subarray(0, 16),
      nearby: null,
    },
  },
  {
    title: "an answer under an invite's key",
    key: hash("invite discovery key"),
    payload: {
      device: toId<DeviceId>(hash("device")),
      boot: hash("boot").subarray(0, 8),
      count: 2 ** 32,
      peerPort: 0,
      answer: true,
      epoch: null,
      root: new Uint8Array(16),
      nearby: null,
    },
  },
  {
    title: "visible nearby",
    key: nearbyBeaconKey(),
    payload: {
      device: null,
      boot: null,
      count: 7,
      peerPort: 65_535,
      answer: false,
      epoch: null,
      root: null,
      nearby: { name: "Zoë", key: hash("nearby key") },
    },
  },
];

export function discoveryVectors(): object {
  return {
    version: 1,
    nearbyDiscoveryKey: hex(nearbyBeaconKey()),
    beacons: beaconExamples.map(({ title, key, payload }) => ({
      title,
      discoveryKey: hex(key),
      payload: JSON.parse(
        JSON.stringify(payload, (_, value: unknown) => (value instanceof Uint8Array ? hex(value) : value)),
      ) as object,
      datagram: hex(sealBeacon(payload, { key, random: createSeededRandom(`vector ${title}`) })),
    })),
  };
}
