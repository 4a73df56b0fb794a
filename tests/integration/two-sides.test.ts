/** Two parts of a space that changed its keys apart, and have no address of each other any more. */
import type { SpaceId } from "@kith/core";
import { afterEach, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
afterEach(() => house.stop());

const texts = (node: Housemate): string[] =>
  node.service
    .messages({ limit: 500 })
    .items.map(({ text }) => text)
    .toSorted();
const names = (node: Housemate, space: SpaceId): string[] =>
  node.service
    .members(space)
    .map(({ name }) => name)
    .toSorted();

test("[EP79] two parts that each removed somebody find each other on the local network alone, and are one again", async () => {
  house = createHousehold();
  const [ann, bob, cem, dee] = [
    await house.add("Ann"),
    await house.add("Bob"),
    await house.add("Cem"),
    await house.add("Dee"),
  ];
  const space = (await ann.service.createSpace({ name: "Harbour" })).id;
  const { link } = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 3 });
  for (const node of [bob, cem, dee])
    expect((await node.service.join(link ?? "", { waitMs: 10_000 })).step).toBe("done");
  for (const node of [ann, bob, cem, dee])
    await node.until("all are linked", () => node.service.peers().length === 3);
  await ann.service.changeRole("Harbour", "Bob", "admin");
  for (const node of [bob, cem, dee])
    await node.until("Bob is admin", () => node.service.members(space).some(({ role }) => role === "admin"));
  for (const node of [ann, bob, cem, dee])
    await node.until("in sync", () => node.service.peers().every(({ inSync }) => inSync));
  for (const here of [ann, cem]) for (const there of [bob, dee]) house.network.cut(here.host, there.host);
  for (const node of [ann, bob]) await node.until("parted", () => node.service.peers().length === 1);
  await ann.service.removeMember("Harbour", "Cem");
  await bob.service.removeMember("Harbour", "Dee");
  for (const [node, text] of [
    [ann, "on this side"],
    [bob, "on that side"],
  ] as const)
    await node.service.postMessage({ space, channel: "general", text });
  for (const node of [ann, bob, cem, dee]) await node.stop();
  // Each comes back at another address, where nobody ever was.
  const sides = [
    await house.add("Ann", { store: ann.store, host: "10.0.9.1" }),
    await house.add("Bob", { store: bob.store, host: "10.0.9.2" }),
  ];
  for (const node of sides) {
    await node.until("both messages", () => texts(node).length === 2, 60_000);
    expect(texts(node)).toEqual(["on that side", "on this side"]);
    expect(names(node, space)).toEqual(["Ann", "Bob"]);
  }
}, 120_000);
