import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shedBody } from "@kith/core";
import type { EventStore } from "@kith/core";
import { openSqliteStore } from "@kith/store/sqlite";
import Database from "better-sqlite3-multiple-ciphers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold, isBare } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let ann: Housemate;
let link: string;

beforeEach(async () => {
  house = createHousehold();
  ann = await house.add("Ann");
  await ann.service.createSpace({ name: "Harbour" });
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 9 });
  link = invite.link ?? "";
});

afterEach(() => house.stop());

async function joined(name: string, store?: EventStore): Promise<Housemate> {
  const node = await house.add(name, store ? { store } : {});
  expect((await node.service.join(link, { waitMs: 5_000 })).step).toBe("done");
  return node;
}

const say = (node: Housemate, text: string) =>
  node.service.postMessage({ space: "Harbour", channel: "general", text });
const shown = (node: Housemate) =>
  node.service.messages({ limit: 500 }).items.map(({ text, deleted }) => (deleted ? "[deleted]" : text));
const found = (node: Housemate, word: string) => node.store.search(word, { limit: 10 }).length;

function decrypted(directory: string, key: Uint8Array): Buffer {
  const database = new Database(join(directory, "store.db"));
  try {
    database.pragma("cipher = 'aegis'");
    database.pragma(`key = "x'${Buffer.from(key).toString("hex")}'"`);
    return database.serialize();
  } finally {
    database.close();
  }
}

async function isSound(...nodes: Housemate[]): Promise<void> {
  for (const node of nodes) expect((await node.service.verify()).problems).toEqual([]);
}

test("[SP140] an edit replaces the text everywhere, search finds the new one alone, and what it said stays readable", async () => {
  const bob = await joined("Bob");
  const { id } = await say(ann, "meet at the lighthouse");
  await bob.until("heard", () => shown(bob).length === 1);
  const edited = await ann.service.editMessage(id, "meet at the pier");
  expect(edited).toMatchObject({ id, text: "meet at the pier" });
  expect(edited.editedMs).toBeGreaterThanOrEqual(edited.atMs);
  await bob.until("edited", () => shown(bob)[0] === "meet at the pier");
  for (const node of [ann, bob]) {
    expect(found(node, "lighthouse")).toBe(0);
    expect(found(node, "pier")).toBe(1);
    expect(node.service.messageVersions(id).map(({ text }) => text)).toEqual([
      "meet at the lighthouse",
      "meet at the pier",
    ]);
  }
  await isSound(ann, bob);
});

test("[HT102] the log tells of an edit and of a deletion by the message as it is, and of neither's text once it is gone", async () => {
  const bob = await joined("Bob");
  const cursor = bob.service.cursor();
  const told = () => bob.service.log(cursor, 100).filter(({ type }) => type === "message" || type === "edit");
  const { id } = await say(ann, "first");
  await ann.service.editMessage(id, "second");
  await bob.until("edited", () => told().length === 2);
  expect(told().map(({ type, message }) => [type, message?.id, message?.text])).toEqual([
    ["message", id, "second"],
    ["edit", id, "second"],
  ]);
  await ann.service.deleteMessage(id);
  await bob.until("deleted", () => told().length === 3);
  expect(told().map(({ message }) => [message?.text, message?.deleted])).toEqual(
    told().map(() => ["", true]),
  );
});

test("[ST22] verification tells a text that nobody signed, and a body that a deletion should have taken", async () => {
  const { id } = await say(ann, "first");
  const whole = ann.store.event(id)?.outer.slice();
  await ann.service.editMessage(id, "second");
  const row = ann.store.message(id) as { text: string };
  row.text = "third";
  expect((await ann.service.verify()).problems).toMatchObject([{ subject: id, code: "VIEW_ALTERED" }]);
  row.text = "second";
  await ann.service.deleteMessage(id);
  await isSound(ann);
  const event = ann.store.event(id) as { outer: Uint8Array };
  event.outer = whole as Uint8Array;
  expect((await ann.service.verify()).problems).toMatchObject([{ subject: id, code: "BODY_KEPT" }]);
});

test("[SP140] nobody edits what another wrote, nor what is deleted", async () => {
  const bob = await joined("Bob");
  const { id } = await say(bob, "mine");
  await ann.until("heard", () => shown(ann).length === 1);
  await expect(ann.service.editMessage(id, "yours")).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  await bob.service.deleteMessage(id);
  await expect(bob.service.editMessage(id, "back")).rejects.toMatchObject({ code: "MESSAGE_DELETED" });
});

test("[SP142] authors delete their own, admins anyone's, others nothing; twice is once", async () => {
  const bob = await joined("Bob");
  const cem = await joined("Cem");
  const { id } = await say(bob, "something rude");
  await cem.until("heard", () => shown(cem).length === 1);
  await expect(cem.service.deleteMessage(id)).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  await ann.until("heard", () => shown(ann).length === 1);
  await ann.service.deleteMessage(id);
  const events = ann.store.stats().events;
  await ann.service.deleteMessage(id);
  expect(ann.store.stats().events).toBe(events);
  for (const node of [ann, bob, cem])
    await node.until("deleted", () => shown(node).join() === "[deleted]" && isBare(node, id));
  await isSound(ann, bob, cem);
});

test("[SP150] [HT103] a pin is seen by all, with who made it; anybody who may write takes it down; a deleted message is not listed", async () => {
  const bob = await joined("Bob");
  const [one, two] = [await say(ann, "one"), await say(bob, "two")];
  const pins = (node: Housemate) => node.service.pins("Harbour", "general");
  await bob.until("heard", () => shown(bob).length === 2);
  expect(await bob.service.pin(one.id, true)).toMatchObject({ id: one.id, pinned: true });
  await ann.until("the pin", () => pins(ann).length === 1);
  expect(pins(ann)[0]).toMatchObject({ byName: "Bob", message: { id: one.id, text: "one", pinned: true } });
  const events = ann.store.stats().events;
  await ann.service.pin(one.id, true);
  expect(ann.store.stats().events).toBe(events);
  await ann.service.pin(two.id, true);
  expect(pins(ann).map(({ message }) => message.text)).toEqual(["two", "one"]);
  await ann.service.pin(one.id, false);
  await bob.until(
    "taken down",
    () =>
      pins(bob)
        .map(({ message }) => message.text)
        .join() === "two",
  );
  await bob.service.deleteMessage(two.id);
  await ann.until("gone", () => pins(ann).length === 0);
  await expect(ann.service.pin(two.id, true)).rejects.toMatchObject({ code: "MESSAGE_DELETED" });
  await isSound(ann, bob);
});

test("[SP143] attack 29: an old replica that comes back with the whole message brings its text to nobody, and loses it", async () => {
  const secret = "the-key-is-under-the-third-stone";
  const directory = mkdtempSync(join(tmpdir(), "kith-deleted-"));
  const key = new Uint8Array(32).fill(7);
  const store = await openSqliteStore({ directory, key });
  try {
    const bob = await joined("Bob", store);
    const old = await joined("Old");
    const { id } = await say(ann, secret);
    const early = await ann.service.editMessage(id, `${secret} really`);
    for (const node of [bob, old]) await node.until("heard", () => shown(node)[0] === early.text);
    await old.service.setOnline(false);
    await ann.service.deleteMessage(id);
    await bob.until("deleted", () => shown(bob).join() === "[deleted]");
    // Somebody who was never there hears of it from those who have shed it, and from the one who has not.
    const dov = await joined("Dov");
    await old.service.setOnline(true);
    await say(old, "back");
    for (const node of [ann, bob, old, dov]) {
      await node.until("all of it", () => shown(node).at(-1) === "back");
      await node.until("shed", () => isBare(node, id));
      expect(JSON.stringify(shown(node))).not.toContain("stone");
      expect(found(node, "stone")).toBe(0);
      expect(JSON.stringify(node.store.acts(id))).not.toContain("stone");
      expect(JSON.stringify(node.service.log("0", 1_000))).not.toContain("stone");
    }
    await isSound(ann, bob, old, dov);
    await house.stop();
    house = createHousehold();
    await store.close();
    // Every page of the file as it is when it is decrypted, those in no table included.
    const pages = decrypted(directory, key);
    expect(pages.includes("back")).toBe(true);
    for (const word of [secret, "third-stone", "under"]) expect(pages.includes(word)).toBe(false);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 30_000);

test("[SP144] a newcomer gets a deleted message without its text, and both come to hold the same", async () => {
  await say(ann, "one");
  const { id } = await say(ann, "two");
  await ann.service.deleteMessage(id);
  await say(ann, "three");
  const bob = await joined("Bob");
  await bob.until("all of it", () => shown(bob).at(-1) === "three");
  expect(isBare(bob, id)).toBe(true);
  expect(shown(bob)).toEqual(["one", "three"]);
  await bob.until("in sync", () => bob.service.peers()[0]?.inSync === true);
  expect((await bob.service.verify()).roots).toEqual((await ann.service.verify()).roots);
  await isSound(ann, bob);
});

test("[SP145] [SP147] many texts that a neighbour leaves out come from the next, more than one question asks for", async () => {
  const bob = await joined("Bob");
  const texts = Array.from({ length: 600 }, (_, n) => `word ${n}`);
  for (let at = 0; at < texts.length; at += 200)
    await ann.service.postMessages(
      texts.slice(at, at + 200).map((text) => ({ space: "Harbour", channel: "general", text })),
    );
  await bob.until("heard", () => bob.service.status().messagesSynced === texts.length);
  await ann.service.setOnline(false);
  for (const { id } of bob.store.messages({ limit: 600 })) {
    const event = bob.store.event(id) as { outer: Uint8Array };
    event.outer = shedBody(event.outer);
  }
  const cem = await house.add("Cem");
  expect((await cem.service.join(link, { waitMs: 5_000 })).step).toBe("done");
  await cem.until("in sync", () => cem.service.peers()[0]?.inSync === true);
  expect(shown(cem)).toEqual([]);
  await ann.service.setOnline(true);
  await cem.until("whole", () => cem.service.status().messagesSynced === texts.length);
  expect(cem.store.messages({ limit: 600 }).map(({ text }) => text)).toEqual(texts);
  await isSound(ann, cem);
}, 60_000);

test("[SP145] a text that a neighbour leaves out, though nobody deleted it, comes from the next", async () => {
  const bob = await joined("Bob");
  const { id } = await say(ann, "he does not want you to read this");
  await bob.until("heard", () => shown(bob).length === 1);
  await ann.service.setOnline(false);
  const event = bob.store.event(id) as { outer: Uint8Array };
  event.outer = shedBody(event.outer);
  const cem = await house.add("Cem");
  expect((await cem.service.join(link, { waitMs: 5_000 })).step).toBe("done");
  await cem.until("bare", () => isBare(cem, id));
  expect(shown(cem)).toEqual([]);
  await ann.service.setOnline(true);
  await cem.until("whole", () => shown(cem).length === 1);
  expect(shown(cem)).toEqual(["he does not want you to read this"]);
  expect(isBare(cem, id)).toBe(false);
  await isSound(ann, cem);
}, 30_000);
