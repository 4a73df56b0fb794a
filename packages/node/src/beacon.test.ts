import { BEACON_BYTES, deriveEpochKeys, createEpochSecrets, controlScope } from "@kith/core";
import type { DeviceId, Discovery, PeerAddress, RepairPayload, SpaceId } from "@kith/core";
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
  options: {
    voices?: BeaconVoice[];
    silent?: boolean;
    connected?: boolean;
  } = {},
) {
  const clock = createManualClock();
  const said: Uint8Array[] = [];
  const answers: { datagram: Uint8Array; to: PeerAddress }[] = [];
  const heard: Heard[] = [];
  const repairs: RepairPayload[] = [];
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
    onRepair: (_voice, payload) => repairs.push(payload),
    onBeat: () => undefined,
  });
  return {
    clock,
    beacon,
    discovery,
    said,
    answers,
    heard,
    repairs,
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

const repairing: BeaconVoice = {
  ...voice,
  digest: () => ({ events: 5, day: 20_000, cells: new Uint8Array(1_040).fill(4) }),
};
const event = { kind: "event" as const, outer: new Uint8Array(700) };

test("[DI13] the beat and its size are the same whatever is heard, asked for and answered", async () => {
  const quiet = createRig("a", { voices: [voice] });
  const busy = createRig("a", { voices: [repairing] });
  const bob = createRig("b", { voices: [repairing] });
  for (const rig of [quiet, busy, bob]) await rig.beacon.start(rig.discovery);
  for (let second = 0; second < 60; second += 1) {
    for (const rig of [quiet, busy, bob]) rig.clock.advance(1_000);
    for (const datagram of bob.said.splice(0)) busy.hear(datagram, from);
    for (let n = 0; n < 20; n += 1) bob.beacon.repair(repairing, event, from);
    for (const { datagram } of bob.answers.splice(0)) busy.hear(datagram, from);
  }
  expect(busy.repairs).toHaveLength(1_200);
  for (const rig of [quiet, busy]) {
    expect(rig.said.length - FIRST_BEAT_DATAGRAMS).toBeGreaterThan(105);
    expect(rig.said.length - FIRST_BEAT_DATAGRAMS).toBeLessThan(135);
    expect(rig.said.every(({ length }) => length === BEACON_BYTES)).toBe(true);
  }
});

test("[DI13] a beacon brings its digest to those who share the scope", async () => {
  const ann = createRig("a", { voices: [repairing] });
  const bob = createRig("b", { voices: [repairing] });
  await ann.beacon.start(ann.discovery);
  await bob.beacon.start(bob.discovery);
  bob.hear(ann.said[0] ?? new Uint8Array(), from);
  expect(bob.heard).toMatchObject([{ kind: "member", from, digest: { events: 5, day: 20_000 } }]);
});

test("[DI16] attack 31: a replayed event is heard once; a stranger's and our own never", async () => {
  const ann = createRig("a", { voices: [repairing] });
  const bob = createRig("b", { voices: [repairing] });
  const stranger = createRig("c");
  for (const rig of [ann, bob, stranger]) await rig.beacon.start(rig.discovery);
  ann.beacon.repair(repairing, event, from);
  stranger.beacon.repair({ ...repairing, key: new Uint8Array(32).fill(9) }, event, from);
  const [own] = ann.answers;
  const [foreign] = stranger.answers;
  if (!own || !foreign) throw new Error("both have sent");
  expect([own.to, own.datagram.length, foreign.datagram.length]).toEqual([from, BEACON_BYTES, BEACON_BYTES]);
  for (const rig of [ann, bob])
    for (const { datagram } of [own, foreign, own]) rig.hear(datagram, { host: "10.0.0.77", port: 9 });
  expect([ann.repairs.length, bob.repairs.length]).toEqual([0, 1]);
  expect([ann, bob].flatMap((rig) => rig.answers)).toEqual([own]);
});

test("[DI17] a hidden node repairs nobody", async () => {
  const hidden = createRig("b", { voices: [repairing], silent: true });
  await hidden.beacon.start(hidden.discovery);
  hidden.beacon.repair(repairing, event, from);
  expect(hidden.answers).toEqual([]);
});

test("[DI6] a key that is spoken under from now on is listened for from the next beat on", async () => {
  const later: BeaconVoice = { ...voice, key: new Uint8Array(32).fill(7) };
  const voices = [voice];
  const ann = createRig("a", { voices });
  const bob = createRig("b", { voices: [later] });
  await ann.beacon.start(ann.discovery);
  await bob.beacon.start(bob.discovery);
  voices.push(later);
  ann.clock.advance(600);
  ann.hear(bob.said[0] ?? new Uint8Array(), from);
  expect(ann.heard).toMatchObject([{ kind: "member", device: "b".repeat(64) }]);
});
