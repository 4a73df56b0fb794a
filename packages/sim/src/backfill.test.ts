import { describe, expect, test, vi } from "vitest";
import type { Device } from "./device.ts";
import { run } from "./run.ts";
import type { World } from "./world.ts";

vi.setConfig({ testTimeout: 120_000 });

const FIVE = ["Ann", "Ben", "Cleo", "Dan", "Eva"];

async function write(world: World, devices: readonly Device[], count: number): Promise<void> {
  for (let written = 0; written < count; written += 50) {
    world.write(devices[(written / 50) % devices.length] as Device, 50);
    await world.pass(200);
  }
  await world.pass(5_000);
}

interface Crossed {
  readonly missing: number;
  readonly events: number;
  readonly again: number;
  /** Events sent by each that sent any, the least first. */
  readonly shares: readonly number[];
}

/** What crosses to a device that comes back to all others after so many messages. */
async function crossedAt(names: readonly string[], count: number): Promise<Crossed> {
  let crossed: Crossed | null = null;
  const report = await run(
    {
      name: `crossed-${names.length}-${count}`,
      about: "one of several comes back",
      devices: names,
      async play(world) {
        const away = world.devices.at(-1) as Device;
        world.crash(away, { powerCut: false });
        await write(world, world.devices.slice(0, -1), count);
        world.wire.forget();
        const held = away.disk.kept.events.size;
        world.restart(away);
        expect(await world.converge(20_000)).toBe(true);
        const { wire } = world;
        const shares = [...wire.sendersTo(away.host).values()].toSorted((a, b) => a - b);
        crossed = { missing: away.disk.kept.events.size - held, shares, ...wire.cameTo(away.host) };
      },
    },
    1,
  );
  expect(report.breaches).toEqual([]);
  if (crossed === null) throw new Error("it did not come so far");
  return crossed;
}

describe("[SY52] [SY53] who comes back to several neighbours gets each missing event once, whoever of them begins", () => {
  // By cells, and by ranges.
  test.each([
    [3, 1_500],
    [3, 4_000],
    [5, 1_500],
    [5, 4_000],
  ])("of %i members, after %i messages", async (members, count) => {
    const { missing, events, again } = await crossedAt(FIVE.slice(0, members), count);
    expect(missing).toBe(count);
    expect({ events, again }).toEqual({ events: missing, again: 0 });
  });
});

test("[SY53] the work is shared by all who have what is missing", async () => {
  const { shares } = await crossedAt(FIVE, 4_000);
  expect(shares.length).toBe(4);
  expect(shares[0]).toBeGreaterThan(4_000 / 16);
});

test("[SY56] two halves that wrote apart meet, and no event comes to anybody twice", async () => {
  const report = await run(
    {
      name: "halves",
      about: "two halves write apart and meet",
      devices: FIVE,
      async play(world) {
        world.split([world.devices.slice(0, 2), world.devices.slice(2)]);
        await world.pass(5_000);
        await write(world, world.devices, 2_000);
        world.wire.forget();
        world.weather.heal();
        expect(await world.converge(30_000)).toBe(true);
        const { events, again } = world.wire.came();
        // Three lack what two wrote, and the other way round; some of it comes by datagrams.
        expect(events - again).toBeLessThanOrEqual(2_000 * 0.4 * 3 + 2_000 * 0.6 * 2);
        expect(events).toBeGreaterThan(4_000);
        expect(again).toBe(0);
      },
    },
    1,
  );
  expect(report.breaches).toEqual([]);
});

test("[SY51] a newcomer whose second neighbour comes while the first sends is sent nothing twice", async () => {
  const report = await run(
    {
      name: "second-neighbour",
      about: "a second neighbour comes while the first sends",
      devices: FIVE.slice(0, 3),
      async play(world) {
        const [, second, away] = world.devices as [Device, Device, Device];
        world.crash(away, { powerCut: false });
        await write(world, world.devices.slice(0, 2), 4_000);
        world.crash(second, { powerCut: false });
        world.become({ delayMs: 20, bytesPerS: 500_000 });
        world.wire.forget();
        world.restart(away);
        await world.pass(1_500);
        const before = world.wire.cameTo(away.host).events;
        expect(before).toBeGreaterThan(0);
        expect(before).toBeLessThan(4_000);
        world.restart(second);
        expect(await world.converge(60_000)).toBe(true);
        const { events, again } = world.wire.cameTo(away.host);
        // A few of the newest come by datagrams.
        expect(events).toBeGreaterThan(3_500);
        expect(again).toBe(0);
        expect(world.wire.sendersTo(away.host).get(second.host)).toBeGreaterThan(0);
      },
    },
    1,
  );
  expect(report.breaches).toEqual([]);
});
