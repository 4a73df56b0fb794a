/** Getting a person back, by words and by a backup, over whole nodes. spec/identity ID46-ID60. */
import { createInlineVerifier, createNodeBox, shedBody } from "@kith/core";
import type { EventId, EventStore, SpaceId } from "@kith/core";
import { restoreBackup } from "@kith/node";
import type { BackupReport, TypedSecrets } from "@kith/node";
import { createMemoryStore } from "@kith/store/memory";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { clock, createHousehold, random } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

const PASSPHRASE = "four words nobody guesses";
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let house: Household;
let ann: Housemate;
let bob: Housemate;
let space: SpaceId;

beforeEach(async () => {
  house = createHousehold();
  ann = await house.add("Ann");
  space = (await ann.service.createSpace({ name: "Harbour" })).id;
  bob = await letIn("Bob");
  await say(ann, "before the backup");
  await hears(bob, "before the backup");
}, 30_000);

afterEach(() => house.stop());

async function letIn(name: string): Promise<Housemate> {
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  const mate = await house.add(name);
  expect((await mate.service.join(invite.link ?? "", { waitMs: 20_000 })).step).toBe("done");
  return mate;
}

const texts = (node: Housemate): string[] =>
  node.service.messages({ limit: 500 }).items.map(({ text }) => text);

async function say(node: Housemate, text: string, channel = "general"): Promise<string> {
  return (await node.service.postMessage({ space, channel, text })).id;
}

const hears = (node: Housemate, text: string): Promise<void> =>
  node.until(`"${text}"`, () => texts(node).includes(text));

async function backupOf(node: Housemate, passphrase: string | null = PASSPHRASE): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of node.service.backup(passphrase === null ? {} : { passphrase }))
    pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

/** In pieces of an odd size, as a network brings them. */
async function* piecesOf(file: Uint8Array, size = 1_013): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += size) yield file.slice(at, at + size);
}

function restoreInto(
  store: EventStore,
  file: Uint8Array,
  secrets: TypedSecrets = { passphrase: PASSPHRASE },
) {
  const deps = { store, clock, random, log: quiet, box: createNodeBox(), verifier: createInlineVerifier() };
  return restoreBackup(deps, piecesOf(file), secrets);
}

async function restored(
  file: Uint8Array,
  secrets?: TypedSecrets,
): Promise<{ node: Housemate; report: BackupReport }> {
  const store = createMemoryStore();
  const report = await restoreInto(store, file, secrets);
  return { node: await house.add("nobody", { store }), report };
}

const devicesOf = (node: Housemate, name: string): number =>
  node.service.members(space).find((member) => member.name === name)?.devices.length ?? 0;
const forks = (node: Housemate): string[] => node.store.metaKeys("fork/");

describe("a backup on a second machine", () => {
  test("[ID50] [ID52] [ID53] [ID57] attack 22: while the first runs on: two devices of one person, no fork, nothing lost, history there", async () => {
    const file = await backupOf(ann);
    await say(ann, "after the backup");
    const { node: second, report } = await restored(file);
    expect(report).toMatchObject({ name: "Ann", spaces: 1, refused: 0, rootInside: true });
    expect(second.service.status()).toMatchObject({ person: ann.service.status().person, name: "Ann" });
    expect(second.service.nodeId).not.toBe(ann.service.nodeId);
    expect(texts(second)).toContain("before the backup");
    await hears(second, "after the backup");
    // Both at once, and Bob.
    await Promise.all([say(ann, "from the first"), say(second, "from the second"), say(bob, "from Bob")]);
    for (const node of [ann, second, bob])
      for (const text of ["from the first", "from the second", "from Bob"]) await hears(node, text);
    for (const node of [ann, second, bob]) {
      await node.until("two devices", () => devicesOf(node, "Ann") === 2);
      expect(devicesOf(node, "Bob")).toBe(1);
      expect(forks(node)).toEqual([]);
      const own = node.service
        .messages({ limit: 100 })
        .items.filter(({ authorName }) => authorName === "Ann");
      expect(new Set(own.map(({ author }) => author)).size).toBe(1);
      expect((await node.service.verify()).problems).toEqual([]);
    }
  }, 60_000);

  test("[ID50] [ID51] with the first device lost and the keys new since, it comes in by itself and hears what it missed", async () => {
    const cid = await letIn("Cid");
    await hears(cid, "before the backup");
    const file = await backupOf(ann);
    await ann.service.removeMember(space, "Cid");
    await say(ann, "under keys that the backup lacks");
    await hears(bob, "under keys that the backup lacks");
    await ann.stop();
    const { node: second } = await restored(file);
    await hears(second, "under keys that the backup lacks");
    await say(second, "I am back");
    await hears(bob, "I am back");
    expect(bob.service.members(space).find(({ name }) => name === "Ann")?.role).toBe("owner");
    expect(texts(cid)).not.toContain("I am back");
    // The lost one is ended by the root's word, which came with the backup.
    await second.service.removeDevice(ann.service.nodeId);
    await bob.until("one device", () => devicesOf(bob, "Ann") === 1);
  }, 60_000);

  test("[ID56] private channels, a reader's rank, what was read and what is muted come along", async () => {
    const channel = await ann.service.createChannel(space, "crew", { private: true, people: ["Bob"] });
    await bob.until("the channel", () => bob.service.channels(space).some(({ name }) => name === "crew"));
    const last = await say(ann, "only for the crew", "crew");
    await bob.until("the message", () => texts(bob).includes("only for the crew"));
    await bob.service.markRead(channel.id, last);
    await bob.service.mute(channel.id, true);
    await ann.service.changeRole(space, "Bob", "reader");
    await bob.until("the rank", () => bob.service.space(space).role === "reader");
    const file = await backupOf(bob);
    await bob.stop();
    const { node: second } = await restored(file);
    const crew = second.service.conversations().find(({ name }) => name === "crew");
    expect(crew).toMatchObject({ unread: 0, muted: true, readUpTo: last });
    expect(second.service.space(space).role).toBe("reader");
    await ann.until("two devices", () => devicesOf(ann, "Bob") === 2);
    await say(ann, "for all devices of the crew", "crew");
    await hears(second, "for all devices of the crew");
  }, 60_000);

  test("[ID59] attack 29: what was deleted after an old backup is not there again, and nobody is given it", async () => {
    const id = (await say(ann, "said in haste")) as EventId;
    const kept = (await say(ann, "said with care")) as EventId;
    await hears(bob, "said with care");
    const file = await backupOf(ann);
    const outer = ann.store.event(id)?.outer;
    await ann.service.deleteMessage(id);
    await bob.until("the deletion", () => bob.store.shedReason(id) === "deleted");
    await ann.stop();
    const { node: second } = await restored(file);
    expect(texts(second)).toContain("said with care");
    await second.until("the deletion", () => second.store.shedReason(id) === "deleted");
    const cid = await house.add("Cid");
    const invite = await second.service.createInvite(space, { role: "member", expiresInMs: null, uses: 1 });
    expect((await cid.service.join(invite.link ?? "", { waitMs: 20_000 })).step).toBe("done");
    await hears(cid, "said with care");
    for (const node of [bob, second, cid]) {
      expect(texts(node)).not.toContain("said in haste");
      expect(node.service.search({ q: "haste", limit: 10 }).items).toEqual([]);
      const held = node.store.event(id)?.outer;
      expect(held).toBeDefined();
      expect(held).not.toEqual(outer);
      expect(held).toEqual(shedBody(outer ?? new Uint8Array()));
      expect(node.store.shedReason(kept)).toBeNull();
    }
  }, 60_000);

  test("[ID59] attack 29: restored alone it says that what was deleted may show, until somebody is met who knows, and nobody has it then", async () => {
    const id = (await say(ann, "said in haste")) as EventId;
    await hears(bob, "said in haste");
    const file = await backupOf(ann);
    await ann.service.deleteMessage(id);
    await bob.until("the deletion", () => bob.store.shedReason(id) === "deleted");
    await ann.stop();
    await bob.stop();
    const mayShow = (node: Housemate) => node.service.conversations().map((one) => one.mayShowDeleted);
    const { node: second } = await restored(file);
    expect([texts(second).includes("said in haste"), mayShow(second)]).toEqual([true, [true]]);
    // Neither a newcomer of its own nor a twin out of the same file knows more.
    const cid = await house.add("Cid");
    const invite = await second.service.createInvite(space, { role: "member", expiresInMs: null, uses: 1 });
    expect((await cid.service.join(invite.link ?? "", { waitMs: 20_000 })).step).toBe("done");
    await hears(cid, "said in haste");
    const { node: twin } = await restored(file);
    await say(twin, "from the twin");
    for (const node of [second, cid]) await hears(node, "from the twin");
    await say(second, "from the second");
    await hears(twin, "from the second");
    expect([mayShow(second), mayShow(twin), mayShow(cid)]).toEqual([[true], [true], [false]]);
    expect(texts(second)).toContain("said in haste");
    const back = await house.add("Bob", { store: bob.store });
    for (const node of [second, twin, cid]) {
      await node.until("the deletion", () => node.store.shedReason(id) === "deleted");
      await node.until("the end of the note", () => !mayShow(node).includes(true));
      expect(texts(node)).not.toContain("said in haste");
    }
    expect(texts(back)).not.toContain("said in haste");
    expect((await second.service.verify()).problems).toEqual([]);
    // Over a restart as well.
    await second.stop();
    const again = await house.add("Ann", { store: second.store });
    expect([texts(again).includes("said in haste"), mayShow(again)]).toEqual([false, [false]]);
  }, 60_000);

  test("[ID59] what expired or was deleted before a backup is not in it", async () => {
    const id = (await say(ann, "gone before")) as EventId;
    await ann.service.deleteMessage(id);
    const { node: second } = await restored(await backupOf(ann));
    expect(texts(second)).not.toContain("gone before");
    expect(second.store.shedReason(id)).toBe("deleted");
  }, 60_000);
});

describe("opening a backup", () => {
  test("[ID54] by the passphrase or by the words, and by no others", async () => {
    const file = await backupOf(ann);
    const words = ann.service.recoveryWords().join(" ");
    const others = bob.service.recoveryWords().join(" ");
    const check = (secrets: TypedSecrets) => bob.service.checkBackup(piecesOf(file), secrets);
    expect(await check({ passphrase: PASSPHRASE })).toMatchObject({ name: "Ann", refused: 0 });
    expect((await check({ words })).events).toBe(ann.store.stats().events);
    for (const secrets of [{ passphrase: "another one altogether" }, { words: others }, {}])
      await expect(check(secrets)).rejects.toMatchObject({ code: "BACKUP_SECRET" });
    await expect(check({ words: "abandon" })).rejects.toMatchObject({ code: "WORDS_INVALID" });
  }, 60_000);

  test("[ID55] [ID58] one that was cut off, altered or is something else is told as such, and restores nothing", async () => {
    for (let at = 0; at < 40; at += 1) await say(ann, `message ${at} ${"x".repeat(6_000)}`);
    const file = await backupOf(ann);
    const cuts = [0, 7, 40, 300, file.length >> 1, file.length - 1].map((length) => file.slice(0, length));
    const altered = [9, 100, 400, file.length >> 1, file.length - 1].map((at) => {
      const copy = file.slice();
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy;
    });
    const longer = new Uint8Array(Buffer.concat([file, new Uint8Array(1)]));
    for (const bad of [...cuts, ...altered, longer]) {
      const wrong = await bob.service.checkBackup(piecesOf(bad), { passphrase: PASSPHRASE }).then(
        () => null,
        (error: { code: string }) => error.code,
      );
      expect(["BACKUP_INVALID", "BACKUP_SECRET"]).toContain(wrong);
      await expect(restoreInto(createMemoryStore(), bad)).rejects.toMatchObject({ code: wrong });
    }
    expect((await bob.service.checkBackup(piecesOf(file, 100_000), { passphrase: PASSPHRASE })).refused).toBe(
      0,
    );
  }, 60_000);

  test("[ID57] attack 34: the device's own key is in no backup: twice restored are two devices more", async () => {
    const file = await backupOf(ann);
    const [one, two] = [await restored(file), await restored(file)];
    const ids = new Set([ann, one.node, two.node].map(({ service }) => service.nodeId));
    expect(ids.size).toBe(3);
    for (const { node } of [one, two]) await say(node, `from ${node.service.nodeId}`);
    for (const node of [ann, bob, one.node, two.node]) {
      for (const { node: from } of [one, two]) await hears(node, `from ${from.service.nodeId}`);
      await node.until("three devices", () => devicesOf(node, "Ann") === 3);
      expect(forks(node)).toEqual([]);
    }
  }, 60_000);

  test("[ID57] without the root on the device, the words are asked for beside the passphrase", async () => {
    const words = ann.service.recoveryWords();
    await ann.service.checkRecoveryWords([2, 11, 24].map((at) => ({ at, word: words[at - 1] ?? "" })));
    await ann.service.forgetRoot();
    await expect(backupOf(ann, null)).rejects.toMatchObject({ code: "BAD_INPUT" });
    const file = await backupOf(ann);
    await expect(restored(file)).rejects.toMatchObject({ code: "BACKUP_SECRET" });
    const bobs = bob.service.recoveryWords().join(" ");
    await expect(restored(file, { passphrase: PASSPHRASE, words: bobs })).rejects.toMatchObject({
      code: "BACKUP_SECRET",
    });
    const { node } = await restored(file, { passphrase: PASSPHRASE, words: words.join(" ") });
    expect(node.service.status().person).toBe(ann.service.status().person);
    expect(node.service.recovery()).toMatchObject({ rootHere: true });
  }, 60_000);

  test("[ID56] a backup that is made while others write holds one moment of all scopes", async () => {
    let more = 0;
    const pieces: Uint8Array[] = [];
    for await (const piece of ann.service.backup({ passphrase: PASSPHRASE })) {
      pieces.push(piece);
      if (more < 5) await ann.service.createChannel(space, `channel ${(more += 1)}`);
      await say(ann, `meanwhile ${more}`);
    }
    const store = createMemoryStore();
    const report = await restoreInto(store, new Uint8Array(Buffer.concat(pieces)));
    expect(report.refused).toBe(0);
    expect(report.events).toBeLessThan(ann.store.stats().events);
  }, 60_000);
});

describe("recovery words", () => {
  test("[ID46] [ID47] [ID48] [ID49] are shown, checked and forgotten; whoever forgets has checked", async () => {
    const { service } = ann;
    const words = service.recoveryWords();
    expect(words).toHaveLength(24);
    expect(service.recovery()).toMatchObject({ rootHere: true, checkedMs: null });
    await expect(service.forgetRoot()).rejects.toMatchObject({ code: "WORDS_UNCHECKED" });
    const answer = (at: number, word = words[at - 1] ?? "") => ({ at, word });
    for (const few of [
      [],
      [answer(1), answer(2)],
      [answer(1), answer(1), answer(1)],
      [answer(0), answer(25), answer(3)],
    ])
      await expect(service.checkRecoveryWords(few)).rejects.toMatchObject({ code: "BAD_INPUT" });
    const wrong = service.checkRecoveryWords([answer(1), answer(2, "zoology"), answer(3)]);
    await expect(wrong).rejects.toMatchObject({ code: "WORDS_WRONG" });
    await expect(wrong).rejects.not.toThrow(words[1]);
    await service.checkRecoveryWords([answer(4, `  ${words[3]?.toUpperCase()} `), answer(9), answer(24)]);
    expect(service.recovery()).toMatchObject({ nudge: false });
    const seed = ann.store.meta("identity/root");
    await service.forgetRoot();
    expect(service.recovery().rootHere).toBe(false);
    expect(seed).toHaveLength(32);
    expect(ann.store.meta("identity/root")).toBeNull();
    expect(() => service.recoveryWords()).toThrow(expect.objectContaining({ code: "ROOT_GONE" }));
    await say(ann, "still a device");
    await hears(bob, "still a device");
  }, 60_000);

  test("[ID60] [SP14] with the words alone a new device is the person's, and any invite brings it back with its rank", async () => {
    const words = ann.service
      .recoveryWords()
      .map((word, at) => `${at + 1}. ${word.toUpperCase()}`)
      .join("\n");
    const { person } = ann.service.status();
    await ann.service.changeRole(space, "Bob", "admin");
    await bob.until("the rank", () => bob.service.space(space).role === "admin");
    await ann.stop();
    const second = await house.add("Ann");
    await second.service.restoreWords(words);
    expect(second.service.status().person).toBe(person);
    const invite = await bob.service.createInvite(space, { role: "member", expiresInMs: null, uses: 1 });
    expect((await second.service.join(invite.link ?? "", { waitMs: 20_000 })).step).toBe("done");
    await hears(second, "before the backup");
    expect(second.service.space(space).role).toBe("owner");
    await say(second, "back by words");
    await hears(bob, "back by words");
    expect(bob.service.members(space)).toHaveLength(2);
    await expect(second.service.restoreWords(words)).rejects.toMatchObject({ code: "NOT_EMPTY" });
  }, 60_000);

  test("[ID60] a device with the words alone meets another of the person, and is linked as any", async () => {
    const second = await house.add("Ann");
    await second.service.restoreWords(ann.service.recoveryWords().join(" "));
    const offer = ann.service.offerDevice();
    const { code } = await second.service.takeLink(offer.link, { waitMs: 20_000 });
    await ann.until("asked to confirm", () => ann.service.deviceOffer()?.state === "confirm");
    await ann.service.confirmDevice(code ?? "");
    await hears(second, "before the backup");
  }, 60_000);

  test("[ID47] words that are not the words are told by their place, and never repeated", async () => {
    const second = await house.add("Ann");
    const words = [...ann.service.recoveryWords()];
    const [first = "", next = ""] = words;
    const bad = [
      words.slice(1),
      [...words.slice(0, 4), "kith-unknown", ...words.slice(5)],
      [...words.slice(0, 23), words[23] === "zoo" ? "abandon" : "zoo"],
    ];
    for (const given of bad) {
      const text = given.join(" ");
      const told = await second.service.restoreWords(text).then(
        () => null,
        (error: Error) => error,
      );
      expect(told).toMatchObject({ code: "WORDS_INVALID" });
      for (const secret of [first, next, "unknown"])
        expect(told?.message).not.toMatch(new RegExp(`\\b${secret}\\b`));
    }
    expect(second.service.status().person).not.toBe(ann.service.status().person);
  }, 60_000);
});
