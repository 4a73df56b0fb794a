import { afterEach, beforeEach, expect, test } from "vitest";
import { readUtf8 } from "@kith/core";
import type { EventStore } from "@kith/core";
import { createMemoryStore } from "@kith/store/memory";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;

beforeEach(() => {
  house = createHousehold();
});

afterEach(() => house.stop());

async function meet(host: Housemate, guest: Housemate, name = "Harbour"): Promise<void> {
  const known = host.service.spaces().find((space) => space.name === name);
  const space = known ?? (await host.service.createSpace({ name }));
  const { link } = await host.service.createInvite(space.id, { role: "member", expiresInMs: null, uses: 1 });
  const { step } = await guest.service.join(link ?? "", { waitMs: 8_000 });
  expect(step).toBe("done");
}

const texts = (mate: Housemate, space: string): string[] =>
  mate.service.messages({ space, limit: 50 }).items.map(({ text }) => text);

const directs = (mate: Housemate) => mate.service.spaces().filter(({ kind }) => kind === "direct");

async function addTwo(options: { store?: EventStore } = {}): Promise<[Housemate, Housemate]> {
  const ann = await house.add("Ann");
  const ben = await house.add("Ben", options);
  await meet(ann, ben);
  return [ann, ben];
}

test("[IN23] [IN27] a request shows its beginning and nothing more, and once accepted all of it is here", async () => {
  const [ann, ben] = await addTwo();
  const long = `Hello ${"x".repeat(400)}`;
  const space = await ann.service.direct("Ben", long);
  await ann.service.postMessage({ space: space.id, channel: "general", text: "and another" });
  expect(space).toMatchObject({
    kind: "direct",
    name: "Ben",
    direct: { name: "Ben", asked: true, accepted: false },
    asked: [{ name: "Ben" }],
  });

  await ben.until("the request", () => ben.service.requests().length === 1);
  const [request] = ben.service.requests();
  expect(request).toMatchObject({ kind: "direct", name: "Ann", common: ["Harbour"] });
  expect(request?.text).toHaveLength(280);
  expect(directs(ben)).toEqual([]);
  expect(ben.service.joins().map((join) => join.space)).not.toContain(space.id);
  expect(ann.service.messages({ space: space.id, limit: 5 }).items[0]?.delivery).toMatchObject({
    devices: 0,
    of: 0,
  });

  const { step } = await ben.service.acceptRequest(request?.id ?? "", { waitMs: 8_000 });
  expect(step).toBe("done");
  expect(texts(ben, space.id)).toEqual([long, "and another"]);
  expect(directs(ben)).toMatchObject([{ id: space.id, name: "Ann", direct: { accepted: true } }]);
  expect(directs(ann)).toMatchObject([{ name: "Ben", direct: { accepted: true }, asked: [] }]);
  expect(ben.service.requests()).toEqual([]);
  await ben.service.postMessage({ space: space.id, channel: "general", text: "hi" });
  await ann.until("the answer", () => texts(ann, space.id).includes("hi"));
  expect((await ann.service.direct("Ben", null)).id).toBe(space.id);
});

test("[SP103] [IN29] both ask at once: one conversation is left, with what both wrote", async () => {
  const [ann, ben] = await addTwo();
  await ann.service.setOnline(false);
  await Promise.all([ann.service.direct("Ben", "from Ann"), ben.service.direct("Ann", "from Ben")]);
  const own = directs(ann)[0]?.id ?? "";
  await ann.service.postMessage({ space: own, channel: "general", text: "Ann again" });
  await ann.service.setOnline(true);

  const isSettled = (): boolean => {
    const [a, b] = [directs(ann), directs(ben)];
    return a.length === 1 && b.length === 1 && a[0]?.id === b[0]?.id && a[0]?.direct?.accepted === true;
  };
  await ann.until("one conversation", isSettled);
  const { id } = directs(ann)[0] ?? { id: "" };
  for (const mate of [ann, ben]) await mate.until("all that was written", () => texts(mate, id).length === 3);
  for (const mate of [ann, ben]) {
    expect(texts(mate, id).toSorted()).toEqual(["Ann again", "from Ann", "from Ben"]);
    expect(texts(mate, id).indexOf("from Ann")).toBeLessThan(texts(mate, id).indexOf("Ann again"));
    expect(mate.service.requests()).toEqual([]);
    expect(mate.service.conversations().filter(({ spaceKind }) => spaceKind === "direct")).toHaveLength(1);
  }
});

test("[SP136] what was for a time in the conversation that is put away is for a time in the one that is kept", async () => {
  const [ann, ben] = await addTwo();
  await ann.service.setOnline(false);
  await Promise.all([ann.service.direct("Ben", "from Ann"), ben.service.direct("Ann", "from Ben")]);
  for (const [mate, text] of [
    [ann, "Ann, for a day"],
    [ben, "Ben, for a day"],
  ] as const) {
    const space = directs(mate)[0]?.id ?? "";
    await mate.service.setExpiry(space, "general", 86_400);
    await mate.service.postMessage({ space, channel: "general", text });
  }
  const beforeMs = Date.now();
  await ann.service.setOnline(true);
  await ann.until("one conversation", () => {
    const [a, b] = [directs(ann), directs(ben)];
    return a.length === 1 && b.length === 1 && a[0]?.id === b[0]?.id;
  });
  const { id } = directs(ann)[0] ?? { id: "" };
  for (const mate of [ann, ben]) {
    await mate.until("all that was written", () => texts(mate, id).length === 4);
    for (const { text, expiresMs } of mate.service.messages({ space: id, limit: 9 }).items) {
      if (!text.includes("for a day")) continue;
      // The one that was written again is for what was left, in whole seconds.
      expect(expiresMs).toBeLessThanOrEqual(beforeMs + 86_400_000 + 10_000);
      expect(expiresMs).toBeGreaterThan(beforeMs + 86_400_000 - 60_000);
    }
  }
});

test("[SP103] who writes to somebody whose request waits has accepted it", async () => {
  const [ann, ben] = await addTwo();
  await ann.service.direct("Ben", "hello");
  await ben.until("the request", () => ben.service.requests().length === 1);
  await ben.service.direct("Ann", "hello yourself");
  await ann.until("one conversation", () => directs(ann)[0]?.direct?.accepted === true);
  const { id } = directs(ann)[0] ?? { id: "" };
  for (const mate of [ann, ben])
    await mate.until("both texts", () => texts(mate, id).toSorted().join() === "hello,hello yourself");
  await ben.until("one conversation", () => directs(ben).length === 1);
});

test("[IN25] requests of both sides outlast restarts, and are met once there is a link", async () => {
  const annStore = createMemoryStore();
  const benStore = createMemoryStore();
  const ann = await house.add("Ann", { store: annStore, host: "10.0.1.1" });
  const ben = await house.add("Ben", { store: benStore, host: "10.0.1.2" });
  await meet(ann, ben);
  await ben.service.setOnline(false);
  const { id } = await ann.service.direct("Ben", "are you there?");
  await ann.stop();

  const annAgain = await house.add("Ann", { store: annStore, host: "10.0.1.1" });
  expect(directs(annAgain)).toMatchObject([{ id, asked: [{ name: "Ben" }] }]);
  await ben.service.setOnline(true);
  await ben.until("the request", () => ben.service.requests().length === 1);
  await annAgain.service.setOnline(false);
  await ben.stop();

  const benAgain = await house.add("Ben", { store: benStore, host: "10.0.1.2" });
  const [request] = benAgain.service.requests();
  expect(request).toMatchObject({ name: "Ann", text: "are you there?" });
  // Nobody is near: it is remembered that it was accepted.
  const { step } = await benAgain.service.acceptRequest(request?.id ?? "", { waitMs: 0 });
  expect(step).toBe("looking-for-inviter");
  expect(benAgain.service.requests()).toEqual([]);
  await benAgain.stop();
  const benAtLast = await house.add("Ben", { store: benStore, host: "10.0.1.2" });
  await annAgain.service.setOnline(true);
  await benAtLast.until("the conversation", () => directs(benAtLast).length === 1);
  await benAtLast.until("its message", () => texts(benAtLast, id).length === 1);
});

test("[IN26] a declined request does not come back, and its person is not told", async () => {
  const [ann, ben] = await addTwo();
  await ann.service.direct("Ben", "hello");
  await ben.until("the request", () => ben.service.requests().length === 1);
  await ben.service.declineRequest(ben.service.requests()[0]?.id ?? "");
  await ann.service.setOnline(false);
  await ann.service.setOnline(true);
  await ben.until("a link", () => ben.service.peers().some(({ inSync }) => inSync));
  await ann.service.postMessage({ space: "Harbour", channel: "general", text: "after it" });
  await ben.until("what was said after it", () => texts(ben, "Harbour").includes("after it"));
  expect(ben.service.requests()).toEqual([]);
  expect(directs(ann)).toMatchObject([{ direct: { accepted: false }, asked: [{ name: "Ben" }] }]);
});

test("a group: people are asked one by one, its name changes for all, and others in it may not ask", async () => {
  const [ann, ben] = await addTwo();
  const cem = await house.add("Cem");
  await meet(ann, cem);
  const group = await ann.service.createSpace({ name: "Trip", kind: "group", people: ["Ben", "Cem"] });
  expect(group.asked.map(({ name }) => name).toSorted()).toEqual(["Ben", "Cem"]);
  for (const mate of [ben, cem]) {
    await mate.until("the request", () => mate.service.requests().length === 1);
    const [request] = mate.service.requests();
    expect(request).toMatchObject({ kind: "group", title: "Trip", name: "Ann", text: null });
    expect((await mate.service.acceptRequest(request?.id ?? "", { waitMs: 8_000 })).step).toBe("done");
  }
  await ann.service.renameSpace(group.id, "Trip to Hull");
  await cem.until("the name", () => cem.service.space(group.id).name === "Trip to Hull");
  expect(ann.service.space(group.id).asked).toEqual([]);
  await expect(ben.service.askInto(group.id, ["Cem"])).resolves.toMatchObject({ asked: [] });
  const dee = await house.add("Dee");
  await meet(ann, dee);
  await ben.until("Dee is known", () => ben.service.people().some(({ name }) => name === "Dee"));
  await expect(ben.service.askInto(group.id, ["Dee"])).rejects.toMatchObject({ code: "NOT_ALLOWED" });
});

test("[IN26] [HT60] of a blocked person no request arrives and no message counts, until unblocked; nothing tells them", async () => {
  const [ann, ben] = await addTwo();
  await ben.service.block("Ann");
  await ann.service.direct("Ben", "hello");
  await ann.service.postMessage({ space: "Harbour", channel: "general", text: "hello all, @Ben" });
  await ben.until("the message", () => texts(ben, "Harbour").length === 1);
  expect(ben.service.requests()).toEqual([]);
  expect(ben.service.messages({ space: "Harbour", limit: 5 }).items).toMatchObject([{ blocked: true }]);
  expect(ben.service.conversations()).toMatchObject([{ unread: 0, mentions: 0 }]);
  expect(ben.service.blocked()).toMatchObject([{ name: "Ann" }]);
  await expect(ben.service.direct("Ann", "x")).rejects.toMatchObject({ code: "NOT_ALLOWED" });

  await ben.service.unblock("Ann");
  expect(ben.service.messages({ space: "Harbour", limit: 5 }).items).toMatchObject([{ blocked: false }]);
  expect(ben.service.conversations()).toMatchObject([{ unread: 1, mentions: 1 }]);
  // The request comes with the next link.
  await ann.service.setOnline(false);
  await ann.service.setOnline(true);
  await ben.until("the request", () => ben.service.requests().length === 1);
});

test("[HT60] who has left is blocked as well, by id: what they wrote is here still", async () => {
  const [ann, ben] = await addTwo();
  await ben.service.postMessage({ space: "Harbour", channel: "general", text: "so long" });
  await ann.until("the message", () => texts(ann, "Harbour").includes("so long"));
  await ben.service.leaveSpace("Harbour");
  await ann.until("Ben to be gone", () => ann.service.members("Harbour").length === 1);
  const { person } = ben.service.status();
  await ben.service.setOnline(false);
  // Neither a member nor near.
  await ann.until("Ben to be out of reach", () => ann.service.people().length === 0);
  const shown = () =>
    ann.service.messages({ space: "Harbour", limit: 5 }).items.map(({ blocked }) => blocked);
  await ann.service.block(person);
  expect(ann.service.blocked()).toMatchObject([{ name: "Ben", person }]);
  expect(shown()).toEqual([true]);
  await ann.service.unblock(person);
  expect(shown()).toEqual([false]);
  await expect(ann.service.block("f".repeat(64))).rejects.toMatchObject({ code: "UNKNOWN_PERSON" });
  await expect(ann.service.block(ann.service.status().person)).rejects.toMatchObject({ code: "BAD_INPUT" });
});

test("[SP104] [HT60] in a direct conversation with a blocked person nothing is written; each of the two can go", async () => {
  const [ann, ben] = await addTwo();
  const { id } = await ann.service.direct("Ben", "hello");
  await ben.until("the request", () => ben.service.requests().length === 1);
  await ben.service.acceptRequest(ben.service.requests()[0]?.id ?? "", { waitMs: 8_000 });
  await ben.service.block("Ann");
  await expect(ben.service.postMessage({ space: id, channel: "general", text: "x" })).rejects.toMatchObject({
    code: "NOT_ALLOWED",
  });
  await ben.service.unblock("Ann");
  await ann.until("Ben is in it", () => directs(ann)[0]?.direct?.accepted === true);
  // The founder goes as well: the other becomes an owner first.
  await ann.service.leaveSpace(id);
  expect(directs(ann)).toEqual([]);
  await ben.until("Ann is gone", () => ben.service.space(id).direct?.accepted === false);
  expect(ben.service.space(id).role).toBe("owner");
  // Written to again, they begin anew.
  const anew = await ann.service.direct("Ben", "sorry");
  expect(anew.id).not.toBe(id);
  await ben.until("the new request", () => ben.service.requests().length === 1);
  await ann.service.leaveSpace(anew.id);
  expect(directs(ann)).toEqual([]);
  // Who has the request already hears that it was taken back.
  await expect(
    ben.service.acceptRequest(ben.service.requests()[0]?.id ?? "", { waitMs: 8_000 }),
  ).rejects.toMatchObject({ code: "INVITE_REVOKED" });
});

test("[HT61] a muted conversation is muted after a restart too; a blocked person stays blocked", async () => {
  const store = createMemoryStore();
  const [ann, ben] = await addTwo({ store });
  const [channel] = ben.service.space("Harbour").channels;
  expect((await ben.service.mute(channel?.id ?? "", true)).muted).toBe(true);
  await ben.service.block("Ann");
  await ben.stop();
  const again = await house.add("Ben", { store, host: ben.host });
  expect(again.service.conversations()).toMatchObject([{ muted: true }]);
  expect(again.service.blocked()).toMatchObject([{ name: "Ann", person: ann.service.status().person }]);
  expect((await again.service.mute(channel?.id ?? "", false)).muted).toBe(false);
});

test("[HT61] a muted space is muted after a restart, channels that are made later with it, and each channel keeps its own word", async () => {
  const store = createMemoryStore();
  const [ann, ben] = await addTwo({ store });
  const mutes = (node: Housemate) => node.service.conversations().map(({ muted }) => muted);
  const [channel] = ben.service.space("Harbour").channels;
  await ben.service.mute(channel?.id ?? "", true);
  expect((await ben.service.muteSpace("Harbour", true)).muted).toBe(true);
  await ben.stop();
  const again = await house.add("Ben", { store, host: ben.host });
  await ann.service.createChannel("Harbour", "later");
  await again.until("the channel", () => again.service.channels("Harbour").length === 2);
  expect([mutes(again), mutes(ann)]).toEqual([
    [true, true],
    [false, false],
  ]);
  expect((await again.service.muteSpace("Harbour", false)).muted).toBe(false);
  expect(again.service.conversations().find(({ name }) => name === "later")?.muted).toBe(false);
  expect(again.service.conversations().find(({ name }) => name === "general")?.muted).toBe(true);
});

test("[HT62] a direct conversation has no name, channels or invites of its own, and passes for no space", async () => {
  const [ann, ben] = await addTwo();
  const { id } = await ann.service.direct(ben.service.status().person, null);
  const refused = { code: "BAD_INPUT" };
  await expect(ann.service.renameSpace(id, "Us")).rejects.toMatchObject(refused);
  await expect(ann.service.createChannel(id, "other")).rejects.toMatchObject(refused);
  await expect(
    ann.service.createInvite(id, { role: "member", expiresInMs: null, uses: 1 }),
  ).rejects.toMatchObject(refused);
  expect(() => ann.service.space("Ben")).toThrow(expect.objectContaining({ code: "UNKNOWN_SPACE" }));
  await expect(ann.service.direct("Ann", null)).rejects.toMatchObject({ code: "UNKNOWN_PERSON" });
  await expect(ann.service.direct(ann.service.status().person, null)).rejects.toMatchObject(refused);
});

test("[IN28] an invite of a request admits nobody but its person, though another holds its link", async () => {
  const ann = await house.add("Ann");
  const benStore = createMemoryStore();
  const ben = await house.add("Ben", { store: benStore });
  const eve = await house.add("Eve");
  await meet(ann, ben);
  await meet(ann, eve);
  const group = await ann.service.createSpace({ name: "Trip", kind: "group", people: ["Ben"] });
  await ben.until("the request", () => ben.service.requests().length === 1);
  const [key = ""] = benStore.metaKeys("request/in/");
  const { link } = JSON.parse(readUtf8(benStore.meta(key) ?? new Uint8Array())) as { link: string };
  await expect(eve.service.join(link, { waitMs: 8_000 })).rejects.toMatchObject({ code: "INVITE_INVALID" });
  expect(ann.service.members(group.id).map(({ name }) => name)).toEqual(["Ann"]);
  const { step } = await ben.service.acceptRequest(ben.service.requests()[0]?.id ?? "", { waitMs: 8_000 });
  expect(step).toBe("done");
});

test("[HT58] to open a conversation asks nobody; its first message does, however it was posted", async () => {
  const [ann, ben] = await addTwo();
  const { id, direct } = await ann.service.direct("Ben", null);
  expect(direct).toMatchObject({ asked: false, accepted: false });
  // Ben asks first: to have opened one was no word of Ann's, and she decides.
  await ben.service.direct("Ann", "from Ben");
  await ann.until("the request of Ben", () => ann.service.requests().length === 1);
  expect(ben.service.requests()).toEqual([]);
  expect((await ann.service.direct("Ben", null)).id).toBe(id);
  await ann.service.postMessage({ space: id, channel: "general", text: "from Ann" });
  await ann.until("one conversation", () => directs(ann)[0]?.direct?.accepted === true);
  const [one] = directs(ann);
  for (const mate of [ann, ben])
    await mate.until(
      "both texts",
      () =>
        texts(mate, one?.id ?? "")
          .toSorted()
          .join() === "from Ann,from Ben",
    );
});
