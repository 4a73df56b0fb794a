import { decodeInviteLink, encodeInviteLink, frameTypes } from "@kith/core";
import { expect, test, vi } from "vitest";
import type { Device } from "./device.ts";
import { run } from "./run.ts";
import type { World } from "./world.ts";

vi.setConfig({ testTimeout: 120_000 });

const HOUR_MS = 3_600_000;
/** Who does not end the link itself is given so long (PARTING_MS). */
const HALF_A_SECOND_MS = 500;
/** PART_REST_FIRST_MS. */
const REST_FIRST_MS = 10_000;
const FOR_ONE = { role: "member", expiresInMs: null, uses: 1 } as const;

/** A link of two devices, in virtual time; untilMs: null while it lasts. */
interface Meeting {
  readonly atMs: number;
  untilMs: number | null;
}

interface Parted {
  readonly world: World;
  readonly ann: Device;
  readonly ben: Device;
  readonly cleo: Device;
  readonly dan: Device;
  readonly meetings: Meeting[];
}

function serviceOf({ name, service }: Device) {
  if (!service) throw new Error(`${name} is down`);
  return service;
}

const checkOf = async (device: Device) =>
  (await serviceOf(device).doctor()).find(({ name }) => name === "membership");

function meetingsOf({ timeline }: World, one: Device, other: Device): Meeting[] {
  const meetings: Meeting[] = [];
  serviceOf(one).onLog((entries) => {
    for (const { type, data } of entries) {
      if (type !== "peer") continue;
      const { id, state } = data as { id: string; state: "connected" | "lost" };
      if (id !== other.id) continue;
      const last = meetings.at(-1);
      if (state === "connected") meetings.push({ atMs: timeline.nowMs, untilMs: null });
      else if (last) last.untilMs ??= timeline.nowMs;
    }
  });
  return meetings;
}

async function inWorld(devices: readonly string[], play: (world: World) => Promise<void>): Promise<void> {
  const about = "the key that a removal lies under was boxed by who is met no more";
  const report = await run({ name: "parted", about, devices, play }, 1);
  expect(report.breaches).toEqual([]);
}

/** Dan was removed under a key that Ann alone boxed for him, and from now on meets Cleo alone, who cannot tell him. */
function partFrom(play: (parted: Parted) => Promise<void>): Promise<void> {
  return inWorld(["Ann", "Ben", "Cleo", "Dan"], async (world) => {
    const [ann, ben, cleo, dan] = world.devices as [Device, Device, Device, Device];
    world.split([[ann, ben, cleo], [dan]]);
    await world.pass(5_000);
    // Ann boxes the next key for Dan, whom she does not meet; Cleo has a box of her own alone.
    world.remove(ann, ben);
    await world.pass(5_000);
    world.write(ann);
    await world.pass(5_000);
    world.remove(ann, dan);
    await world.pass(10_000);
    expect(serviceOf(cleo).members(world.space).length).toBe(2);
    const meetings = meetingsOf(world, cleo, dan);
    world.split([
      [ann, ben],
      [cleo, dan],
    ]);
    await play({ world, ann, ben, cleo, dan, meetings });
  });
}

/** Until the two have just been parted for the so-manieth time. */
async function untilParted({ world, meetings }: Parted, times: number): Promise<void> {
  while (meetings.length < times || meetings.at(-1)?.untilMs === null) await world.pass(100);
}

test("[EP94] [SP156] who was removed and cannot be told costs its peers ever less, and reads why they are silent", () =>
  partFrom(async ({ world, ann, ben, cleo, dan, meetings }) => {
    await world.pass(HOUR_MS);
    expect(meetings.length).toBeGreaterThan(3);
    expect(meetings.length).toBeLessThanOrEqual(10);
    expect(serviceOf(dan).space(world.space).state).toBe("ready");
    expect(await checkOf(dan)).toMatchObject({ status: "bad" });
    expect((await checkOf(dan))?.detail).toContain("Cleo");
    expect(await checkOf(cleo)).toBeUndefined();
    world.write(dan);
    await world.pass(1_000);
    const [last] = serviceOf(dan).messages({ limit: 1 }).items;
    const where = serviceOf(dan).deliveryOf(last?.id ?? "");
    expect(where.map(({ name, state }) => [name, state])).toEqual([
      ["Ann", "waits"],
      ["Cleo", "parted"],
    ]);
    // Who can tell is met as ever.
    world.split([[ann, dan], [ben], [cleo]]);
    await world.pass(60_000);
    expect(serviceOf(dan).space(world.space).state).toBe("removed");
    expect(await checkOf(dan)).toBeUndefined();
  }));

test("[EP94] who comes back within the first half of a rest is told at once and given nothing", () =>
  partFrom(async (parted) => {
    const { world, dan, meetings } = parted;
    await untilParted(parted, 3);
    // Anew, Dan knows of no rest.
    world.crash(dan, { powerCut: false });
    world.restart(dan);
    const before = meetings.length;
    world.wire.forget();
    await world.pass(15_000);
    const lengths = meetings.slice(before).map(({ atMs, untilMs }) => (untilMs ?? Infinity) - atMs);
    expect(lengths.length).toBeGreaterThan(0);
    expect(Math.max(...lengths)).toBeLessThan(HALF_A_SECOND_MS);
    const types = world.wire.typesTo(dan.host);
    expect(types).toContain(frameTypes.error);
    for (const type of [frameTypes.open, frameTypes.box, frameTypes.events])
      expect(types).not.toContain(type);
  }));

test("[EP94] who rests and is a member again is called", () =>
  partFrom(async (parted) => {
    const { world, ann, ben, cleo, dan, meetings } = parted;
    await untilParted(parted, 6);
    world.split([[ann, dan], [ben], [cleo]]);
    await world.pass(60_000);
    await world.finish("the return", world.readmit(ann, dan));
    const before = meetings.length;
    world.split([[ann, cleo, dan], [ben]]);
    await world.pass(60_000);
    expect(meetings.slice(before)).toMatchObject([{ untilMs: null }]);
  }));

test("[EP94] [IN33] an invitation lets in again who was removed and cannot be told, and then nothing is said of it any more", () =>
  partFrom(async (parted) => {
    const { world, ann, ben, cleo, dan } = parted;
    world.split([[ann, cleo], [ben], [dan]]);
    await world.pass(5_000);
    await world.finish("the rank", serviceOf(ann).changeRole(world.space, cleo.person ?? "", "admin"));
    await world.pass(5_000);
    world.split([[ann], [ben], [cleo, dan]]);
    await untilParted(parted, 2);
    expect(await checkOf(dan)).toMatchObject({ status: "bad" });
    const { link } = await world.finish("the invite", serviceOf(cleo).createInvite(world.space, FOR_ONE));
    world.returned.add(dan);
    const joining = serviceOf(dan).join(link ?? "", { waitMs: HOUR_MS });
    expect(await world.finish("the join", joining)).toMatchObject({ step: "done", detail: "You are in." });
    await world.pass(5_000);
    expect(await checkOf(dan)).toBeUndefined();
    expect(
      serviceOf(cleo)
        .members(world.space)
        .map(({ name }) => name),
    ).toContain("Dan");
    world.write(cleo);
    await world.pass(2_000);
    const [seen] = serviceOf(dan).messages({ limit: 1 }).items;
    expect(seen?.id).toBe(serviceOf(cleo).messages({ limit: 1 }).items[0]?.id);
  }));

test("[EP94] an invitation that names no address is shown before the rest is over", () =>
  inWorld(["Ann", "Ben"], async (world) => {
    const [ann, ben] = world.devices as [Device, Device];
    const meetings = meetingsOf(world, ann, ben);
    world.remove(ann, ben);
    while (serviceOf(ann).peers().length > 0) await world.pass(100);
    expect(meetings).toEqual([]);
    const { link } = await world.finish("the invite", serviceOf(ann).createInvite(world.space, FOR_ONE));
    const bare = encodeInviteLink({ ...decodeInviteLink(link ?? ""), hints: [] });
    const joining = serviceOf(ben).join(bare, { waitMs: REST_FIRST_MS - 2_000 });
    expect(await world.finish("the join", joining)).toMatchObject({ step: "done" });
  }));

test("[EP94] where another space is shared the link stays", () =>
  inWorld(["Ann", "Ben"], async (world) => {
    const [ann, ben] = world.devices as [Device, Device];
    await world.finish("the other space", serviceOf(ann).createSpace({ name: "Quay" }));
    const { link } = await world.finish("the invite", serviceOf(ann).createInvite("Quay", FOR_ONE));
    const joining = serviceOf(ben).join(link ?? "", { waitMs: 20_000 });
    expect(await world.finish("the join", joining)).toMatchObject({ step: "done" });
    await world.pass(5_000);
    const meetings = meetingsOf(world, ann, ben);
    world.remove(ann, ben);
    await world.pass(60_000);
    expect(serviceOf(ben).space(world.space).state).toBe("removed");
    expect(meetings).toEqual([]);
    expect(serviceOf(ann).peers()).toMatchObject([{ id: ben.id, shared: true }]);
  }));
