import { BEACON_BYTES, deriveEpochKeys, createEpochSecrets, controlScope } from "@kith/core";
import type { DeviceId, Discovery, PeerAddress, SpaceId } from "@kith/core";
import { createManualClock, createSeededRandom } from "@kith/core/testing";
import { expect, test } from "vitest";
import { Beacon } from "./beacon.ts";
import type { BeaconVoice, Heard } from "./beacon.ts";
import { FIRST_BEAT_DATAGRAMS } from "./limits.ts";
import { quietLog } from "./testing/quiet-log.ts";

const space = "5".repeat(64) as SpaceId;
const random = createSeededRandom("beacon");
const epoch = deriveEpochKeys(createEpochSecrets({ space, scope: controlScope(space), random }));
const voice: BeaconVoice = {
  topic: { kind: "scope", space, scope: epoch.scope },
  key: epoch.discoveryKey,
  root: () => new Uint8Array(16).fill(3),
  digest: null,
};

function createRig(
  device: string,
  options: { voices?: BeaconVoice[]; silent?: boolean; connected?: boolean } = {},
) {
  const clock = createManualClock();
  const said: Uint8Array[] = [];
  const answers: { datagram: Uint8Array; to: PeerAddress }[] = [];
  const heard: Heard[] = [];
  let hear: (datagram: Uint8Array, from: PeerAddress) => void = () => undefined;
  const discovery: Discovery = {
    start(onDatagram) {
      hear = onDatagram;
      return Promise.resolve();
    },
    announce: (datagram) => void said.push(datagram),
    answer: (datagram, to) => void answers.push({ datagram, to }),
    stop: () => Promise.resolve(),
  };
  const beacon = new Beacon({
    clock,
    random,
    log: quietLog,
    device: device.repeat(64) as DeviceId,
    peerPort: () => 5484,
    voices: () => options.voices ?? [voice],
    listens: () => [],
    nearby: () => null,
    isConnected: () => options.connected ?? false,
    silent: () => options.silent ?? false,
    onHeard: (one) => heard.push(one),
    onRepair: () => undefined,
    onBeat: () => undefined,
  });
  return {
    clock,
    beacon,
    discovery,
    said,
    answers,
    heard,
    hear: (datagram: Uint8Array, from: PeerAddress) => hear(datagram, from),
  };
}

const from: PeerAddress = { host: "10.0.0.9", port: 40_000 };

test("the first beat goes out at once and has the same number of datagrams however many spaces there are", async () => {
  for (const voices of [[], [voice], Array.from({ length: 9 }, () => voice)]) {
    const rig = createRig("a", { voices });
    await rig.beacon.start(rig.discovery);
    expect(rig.said).toHaveLength(FIRST_BEAT_DATAGRAMS);
    expect(rig.said.every(({ length }) => length === BEACON_BYTES)).toBe(true);
    rig.clock.advance(60_000);
    // One a beat of 500 ms, jittered by a tenth, whether there is something to say or not.
    expect(rig.said.length - FIRST_BEAT_DATAGRAMS).toBeGreaterThan(105);
    expect(rig.said.length - FIRST_BEAT_DATAGRAMS).toBeLessThan(135);
    await rig.beacon.stop();
    expect(rig.clock.planned).toBe(0);
  }
});

test("a fresh beacon of a member is answered at once, with one datagram of the same size", async () => {
  const ann = createRig("a");
  const bob = createRig("b");
  await ann.beacon.start(ann.discovery);
  await bob.beacon.start(bob.discovery);
  bob.hear(ann.said[0] ?? new Uint8Array(), from);
  expect(bob.heard).toMatchObject([
    { kind: "member", device: "a".repeat(64), address: { host: "10.0.0.9", port: 5484 } },
  ]);
  expect(bob.answers).toHaveLength(1);
  expect(bob.answers[0]?.datagram).toHaveLength(BEACON_BYTES);
  expect(bob.answers[0]?.to).toEqual(from);
  // The answer is heard and not answered in turn.
  ann.hear(bob.answers[0]?.datagram ?? new Uint8Array(), from);
  expect(ann.heard).toHaveLength(1);
  expect(ann.answers).toHaveLength(0);
});

test("attack 31: a source gets one answer a second, and a replayed beacon none", async () => {
  const ann = createRig("a");
  const bob = createRig("b");
  await ann.beacon.start(ann.discovery);
  await bob.beacon.start(bob.discovery);
  ann.clock.advance(10_000);
  const datagrams = ann.said;
  for (const datagram of datagrams) bob.hear(datagram, from);
  expect(bob.answers).toHaveLength(1);
  bob.clock.advance(1_001);
  for (const datagram of datagrams) bob.hear(datagram, from);
  expect(bob.answers).toHaveLength(1);
});

test("noise, other spaces' beacons and our own are heard by nobody", async () => {
  const ann = createRig("a");
  const stranger = createRig("c", { voices: [{ ...voice, key: new Uint8Array(32).fill(9) }] });
  await ann.beacon.start(ann.discovery);
  await stranger.beacon.start(stranger.discovery);
  for (const datagram of [...stranger.said, ...ann.said, new Uint8Array(BEACON_BYTES), new Uint8Array(3)])
    ann.hear(datagram, from);
  expect(ann.heard).toEqual([]);
  expect(ann.answers).toEqual([]);
});

test("a hidden node says nothing, not even an answer, and hears all the same", async () => {
  const ann = createRig("a");
  const hidden = createRig("b", { silent: true });
  await ann.beacon.start(ann.discovery);
  await hidden.beacon.start(hidden.discovery);
  hidden.clock.advance(30_000);
  hidden.hear(ann.said[0] ?? new Uint8Array(), from);
  expect(hidden.heard).toHaveLength(1);
  expect(hidden.said).toEqual([]);
  expect(hidden.answers).toEqual([]);
});
