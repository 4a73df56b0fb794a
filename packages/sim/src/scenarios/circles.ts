/** Conversations of some of a space: who is let in has all of it, who is let out no key of what follows, others not a byte. */
import type { Circle } from "../circles.ts";
import type { Device } from "../device.ts";
import type { Scenario } from "../run.ts";
import type { World } from "../world.ts";

const FIVE = ["Ann", "Ben", "Cleo", "Dan", "Eva"];

/** Those who are in it write there, and everybody in the open, for so long. */
async function chatter(world: World, circle: Circle, ms: number): Promise<void> {
  const endMs = world.timeline.nowMs + ms;
  while (world.timeline.nowMs < endMs) {
    for (const device of world.devices) {
      const isInside = circle.insiders.has(device) && world.random.oneIn(2);
      world.timeline.after(world.random.below(700), () => world.write(device, 1, isInside ? circle : null));
    }
    await world.pass(700);
  }
}

/** Halves, crashes, and what else befalls a network while people come and go. */
function trouble(world: World): void {
  const { random } = world;
  if (random.oneIn(2)) {
    const groups: Device[][] = [[], []];
    for (const device of world.devices) random.pick(groups).push(device);
    world.split(groups);
  }
  if (random.oneIn(3)) world.become({ lossShare: 0.2, delayMs: 20, jitterMs: 60 });
  if (random.oneIn(3)) {
    const device = random.pick(world.devices);
    world.crash(device, { powerCut: random.oneIn(2) });
    world.timeline.after(random.between(50, 4_000), () => world.restart(device));
  }
}

export const privateChannel: Scenario = {
  name: "private-channel",
  about: "people are let into a private channel and out of it while the network falls apart and all write",
  devices: FIVE,
  async play(world, random) {
    const [ann, ben, cleo, dan] = world.devices as [Device, Device, Device, Device];
    // Eva is never let in, Dan is let out for good, and Cleo goes to and fro.
    const board = await world.circles.found(ann, "board", [ben, cleo, dan]);
    await chatter(world, board, 5_000);
    for (let round = 0; round < 8; round += 1) {
      const whom = round === 3 ? dan : cleo;
      trouble(world);
      await chatter(world, board, random.between(500, 4_000));
      // Whoever changes it is awake; where it was not heard of yet, it is refused in words.
      if (ann.state !== "running") await world.lull();
      if (board.insiders.has(whom)) await world.circles.letOut(ann, board, whom);
      else {
        await world.lull();
        await world.circles.letIn(ann, board, whom);
      }
      await chatter(world, board, random.between(500, 4_000));
      await world.lull();
    }
  },
};

/** After that whoever is let in by somebody out of reach has the channel from another. */
const HANDED_ON_MS = 20_000;

export const goBetween: Scenario = {
  name: "go-between",
  about: "somebody is let into a private channel by a device that they never meet, and has it from a third",
  devices: ["Ann", "Ben", "Cleo"],
  async play(world) {
    const [ann, ben, cleo] = world.devices as [Device, Device, Device];
    world.cutWay(ann, cleo);
    world.cutWay(cleo, ann);
    const board = await world.circles.found(ann, "board", [ben, cleo]);
    await world.pass(HANDED_ON_MS);
    for (const scope of board.scopes)
      if (!cleo.disk.kept.scopes.has(scope))
        world.witness.fail("comes in time", `Cleo has nothing of the channel after ${HANDED_ON_MS} ms`);
    await chatter(world, board, 5_000);
  },
};

/** After that keys which everybody has used are on nobody's disk. */
const DESTROYED_MS = 20_000;
/** Header and content secret; where that is destroyed there are three parts. */
const WHOLE_BYTES = 64;

export const sealedTalk: Scenario = {
  name: "sealed-talk",
  about:
    "two of five talk by themselves for a week of crashes and partitions, and no key of what both have read is left anywhere",
  devices: FIVE,
  async play(world) {
    const [ann, ben] = world.devices as [Device, Device];
    const talk = await world.circles.talk(ann, ben, "hello");
    for (let day = 0; day < 7; day += 1) {
      trouble(world);
      await chatter(world, talk, 4_000);
      await world.lull();
      await world.pass(DESTROYED_MS);
      for (const device of [ann, ben])
        for (const [key, value] of device.disk.kept.meta)
          if (key.startsWith(`epoch/${talk.space}/${talk.scopes[1]}/`) && value.length === WHOLE_BYTES)
            world.witness.fail("used keys go", `${device.name} keeps the secret of ${key} on day ${day}`);
      await world.passDays(1);
    }
  },
};

export const directTalk: Scenario = {
  name: "direct-talk",
  about:
    "two of five talk by themselves through crashes and a network that falls apart; the others hold nothing of it",
  devices: FIVE,
  async play(world) {
    const [ann, ben] = world.devices as [Device, Device];
    const talk = await world.circles.talk(ann, ben, "hello");
    for (let round = 0; round < 8; round += 1) {
      trouble(world);
      await chatter(world, talk, 4_000);
      await world.lull();
    }
  },
};
