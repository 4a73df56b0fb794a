/** Who was removed while away learns of it, whatever keys were changed meanwhile, and rests. */
import { frameTypes } from "@kith/core";
import type { SpaceId } from "@kith/core";
import { afterEach, expect, test } from "vitest";
import { clock, createHousehold, opening } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";
import { watched } from "./watched-transport.ts";

let house: Household;
afterEach(() => house.stop());

const stateOf = (node: Housemate, space: SpaceId): string => node.service.space(space).state;

test("[EP90] who was removed while away is told, though the removal lies under a key made since", async () => {
  house = createHousehold();
  const [ann, bob, cem] = [await house.add("Ann"), await house.add("Bob"), await house.add("Cem")];
  const space = (await ann.service.createSpace({ name: "Harbour" })).id;
  const { link } = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 2 });
  for (const node of [bob, cem])
    expect((await node.service.join(link ?? "", { waitMs: 10_000 })).step).toBe("done");
  for (const node of [ann, bob, cem])
    await node.until("all are linked", () => node.service.peers().length === 2);
  for (const node of [ann, bob]) house.network.cut(node.host, cem.host);
  await cem.until("alone", () => cem.service.peers().length === 0);
  await ann.service.removeMember("Harbour", "Bob");
  const between = await ann.service.postMessage({ space, channel: "general", text: "while Cem was in" });
  await ann.service.removeMember("Harbour", "Cem");
  const after = await ann.service.postMessage({ space, channel: "general", text: "Cem is out" });
  house.network.heal(ann.host, cem.host);
  await cem.until("Cem is told", () => stateOf(cem, space) === "removed", 60_000);
  // From then on the two let each other be, though each hears the other all the time.
  await cem.until("they have parted", () => cem.service.peers().every(({ shared }) => !shared), 30_000);
  let meetings = 0;
  const cemHere = cem.service.status().nodeId;
  ann.service.onLog((entries) => {
    for (const entry of entries) {
      const text = JSON.stringify(entry);
      if (entry.type === "peer" && text.includes(cemHere) && text.includes("connected")) meetings += 1;
    }
  });
  await new Promise<void>((resolve) => void clock.after(12_000, resolve));
  expect(meetings).toBeLessThanOrEqual(1);
  expect(opening(ann.store, cem.store, [after.id])).toEqual([]);
  expect(cem.store.hasEvent(between.id)).toBe(false);
}, 120_000);

test("[EP94] who does not hear that no space is shared loses the link all the same", async () => {
  house = createHousehold();
  const isLost = (type: number): boolean => type === frameTypes.error;
  const [ann, bob] = (await Promise.all(
    ["Ann", "Bob"].map((name, at) => {
      const host = `10.0.0.${at + 50}`;
      const openTransport = () => watched(house.network.transport(host), () => undefined, isLost);
      return house.add(name, { host, openTransport });
    }),
  )) as [Housemate, Housemate];
  const space = (await ann.service.createSpace({ name: "Harbour" })).id;
  const { link } = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  expect((await bob.service.join(link ?? "", { waitMs: 10_000 })).step).toBe("done");
  await ann.service.removeMember("Harbour", "Bob");
  await bob.until("Bob is told", () => stateOf(bob, space) === "removed");
  for (const node of [ann, bob]) await node.until("no link", () => node.service.peers().length === 0);
}, 60_000);
