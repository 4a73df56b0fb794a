import { bucketOf } from "@kith/core";
import type { EventId } from "@kith/core";
import { describe, expect, test, vi } from "vitest";
import type { Device } from "./device.ts";
import { run } from "./run.ts";
import type { Invariant } from "./witness.ts";
import type { World } from "./world.ts";

vi.setConfig({ testTimeout: 120_000 });

const DAY_MS = 86_400_000;
/** Messages: what carries keys has lesser kinds. */
const MESSAGE_KIND_MIN = 32;

/** These speak of devices that all keep everything. */
const OF_WHOLE_REPLICAS: readonly Invariant[] = ["converges", "answered is kept", "one order"];

async function write(world: World, count: number, writers: readonly Device[] = world.devices): Promise<void> {
  for (let written = 0; written < count; written += 20) {
    world.write(writers[(written / 20) % writers.length] as Device, 20);
    await world.pass(200);
  }
  await world.pass(3_000);
}

/** Nobody's device is on for so long. */
async function rest(world: World, days: number): Promise<void> {
  for (const device of world.devices) world.crash(device, { powerCut: false });
  await world.pass(days * DAY_MS);
  for (const device of world.devices) world.restart(device);
  await world.pass(5_000);
}

function contentOf(device: Device): { id: EventId; bucket: number; kind: number }[] {
  return [...device.disk.kept.events.values()].filter(({ kind }) => kind >= MESSAGE_KIND_MIN);
}

function idsFrom(device: Device, floor: number): Set<EventId> {
  return new Set(contentOf(device).flatMap(({ id, bucket }) => (bucket >= floor ? id : [])));
}

function textsOf(device: Device): string[] {
  return (device.service?.messages({ limit: 500 }).items ?? []).map(({ text }) => text);
}

function floorOf(device: Device): number {
  const [space] = device.service?.spaces() ?? [];
  if (space === undefined || space.historySinceMs === null) throw new Error(`${device.name} has no floor`);
  return bucketOf(space.historySinceMs);
}

/** Equal above the floor, and of what lies below it nothing but bare causes and keys has crossed. */
function expectPart(world: World, device: Device, whole: Device): void {
  const floor = floorOf(device);
  expect(new Set(contentOf(device).map(({ id }) => id))).toEqual(idsFrom(whole, floor));
  const below = world.wire.cameBelow(device.host, floor);
  const kinds = below.whole.map((id) => whole.disk.kept.events.get(id)?.kind ?? MESSAGE_KIND_MIN);
  expect(kinds.filter((kind) => kind >= MESSAGE_KIND_MIN)).toEqual([]);
  // The last of each chain, and what was not followed yet then.
  expect(below.shed.length).toBeLessThanOrEqual(2 * world.devices.length);
}

async function expectVerified(world: World, device: Device): Promise<void> {
  const report = await world.finish("verify", device.service?.verify() ?? Promise.reject(new Error("off")));
  expect(report.problems).toEqual([]);
}

async function play(
  name: string,
  scenario: (world: World) => Promise<void>,
  devices: readonly string[] = ["Ann", "Ben", "Cleo"],
): Promise<void> {
  const report = await run({ name, about: name, devices, play: scenario }, 1);
  expect(report.breaches.filter(({ invariant }) => !OF_WHOLE_REPLICAS.includes(invariant))).toEqual([]);
}

describe("invariant 12: a replica with a floor is equal above it, and nothing below is sent", () => {
  test("[SY58] [SY59] [SY60] [SY61] [SE21] a newcomer who keeps 30 days gets the last month from three, once, and it is shown", async () => {
    await play("floor-newcomer", async (world) => {
      const [ann, , cleo] = world.devices as [Device, Device, Device];
      await write(world, 240);
      await rest(world, 85);
      // Cleo's last word lies below the floor, and she says something after the join.
      await write(world, 100, world.devices.slice(0, 2));
      world.wire.forget();
      const dora = await world.welcome("Dora", { historyDays: 30 });
      await world.pass(5_000);
      expect(idsFrom(ann, floorOf(dora)).size).toBe(100);
      expectPart(world, dora, ann);
      expect(world.wire.cameTo(dora.host).again).toBe(0);
      expect(textsOf(dora)).toEqual(textsOf(ann).slice(-100));

      await write(world, 40, [cleo, dora]);
      expectPart(world, dora, ann);
      expect(textsOf(dora)).toEqual(textsOf(ann).slice(-140));
      for (const device of [ann, dora])
        expect(device.service?.peers().every(({ inSync }) => inSync)).toBe(true);
      await expectVerified(world, dora);

      // From the disk again, after a time away.
      world.crash(dora, { powerCut: true });
      await write(world, 100, world.devices.slice(0, 3));
      world.become({ delayMs: 100 });
      world.restart(dora);
      for (let step = 0; step < 200; step += 1) {
        await world.pass(25);
        expect(dora.service?.status().receiving ?? null).toBeNull();
      }
      world.become({});
      expectPart(world, dora, ann);
      expect(textsOf(dora)).toEqual(textsOf(ann).slice(-240));
      await expectVerified(world, dora);
    });
  });

  test("[SY62] attack: who strips events above the floor of their bodies hides nothing and has nothing taken for a cause", async () => {
    await play("floor-stripped", async (world) => {
      const [ann, ben, cleo] = world.devices as [Device, Device, Device];
      await write(world, 60);
      await rest(world, 85);
      await write(world, 100);
      for (const device of [ben, cleo]) world.crash(device, { powerCut: false });
      const dora = await world.welcome("Dora", { historyDays: 30 });
      world.crash(dora, { powerCut: false });
      for (const device of [ben, cleo]) world.restart(device);
      await world.pass(3_000);
      await write(world, 100, [ann, ben, cleo]);
      for (const device of [ben, cleo]) world.crash(device, { powerCut: false });
      const held = dora.disk.kept.messages.size;
      world.wire.strip(ann.host);
      world.restart(dora);
      await world.pass(10_000);
      // All that came were events without bodies (SP144): they are in the set, and show nothing.
      expect(dora.disk.kept.messages.size).toBe(held);
      for (const device of [ben, cleo]) world.restart(device);
      await world.pass(20_000);
      expect(new Set(contentOf(dora).map(({ id }) => id))).toEqual(idsFrom(ben, floorOf(dora)));
      // And from those who leave nothing out the texts have come (SP145).
      expect([...dora.disk.kept.shed.values()]).toEqual([]);
      await expectVerified(world, dora);
    });
  });

  test("[SE20] [SP155] [SP156] what lies below a device's floor is not told as delivered to it", async () => {
    await play("floor-ticks", async (world) => {
      const [ann] = world.devices as [Device];
      await write(world, 20, [ann]);
      await rest(world, 85);
      await write(world, 20, [ann]);
      await world.welcome("Dora", { historyDays: 30 });
      await world.pass(5_000);
      const counts = (ann.service?.messages({ limit: 500 }).items ?? []).map(
        ({ delivery }) => `${delivery.devices} of ${delivery.of}`,
      );
      expect(counts).toEqual([
        ...Array.from({ length: 20 }, () => "2 of 3"),
        ...Array.from({ length: 20 }, () => "3 of 3"),
      ]);
      const [first] = ann.service?.messages({ limit: 500 }).items ?? [];
      const where = ann.service?.deliveryOf(first?.id ?? "").map(({ name, state }) => [name, state]);
      expect(where?.toSorted()).toEqual([
        ["Ben", "kept"],
        ["Cleo", "kept"],
        ["Dora", "older"],
      ]);
    });
  });

  test("[SY60] [SY63] [SY64] two with floors serve each other, causes too, while all who keep everything are off", async () => {
    await play("floor-both", async (world) => {
      const [ann, ben, cleo] = world.devices as [Device, Device, Device];
      // Followed by others, so that nothing needs it before Cleo speaks again.
      await write(world, 60, [cleo, ann, ben]);
      await rest(world, 85);
      await write(world, 60, [ann, ben]);
      const dora = await world.welcome("Dora", { historyDays: 30 });
      const eve = await world.welcome("Eve", { historyDays: 10 });
      await world.pass(5_000);
      world.crash(eve, { powerCut: false });
      // What Cleo's first word above the floor follows lies below it, and Eve has not heard of it.
      await write(world, 60, [ben, cleo, dora]);
      for (const device of [ann, ben, cleo]) world.crash(device, { powerCut: false });
      world.wire.forget();
      world.restart(eve);
      await world.pass(8_000);
      expectPart(world, eve, dora);
      expect(textsOf(eve)).toEqual(textsOf(dora));
      expect(eve.service?.peers().map(({ inSync }) => inSync)).toEqual([true]);
      world.wire.forget();
      await world.pass(60_000);
      // What differs below the floor is no reason to ask again.
      expect(world.wire.cameTo(eve.host).events).toBe(0);
    });
  });
});
