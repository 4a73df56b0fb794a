import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let ann: Housemate;
let bob: Housemate;
let cem: Housemate;

beforeEach(async () => {
  house = createHousehold();
  ann = await house.add("Ann");
  await ann.service.createSpace({ name: "Harbour" });
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 2 });
  bob = await house.add("Bob");
  cem = await house.add("Cem");
  expect((await bob.service.join(invite.link ?? "", { waitMs: 5_000 })).step).toBe("done");
  expect((await cem.service.join(invite.link ?? "", { waitMs: 5_000 })).step).toBe("done");
  await bob.until("Bob sees Cem", () => bob.service.peers().length === 2);
});

afterEach(() => house.stop());

const texts = (node: Housemate): string[] =>
  node.service.messages({ limit: 500 }).items.map(({ text }) => text);

function say(node: Housemate, text: string): Promise<unknown> {
  return node.service.postMessage({ space: "Harbour", channel: "general", text });
}

async function same(count: number): Promise<void> {
  for (const node of [ann, bob, cem])
    await node.until(`${count} messages`, () => texts(node).length === count);
  expect(texts(bob)).toEqual(texts(ann));
  expect(texts(cem)).toEqual(texts(ann));
}

test("[SE11] after a cable was pulled while all wrote, all hold the same messages in the same order", async () => {
  house.network.cut(cem.host, ann.host);
  house.network.cut(cem.host, bob.host);
  for (let n = 0; n < 20; n += 1) {
    await say(ann, `ann ${n}`);
    await say(bob, `bob ${n}`);
    await say(cem, `cem ${n}`);
  }
  await ann.until("the link to Cem is given up", () =>
    ann.service.peers().every(({ id }) => id !== cem.service.nodeId),
  );
  house.network.heal(cem.host, ann.host);
  house.network.heal(cem.host, bob.host);
  await same(60);
  for (const node of [ann, bob, cem]) expect((await node.service.verify()).problems).toEqual([]);
}, 20_000);

test("[SE6] a member that only one other can reach hears everything through it", async () => {
  house.network.cut(cem.host, ann.host);
  await say(ann, "over Bob, please");
  await say(cem, "and back");
  await same(2);
}, 20_000);

test("a node taken off the network comes back and catches up", async () => {
  await cem.service.setOnline(false);
  await ann.until("Cem left", () => ann.service.peers().every(({ id }) => id !== cem.service.nodeId));
  await say(ann, "while Cem was away");
  await say(cem, "written alone");
  await cem.service.setOnline(true);
  await same(2);
}, 20_000);

test("[SE9] [SE10] delivery counts each other device once it has acknowledged", async () => {
  const message = await ann.service.postMessage({ space: "Harbour", channel: "general", text: "count me" });
  expect(message.delivery).toEqual({ devices: 0, of: 2, readBy: 0 });
  await ann.until("both acknowledged", () => ann.service.message(message.id).delivery.devices === 2);
}, 20_000);
