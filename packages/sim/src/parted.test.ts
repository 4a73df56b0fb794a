import { expect, test, vi } from "vitest";
import type { Device } from "./device.ts";
import { run } from "./run.ts";

vi.setConfig({ testTimeout: 120_000 });

const HOUR_MS = 3_600_000;

test("[EP94] [SP156] who was removed and cannot be told costs its peers ever less, and reads why they are silent", async () => {
  const report = await run(
    {
      name: "parted",
      about: "the key that a removal lies under was boxed by who is met no more",
      devices: ["Ann", "Ben", "Cleo", "Dan"],
      async play(world) {
        const serviceOf = ({ name, service }: Device) => {
          if (!service) throw new Error(`${name} is down`);
          return service;
        };
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
        let meetings = 0;
        serviceOf(cleo).onLog((entries) => {
          for (const { type, data } of entries) {
            const text = JSON.stringify(data);
            if (type === "peer" && text.includes(serviceOf(dan).nodeId) && text.includes("connected"))
              meetings += 1;
          }
        });
        world.split([
          [ann, ben],
          [cleo, dan],
        ]);
        const checkOf = async (device: Device) =>
          (await serviceOf(device).doctor()).find(({ name }) => name === "membership");
        await world.pass(HOUR_MS);
        expect(meetings).toBeGreaterThan(3);
        expect(meetings).toBeLessThanOrEqual(10);
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
      },
    },
    1,
  );
  expect(report.breaches).toEqual([]);
});
