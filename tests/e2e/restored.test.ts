/** A data directory that was set back to an older copy: what a device does that has forgotten what it signed. spec/identity ID43-ID45. */
import { copyFileSync, cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { endCrashable, startCrashable, verify } from "../support/crash.ts";
import type { CrashableNode } from "../support/crash.ts";
import { temporaryDirectory } from "../support/kith-process.ts";
import { agree, hears, listAll, meet, say, spaceName } from "../support/meeting.ts";

afterEach(endCrashable);

/** On a machine that others share, what takes a second alone. */
const LOADED_MS = 60_000;
const OFFLINE = { args: ["--lan", "off"] };

/** Ann and Bob have talked; an older copy of Ann's directory lies beside it, and she has written since. */
async function goOn() {
  const [data, bobData] = [join(temporaryDirectory(), "data"), join(temporaryDirectory(), "data")];
  const old = join(temporaryDirectory(), "data");
  let ann = await startCrashable(data, "Ann");
  const bob = await startCrashable(bobData, "Bob");
  await meet(ann, [bob]);
  await say(ann, "one");
  await hears(bob, "one", LOADED_MS);
  await ann.stop();
  cpSync(data, old, { recursive: true });
  ann = await startCrashable(data, "Ann");
  await say(ann, "two");
  await hears(bob, "two", LOADED_MS);
  await ann.stop();
  return { data, old, bob, bobData };
}

const post = (node: CrashableNode, text: string) =>
  node.call("POST", "/api/messages", { space: spaceName, channel: "general", text });

const codeOf = ({ body }: { readonly body: unknown }): string =>
  (body as { error?: { code: string } }).error?.code ?? "";

/** The doctor says that its chains have ended. */
async function isOver(node: CrashableNode): Promise<boolean> {
  const { items } = await node.ask<{ items: { name: string; status: string }[] }>("GET", "/api/doctor");
  return items.some(({ name, status }) => name === "restored" && status === "bad");
}

const isForkTold = (node: CrashableNode): boolean =>
  node.log.some(({ type, data }) => type === "space" && data["change"] === "device-forked");

test("[ID43] [ID45] attack 34: a device that was restored writes nothing until its neighbours have given back what it wrote, and then goes on", async () => {
  const { data, old, bob, bobData } = await goOn();
  rmSync(data, { recursive: true });
  cpSync(old, data, { recursive: true });
  let ann = await startCrashable(data, "Ann", OFFLINE);
  const refused = await post(ann, "in place of two");
  expect([refused.status, codeOf(refused)]).toEqual([409, "DEVICE_RESTORED"]);
  // A restart does not make it forget.
  await ann.stop();
  ann = await startCrashable(data, "Ann");
  await hears(ann, "two", LOADED_MS);
  await ann.until("it writes again", async () => (await post(ann, "three")).status === 201, LOADED_MS);
  await hears(bob, "three", LOADED_MS);
  await agree([ann, bob], 3, LOADED_MS);
  expect([isForkTold(ann), isForkTold(bob)]).toEqual([false, false]);
  await Promise.all([ann.stop(), bob.stop()]);
  for (const each of [data, bobData]) expect((await verify(each)).report?.problems).toEqual([]);
}, 180_000);

test("[ID43] who says that the data was moved, and not copied, goes on at once", async () => {
  const { data, old } = await goOn();
  rmSync(old, { recursive: true });
  cpSync(data, old, { recursive: true });
  const ann = await startCrashable(old, "Ann", { args: ["--lan", "off", "--moved"] });
  expect((await post(ann, "three")).status).toBe(201);
  await ann.stop();
  const again = await startCrashable(old, "Ann", OFFLINE);
  expect((await post(again, "four")).status).toBe(201);
}, 180_000);

test("[ID44] attack 34: a copy that nothing tells from the original, and that wrote a number again, stops its chains as soon as it meets anybody", async () => {
  const { data, old, bob } = await goOn();
  // Into the same files: as a machine that was set back to a snapshot.
  for (const name of readdirSync(data))
    if (!readdirSync(old).includes(name)) rmSync(join(data, name), { recursive: true });
  for (const name of readdirSync(old)) copyFileSync(join(old, name), join(data, name));
  let ann = await startCrashable(data, "Ann", OFFLINE);
  expect((await post(ann, "in place of two")).status).toBe(201);
  await ann.stop();
  ann = await startCrashable(data, "Ann");
  await ann.until("it knows", () => isOver(ann), LOADED_MS);
  expect(codeOf(await post(ann, "more"))).toBe("DEVICE_FORKED");
  await ann.stop();
  ann = await startCrashable(data, "Ann");
  expect(codeOf(await post(ann, "still more"))).toBe("DEVICE_FORKED");
  await bob.until("it has the proof", () => Promise.resolve(isForkTold(bob)), LOADED_MS);
  // Nobody is there who may suspend an owner's only device: all hear both branches, and are told that it said two things.
  expect((await listAll(bob)).map(({ text }) => text)).toEqual(["one", "two", "in place of two"]);
}, 180_000);
