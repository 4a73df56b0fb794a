/** Somebody comes back to several who have what it lacks: each event must cross once, whoever is slow or lies. */
import type { Device } from "../device.ts";
import type { Scenario } from "../run.ts";
import type { World } from "../world.ts";

const FIVE = ["Ann", "Ben", "Cleo", "Dan", "Eva"];
/** More than cells can tell: the difference is found by ranges. */
const MESSAGES = 3_200;
const BURST = 50;
/** What a neighbour that fails may have had on the way, and others have sent by then. */
const LOST_MAX = 1_100;

/** Everybody but one writes while that one is off; then it is back, and gets all of it within this time. */
async function comeBack(
  world: World,
  options: { ms: number; againMax: number; trouble?: (others: readonly Device[]) => void },
): Promise<void> {
  const others = world.devices.slice(0, -1);
  const [away] = world.devices.slice(-1);
  if (away === undefined) throw new Error("a scenario needs devices");
  world.crash(away, { powerCut: false });
  for (let written = 0; written < MESSAGES; written += BURST) {
    world.write(others[(written / BURST) % others.length] as Device, BURST);
    await world.pass(200);
  }
  await world.pass(5_000);
  options.trouble?.(others);
  world.wire.forget();
  world.restart(away);
  if (!(await world.converge(options.ms)))
    world.witness.fail("converges", `${away.name} does not hold all of it after ${options.ms} ms`);
  const { events, again } = world.wire.cameTo(away.host);
  if (again > options.againMax)
    world.witness.fail("crosses once", `of ${events} events that ${away.name} was sent, ${again} came again`);
}

export const backfill: Scenario = {
  name: "backfill",
  about: "one of five comes back after thousands of messages, and each comes to it once, from all of them",
  devices: FIVE,
  play: (world) => comeBack(world, { ms: 5_000, againMax: 0 }),
};

export const slowPeer: Scenario = {
  name: "slow-peer",
  about: "the same, and one of the four takes 2 s for each frame of events",
  devices: FIVE,
  play: (world) =>
    comeBack(world, {
      ms: 15_000,
      againMax: LOST_MAX,
      trouble: ([slow]) => slow && world.wire.holdBack(slow.host, 2_000),
    }),
};

export const lyingPeer: Scenario = {
  name: "lying-peer",
  about: "the same, and one of the four sends nothing of what it says to have, another alters what it sends",
  devices: FIVE,
  play: (world) =>
    comeBack(world, {
      ms: 10_000,
      againMax: LOST_MAX,
      trouble: ([silent, forger]) => {
        if (silent) world.wire.silence(silent.host);
        if (forger) world.wire.garble(forger.host);
      },
    }),
};
