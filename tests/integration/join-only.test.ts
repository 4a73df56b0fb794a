/** Spaces and private channels of which those who come later see what is written after they came. */
import { shedBody } from "@kith/core";
import type { EventId, SpaceId } from "@kith/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold, isBare, opening } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let ann: Housemate;
let bob: Housemate;
let space: SpaceId;

beforeEach(async () => {
  house = createHousehold();
  ann = await house.add("Ann");
  bob = await house.add("Bob");
  space = (await ann.service.createSpace({ name: "Harbour", history: "from-joining" })).id;
  await join(bob);
}, 40_000);

afterEach(() => house.stop());

async function join(node: Housemate, by: Housemate = ann): Promise<void> {
  const { link } = await by.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  const { step } = await node.service.join(link ?? "", { waitMs: 15_000 });
  if (step !== "done") await node.until("in step", () => node.service.space(space).state === "ready");
}

const texts = (node: Housemate, channel = "general"): string[] =>
  node.service.messages({ space, channel, limit: 500 }).items.map(({ text }) => text);
const say = async (node: Housemate, text: string, channel = "general"): Promise<EventId> =>
  (await node.service.postMessage({ space, channel, text })).id;
const hears = (node: Housemate, text: string, channel = "general"): Promise<void> =>
  node.until(`"${text}"`, () => texts(node, channel).includes(text));
const agree = (node: Housemate): Promise<void> =>
  node.until("in sync", () => node.service.peers().every(({ inSync, shared }) => inSync || !shared));

test("[EP87] [EP88] who joins sees what is written from then on, holds the same events as all, and no key of what was said before", async () => {
  const before = [await say(ann, "before 1"), await say(bob, "before 2")];
  await hears(ann, "before 2");
  const cem = await house.add("Cem");
  await join(cem);
  await agree(cem);
  const after = [await say(ann, "after 1"), await say(cem, "after 2"), await say(bob, "after 3")];
  for (const node of [ann, bob]) for (const text of ["after 2", "after 3"]) await hears(node, text);
  for (const text of ["after 1", "after 3"]) await hears(cem, text);
  expect(texts(cem).filter((text) => text.startsWith("before"))).toEqual([]);
  expect(texts(ann)).toHaveLength(5);
  expect(opening(ann.store, cem.store, before)).toEqual([]);
  expect(opening(ann.store, cem.store, after)).toEqual(after);
  // All hold all of it: what is closed to one is passed on by that one like anything else.
  for (const id of [...before, ...after]) expect(cem.store.hasEvent(id)).toBe(true);
  for (const node of [ann, bob, cem]) {
    await agree(node);
    expect((await node.service.verify()).problems).toEqual([]);
    expect(node.service.space(space)).toMatchObject({ history: "from-joining", waiting: [] });
  }
}, 90_000);

test("[EP88] whoever came later lets others in as well, who meet the elders afterwards", async () => {
  const before = await say(ann, "before");
  await hears(bob, "before");
  await ann.service.changeRole("Harbour", "Bob", "admin");
  await bob.until("Bob is admin", () => bob.service.space(space).role === "admin");
  const cem = await house.add("Cem");
  await join(cem, bob);
  const second = await say(cem, "by Cem");
  const dee = await house.add("Dee");
  await join(dee, ann);
  await hears(ann, "by Cem");
  await agree(dee);
  await say(dee, "by Dee");
  for (const node of [ann, bob, cem]) await hears(node, "by Dee");
  expect(opening(ann.store, dee.store, [before, second])).toEqual([]);
  expect(texts(dee)).toEqual(["by Dee"]);
}, 90_000);

test("[EP87] [SP121] a private channel may be so in a space that shows all", async () => {
  const open = (await ann.service.createSpace({ name: "Pier" })).id;
  const { link } = await ann.service.createInvite("Pier", { role: "member", expiresInMs: null, uses: 2 });
  const cem = await house.add("Cem");
  for (const node of [bob, cem]) await node.service.join(link ?? "", { waitMs: 15_000 });
  await ann.until("three", () => ann.service.members(open).length === 3);
  space = open;
  await expect(ann.service.createChannel(open, "open", { history: "from-joining" })).rejects.toMatchObject({
    code: "BAD_INPUT",
  });
  const made = await ann.service.createChannel(open, "board", {
    private: true,
    people: ["Bob"],
    history: "from-joining",
  });
  expect(made).toMatchObject({ name: "board", private: true, history: "from-joining" });
  const before = await say(ann, "between two", "board");
  await bob.until("board", () => bob.service.channels(open).some(({ name }) => name === "board"));
  await hears(bob, "between two", "board");
  await ann.service.addChannelMember(open, "board", "Cem");
  await cem.until("board", () => cem.service.channels(open).some(({ name }) => name === "board"));
  await say(bob, "welcome", "board");
  await hears(cem, "welcome", "board");
  await say(cem, "thanks", "board");
  for (const node of [ann, bob]) await hears(node, "thanks", "board");
  expect(texts(cem, "board")).toEqual(["welcome", "thanks"]);
  expect(opening(ann.store, cem.store, [before])).toEqual([]);
  for (const node of [ann, bob, cem]) expect((await node.service.verify()).problems).toEqual([]);
}, 90_000);

test("[SP145] who cannot read a text carries it whole for those who can, though a neighbour leaves it out", async () => {
  const before = await say(ann, "before");
  await hears(bob, "before");
  const { link } = await ann.service.createInvite(space, { role: "member", expiresInMs: null, uses: 1 });
  await agree(bob);
  await ann.service.setOnline(false);
  const event = bob.store.event(before) as { outer: Uint8Array };
  event.outer = shedBody(event.outer);
  const cem = await house.add("Cem");
  expect((await cem.service.join(link ?? "", { waitMs: 5_000 })).step).toBe("done");
  await cem.until("bare", () => isBare(cem, before));
  await ann.service.setOnline(true);
  await cem.until("whole", () => !isBare(cem, before));
  expect(texts(cem)).toEqual([]);
  await agree(cem);
  expect((await cem.service.verify()).problems).toEqual([]);
}, 60_000);
