import { StoreError } from "@kith/core";
import type { EventStore } from "@kith/core";
import { createMemoryDisk, createMemoryStore } from "@kith/store/memory";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clock, createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;

beforeEach(() => {
  house = createHousehold();
});

afterEach(() => house.stop());

const place = { space: "Harbour", channel: "general" } as const;
const member = { role: "member", expiresInMs: null, uses: 1 } as const;

async function pair(): Promise<[Housemate, Housemate]> {
  const ann = await house.add("Ann");
  await ann.service.createSpace({ name: "Harbour" });
  const invite = await ann.service.createInvite("Harbour", member);
  const bob = await house.add("Bob");
  expect((await bob.service.join(invite.link ?? "", { waitMs: 5_000 })).step).toBe("done");
  return [ann, bob];
}

const general = ({ service }: Housemate) => {
  const conversation = service.conversations().find(({ name }) => name === "general");
  if (!conversation) throw new Error("no such conversation");
  return conversation;
};

const say = async (who: Housemate, text: string, clientId?: string) =>
  who.service.postMessage({ ...place, text, ...(clientId && { clientId }) });

/** A store whose commits can be made to fail, and that writes down which keys each of them changed. */
function faulty(inner: EventStore): { store: EventStore; fail(yes: boolean): void; commits: string[][] } {
  let failing = false;
  const commits: string[][] = [];
  const store = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name !== "commit") return value.bind(target) as unknown;
      return async (...[batch]: Parameters<EventStore["commit"]>) => {
        if (failing) throw new StoreError("STORE_FULL", "full");
        commits.push([
          ...(batch.events ?? []).map(() => "event"),
          ...(batch.meta ?? []).map(({ key, value: kept }) => `${kept ? "+" : "-"}${key.split("/")[0]}`),
        ]);
        return target.commit(batch);
      };
    },
  });
  return { store, fail: (yes) => (failing = yes), commits };
}

test("[HT15] what others say is unread until it is marked; own messages never are", async () => {
  const [ann, bob] = await pair();
  await say(ann, "own");
  await say(bob, "hello");
  const last = await say(bob, "@ANN are you there? annie@example is not you");
  await say(bob, "not you: @bob");
  await ann.until("three messages", () => general(ann).unread === 3);
  expect(general(ann)).toMatchObject({
    spaceName: "Harbour",
    spaceKind: "community",
    role: "owner",
    state: "ready",
    members: 2,
    mentions: 1,
    readUpTo: null,
    draft: null,
    place: null,
    last: { text: "not you: @bob", authorName: "Bob" },
  });
  const { channel } = general(ann);
  expect(await ann.service.markRead(channel, last.id)).toMatchObject({
    unread: 1,
    mentions: 0,
    readUpTo: last.id,
  });
  await ann.service.changeProfile({ name: "Bob" });
  expect(general(ann)).toMatchObject({ unread: 1, mentions: 1 });
});

test("[HT15] a read mark never goes backwards, and what arrives late is unread above it", async () => {
  const [ann, bob] = await pair();
  await bob.service.setOnline(false);
  await say(bob, "written in a tunnel");
  const first = await say(ann, "meanwhile");
  const second = await say(ann, "and again");
  const { channel } = general(ann);
  await ann.service.markRead(channel, second.id);
  expect(await ann.service.markRead(channel, first.id)).toMatchObject({ unread: 0, readUpTo: second.id });
  await bob.service.setOnline(true);
  await ann.until("the late message", () => ann.service.messages({ limit: 9 }).items.length === 3);
  expect(general(ann)).toMatchObject({ unread: 1, readUpTo: second.id });
  expect(await ann.service.markRead(channel, second.id)).toMatchObject({ unread: 0, readUpTo: second.id });
});

test("[HT15] conversations come newest activity first; those of unknown channels and messages are refused", async () => {
  let nowMs = 1_777_800_000_000;
  const ann = await house.add("Ann", { clock: { ...clock, nowMs: () => (nowMs += 1) } });
  await ann.service.createSpace({ name: "Harbour" });
  const other = await ann.service.createChannel("Harbour", "boats");
  expect(ann.service.conversations().map(({ name }) => name)).toEqual(["boats", "general"]);
  const message = await say(ann, "here");
  expect(ann.service.conversations().map(({ name }) => name)).toEqual(["general", "boats"]);
  const unknown = "0".repeat(32);
  const { service } = ann;
  await expect(service.markRead(unknown, message.id)).rejects.toMatchObject({ code: "UNKNOWN_CHANNEL" });
  await expect(service.saveDraft("general", { text: "x" })).rejects.toMatchObject({
    code: "UNKNOWN_CHANNEL",
  });
  await expect(service.savePlace(unknown, { message: message.id, offset: 0 })).rejects.toMatchObject({
    code: "UNKNOWN_CHANNEL",
  });
  for (const id of [message.id, "f".repeat(64), "nonsense"]) {
    await expect(service.markRead(other.id, id)).rejects.toMatchObject({ code: "UNKNOWN_MESSAGE" });
    await expect(service.savePlace(other.id, { message: id, offset: 0 })).rejects.toMatchObject({
      code: "UNKNOWN_MESSAGE",
    });
  }
  await expect(service.saveDraft(other.id, { text: "x".repeat(16_385) })).rejects.toMatchObject({
    code: "TEXT_TOO_LONG",
  });
});

test("[HT16] drafts, places, marks and settings are there after a restart", async () => {
  const disk = createMemoryDisk();
  const before = await house.add("Ann", { store: createMemoryStore({ disk }) });
  await before.service.createSpace({ name: "Harbour" });
  const message = await say(before, "here");
  const { channel } = general(before);
  expect(before.service.settings()).toMatchObject({ theme: "system" });
  await before.service.saveDraft(channel, { text: "half a thou", replyTo: message.id, clientId: "d1" });
  await before.service.savePlace(channel, { message: message.id, offset: -12 });
  await before.service.markRead(channel, message.id);
  await before.service.changeSettings({ theme: "dark" });
  const after = await house.add("Ann", { store: createMemoryStore({ disk }) });
  expect(after.service.settings()).toMatchObject({ theme: "dark" });
  expect(general(after)).toMatchObject({
    draft: { text: "half a thou", replyTo: message.id, clientId: "d1" },
    place: { message: message.id, offset: -12 },
    readUpTo: message.id,
  });
  await after.service.saveDraft(channel, { text: "" });
  expect(general(await house.add("Ann", { store: createMemoryStore({ disk }) })).draft).toBeNull();
});

test("[HT16] a message takes its draft with it in its own commit, and no later save brings it back", async () => {
  const { store, commits } = faulty(createMemoryStore());
  const ann = await house.add("Ann", { store });
  await ann.service.createSpace({ name: "Harbour" });
  const { channel } = general(ann);
  await ann.service.saveDraft(channel, { text: "hello", clientId: "d1" });
  commits.length = 0;
  await say(ann, "something else", "d0");
  expect(general(ann).draft?.text).toBe("hello");
  const posting = say(ann, "hello there", "d1");
  const overtaken = ann.service.saveDraft(channel, { text: "hello the", clientId: "d1" });
  await posting;
  await overtaken;
  expect(await ann.service.saveDraft(channel, { text: "hello ther", clientId: "d1" })).toBeNull();
  expect(commits.at(-1)).toEqual(["event", "-draft"]);
  expect(general(ann).draft).toBeNull();
});

test("[HT16] a message that could not be stored leaves its draft, and a draft that could not is not shown", async () => {
  const { store, fail } = faulty(createMemoryStore());
  const ann = await house.add("Ann", { store });
  await ann.service.createSpace({ name: "Harbour" });
  const { channel } = general(ann);
  await ann.service.saveDraft(channel, { text: "hello", clientId: "d1" });
  fail(true);
  await expect(say(ann, "hello", "d1")).rejects.toMatchObject({ code: "DISK_FULL" });
  await expect(ann.service.saveDraft(channel, { text: "more" })).rejects.toMatchObject({ code: "DISK_FULL" });
  await expect(ann.service.changeSettings({ theme: "dark" })).rejects.toMatchObject({ code: "DISK_FULL" });
  expect(general(ann).draft).toMatchObject({ text: "hello", clientId: "d1" });
  expect(ann.service.settings()).toMatchObject({ theme: "system" });
  fail(false);
  await say(ann, "hello", "d1");
  expect(general(ann).draft).toBeNull();
});
