/** Parts of a space that have gone on without each other, each with members and keys of its own. */
import type { Device } from "../device.ts";
import type { Scenario } from "../run.ts";

export const twoSides: Scenario = {
  name: "two-sides",
  about:
    "two halves of a space each let somebody out, start anew elsewhere, and find each other on the local network alone",
  devices: ["Ann", "Ben", "Cleo", "Dan", "Eva", "Fay"],
  async play(world, random) {
    const [ann, ben, cleo, dan, eva, fay] = world.devices as [Device, Device, Device, Device, Device, Device];
    world.changeRole(ann, ben, "admin");
    await world.lull();
    world.split([
      [ann, cleo, eva],
      [ben, dan, fay],
    ]);
    await world.pass(random.between(2_000, 60_000));
    world.remove(ann, eva);
    world.remove(ben, fay);
    await world.pass(2_000);
    for (const device of [ann, ben, cleo, dan]) world.write(device);
    await world.pass(2_000);
    // Whoever starts again listens at another port: no address that anybody kept leads to them.
    for (const device of world.devices) world.crash(device, { powerCut: random.oneIn(2) });
    for (const device of world.devices) world.restart(device);
    await world.pass(random.between(1_000, 20_000));
    await world.lull();
    for (const device of [ann, ben, cleo, dan]) world.write(device);
    await world.lull();
  },
};
