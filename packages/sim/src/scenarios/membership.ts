/** Who is of a space when people decide about each other apart: each scenario says which rule of spec/space it is about. */
import type { EventId } from "@kith/core";
import type { Role } from "@kith/node";
import { Deeds, serviceOf } from "../deeds.ts";
import type { Device } from "../device.ts";
import type { Scenario } from "../run.ts";
import type { World } from "../world.ts";

type Four = [Device, Device, Device, Device];
type Five = [...Four, Device];

/** Longer than it takes to notice that a link is gone. */
const APART_MS = 8_000;
/** Everybody who is there says something. */
async function talk(world: World, ...devices: readonly Device[]): Promise<void> {
  for (const device of devices) world.write(device, 2);
  await world.pass(1_000);
}

async function part(world: World, ...sides: readonly (readonly Device[])[]): Promise<void> {
  world.split(sides);
  await world.pass(APART_MS);
}

export const promotedAndRemoved: Scenario = {
  name: "promoted-and-removed",
  about:
    "an owner makes Cleo owner, who removes Ben, while Ben, an admin and cut off, removes Cleo: that one holds",
  devices: ["Ann", "Ben", "Cleo", "Dan"],
  async play(world, random) {
    const [ann, ben, cleo, dan] = world.devices as Four;
    const deeds = new Deeds(world);
    await deeds.giveRole(ann, ben, "admin");
    await world.lull();
    await part(world, [ann, cleo], random.oneIn(2) ? [ben, dan] : [ben]);
    const here = async (): Promise<void> => {
      await deeds.giveRole(ann, cleo, "owner");
      await world.pass(random.between(1_000, 5_000));
      await deeds.remove(cleo, ben);
    };
    const there = (): Promise<void> => deeds.remove(ben, cleo);
    // What counts is what each had heard, not who was first.
    for (const decide of random.oneIn(2) ? [here, there] : [there, here]) await decide();
    await talk(world, ann, ben, cleo, dan);
    // Ann's side wrote what Ben was not to read, and the removal of Ben does not hold.
    deeds.stands(ben);
    await world.lull();
    deeds.expectMembers(
      new Map([
        [ann, "owner"],
        [ben, "admin"],
        [dan, "member"],
      ]),
    );
    await deeds.expectOut(cleo);
    await deeds.expectHeard(ann, ben, dan);
  },
};

export const overruled: Scenario = {
  name: "overruled",
  about:
    "Ben, an admin and cut off, removes Cleo while the owner takes Ben's rank and raises Cleo: she stays, and the owner is told and may repeat it",
  devices: ["Ann", "Ben", "Cleo", "Dan"],
  async play(world, random) {
    const [ann, ben, cleo, dan] = world.devices as Four;
    const deeds = new Deeds(world);
    await deeds.giveRole(ann, ben, "admin");
    await world.lull();
    await part(world, [ann, cleo], [ben, dan]);
    await deeds.remove(ben, cleo);
    await talk(world, ann, ben, cleo, dan);
    const isRemoved = random.oneIn(2);
    if (isRemoved) await deeds.remove(ann, ben);
    else await deeds.giveRole(ann, ben, "member");
    const role = random.pick(["admin", "member"] as const);
    await deeds.giveRole(ann, cleo, role);
    await talk(world, ann, ben, cleo, dan);
    deeds.stands(cleo);
    await world.lull();
    const others = new Map<Device, Role>([
      [ann, "owner"],
      [dan, "member"],
    ]);
    if (!isRemoved) others.set(ben, "member");
    deeds.expectMembers(new Map([...others, [cleo, role]]));
    await deeds.expectHeard(ann, cleo, dan);
    const told = deeds.member(ann, cleo)?.overturned;
    deeds.expect(told?.kind === "removal" && told.byName === "Ben", "Ann is told of the removal by Ben");
    for (const device of [cleo, dan])
      deeds.expect(
        !deeds.member(device, cleo)?.overturned,
        `${device.name}, who may not repeat it, is told nothing`,
      );
    await deeds.remove(ann, cleo);
    await world.lull();
    deeds.expectMembers(others);
    await deeds.expectOut(cleo);
  },
};

export const eachOther: Scenario = {
  name: "each-other",
  about:
    "two admins remove each other, each where an owner has just taken the other's rank: both stay, as members",
  devices: ["Ann", "Ben", "Cleo", "Dan", "Eva"],
  async play(world, random) {
    const [ann, ben, cleo, dan, eva] = world.devices as Five;
    const deeds = new Deeds(world);
    await deeds.giveRole(ann, dan, "owner");
    for (const admin of [ben, cleo]) await deeds.giveRole(ann, admin, "admin");
    await world.lull();
    await deeds.expectRefused("NOT_ALLOWED", "an admin removing another", () => deeds.remove(ben, cleo));
    await part(world, [ann, cleo, eva], [dan, ben]);
    const sides = [
      async () => {
        await deeds.giveRole(ann, ben, "member");
        await world.pass(random.between(1_000, 3_000));
        await deeds.remove(cleo, ben);
      },
      async () => {
        await deeds.giveRole(dan, cleo, "member");
        await world.pass(random.between(1_000, 3_000));
        await deeds.remove(ben, cleo);
      },
    ];
    for (const decide of random.oneIn(2) ? sides : sides.toReversed()) await decide();
    await talk(world, ann, ben, cleo, dan, eva);
    deeds.stands(ben, cleo);
    await world.lull();
    deeds.expectMembers(
      new Map([
        [ann, "owner"],
        [dan, "owner"],
        [ben, "member"],
        [cleo, "member"],
        [eva, "member"],
      ]),
    );
    for (const owner of [ann, dan])
      for (const whom of [ben, cleo])
        deeds.expect(
          deeds.member(owner, whom)?.overturned?.kind === "removal",
          `${owner.name} is told that the removal of ${whom.name} does not count`,
        );
    await deeds.expectHeard(ann, ben, cleo, dan, eva);
  },
};

export const usedTwice: Scenario = {
  name: "used-twice",
  about:
    "an invitation for one is used on both sides of a split network: one waits, and the owner lets them in or refuses",
  devices: ["Ann", "Ben", "Cleo"],
  async play(world, random) {
    const [ann, ben, cleo] = world.devices as [Device, Device, Device];
    const deeds = new Deeds(world);
    const invite = await deeds.invite(ann, 1);
    await world.lull();
    const [eva, finn] = [await world.arrive("Eva"), await world.arrive("Finn")];
    await part(world, [ann, eva], [ben, cleo, finn]);
    await deeds.join(eva, invite);
    await deeds.join(finn, invite);
    await talk(world, ann, ben, cleo, eva, finn);
    await world.lull();
    const [waiting, ...more] = serviceOf(ann).joinRequests();
    deeds.expect(waiting !== undefined && more.length === 0, "exactly one of the two waits");
    const last = [eva, finn].find(({ person }) => person === waiting?.person);
    if (waiting === undefined || last === undefined) return;
    const settled = new Map<Device, Role>([[ann, "owner"]]);
    for (const device of [ben, cleo, eva, finn]) if (device !== last) settled.set(device, "member");
    deeds.expectMembers(settled);
    if (random.oneIn(2)) {
      await world.finish("the word", serviceOf(ann).refuseWaiting(waiting.id));
      await world.lull();
      deeds.expectMembers(settled);
      await deeds.expectOut(last);
    } else {
      await world.finish("the word", serviceOf(ann).admitWaiting(world.space, waiting.person));
      await world.lull();
      deeds.expectMembers(new Map([...settled, [last, "member"]]));
      await deeds.expectHeard(ann, ben, cleo, eva, finn);
    }
    deeds.expect(serviceOf(ben).joinRequests().length === 0, "nobody waits any more");
  },
};

export const revokedWhileUsed: Scenario = {
  name: "revoked-while-used",
  about:
    "an invitation is revoked while it is used where nobody has heard of that: who came by it then is not in",
  devices: ["Ann", "Ben", "Cleo"],
  async play(world, random) {
    const [ann, ben, cleo] = world.devices as [Device, Device, Device];
    const deeds = new Deeds(world);
    const invite = await deeds.invite(ann, 5);
    const eva = await world.arrive("Eva");
    await deeds.join(eva, invite);
    await world.lull();
    const finn = await world.arrive("Finn");
    await part(world, [ann, ben], [cleo, eva, finn]);
    const acts = [() => deeds.revoke(ann, invite), () => deeds.join(finn, invite)];
    for (const act of random.oneIn(2) ? acts : acts.toReversed()) await act();
    await talk(world, ann, ben, cleo, eva, finn);
    await world.lull();
    deeds.expectMembers(
      new Map([
        [ann, "owner"],
        [ben, "member"],
        [cleo, "member"],
        // Who came before stays.
        [eva, "member"],
      ]),
    );
    await deeds.expectHeard(ann, ben, cleo, eva);
  },
};

export const fromJoining: Scenario = {
  name: "from-joining",
  about:
    "a space whose newcomers read what is written after they came: one comes while another is cut off and writes",
  devices: ["Ann", "Ben", "Cleo"],
  history: "from-joining",
  async play(world, random) {
    const [ann, ben, cleo] = world.devices as [Device, Device, Device];
    const deeds = new Deeds(world);
    const before = await deeds.say(ann, "before anybody came");
    await talk(world, ann, ben, cleo);
    const [dan, eva] = [await world.arrive("Dan"), await world.arrive("Eva")];
    const invite = await deeds.invite(ann, 2);
    await talk(world, ann, ben, cleo);
    await deeds.join(dan, invite);
    await world.lull();
    await part(world, [ann, ben, eva], [cleo, dan]);
    await talk(world, cleo, dan);
    if (random.oneIn(2)) await talk(world, ann, ben);
    await deeds.join(eva, invite);
    // Ann knows of Eva, and Cleo does not.
    const [toEva, notToEva] = [await deeds.say(ann, "Eva is here"), await deeds.say(cleo, "who is here?")];
    await talk(world, ann, ben, cleo, dan, eva);
    await world.lull();
    deeds.expectShown(true, before, [ann, ben, cleo]);
    deeds.expectShown(false, before, [dan, eva]);
    deeds.expectShown(true, toEva, [ann, ben, eva]);
    deeds.expectShown(true, notToEva, [ann, ben, cleo, dan]);
    deeds.expectShown(false, notToEva, [eva]);
    await deeds.expectHeard(ann, ben, cleo, dan, eva);
    // The same events for all, whoever reads them.
    await world.lull();
    for (const device of [dan, eva])
      deeds.expect(
        device.disk.kept.events.has(before as EventId),
        `${device.name} holds what it cannot read`,
      );
  },
};

export const lastOwner: Scenario = {
  name: "last-owner",
  about:
    "the last owner neither leaves nor steps down; of two who step down apart one stays owner; what is left of who leaves stays",
  devices: ["Ann", "Ben", "Cleo", "Dan", "Eva"],
  async play(world, random) {
    const [ann, ben, cleo, dan, eva] = world.devices as Five;
    const deeds = new Deeds(world);
    await deeds.expectRefused("LAST_OWNER", "the last owner leaving", () => deeds.remove(ann, ann));
    await deeds.expectRefused("LAST_OWNER", "the last owner stepping down", () =>
      deeds.giveRole(ann, ann, "member"),
    );
    const said = await deeds.say(dan, "goodbye");
    await deeds.until("all hear it", () => world.devices.every((device) => deeds.shows(device, said)));
    await deeds.remove(dan, dan);
    await world.lull();
    deeds.expectShown(true, said, [ann, ben, cleo, eva]);
    for (const successor of [ben, cleo]) await deeds.giveRole(ann, successor, "owner");
    await deeds.giveRole(ann, ann, "member");
    await world.lull();
    await part(world, [ann, ben], [cleo, eva]);
    const isLeaving = random.oneIn(2);
    for (const owner of random.oneIn(2) ? [ben, cleo] : [cleo, ben]) {
      if (isLeaving) await deeds.remove(owner, owner);
      else await deeds.giveRole(owner, owner, "member");
    }
    await talk(world, ann, eva);
    deeds.stands(ben, cleo);
    await world.lull();
    const owner = [ben, cleo].find((device) => deeds.member(ann, device)?.role === "owner");
    deeds.expect(owner !== undefined, "one of the two is owner as Ann knows");
    if (owner === undefined) return;
    const other = owner === ben ? cleo : ben;
    const ranks = new Map<Device, Role>([
      [ann, "member"],
      [owner, "owner"],
      [eva, "member"],
    ]);
    if (!isLeaving) ranks.set(other, "member");
    deeds.expectMembers(ranks);
    await deeds.expectOut(dan, ...(isLeaving ? [other] : []));
    await deeds.expectHeard(...ranks.keys());
  },
};

export const secondDevice: Scenario = {
  name: "second-device",
  about:
    "Ben's second device is linked, writes, and is removed while it is cut off and writes on: nothing of that is heard",
  devices: ["Ann", "Ben", "Cleo"],
  async play(world, random) {
    const [ann, ben, cleo] = world.devices as [Device, Device, Device];
    const deeds = new Deeds(world);
    await talk(world, ann, ben, cleo);
    const phone = await world.arrive("Phone");
    await world.pass(1_000);
    await deeds.linkDevice(ben, phone);
    await world.lull();
    await deeds.expectHeard(ann, ben, cleo, phone);
    deeds.expect(deeds.member(ann, ben)?.devices.length === 2, "Ben has two devices");
    await deeds.expectRefused("NOT_ALLOWED", "a junior device removing a senior one", () =>
      deeds.removeDevice(phone, ben),
    );
    await part(world, [ann, ben, cleo], [phone]);
    const acts = [() => deeds.removeDevice(ben, phone), () => deeds.say(phone, "written beside its removal")];
    const said: string[] = [];
    for (const act of random.oneIn(2) ? acts : acts.toReversed()) {
      const id = await act();
      if (typeof id === "string") said.push(id);
    }
    await talk(world, ann, ben, cleo);
    await world.lull();
    await deeds.expectOut(phone);
    for (const id of said) deeds.expectShown(false, id, [ann, ben, cleo]);
    deeds.expectMembers(
      new Map([
        [ann, "owner"],
        [ben, "member"],
        [cleo, "member"],
      ]),
    );
    deeds.expect(deeds.member(ann, ben)?.devices.join() === ben.id, "Ben has one device");
    await deeds.expectHeard(ann, ben, cleo);
  },
};

export const setBack: Scenario = {
  name: "set-back",
  about:
    "Ben's disk is set back and he writes on, cut off, with numbers that he has used: the others suspend his device",
  devices: ["Ann", "Ben", "Cleo", "Dan"],
  async play(world, random) {
    const [ann, ben, cleo, dan] = world.devices as Four;
    const deeds = new Deeds(world);
    await talk(world, ann, ben, cleo, dan);
    const before = await deeds.say(ben, "before the copy");
    await world.lull();
    const setBackBen = world.copyDisk(ben);
    const first = await deeds.say(ben, "what was written first");
    await world.lull();
    await part(world, [ann, cleo, dan], [ben]);
    world.hasOutsiders = true;
    setBackBen();
    await world.pass(random.between(1_000, 5_000));
    const second = await deeds.say(ben, "what was written over it");
    await talk(world, ann, cleo, dan);
    await world.lull();
    await deeds.until("the device is suspended", () =>
      [ann, cleo, dan].every((device) =>
        deeds.member(device, ben)?.suspended.some(({ device: id }) => id === ben.id),
      ),
    );
    await world.lull();
    deeds.expectShown(true, before, [ann, cleo, dan]);
    // Nobody can tell which of the two he meant.
    for (const id of [first, second]) deeds.expectShown(false, id, [ann, cleo, dan]);
    deeds.expect(deeds.member(ann, ben)?.devices.length === 0, "Ben is a member without a device");
    await deeds.expectHeard(ann, cleo, dan);
  },
};
