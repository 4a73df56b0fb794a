/** The standard run: five devices, ten minutes, and every fault that a device or a network has, at random. */
import type { Circumstances } from "../circumstances.ts";
import type { Device } from "../device.ts";
import type { Scenario } from "../run.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { World } from "../world.ts";

/** Long enough for each fault to come several times, and for two or three at once. */
const DURATION_MS = 600_000;
/** From one lull to the next: all faults end, and all must come to hold the same, soon after they are linked. */
const STORM_MS = 150_000;
/** Between two things that happen, on average. */
const STEP_MS = 4_000;
/** Somebody writes about this often in between. */
const WRITES_PER_STEP = 2;

type Fault = (world: World, device: Device, random: SeededRandom) => void;

/** Each with what ends it; what has not ended by the end of the run ends there. */
const faults: Readonly<Record<string, Fault>> = {
  crash(world, device, random) {
    world.crash(device, { powerCut: random.oneIn(2) });
    world.timeline.after(random.between(50, 40_000), () => world.restart(device));
  },
  suspend(world, device, random) {
    world.suspend(device);
    world.timeline.after(random.between(500, 60_000), () => world.resume(device));
  },
  skew(world, device, random) {
    // From a clock that is minutes off to one that is set to another year.
    const days = random.oneIn(4) ? random.between(-400, 400) : 0;
    world.skew(device, random.between(-300_000, 300_000) + days * 86_400_000);
    world.timeline.after(random.between(5_000, 120_000), () => world.skew(device, 0));
  },
  fullDisk(world, device, random) {
    world.fillDisk(device, true);
    world.timeline.after(random.between(1_000, 30_000), () => world.fillDisk(device, false));
  },
  split(world, _device, random) {
    const groups: Device[][] = [[], [], []];
    for (const device of world.devices) random.pick(groups).push(device);
    world.split(groups);
    world.timeline.after(random.between(500, 60_000), () => world.weather.heal());
  },
  oneWay(world, device, random) {
    const other = random.pick(world.devices);
    if (other === device) return;
    world.cutWay(device, other);
    world.timeline.after(random.between(500, 30_000), () => world.weather.heal());
  },
  badWeather(world, _device, random) {
    world.become({
      delayMs: random.between(1, 400),
      jitterMs: random.between(0, 300),
      lossShare: random.below(40) / 100,
      duplicateShare: random.below(20) / 100,
      bytesPerS: random.oneIn(3) ? random.between(2_000, 100_000) : null,
    });
    world.timeline.after(random.between(2_000, 60_000), () => world.weather.become({}));
  },
};

/** Most runs have every way. In the others one way must do alone what several do together, and hide no other's faults. */
function circumstances(random: SeededRandom): Circumstances {
  if (random.oneIn(2)) return {};
  return random.pick<Circumstances>([
    { lan: false },
    { lan: false, queueBytes: 8_192 },
    { ways: { push: false, streams: true } },
    { ways: { push: false, streams: false } },
    { ways: { push: false, streams: true, rungs: ["bloom"], bloomRate: 0.05 } },
  ]);
}

/** Everybody writes while everything befalls them; act: what else somebody does now and then. */
async function storm(world: World, random: SeededRandom, act: (device: Device) => void): Promise<void> {
  const endMs = world.timeline.nowMs + DURATION_MS;
  const names = Object.keys(faults);
  let lullMs = world.timeline.nowMs + STORM_MS;
  while (world.timeline.nowMs < endMs) {
    await world.pass(random.between(1, 2 * STEP_MS));
    if (world.timeline.nowMs >= lullMs) {
      await world.lull();
      lullMs = world.timeline.nowMs + STORM_MS;
    }
    const device = random.pick(world.devices);
    for (let count = random.between(0, 2 * WRITES_PER_STEP); count > 0; count -= 1) {
      const writer = random.pick(world.devices);
      world.timeline.after(random.between(0, STEP_MS), () => world.write(writer, random.oneIn(10) ? 5 : 1));
    }
    act(device);
    if (random.oneIn(3)) faults[random.pick(names)]?.(world, device, random);
  }
}

export const standard: Scenario = {
  name: "standard",
  about: "five devices, ten minutes, all faults at random; some runs lack a way that content travels by",
  circumstances,
  devices: ["Ann", "Ben", "Cleo", "Dan", "Eva"],
  play: (world, random) =>
    storm(world, random, (device) => {
      if (random.oneIn(4)) world.react(device);
    }),
};

export const secondThoughts: Scenario = {
  ...standard,
  name: "second-thoughts",
  about: "the standard run, in which what was written is edited, deleted and pinned all the time",
  play: (world, random) =>
    storm(world, random, (device) => {
      for (let count = random.between(1, 4); count > 0; count -= 1) world.change(device);
    }),
};
