/** Somebody who carries all that a space says, as a hub would: a process with every ciphertext and every key by which topics are found. */
import { controlScope, decodeOuter } from "@kith/core";
import type { Body, EpochKeys } from "@kith/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCarrier } from "../support/carrying.ts";
import type { Act, Order } from "../support/carrying.ts";
import { readStore } from "../support/kept-store.ts";
import type { KeptStore } from "../support/kept-store.ts";
import { endEverything, startAgain, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { until } from "../support/one-too-many.ts";
import { findNeedles, idNeedle, textNeedle } from "../support/needles.ts";
import type { Needle } from "../support/needles.ts";

const annName = "Wilhelmina Quastenflosser";
const bobName = "Bartholomew Zwetschgenknoedel";
const names = { space: "Herring-Club", board: "lighthouse-logs", late: "zanzibar-landing" } as const;
const texts = ["the walrus sails at midnight", "bring seven lanterns", "nobody ashore knows"] as const;

let ann: RunningKith;
let bob: RunningKith;
let space: string;
/** As Ann's directory has it, with what Bob has not heard yet. */
let kept: KeptStore;
let secrets: Needle[];
/** What of all that an honest node says of itself to whoever proves the newest key. */
let ofBob: Needle[];

beforeAll(async () => {
  ann = await startNode({ name: annName });
  bob = await startNode({ name: bobName });
  ({ id: space } = await ann.client.createSpace({ name: names.space }));
  const { link } = await ann.client.createInvite(space, { uses: 1 });
  expect(await bob.client.join(link, { waitMs: 60_000 })).toMatchObject({ done: true });
  await ann.client.createChannel(space, { name: names.board, private: true, people: [bobName] });
  await ann.client.post({ space, channel: "general", text: texts[0] });
  await ann.client.post({ space, channel: names.board, text: texts[2] });
  await bob.client.post({ space, channel: "general", text: texts[1] });
  for (const [node, text, channel] of [
    [ann, texts[1], "general"],
    [bob, texts[0], "general"],
    [bob, texts[2], names.board],
  ] as const) {
    await until(
      async () =>
        (await node.client.channels(space)).items.some(({ name }) => name === channel) &&
        (await node.client.messages({ space, channel })).items.some((one) => one.text === text),
    );
  }
  const people = await Promise.all([ann, bob].map((node) => node.client.me()));
  await bob.stop();
  await ann.client.createChannel(space, { name: names.late });
  await ann.stop();
  kept = readStore(ann.dataDir);
  bob = await startAgain(bob);
  const [annId, bobId] = people.map(({ person }) => person);
  ofBob = [
    textNeedle("Bob's name", bobName),
    idNeedle("Bob", bobId ?? ""),
    idNeedle("Bob's device", bob.ready.deviceId),
  ];
  secrets = [
    ...ofBob,
    textNeedle("Ann's name", annName),
    idNeedle("Ann", annId ?? ""),
    idNeedle("Ann's device", ann.ready.deviceId),
    ...Object.entries(names).map(([what, name]) => textNeedle(`the name of ${what}`, name)),
    ...texts.map((text) => textNeedle(`"${text}"`, text)),
    ...kept.keys.flatMap(({ secrets: { headerSecret, contentSecret } }) => [
      { what: "a header secret", bytes: headerSecret },
      ...(contentSecret ? [{ what: "a content secret", bytes: contentSecret }] : []),
    ]),
  ];
}, 300_000);

afterAll(endEverything);

/** Two keys, as a key of any use or as either secret, in three events each; and a real one altered in three parts. */
const FORGED_IN_CONTROL = 6 * 3 + 3;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A carrier's order: all ciphertext, and of each epoch what `give` gives. */
function order(
  act: Act,
  give: (keys: EpochKeys) => Uint8Array[],
  { members = false }: { members?: boolean } = {},
): Order {
  const events = kept.events.map((outer) => {
    const { tag, bucket } = decodeOuter(outer);
    const of = kept.keys.find((keys) => Buffer.from(keys.tagOf(bucket)).equals(Buffer.from(tag)));
    if (of === undefined) throw new Error("an event of an epoch that Ann has no key of");
    return { scope: of.scope, outer: hex(outer) };
  });
  return {
    act,
    node: { host: "127.0.0.1", port: bob.ready.peerPort },
    events,
    topics: kept.keys.map((keys) => ({
      space: keys.space,
      scope: keys.scope,
      epoch: keys.epoch,
      isControl: keys.scope === controlScope(keys.space),
      keys: give(keys).map(hex),
    })),
    secrets: members
      ? kept.keys.map(({ space: of, scope, secrets: { headerSecret, contentSecret } }) => ({
          space: of,
          scope,
          headerSecret: hex(headerSecret),
          contentSecret: hex(contentSecret ?? new Uint8Array()),
        }))
      : [],
  };
}

const topic = ({ topicKey }: EpochKeys): Uint8Array[] => [topicKey];
const topicAndDiscovery = ({ topicKey, discoveryKey }: EpochKeys): Uint8Array[] => [topicKey, discoveryKey];
const known = (value: unknown): string[] => findNeedles(secrets, [Buffer.from(JSON.stringify(value))]);
const bodies = (read: readonly { readonly body: Body | null }[]): string[] =>
  read.flatMap(({ body }) => (body === null ? [] : [body.type]));

/** As Bob's node says it is, whatever somebody tried. */
async function expectUntouched(): Promise<void> {
  const { items: members } = await bob.client.members(space);
  expect(members.map(({ name, role }) => [name, role]).toSorted()).toEqual([
    [bobName, "member"],
    [annName, "owner"],
  ]);
  expect((await bob.client.space(space)).name).toBe(names.space);
  expect((await bob.client.joinRequests()).items).toEqual([]);
  for (const [channel, said] of [
    ["general", texts.slice(0, 2)],
    [names.board, texts.slice(2)],
  ] as const) {
    const { items } = await bob.client.messages({ space, channel });
    expect(items.map(({ text }) => text).toSorted()).toEqual([...said].toSorted());
  }
  expect((await bob.client.search({ q: "carrier" })).items).toEqual([]);
  expect((await bob.client.verify()).problems).toEqual([]);
}

test("attack 4: who carries the events reads no text, no name and no member in them; with a member's secrets it reads all", async () => {
  expect(kept.keys.length).toBeGreaterThanOrEqual(3);
  const read = await runCarrier(order("read", topicAndDiscovery));
  expect(read).toMatchObject({ read: [] });
  // Nor is any of it beside what is sealed.
  expect(
    findNeedles(
      secrets,
      kept.events.map((bytes) => Buffer.from(bytes)),
    ),
  ).toEqual([]);
  const members = await runCarrier(order("read", topicAndDiscovery, { members: true }));
  expect(members.read).toHaveLength(kept.events.length);
  expect(known(members.read)).toEqual(
    expect.arrayContaining([
      "Ann's name",
      "Ann",
      "Bob's name",
      "Bob",
      "Bob's device",
      ...Object.keys(names).map((what) => `the name of ${what}`),
      ...texts.map((text) => `"${text}"`),
    ]),
  );
  expect(bodies(members.read)).toEqual(
    expect.arrayContaining(["member.admit", "channel.found", "message.post"]),
  );
}, 120_000);

test("attack 4: by the keys of topics it is a stranger to a node, which says nothing of itself", async () => {
  for (const act of ["carry", "forge", "join"] as const) {
    const { links, opened, heard } = await runCarrier(order(act, topic));
    expect(links).toBeGreaterThan(0);
    expect([act, opened, heard]).toEqual([act, 0, []]);
  }
  expect((await bob.client.peers()).items).toEqual([]);
  await expectUntouched();
}, 300_000);

test("attack 4: it adds nobody and forges nothing, though a node lets in who can be found by; what is real it may carry", async () => {
  // By these keys members find each other. Who has them is talked to as somebody whose admission has not come yet.
  const forged = await runCarrier(order("forge", topicAndDiscovery));
  expect(forged.links).toBeGreaterThan(10);
  expect(forged.opened).toBe(forged.links);
  // Of an event that is not of the log of members it is not so much as heard.
  const refused = async () => (await bob.client.stats()).refused;
  await expect.poll(refused, { timeout: 60_000 }).toBe(FORGED_IN_CONTROL);
  await expectUntouched();
  const asked = await runCarrier(order("join", topicAndDiscovery));
  expect(asked.opened).toBe(1);
  const kinds = new Set(asked.heard.map(({ type }) => type));
  for (const type of ["box", "joinResult", "early"] as const)
    expect([type, kinds.has(type)]).toEqual([type, false]);
  // The node names its own person, as it does to members, and which devices have written in the log of members; nothing else.
  const named = [...ofBob.map(({ what }) => what), "Ann's device"];
  expect(named).toEqual(expect.arrayContaining(known([...forged.heard, ...asked.heard])));
  await expectUntouched();

  // Not for lack of a way in: an event that a member made is taken from it.
  const channels = async () => (await bob.client.channels(space)).items.map(({ name }) => name);
  expect(await channels()).not.toContain(names.late);
  expect((await runCarrier(order("carry", topicAndDiscovery))).opened).toBe(1);
  await expect.poll(channels, { timeout: 60_000 }).toContain(names.late);
  await expectUntouched();

  // Nor for lack of keys: who has a member's secrets and is none is heard by nobody.
  const sealed = await runCarrier(order("forge", topicAndDiscovery, { members: true }));
  expect(sealed.opened).toBe(sealed.links);
  await expectUntouched();
  ann = await startAgain(ann);
  await ann.client.post({ space, channel: names.late, text: "still two of us" });
  const heard = async () => (await bob.client.search({ q: "still" })).items.length;
  await expect.poll(heard, { timeout: 60_000 }).toBe(1);
  expect((await ann.client.members(space)).items).toHaveLength(2);
  await expectUntouched();
}, 600_000);
