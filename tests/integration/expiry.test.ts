/** Messages that are kept for a time, over whole nodes. spec/space SP130-SP136. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInlineVerifier, createNodeBox } from "@kith/core";
import type { Clock, EventId, EventStore } from "@kith/core";
import { restoreBackup } from "@kith/node";
import type { KithNode, LogEntry } from "@kith/node";
import { createMemoryStore } from "@kith/store/memory";
import { openSqliteStore } from "@kith/store/sqlite";
import Database from "better-sqlite3-multiple-ciphers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clock as realClock, createHousehold, isBare, random } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

const SECRET = "the-key-is-under-the-third-stone";
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let house: Household;
let ann: Housemate;
let link: string;
/** By how much the clocks of all devices are ahead: what lies an hour away need not be waited for. */
let aheadMs = 0;
const clock: Clock = { ...realClock, nowMs: () => realClock.nowMs() + aheadMs };

beforeEach(async () => {
  aheadMs = 0;
  house = createHousehold();
  ann = await house.add("Ann", { clock });
  await ann.service.createSpace({ name: "Harbour" });
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 9 });
  link = invite.link ?? "";
});

afterEach(() => house.stop());

async function joined(name: string, store?: EventStore): Promise<Housemate> {
  const node = await house.add(name, { clock, ...(store && { store }) });
  expect((await node.service.join(link, { waitMs: 5_000 })).step).toBe("done");
  return node;
}

const say = (node: Housemate, text: string, channel = "general", replyTo?: string) =>
  node.service.postMessage({ space: "Harbour", channel, text, ...(replyTo && { replyTo }) });
const shown = (node: KithNode): string[] =>
  node.service.messages({ limit: 500 }).items.map(({ text }) => text);
const hears = (node: Housemate, text: string): Promise<void> =>
  node.until(`"${text}"`, () => shown(node).includes(text));
const setExpiry = (node: Housemate, seconds: number | null, channel = "general") =>
  node.service.setExpiry("Harbour", channel, seconds);
const expiryAt = (node: Housemate, channel = "general") =>
  node.service.channels("Harbour").find(({ name }) => name === channel)?.expiryS;

/** An hour goes by; what is posted then has every device that hears it look at its clock. */
async function later(node: Housemate, text: string): Promise<void> {
  aheadMs += 3_600_001;
  await say(node, text);
}

async function isSound(...nodes: Housemate[]): Promise<void> {
  for (const node of nodes) expect((await node.service.verify()).problems).toEqual([]);
}

function expectNothingOf(node: Housemate, id: string): void {
  expect(isBare(node, id)).toBe(true);
  expect(node.store.search("stone", { limit: 9 })).toEqual([]);
  expect(node.store.acts(id as EventId)).toEqual([]);
  expect(node.store.reactions([id as EventId])).toEqual([]);
  expect(JSON.stringify(shown(node))).not.toContain("stone");
  expect(JSON.stringify(node.service.log("0", 5_000))).not.toContain("stone");
  expect(() => node.service.message(id)).toThrow(expect.objectContaining({ code: "MESSAGE_EXPIRED" }));
}

test("[SP130] [SP132] what an admin sets holds for what is posted from then on, on every device", async () => {
  const bob = await joined("Bob");
  const before = await say(ann, "for good");
  expect(await setExpiry(ann, 3_600)).toMatchObject({ name: "general", expiryS: 3_600 });
  await bob.until("set", () => expiryAt(bob) === 3_600);
  const cursor = bob.service
    .log("0", 500)
    .findLast(({ data }) => JSON.stringify(data).includes("channel-expiry"));
  expect(cursor?.data).toMatchObject({ change: "channel-expiry", seconds: 3_600 });
  const { id, atMs, expiresMs } = await say(bob, "for an hour");
  expect(expiresMs).toBe(atMs + 3_600_000);
  await hears(ann, "for an hour");
  expect(ann.service.message(id).expiresMs).toBe(expiresMs);
  expect(ann.service.message(before.id).expiresMs).toBeNull();
  const events = ann.store.stats().events;
  await setExpiry(ann, 3_600);
  expect(ann.store.stats().events).toBe(events);
  await setExpiry(ann, null);
  expect((await say(ann, "for good again")).expiresMs).toBeNull();
  expect(ann.service.message(id).expiresMs).toBe(expiresMs);
  await isSound(ann, bob);
});

test("[SP130] members and readers set nothing, nor anybody a time that is too short or too long", async () => {
  const bob = await joined("Bob");
  await expect(setExpiry(bob, 3_600)).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  for (const seconds of [0, 59, 0.5, 365 * 86_400 + 1, Number.NaN])
    await expect(setExpiry(ann, seconds)).rejects.toMatchObject({ code: "BAD_INPUT" });
  await expect(setExpiry(ann, 60, "nowhere")).rejects.toMatchObject({ code: "UNKNOWN_CHANNEL" });
  expect(expiryAt(ann)).toBeNull();
});

test("[SP133] a message is gone everywhere when its time is over, with its edits, reactions and pins; an answer stays", async () => {
  const directory = mkdtempSync(join(tmpdir(), "kith-expired-"));
  const key = new Uint8Array(32).fill(7);
  const store = await openSqliteStore({ directory, key });
  try {
    const bob = await joined("Bob", store);
    await setExpiry(ann, 3_600);
    await bob.until("set", () => expiryAt(bob) === 3_600);
    const { id } = await say(ann, SECRET);
    await ann.service.editMessage(id, `${SECRET} really`);
    await hears(bob, `${SECRET} really`);
    await bob.service.react(id, "👍");
    await bob.service.pin(id, true);
    await ann.until("pinned", () => ann.service.pins("Harbour", "general").length === 1);
    await setExpiry(ann, null);
    await bob.until("kept again", () => expiryAt(bob) === null);
    const answer = await say(bob, "found it", "general", id);
    await hears(ann, "found it");
    await setExpiry(ann, 60);
    const cursor = bob.service.cursor();
    await later(ann, "an hour on");
    for (const node of [ann, bob]) {
      await node.until("gone", () => isBare(node, id));
      await hears(node, "an hour on");
      expectNothingOf(node, id);
      expect(node.service.pins("Harbour", "general")).toEqual([]);
      expect(shown(node)).toEqual(["found it", "an hour on"]);
      const page = (edge: object) =>
        node.service.messages({ ...edge, limit: 9 }).items.map(({ text }) => text);
      expect([page({ before: id }), page({ after: id })]).toEqual([[], ["found it", "an hour on"]]);
      expect(node.service.message(answer.id)).toMatchObject({ replyTo: id, replyToExpired: true });
    }
    // [HT114] What was told of it before has nothing to show.
    const before = bob.service
      .log("0", 500)
      .filter(({ type, message }) => type === "message" && message === null);
    expect(before).toHaveLength(1);
    const told = bob.service
      .log(cursor, 500)
      .flatMap(({ data }) => (data as { messages?: string[] } | null)?.messages ?? []);
    expect(told).toContain(id);
    await isSound(ann, bob);
    expect((await bob.service.verify()).roots).toEqual((await ann.service.verify()).roots);
    await house.stop();
    house = createHousehold();
    await store.close();
    // Every page of the file as it is when it is decrypted, those in no table included.
    const pages = decrypted(directory, key);
    expect(pages.includes("an hour on")).toBe(true);
    for (const word of [SECRET, "third-stone", "under"]) expect(pages.includes(word), word).toBe(false);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 30_000);

test("[SP134] an old replica that was away and still has the whole message brings it to nobody, and loses it", async () => {
  const bob = await joined("Bob");
  const old = await joined("Old");
  await setExpiry(ann, 3_600);
  const { id } = await say(ann, SECRET);
  for (const node of [bob, old]) await hears(node, SECRET);
  await old.service.setOnline(false);
  await later(ann, "an hour on");
  await bob.until("gone", () => isBare(bob, id));
  expect(isBare(old, id)).toBe(false);
  const dov = await joined("Dov");
  await old.service.setOnline(true);
  await say(old, "back");
  for (const node of [ann, bob, old, dov]) {
    await hears(node, "back");
    await node.until("without its body", () => isBare(node, id));
    expectNothingOf(node, id);
  }
  expect(dov.store.withheld(dov.store.event(id)?.scope as never, 9)).toEqual([]);
  await isSound(ann, bob, dov);
}, 30_000);

test("[SP133] a device that is off when the time is over loses the message at its next start, before anything is shown", async () => {
  const store = createMemoryStore();
  const bob = await joined("Bob", store);
  await setExpiry(ann, 60);
  const { id } = await say(ann, SECRET);
  await hears(bob, SECRET);
  await bob.stop();
  aheadMs += 60_001;
  const again = await house.add("Bob", { clock, store });
  expect(shown(again)).toEqual([]);
  expectNothingOf(again, id);
  await isSound(again);
}, 30_000);

test("[SP134] a whole message that comes after its time is stored without its body, by who never had it", async () => {
  await setExpiry(ann, 60);
  const { id } = await say(ann, SECRET);
  const scope = ann.store.event(id)?.scope as never;
  // Only Ann's clock is slow: she has the body still, and sends it.
  const ahead = await house.add("Ahead", {
    clock: { ...realClock, nowMs: () => realClock.nowMs() + 90_000 },
  });
  const told: LogEntry[] = [];
  ahead.service.onLog((entries) => told.push(...entries));
  expect((await ahead.service.join(link, { waitMs: 5_000 })).step).toBe("done");
  await ahead.until("the event", () => ahead.store.hasEvent(id));
  expect(shown(ann)).toEqual([SECRET]);
  expectNothingOf(ahead, id);
  expect(told.filter(({ type }) => type === "message")).toEqual([]);
  expect(JSON.stringify(told)).not.toContain("stone");
  expect(ahead.store.withheld(scope, 9)).toEqual([]);
  await ahead.until("in sync", () => ahead.service.peers()[0]?.inSync === true);
  expect((await ahead.service.verify()).roots).toEqual((await ann.service.verify()).roots);
  await isSound(ann, ahead);
}, 30_000);

test("[SP136] an expired message is not shown early either, while older history is on its way", async () => {
  const posts = Array.from({ length: 250 }, (_, n) => ({
    space: "Harbour",
    channel: "general",
    text: `word ${n}`,
  }));
  for (let turn = 0; turn < 8; turn += 1) await ann.service.postMessages(posts);
  await setExpiry(ann, 60);
  await say(ann, SECRET);
  await setExpiry(ann, 3_600);
  await say(ann, "still good");
  const slow: string[] = [];
  let isEarly = false;
  const ahead = await house.add("Ahead", {
    clock: { ...realClock, nowMs: () => realClock.nowMs() + 90_000 },
  });
  ahead.service.onLog(() => {
    const { items } = ahead.service.messages({ limit: 5 });
    slow.push(...items.map(({ text }) => text));
    isEarly ||= items.some(({ early, text }) => early === true && text === "still good");
  });
  expect((await ahead.service.join(link, { waitMs: 5_000 })).step).toBe("done");
  await ahead.until("all of it", () => ahead.service.status().messagesSynced === 2_001);
  expect(isEarly).toBe(true);
  expect(slow).not.toContain(SECRET);
}, 60_000);

test("[SP135] a backup that was made while it was there gives it back to nobody, and one made later does not hold it", async () => {
  await setExpiry(ann, 60);
  const { id } = await say(ann, SECRET);
  await ann.service.editMessage(id, `${SECRET} really`);
  const backup = async (): Promise<Uint8Array> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of ann.service.backup({ passphrase: "four words nobody guesses" }))
      pieces.push(piece);
    return new Uint8Array(Buffer.concat(pieces));
  };
  const restored = async (file: Uint8Array, at: Clock): Promise<Housemate> => {
    const store = createMemoryStore();
    const deps = {
      store,
      clock: at,
      random,
      log: quiet,
      box: createNodeBox(),
      verifier: createInlineVerifier(),
    };
    const source = async function* () {
      yield file;
    };
    await restoreBackup(deps, source(), { passphrase: "four words nobody guesses" });
    return house.add("nobody", { clock: at, store });
  };
  const early = await backup();
  aheadMs += 60_001;
  // Due, and not put away yet.
  expect(isBare(ann, id)).toBe(false);
  const late = await backup();
  // By a clock that stands before its end even a backup would give it back.
  const slow: Clock = { ...realClock, nowMs: () => realClock.nowMs() };
  expect(shown(await restored(early, slow))).toEqual([`${SECRET} really`]);
  expect(shown(await restored(late, slow))).toEqual([]);
  const today = await restored(early, clock);
  expect(shown(today)).toEqual([]);
  expectNothingOf(today, id);
  await isSound(today);
}, 60_000);

test("[SP131] in a private channel whoever is in it sets it, and nobody outside learns of that", async () => {
  const [bob, cem] = [await joined("Bob"), await joined("Cem")];
  await bob.until("Cem", () => bob.service.members("Harbour").length === 3);
  await bob.service.createChannel("Harbour", "board", { private: true, people: ["Cem"] });
  await cem.until("the channel", () => expiryAt(cem, "board") === null);
  const control = ann.store.stats().events;
  expect(await setExpiry(cem, 3_600, "board")).toMatchObject({ private: true, expiryS: 3_600 });
  await bob.until("set", () => expiryAt(bob, "board") === 3_600);
  expect(expiryAt(bob)).toBeNull();
  const { id } = await say(bob, SECRET, "board");
  await hears(cem, SECRET);
  aheadMs += 3_600_001;
  await say(cem, "an hour on", "board");
  for (const node of [bob, cem]) {
    await node.until("gone", () => isBare(node, id));
    expectNothingOf(node, id);
  }
  expect(ann.store.stats().events).toBe(control);
  await isSound(ann, bob, cem);
  // Read again after a restart.
  await bob.stop();
  const again = await house.add("Bob", { clock, store: bob.store });
  expect(expiryAt(again, "board")).toBe(3_600);
}, 30_000);

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
