import { frameTypes } from "@kith/core";
import type { Ways } from "@kith/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";
import { watched } from "./watched-transport.ts";

let house: Household;
let sent: number[];

beforeEach(() => {
  house = createHousehold();
  sent = [];
});

afterEach(() => house.stop());

function add(name: string, host: string, ways?: Ways): Promise<Housemate> {
  return house.add(name, {
    host,
    ...(ways && { ways }),
    openTransport: () => watched(house.network.transport(host), (type) => sent.push(type)),
  });
}

const MESSAGES = 3_000;

function countOf(node: Housemate): number {
  return node.store.stats().messages;
}

async function write(node: Housemate, word: string): Promise<void> {
  for (let from = 0; from < MESSAGES; from += 250) {
    await node.service.postMessages(
      Array.from({ length: 250 }, (_, n) => ({
        space: "Harbour",
        channel: "general",
        text: `${word} ${from + n}`,
      })),
    );
  }
}

test("[SY15] [SY19] who comes back after thousands of messages gets them in causal order, each once, whichever side dialed", async () => {
  const ann = await add("Ann", "10.0.0.1");
  await ann.service.createSpace({ name: "Harbour" });
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  const bob = await add("Bob", "10.0.0.2");
  expect((await bob.service.join(invite.link ?? "", { waitMs: 5_000 })).step).toBe("done");
  let total = 0;
  // Either of the two may be the one that dials, and with it the one that lists its ids.
  for (const [away, here] of [
    [bob, ann],
    [ann, bob],
  ] as const) {
    await away.service.setOnline(false);
    await here.until("alone", () => here.service.peers().length === 0);
    await write(here, here.service.status().name);
    // Both sides have written something, so that the bucket differs both ways.
    await away.service.postMessage({ space: "Harbour", channel: "general", text: "written alone" });
    total += MESSAGES + 1;
    sent.length = 0;
    await away.service.setOnline(true);
    await away.until("all there", () => countOf(away) === total);
    await here.until("all here", () => countOf(here) === total);
    await away.until("in sync", () => away.service.peers()[0]?.inSync === true);
    // A handful for the lists and no storm of questions about causes that are on their way.
    expect(sent.filter((type) => type === frameTypes.want).length).toBeLessThanOrEqual(
      2 * Math.ceil((2 * total) / 1_024) + 4,
    );
    const events = sent.filter((type) => type === frameTypes.events).length;
    expect(events).toBeLessThanOrEqual(Math.ceil(MESSAGES / 60) + 20);
  }
  const texts = (node: Housemate): string[] =>
    node.service.messages({ limit: 500 }).items.map(({ text }) => text);
  expect(texts(bob)).toEqual(texts(ann));
}, 40_000);

test("[HT66] a newcomer's node says how much of a long history has come, in figures that only grow, and then no more", async () => {
  const ann = await add("Ann", "10.0.0.1");
  await ann.service.createSpace({ name: "Harbour" });
  await write(ann, "history");
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  const bob = await add("Bob", "10.0.0.2");
  const told: { have: number; of: number }[] = [];
  const unsearched = () => bob.service.search({ q: "history", limit: 1 }).missing;
  const gaps: ReturnType<typeof unsearched> = [];
  const joining = bob.service.join(invite.link ?? "", { waitMs: 8_000 });
  await bob.until("all of it", () => {
    const { receiving } = bob.service.status();
    if (receiving !== null) told.push(receiving);
    if (gaps.length === 0 && bob.service.spaces()[0]?.state === "ready") gaps.push(...unsearched());
    return countOf(bob) === MESSAGES;
  });
  expect((await joining).step).toBe("done");
  expect(told.length).toBeGreaterThan(0);
  expect(told.every(({ have, of }) => have < of)).toBe(true);
  expect(Math.max(...told.map(({ of }) => of))).toBeGreaterThanOrEqual(MESSAGES);
  const have = told.map((one) => one.have);
  expect(have).toEqual(have.toSorted((a, b) => a - b));
  await bob.until("nothing more is said", () => bob.service.status().receiving === null);
  // [HT66] What had not come had not been searched.
  expect(gaps).toEqual([
    { space: expect.any(String), name: "Harbour", historySinceMs: null, receiving: expect.anything() },
  ]);
  expect(unsearched()).toEqual([]);
}, 30_000);

test("[SY37] [SY41] real nodes whose reconciliations are set to filters find thousands of messages by them alone", async () => {
  const ways = { push: true, streams: true, rungs: ["bloom"] } as const;
  const ann = await add("Ann", "10.0.0.1", ways);
  await ann.service.createSpace({ name: "Harbour" });
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  const bob = await add("Bob", "10.0.0.2", ways);
  expect((await bob.service.join(invite.link ?? "", { waitMs: 5_000 })).step).toBe("done");
  await bob.service.setOnline(false);
  await ann.until("alone", () => ann.service.peers().length === 0);
  await write(ann, "Ann");
  await bob.service.postMessage({ space: "Harbour", channel: "general", text: "written alone" });
  sent.length = 0;
  await bob.service.setOnline(true);
  for (const node of [ann, bob]) {
    await node.until("all there", () => countOf(node) === MESSAGES + 1);
    await node.until("in sync", () => node.service.peers()[0]?.inSync === true);
  }
  expect(sent).toContain(frameTypes.syncBloom);
  for (const type of ["syncCells", "syncRanges", "syncBuckets"] as const)
    expect(sent).not.toContain(frameTypes[type]);
}, 40_000);
