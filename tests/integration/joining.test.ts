import { createMemoryDisk, createMemoryStore } from "@kith/store/memory";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let ann: Housemate;

beforeEach(async () => {
  house = createHousehold();
  ann = await house.add("Ann");
  await ann.service.createSpace({ name: "Harbour" });
});

afterEach(() => house.stop());

const member = { role: "member", expiresInMs: null, uses: 1 } as const;

async function linkOf(options: Parameters<Housemate["service"]["createInvite"]>[1]): Promise<string> {
  return (await ann.service.createInvite("Harbour", options)).link ?? "";
}

test("an invite that was used as often as it may be says so", async () => {
  const link = await linkOf(member);
  const bob = await house.add("Bob");
  const cem = await house.add("Cem");
  expect((await bob.service.join(link, { waitMs: 5_000 })).step).toBe("done");
  await expect(cem.service.join(link, { waitMs: 5_000 })).rejects.toMatchObject({ code: "INVITE_USED_UP" });
  expect(cem.service.spaces()).toEqual([]);
});

test("the log says who has joined, by the name they go by", async () => {
  const cursor = ann.service.cursor();
  const bob = await house.add("Bob");
  await bob.service.join(await linkOf(member), { waitMs: 5_000 });
  const joined = ann.service.log(cursor, 500).filter(({ type }) => type === "space");
  expect(joined.map(({ data }) => data)).toContainEqual(
    expect.objectContaining({ change: "member", person: bob.service.status().person, name: "Bob" }),
  );
});

test("an invite that has expired says so", async () => {
  const link = await linkOf({ ...member, expiresInMs: 0 });
  const bob = await house.add("Bob");
  await expect(bob.service.join(link, { waitMs: 5_000 })).rejects.toMatchObject({ code: "INVITE_EXPIRED" });
});

test("an invite that was revoked says so", async () => {
  const invite = await ann.service.createInvite("Harbour", member);
  await ann.service.revokeInvite("Harbour", invite.id);
  const bob = await house.add("Bob");
  await expect(bob.service.join(invite.link ?? "", { waitMs: 5_000 })).rejects.toMatchObject({
    code: "INVITE_REVOKED",
  });
});

test("what is no invite is refused at once, with what to do", async () => {
  const bob = await house.add("Bob");
  for (const text of ["", "hello", "kith://join#", "kith://join#AAAA", "https://example.org"]) {
    await expect(bob.service.join(text, { waitMs: 5_000 })).rejects.toMatchObject({ code: "INVITE_INVALID" });
  }
});

test("joining twice over the same link is one membership", async () => {
  const link = await linkOf(member);
  const bob = await house.add("Bob");
  const answers = await Promise.all([
    bob.service.join(link, { waitMs: 5_000 }),
    bob.service.join(link, { waitMs: 5_000 }),
  ]);
  expect(answers.map(({ step }) => step)).toEqual(["done", "done"]);
  expect((await bob.service.join(link, { waitMs: 5_000 })).step).toBe("done");
  expect(ann.service.members("Harbour").map(({ name }) => name)).toEqual(["Ann", "Bob"]);
});

test("while no inviter is there a join waits and says for what; it goes on after a restart", async () => {
  const link = await linkOf(member);
  await ann.service.setOnline(false);
  const disk = createMemoryDisk();
  const bob = await house.add("Bob", { store: createMemoryStore({ disk }), host: "10.0.0.77" });
  const waiting = await bob.service.join(link, { waitMs: 50 });
  expect(waiting).toMatchObject({ step: "looking-for-inviter" });
  expect(bob.service.joins()).toHaveLength(1);
  await bob.stop();
  await bob.store.close();
  const again = await house.add("Bob", { store: createMemoryStore({ disk }), host: "10.0.0.77" });
  await ann.service.setOnline(true);
  await again.until("Bob is in", () => again.service.spaces().some(({ state }) => state === "ready"));
});

test("[HT18] a join that is given up looks for nobody, after a restart neither, and its link may be used again", async () => {
  const link = await linkOf(member);
  await ann.service.setOnline(false);
  const disk = createMemoryDisk();
  const bob = await house.add("Bob", { store: createMemoryStore({ disk }), host: "10.0.0.78" });
  const { invite } = await bob.service.join(link, { waitMs: 50 });
  const waiting = bob.service.join(link, { waitMs: 60_000 });
  await bob.service.giveUpJoin(invite);
  expect(await waiting).toMatchObject({ step: "failed" });
  expect(bob.service.joins()).toEqual([]);
  await expect(bob.service.giveUpJoin(invite)).rejects.toMatchObject({ code: "UNKNOWN_INVITE" });
  await bob.stop();
  await bob.store.close();
  const again = await house.add("Bob", { store: createMemoryStore({ disk }), host: "10.0.0.78" });
  expect(again.service.joins()).toEqual([]);
  await ann.service.setOnline(true);
  expect((await again.service.join(link, { waitMs: 5_000 })).step).toBe("done");
});

test("[HT18] one join of two over the same inviter is given up, and the other goes on", async () => {
  const [first, second] = [await linkOf(member), await linkOf(member)];
  await ann.service.setOnline(false);
  const bob = await house.add("Bob");
  const { invite } = await bob.service.join(first, { waitMs: 50 });
  await bob.service.join(second, { waitMs: 50 });
  await bob.service.giveUpJoin(invite);
  await ann.service.setOnline(true);
  await bob.until("Bob is in", () => bob.service.spaces().some(({ state }) => state === "ready"));
});

test("[SE2] any member admits, the maker of the invite need not be there", async () => {
  const link = await linkOf({ ...member, uses: 2 });
  const bob = await house.add("Bob");
  expect((await bob.service.join(link, { waitMs: 5_000 })).step).toBe("done");
  await ann.service.setOnline(false);
  const cem = await house.add("Cem");
  expect((await cem.service.join(link, { waitMs: 5_000 })).step).toBe("done");
  expect(
    bob.service
      .members("Harbour")
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(["Ann", "Bob", "Cem"]);
  await ann.service.setOnline(true);
  await ann.until("Ann knows Cem", () => ann.service.members("Harbour").length === 3);
});

test("a reader reads and may not write", async () => {
  await ann.service.postMessage({ space: "Harbour", channel: "general", text: "for all to read" });
  const rae = await house.add("Rae");
  expect((await rae.service.join(await linkOf({ ...member, role: "reader" }), { waitMs: 5_000 })).step).toBe(
    "done",
  );
  expect(rae.service.messages({ limit: 5 }).items.map(({ text }) => text)).toEqual(["for all to read"]);
  await expect(
    rae.service.postMessage({ space: "Harbour", channel: "general", text: "no" }),
  ).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  await expect(rae.service.createInvite("Harbour", member)).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  expect(rae.service.messages({ limit: 5 }).items).toHaveLength(1);
});

test("strangers see each other only when both are visible nearby", async () => {
  const bob = await house.add("Bob");
  await ann.service.setVisibility("nearby");
  await house.add("Witness");
  expect(ann.service.peers()).toEqual([]);
  await bob.service.setVisibility("nearby");
  await ann.until("Ann sees Bob", () => ann.service.peers().some(({ name }) => name === "Bob"));
  expect(ann.service.peers()).toMatchObject([{ name: "Bob", shared: false }]);
});

test("a name is changed everywhere at once", async () => {
  const bob = await house.add("Bob");
  expect((await bob.service.join(await linkOf(member), { waitMs: 5_000 })).step).toBe("done");
  await bob.service.postMessage({ space: "Harbour", channel: "general", text: "hi" });
  await bob.service.changeProfile({ name: "Robert" });
  await ann.until("the new name", () => ann.service.messages({ limit: 5 }).items[0]?.authorName === "Robert");
  await expect(bob.service.changeProfile({ name: "Bob\u202Etxt.exe" })).rejects.toMatchObject({
    code: "BAD_INPUT",
  });
});

test("the same clientId is one message, also at the same time and after a restart of the list", async () => {
  const post = { space: "Harbour", channel: "general", text: "once", clientId: "c-1" };
  const [first, second] = await Promise.all([ann.service.postMessage(post), ann.service.postMessage(post)]);
  const third = await ann.service.postMessage(post);
  expect(new Set([first.id, second.id, third.id]).size).toBe(1);
  expect(ann.service.messages({ limit: 5 }).items).toHaveLength(1);
});

test("a batch answers each message in order, and a wrong one keeps no other back", async () => {
  const answers = await ann.service.postMessages([
    { space: "Harbour", channel: "general", text: "one" },
    { space: "Harbour", channel: "nowhere", text: "two" },
    { space: "Harbour", channel: "general", text: "x".repeat(20_000) },
    { space: "Harbour", channel: "general", text: "four" },
  ]);
  expect(answers.map((answer) => ("code" in answer ? answer.code : answer.text))).toEqual([
    "one",
    "UNKNOWN_CHANNEL",
    "TEXT_TOO_LONG",
    "four",
  ]);
});

test("a reaction shows on both sides and can be taken back", async () => {
  const bob = await house.add("Bob");
  expect((await bob.service.join(await linkOf(member), { waitMs: 5_000 })).step).toBe("done");
  const { id } = await ann.service.postMessage({ space: "Harbour", channel: "general", text: "like it?" });
  await bob.until("the message", () => bob.service.messages({ limit: 5 }).items.length === 1);
  await bob.service.react(id, "👍");
  await ann.until("the reaction", () => ann.service.message(id).reactions.length === 1);
  expect(ann.service.message(id).reactions[0]).toMatchObject({ emoji: "👍" });
  await bob.service.unreact(id, "👍");
  await ann.until("it is gone", () => ann.service.message(id).reactions.length === 0);
});

test("the log read again from any cursor gives every entry once, in order", async () => {
  const start = ann.service.cursor();
  const live: string[] = [];
  ann.service.onLog((entries) => live.push(...entries.map(({ cursor }) => cursor)));
  for (let n = 0; n < 30; n += 1)
    await ann.service.postMessage({ space: "Harbour", channel: "general", text: `${n}` });
  const replayed = ann.service.log(start, 500).map(({ cursor }) => cursor);
  expect(replayed).toEqual(live);
  // "0" stands before everything that is kept.
  const all = ann.service.log("0", 500).map(({ cursor }) => cursor);
  expect(all.slice(-replayed.length)).toEqual(replayed);
  expect(all.length).toBeGreaterThan(replayed.length);
  expect(ann.service.log(replayed[9] ?? "", 500).map(({ cursor }) => cursor)).toEqual(replayed.slice(10));
  expect(() => ann.service.log("00000000-1", 5)).toThrow(
    expect.objectContaining({ code: "CURSOR_UNKNOWN" }) as Error,
  );
});
