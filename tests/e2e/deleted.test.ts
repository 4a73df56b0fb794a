/** A message that is over, deleted or expired, and an old copy of a data directory or a backup that still has it whole. spec/space SP134, SP135, SP143, spec/store ST21. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { endCrashable, startCrashable, verify } from "../support/crash.ts";
import type { CrashableNode } from "../support/crash.ts";
import { runKith, temporaryDirectory } from "../support/kith-process.ts";
import { hears, joinBy, listAll, meet, say } from "../support/meeting.ts";
import { findNeedles, textNeedle } from "../support/needles.ts";
import { alterStore } from "../support/opened-store.ts";

afterEach(endCrashable);

/** On a machine that others share, what takes a second alone. */
const LOADED_MS = 60_000;
/** The shortest that a channel can be set to. */
const LIFETIME_S = 60;
const secret = "the-key-is-under-the-third-stone";
const said = "and-the-door-is-the-green-one";

const isGone = (node: CrashableNode): Promise<boolean> =>
  listAll(node).then((all) => all.every(({ text }) => text !== secret && text !== said));

/** Every page of the database as it is decrypted, and every other file as it lies there. */
function bytesOf(data: string): Buffer[] {
  const pages: Buffer[] = [];
  alterStore(data, (database) => void pages.push(database.serialize()));
  const files = readdirSync(data, { recursive: true, encoding: "utf8" })
    .map((name) => join(data, name))
    .filter((path) => statSync(path).isFile());
  return [...pages, ...files.map((path) => readFileSync(path))];
}

test("[SP143] attack 29: an old copy of a data directory that is started again brings a deleted message back to nobody, and loses it", async () => {
  const [annData, data, old, cemData] = [0, 1, 2, 3].map(() => join(temporaryDirectory(), "data")) as [
    string,
    string,
    string,
    string,
  ];
  const ann = await startCrashable(annData, "Ann");
  let bob = await startCrashable(data, "Bob");
  const { space } = await meet(ann, [bob]);
  const { id } = await say(ann, secret);
  await ann.ask("PATCH", `/api/messages/${id}`, { text: said });
  await say(ann, "what stays");
  await hears(bob, said, LOADED_MS);
  await hears(bob, "what stays", LOADED_MS);
  await bob.stop();
  cpSync(data, old, { recursive: true });
  bob = await startCrashable(data, "Bob");
  await ann.ask("DELETE", `/api/messages/${id}`);
  await bob.until("it is deleted there", () => isGone(bob), LOADED_MS);
  await bob.stop();
  const { link } = await ann.ask<{ link: string }>("POST", `/api/spaces/${space}/invites`, { uses: 1 });
  const cem = await startCrashable(cemData, "Cem");
  await joinBy(cem, link);
  await hears(cem, "what stays", LOADED_MS);

  rmSync(data, { recursive: true });
  cpSync(old, data, { recursive: true });
  // The copy does hold it.
  expect(findNeedles([textNeedle("the edit", said)], bytesOf(old))).toEqual(["the edit"]);
  await say(ann, "after");
  bob = await startCrashable(data, "Bob");
  await hears(bob, "after", LOADED_MS);
  await bob.until("it is deleted there again", () => isGone(bob), LOADED_MS);
  await say(cem, "from Cem");
  for (const node of [ann, bob, cem]) {
    await hears(node, "from Cem", LOADED_MS);
    expect(await isGone(node)).toBe(true);
    // The log is told as things are now.
    expect(JSON.stringify(await node.ask("GET", "/api/poll?since=0&wait=0"))).not.toContain("green-one");
    const found = await node.ask<{ items: unknown[] }>("GET", `/api/search?q=${said.split("-").at(-2)}`);
    expect(found.items).toEqual([]);
  }
  await Promise.all([ann, bob, cem].map((node) => node.stop()));
  const needles = [textNeedle("the message", secret), textNeedle("the edit", said)];
  for (const each of [annData, data, cemData]) {
    expect(findNeedles(needles, bytesOf(each))).toEqual([]);
    expect((await verify(each)).report?.problems).toEqual([]);
  }
}, 240_000);

test("[SP134] [SP135] attack 29: neither an old copy that is started again nor a backup gives back a message whose time is over", async () => {
  const [annData, data, old, backData] = [0, 1, 2, 3].map(() => join(temporaryDirectory(), "data")) as [
    string,
    string,
    string,
    string,
  ];
  const ann = await startCrashable(annData, "Ann");
  let bob = await startCrashable(data, "Bob");
  const { space } = await meet(ann, [bob]);
  const { items } = await ann.ask<{ items: { id: string }[] }>("GET", `/api/spaces/${space}/channels`);
  await say(ann, "what stays");
  await ann.ask("PATCH", `/api/spaces/${space}/channels/${items[0]?.id}`, { expiry: LIFETIME_S });
  const postedMs = Date.now();
  await say(ann, secret);
  await hears(bob, secret, LOADED_MS);
  const backup = join(temporaryDirectory(), "bob.backup");
  const { words } = await bob.ask<{ words: string[] }>("POST", "/api/recovery/words");
  expect((await runKith(["backup", backup, "--data", data])).code).toBe(0);
  await bob.stop();
  cpSync(data, old, { recursive: true });
  expect(findNeedles([textNeedle("the message", secret)], bytesOf(old))).toEqual(["the message"]);

  const overMs = postedMs + (LIFETIME_S + 5) * 1_000;
  await new Promise((resolve) => {
    setTimeout(resolve, overMs - Date.now());
  });
  await ann.until("it is over there", () => isGone(ann), LOADED_MS);
  rmSync(data, { recursive: true });
  cpSync(old, data, { recursive: true });
  bob = await startCrashable(data, "Bob");
  // By the clock alone, whether anybody is met or not.
  expect(await isGone(bob)).toBe(true);
  const back = await startCrashable(backData, "nobody yet");
  const restored = await runKith(["restore", backup, "--words", "--data", backData], {
    input: words.join(" "),
  });
  expect([restored.code, restored.stderr]).toEqual([0, expect.stringContaining("a new device of yours")]);
  await say(ann, "after");
  for (const node of [ann, bob, back]) {
    await hears(node, "after", LOADED_MS);
    expect(await isGone(node)).toBe(true);
    const found = await node.ask<{ items: unknown[] }>("GET", `/api/search?q=${secret.split("-").at(-1)}`);
    expect(found.items).toEqual([]);
  }
  await Promise.all([ann, bob, back].map((node) => node.stop()));
  for (const each of [annData, data, backData])
    expect(findNeedles([textNeedle("the message", secret)], bytesOf(each))).toEqual([]);
}, 400_000);
