/** Runs about one thing each, for a closer look than the standard run gives. */
import type { Device } from "../device.ts";
import type { Scenario } from "../run.ts";
import type { World } from "../world.ts";

const FIVE = ["Ann", "Ben", "Cleo", "Dan", "Eva"];

/** Everybody writes once in so much time, until the end. */
async function chatter(world: World, options: { ms: number; everyMs: number }): Promise<void> {
  const endMs = world.timeline.nowMs + options.ms;
  while (world.timeline.nowMs < endMs) {
    for (const device of world.devices) {
      const inMs = world.random.below(options.everyMs);
      world.timeline.after(inMs, () => world.write(device));
    }
    await world.pass(options.everyMs);
  }
}

const first = (world: World): Device => {
  const [device] = world.devices;
  if (device === undefined) throw new Error("a scenario needs devices");
  return device;
};

export const calm: Scenario = {
  name: "calm",
  about: "five devices that write for a minute, and nothing goes wrong",
  devices: FIVE,
  play: (world) => chatter(world, { ms: 60_000, everyMs: 2_000 }),
};

export const split: Scenario = {
  name: "split",
  about: "the network falls in two while all write, and is one again",
  devices: FIVE,
  async play(world) {
    world.split([world.devices.slice(0, 2), world.devices.slice(2)]);
    await chatter(world, { ms: 60_000, everyMs: 1_000 });
    world.weather.heal();
    await chatter(world, { ms: 10_000, everyMs: 1_000 });
  },
};

export const powerCuts: Scenario = {
  name: "power-cuts",
  about: "one device after another loses its power in the middle of a burst",
  devices: FIVE,
  async play(world, random) {
    for (let round = 0; round < 20; round += 1) {
      const device = random.pick(world.devices);
      world.write(device, random.between(1, 40));
      await world.pass(random.between(0, 30));
      world.crash(device, { powerCut: true });
      await world.pass(random.between(100, 8_000));
      world.restart(device);
      await world.pass(random.between(0, 2_000));
    }
  },
};

export const comings: Scenario = {
  name: "comings",
  about: "members are removed, come back and change rank while the network falls apart and all write",
  devices: [...FIVE, "Finn"],
  async play(world, random) {
    const [owner, deputy, ...others] = world.devices;
    if (owner === undefined || deputy === undefined) throw new Error("two that may remove are needed");
    world.changeRole(owner, deputy, "admin");
    await world.pass(1_000);
    for (let round = 0; round < 12; round += 1) {
      const whom = random.pick(others);
      if (random.oneIn(2)) {
        const groups: Device[][] = [[], []];
        for (const device of world.devices) random.pick(groups).push(device);
        world.split(groups);
      }
      await chatter(world, { ms: random.between(500, 4_000), everyMs: 700 });
      if (world.outside.includes(whom)) {
        world.weather.heal();
        await world.finish("a way back", world.readmit(owner, whom));
      } else if (random.oneIn(3)) world.changeRole(owner, whom, random.pick(["reader", "member", "member"]));
      else world.remove(random.pick([owner, deputy]), whom);
      await chatter(world, { ms: random.between(500, 6_000), everyMs: 700 });
      if (random.oneIn(4)) {
        const device = random.pick(world.devices);
        world.crash(device, { powerCut: true });
        await world.pass(random.between(50, 2_000));
        world.restart(device);
      }
      if (random.oneIn(2)) world.weather.heal();
    }
  },
};

export const lossy: Scenario = {
  name: "lossy",
  about: "every fifth packet is lost, some come twice and out of order",
  devices: FIVE,
  async play(world) {
    world.become({ lossShare: 0.2, duplicateShare: 0.05, delayMs: 20, jitterMs: 60 });
    await chatter(world, { ms: 120_000, everyMs: 1_000 });
  },
};

export const digestOnly: Scenario = {
  name: "digest-only",
  about: "every fifth packet is lost, and messages travel by datagrams alone: nothing is pushed or streamed",
  devices: FIVE,
  circumstances: { ways: { push: false, streams: false } },
  latencyP99MsMax: 4_000,
  async play(world) {
    world.become({ lossShare: 0.2 });
    await chatter(world, { ms: 60_000, everyMs: 1_000 });
    // What was written last arrives in the same weather.
    await world.pass(10_000);
  },
};

export const bloomOnly: Scenario = {
  name: "bloom-only",
  about:
    "every tenth packet is lost, and what is missing is found by Bloom filters of 5% alone: nothing is pushed",
  devices: FIVE,
  circumstances: { ways: { push: false, streams: true, rungs: ["bloom"], bloomRate: 0.05 } },
  async play(world) {
    world.become({ lossShare: 0.1 });
    await chatter(world, { ms: 60_000, everyMs: 1_000 });
    // Two parts write by themselves, and meet with more between them than a datagram tells.
    world.split([world.devices.slice(0, 2), world.devices.slice(2)]);
    await chatter(world, { ms: 60_000, everyMs: 500 });
    world.weather.heal();
    await chatter(world, { ms: 10_000, everyMs: 1_000 });
  },
};

export const fullDisk: Scenario = {
  name: "full-disk",
  about: "a disk is full for a minute while others write to it",
  devices: FIVE,
  async play(world) {
    await chatter(world, { ms: 5_000, everyMs: 1_000 });
    world.fillDisk(first(world), true);
    await chatter(world, { ms: 60_000, everyMs: 1_000 });
    world.fillDisk(first(world), false);
    await chatter(world, { ms: 5_000, everyMs: 1_000 });
  },
};

export const timeTraveller: Scenario = {
  name: "time-traveller",
  about: "one clock stands a year ahead, another a year behind, and both are put right",
  devices: FIVE,
  async play(world, random) {
    const year = 365 * 86_400_000;
    world.skew(first(world), year);
    world.skew(random.pick(world.devices.slice(1)), -year);
    await chatter(world, { ms: 30_000, everyMs: 1_000 });
    for (const device of world.devices) world.skew(device, 0);
    await chatter(world, { ms: 10_000, everyMs: 1_000 });
  },
};

export const away: Scenario = {
  name: "away",
  about:
    "one is away for 90 days, in which prekeys and keys change, and comes back making keys for prekeys that are gone",
  devices: ["Ann", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gil"],
  // Each side speaks under keys that the other has not: they call each other where they were.
  circumstances: { lan: false },
  async play(world) {
    const [ann, ben, cleo, dan, eva, finn] = world.devices;
    if (!ann || !ben || !cleo || !dan || !eva || !finn) throw new Error("six are needed");
    world.changeRole(ann, cleo, "admin");
    await chatter(world, { ms: 3_000, everyMs: 1_000 });
    world.crash(cleo, { powerCut: true });
    for (let week = 0; week < 13; week += 1) {
      await world.passDays(week === 12 ? 6 : 7);
      // Each removal has keys boxed anew, so that a prekey is used and then replaced.
      if (week === 1) world.remove(ann, dan);
      if (week === 6) world.remove(ann, eva);
      await chatter(world, { ms: 2_000, everyMs: 1_000 });
    }
    const others = world.devices.filter((device) => device !== cleo);
    world.split([[cleo], others]);
    world.restart(cleo);
    await world.pass(5_000);
    // As she knows them, Ann and Ben have the prekeys of three months ago.
    world.remove(cleo, finn);
    await world.pass(1_000);
    world.write(cleo, 3);
    await world.pass(2_000);
    world.weather.heal();
    await chatter(world, { ms: 5_000, everyMs: 1_000 });
  },
};

export const hour: Scenario = {
  name: "hour",
  about: "an hour of twenty devices, each writing once in two minutes, with lids closed and opened",
  devices: Array.from({ length: 20 }, (_, index) => `Device ${index + 1}`),
  async play(world, random) {
    for (let minute = 0; minute < 60; minute += 2) {
      const sleeper = random.pick(world.devices);
      world.suspend(sleeper);
      world.timeline.after(random.between(1_000, 110_000), () => world.resume(sleeper));
      await chatter(world, { ms: 120_000, everyMs: 120_000 });
    }
  },
};
