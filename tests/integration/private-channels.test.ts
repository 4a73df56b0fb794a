import type { EventStore, ScopeId, SpaceId } from "@kith/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold, opening } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let ann: Housemate;
let bob: Housemate;
let cem: Housemate;
let dee: Housemate;
let space: SpaceId;

beforeEach(async () => {
  house = createHousehold();
  ann = await house.add("Ann");
  space = (await ann.service.createSpace({ name: "Harbour" })).id;
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 3 });
  bob = await house.add("Bob");
  cem = await house.add("Cem");
  dee = await house.add("Dee");
  for (const node of [bob, cem, dee])
    expect((await node.service.join(invite.link ?? "", { waitMs: 5_000 })).step).toBe("done");
  for (const node of [ann, bob, cem, dee])
    await node.until("all are linked", () => node.service.peers().length === 3);
}, 20_000);

afterEach(() => house.stop());

const channelsOf = (node: Housemate): string[] => node.service.channels(space).map(({ name }) => name);
const has = (node: Housemate, name = "board"): Promise<void> =>
  node.until(`${name} is here`, () => channelsOf(node).includes(name));
const hasNot = (node: Housemate, name = "board"): Promise<void> =>
  node.until(`${name} is gone`, () => !channelsOf(node).includes(name));

const texts = (node: Housemate, channel = "board"): string[] =>
  node.service.messages({ space, channel, limit: 500 }).items.map(({ text }) => text);

async function say(node: Housemate, text: string, channel = "board"): Promise<string> {
  return (await node.service.postMessage({ space, channel, text })).id;
}

const hears = (node: Housemate, text: string, channel = "board"): Promise<void> =>
  node.until(`"${text}"`, () => channelsOf(node).includes(channel) && texts(node, channel).includes(text));

const peopleOf = (node: Housemate): string =>
  node.service
    .channelMembers(space, "board")
    .map(({ name }) => name)
    .toSorted()
    .join(" ");

/** Parts the two sides from each other. */
function part(these: readonly Housemate[], those: readonly Housemate[], how: "cut" | "heal"): void {
  for (const a of these) for (const b of those) house.network[how](a.host, b.host);
}

function scopeOf(node: Housemate): ScopeId {
  const [row] = node.store.channels(space).filter(({ name }) => name === "board");
  if (!row) throw new Error("no channel");
  return row.scope;
}

/** Everything that a store holds, as one text of hex and of plain letters. */
function everythingIn(store: EventStore): string {
  const meta = store
    .metaKeys("")
    .map((key) => `${key} ${Buffer.from(store.meta(key) ?? []).toString("hex")}`);
  const events = [...store.scan()].flat().map((row) => (row.ok ? `${row.event.scope} ${row.event.id}` : ""));
  const log = store.logAfter(0, 10_000).map(({ data }) => data);
  return [...meta, ...events, ...log].join("\n");
}

test("[SE30] a private channel is for its people: to who is outside it is not named, and neither event nor key of it lies there", async () => {
  const channel = await bob.service.createChannel(space, "board", { private: true, people: ["Cem"] });
  expect(channel).toMatchObject({ name: "board", private: true });
  await has(cem);
  await say(bob, "between us");
  await hears(cem, "between us");
  await say(cem, "agreed");
  await hears(bob, "agreed");
  expect(peopleOf(bob)).toBe("Bob Cem");
  expect(peopleOf(cem)).toBe("Bob Cem");
  // Something later that all hear of, so that what was to come has come.
  await say(bob, "hello all", "general");
  for (const node of [ann, dee]) await hears(node, "hello all", "general");
  for (const node of [ann, dee]) {
    expect(channelsOf(node)).toEqual(["general"]);
    expect(node.store.eventsOfScope(scopeOf(bob), 0, 10)).toEqual([]);
    expect(node.store.metaKeys(`epoch/${space}/${scopeOf(bob)}`)).toEqual([]);
    const everything = everythingIn(node.store);
    for (const needle of [scopeOf(bob), channel.id, "board"]) expect(everything).not.toContain(needle);
  }
  expect(everythingIn(cem.store)).toContain(scopeOf(bob));
  await bob.until("delivered to one of one", () => {
    const [message] = bob.service.messages({ space, channel: "board", limit: 1 }).items;
    return message?.delivery.of === 1;
  });
  for (const node of [ann, bob, cem, dee]) expect((await node.service.verify()).problems).toEqual([]);
}, 30_000);

test("[SP59] [SE33] who is added later gets the history, and who is removed reads nothing that follows and is told", async () => {
  await bob.service.createChannel(space, "board", { private: true, people: ["Cem"] });
  await say(bob, "before Dee");
  await has(cem);
  await cem.service.addChannelMember(space, "board", "Dee");
  await hears(dee, "before Dee");
  await say(dee, "thank you");
  await hears(bob, "thank you");
  await hears(cem, "thank you");
  await bob.service.removeChannelMember(space, "board", "Cem");
  await hasNot(cem);
  const later = [await say(bob, "without Cem")];
  await hears(dee, "without Cem");
  later.push(await say(dee, "nor here"));
  await hears(bob, "nor here");
  expect(opening(bob.store, dee.store, later)).toEqual(later);
  expect(opening(bob.store, cem.store, later)).toEqual([]);
  for (const id of later) expect(cem.store.hasEvent(id as never)).toBe(false);
  await cem.until("in sync without it", () => cem.service.peers().every(({ inSync }) => inSync));
  await expect(say(cem, "am I in?")).rejects.toMatchObject({ code: "UNKNOWN_CHANNEL" });
  expect(peopleOf(dee)).toBe("Bob Dee");
  await dee.service.addChannelMember(space, "board", "Cem");
  await hears(cem, "nor here");
  await say(cem, "back");
  for (const node of [bob, dee]) await hears(node, "back");
  for (const node of [ann, bob, cem, dee]) expect((await node.service.verify()).problems).toEqual([]);
}, 30_000);

test("[SP54] who leaves is out by itself; who has no right removes nobody, and an open channel has no list of its own", async () => {
  await bob.service.createChannel(space, "board", { private: true, people: ["Cem", "Dee"] });
  await has(cem);
  await has(dee);
  await cem.until("all are in", () => peopleOf(cem) === "Bob Cem Dee");
  await expect(cem.service.removeChannelMember(space, "board", "Dee")).rejects.toMatchObject({
    code: "NOT_ALLOWED",
  });
  await expect(cem.service.removeChannelMember(space, "general", "Dee")).rejects.toMatchObject({
    code: "BAD_INPUT",
  });
  await expect(bob.service.removeChannelMember(space, "board", "Ann")).rejects.toMatchObject({
    code: "UNKNOWN_PERSON",
  });
  await cem.service.removeChannelMember(space, "board", "Cem");
  expect(channelsOf(cem)).toEqual(["general"]);
  await dee.until("Cem has left", () => peopleOf(dee) === "Bob Dee");
  await bob.until("Cem has left", () => peopleOf(bob) === "Bob Dee");
  const later = await say(bob, "without Cem");
  await hears(dee, "without Cem");
  expect(opening(bob.store, cem.store, [later])).toEqual([]);
}, 30_000);

test("[EP43] a removal from the space ends the channel for its target: fenced by those in it, under keys that the removed has not", async () => {
  await bob.service.createChannel(space, "board", { private: true, people: ["Cem", "Dee"] });
  await say(cem, "x", "general");
  await has(cem);
  await has(dee);
  await say(cem, "seen by all");
  for (const node of [bob, dee]) await hears(node, "seen by all");
  part([ann, bob], [cem, dee], "cut");
  for (const node of [ann, dee]) await node.until("parted", () => node.service.peers().length === 1);
  // Ann is not in the channel and cannot say how far Cem was heard in it; Bob, who is, can.
  await ann.service.removeMember(space, "Cem");
  await bob.until("Bob knows", () => peopleOf(bob) === "Bob Dee");
  await say(cem, "unseen by Bob");
  await hears(dee, "unseen by Bob");
  const first = await say(bob, "after the removal");
  // Bob's fence comes in its turn.
  await bob.until("fenced", () =>
    bob.store.eventsOfScope(scopeOf(bob), 0, 100).some(({ kind }) => kind === 21),
  );
  part([ann, bob], [cem, dee], "heal");
  await dee.until("Dee knows", () => peopleOf(dee) === "Bob Dee");
  await hears(dee, "after the removal");
  await dee.until("what Bob had not seen is shown no more", () => !texts(dee).includes("unseen by Bob"));
  const second = await say(dee, "written when Dee knew");
  await hears(bob, "written when Dee knew");
  await bob.until("three messages", () => texts(bob).length === 3);
  expect(texts(bob)).toEqual(texts(dee));
  expect(opening(bob.store, cem.store, [first, second])).toEqual([]);
  for (const node of [bob, dee])
    await node.until("in sync", () => node.service.peers().every(({ inSync, shared }) => inSync || !shared));
  for (const node of [ann, bob, dee]) expect((await node.service.verify()).problems).toEqual([]);
}, 30_000);

test("[SE32] what was decided while a member was away comes with the next link, and a restart forgets nothing", async () => {
  await bob.service.createChannel(space, "board", { private: true, people: ["Cem"] });
  await has(cem);
  await cem.stop();
  await bob.until("Cem is away", () => bob.service.peers().length === 2);
  await say(bob, "while you were away");
  await bob.service.addChannelMember(space, "board", "Dee");
  const again = await house.add("Cem", { store: cem.store, host: cem.host });
  await hears(again, "while you were away");
  await again.until("Dee is in", () => peopleOf(again) === "Bob Cem Dee");
  await say(again, "caught up");
  for (const node of [bob, dee]) await hears(node, "caught up");
}, 30_000);

test("[SE33] who was removed while away is told with the next link", async () => {
  await bob.service.createChannel(space, "board", { private: true, people: ["Cem"] });
  await has(cem);
  await bob.until("Cem has it", () => bob.service.peers().every(({ inSync }) => inSync));
  await cem.stop();
  await bob.until("Cem is away", () => bob.service.peers().length === 2);
  await bob.service.removeChannelMember(space, "board", "Cem");
  const later = await say(bob, "without Cem");
  const again = await house.add("Cem", { store: cem.store, host: cem.host });
  await hasNot(again);
  expect(again.store.hasEvent(later as never)).toBe(false);
}, 30_000);
