/** Typing, figures, search and broadcast between real nodes. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LogEntry } from "@kith/node";
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
  for (const node of [bob, cem])
    expect((await node.service.join(invite.link ?? "", { waitMs: 5_000 })).step).toBe("done");
  for (const node of [ann, bob, cem])
    await node.until("all are linked", () => node.service.peers().length === 2);
}, 20_000);

afterEach(() => house.stop());

function typingOf(node: Housemate): LogEntry[] {
  const heard: LogEntry[] = [];
  node.service.onLog((entries) => heard.push(...entries.filter(({ type }) => type === "typing")));
  return heard;
}

test("[HT64] typing in a private channel reaches its people alone, seldom, and is stored nowhere", async () => {
  await ann.service.createChannel("Harbour", "board", { private: true, people: ["Bob"] });
  await bob.until("the channel is here", () =>
    bob.service.channels("Harbour").some(({ name }) => name === "board"),
  );
  const [atBob, atCem] = [typingOf(bob), typingOf(cem)];
  const events = bob.store.stats().events;
  const before = bob.service.cursor();
  for (let n = 0; n < 5; n += 1) ann.service.sendTyping("Harbour", "board");
  // Frames of one link keep their order: when this message is there, so was all that came before it.
  await ann.service.postMessage({ space: "Harbour", channel: "general", text: "done" });
  for (const node of [bob, cem])
    await node.until("the message is here", () =>
      node.service.messages({ limit: 10 }).items.some(({ text }) => text === "done"),
    );
  expect(atBob).toMatchObject([{ cursor: before, data: { name: "Ann" } }]);
  expect(atCem).toEqual([]);
  expect(bob.store.stats().events).toBe(events + 1);
  expect(bob.service.log(before, 100).map(({ type }) => type)).not.toContain("typing");
  expect(() => cem.service.sendTyping("Harbour", "board")).toThrow(/no channel "board"/);
  // Who is removed from the channel hears nothing of it from then on.
  await ann.service.removeChannelMember("Harbour", "board", "Bob");
  expect(() => bob.service.sendTyping("Harbour", "nothing")).toThrow(/no channel/);
});

test("[HT68] stats count what goes over the links, for each and together", async () => {
  await ann.service.postMessage({ space: "Harbour", channel: "general", text: "one" });
  await bob.until("it is here", () => bob.service.messages({ limit: 1 }).items[0]?.text === "one");
  const [from, to] = [ann.service.stats(), bob.service.stats()];
  expect(from.sent.events).toBeGreaterThan(0);
  expect(to.received.events).toBeGreaterThan(0);
  expect(from.sent.bytes).toBeGreaterThan(from.sent.frames);
  expect(from.sent.frames).toBeGreaterThanOrEqual(
    from.peers.reduce((sum, peer) => sum + peer.sent.frames, 0),
  );
  expect(from.peers.map(({ id }) => id).toSorted()).toEqual(
    ann.service
      .peers()
      .map(({ id }) => id)
      .toSorted(),
  );
  expect(from.rounds + to.rounds).toBeGreaterThan(0);
  expect(from.latencies.commit.count).toBeGreaterThan(0);
  expect(from.latencies.commit.maxMs).toBeGreaterThanOrEqual(from.latencies.commit.medianMs ?? 0);
});

test("[HT66] search shows nothing of a private channel to who is in it no more", async () => {
  await ann.service.createChannel("Harbour", "board", { private: true, people: ["Bob"] });
  await ann.service.postMessage({ space: "Harbour", channel: "general", text: "anchor above" });
  for (let line = 0; line < 10; line += 1)
    await ann.service.postMessage({ space: "Harbour", channel: "board", text: `anchor ${line}` });
  await ann.service.postMessage({ space: "Harbour", channel: "board", text: "anchor below" });
  const finds = (node: Housemate) =>
    node.service.search({ q: "anch", limit: 2 }).items.map(({ text }) => text);
  await bob.until("it is here", () => finds(bob)[0] === "anchor below");
  expect(finds(bob)).toEqual(["anchor below", "anchor 9"]);
  await cem.until("what is for all", () => finds(cem).length === 1);
  expect(finds(cem)).toEqual(["anchor above"]);
  await ann.service.removeChannelMember("Harbour", "board", "Bob");
  await bob.until("the channel is gone", () =>
    bob.service.channels("Harbour").every(({ name }) => name !== "board"),
  );
  // The newest are not for him; what is, is found all the same.
  expect(finds(bob)).toEqual(["anchor above"]);
  expect(finds(ann)).toEqual(["anchor below", "anchor 9"]);
});

test("[HT67] a broadcast goes to the space that came first, to those who are there, and an ambiguous board is refused", async () => {
  await bob.service.createSpace({ name: "Aardvarks" });
  const { id, broadcastTo } = await bob.service.broadcast({ board: "general", content: "hello" });
  expect(broadcastTo).toBe(2);
  expect(bob.service.message(id).space).toBe(bob.service.space("Harbour").id);
  await expect(
    bob.service.broadcast({ board: "general", content: "x", userId: ann.service.status().person }),
  ).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  const alone = await house.add("Dee");
  await expect(alone.service.broadcast({ board: "general", content: "x" })).rejects.toMatchObject({
    code: "UNKNOWN_SPACE",
  });
  // Made on two devices that did not hear of each other.
  house.network.cut(ann.host, bob.host);
  house.network.cut(cem.host, bob.host);
  await Promise.all([ann, bob].map((node) => node.service.createChannel("Harbour", "twice")));
  house.network.heal(ann.host, bob.host);
  await bob.until("both are here", () => bob.service.channels("Harbour").length === 3);
  await expect(bob.service.broadcast({ board: "twice", content: "x" })).rejects.toMatchObject({
    code: "AMBIGUOUS_NAME",
  });
}, 20_000);
