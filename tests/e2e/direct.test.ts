/** Direct conversations, requests, groups and blocking on the command line: real processes, real stores. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { endEverything, runKith, startAgain, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";

let ann: RunningKith;
let ben: RunningKith;

beforeAll(async () => {
  ann = await startNode({ name: "Ann" });
  ben = await startNode({ name: "Ben" });
  const space = await ann.client.createSpace({ name: "Climbing" });
  const { link } = await ann.client.createInvite(space.id);
  await ben.client.join(link);
}, 60_000);

afterAll(endEverything);

const run = (node: RunningKith, ...words: string[]) => runKith([...words, "--data", node.dataDir]);

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}

const texts = async (node: RunningKith, space: string): Promise<string[]> =>
  (await node.client.messages({ space })).items.map(({ text }) => text);
const directs = async (node: RunningKith) =>
  (await node.client.spaces()).items.filter(({ kind }) => kind === "direct");
const waiting = async (node: RunningKith) => (await node.client.requests()).items;

test("[IN23] [IN25] kith direct asks; the request outlasts a restart, is accepted, and both talk", async () => {
  expect((await run(ben, "people")).stdout).toContain("Ann");
  const asked = await run(ann, "direct", "Ben", "A word alone?");
  expect(asked).toMatchObject({ code: 0, stderr: "" });
  expect(asked.stdout).toContain("is asked");
  await until(async () => (await waiting(ben)).length === 1);
  await ben.stop();
  ben = await startAgain(ben);
  const listed = await run(ben, "requests");
  expect(listed.stdout).toMatch(/Ann.*direct.*Climbing.*A word alone\?/);
  expect(await directs(ben)).toEqual([]);
  const accepted = await run(ben, "requests", "accept", "Ann");
  expect(accepted).toMatchObject({ code: 0, stderr: "" });
  await until(async () => (await directs(ben)).length === 1);
  const [{ id } = { id: "" }] = await directs(ben);
  await until(async () => (await texts(ben, id)).includes("A word alone?"));
  expect((await run(ben, "direct", "Ann", "Gladly.")).stdout).toContain("Saved here for Ann");
  await until(async () => (await texts(ann, id)).includes("Gladly."));
  expect((await run(ann, "space", "list")).stdout).toMatch(/Ben .*direct/);
  expect((await run(ben, "requests")).stdout.trim()).toBe("Nobody asks.");
}, 60_000);

test("[HT60] kith block drops what they ask and folds what they say; kith unblock brings it back", async () => {
  expect((await run(ben, "block", "Ann")).code).toBe(0);
  const made = await run(ann, "space", "create", "Trip", "--kind", "group", "--with", "Ben");
  expect(made.stdout).toContain("asked Ben");
  await ann.client.post({ space: "Climbing", channel: "general", text: "are you there?" });
  await until(async () => (await texts(ben, "Climbing")).length === 1);
  expect((await ben.client.messages({ space: "Climbing" })).items[0]?.blocked).toBe(true);
  expect(await waiting(ben)).toEqual([]);
  const refused = await run(ben, "direct", "Ann", "hm");
  expect([refused.code, refused.stderr.split(":")[0]]).toEqual([1, "NOT_ALLOWED"]);
  expect((await run(ben, "unblock", "Ann")).code).toBe(0);
  await ann.stop();
  ann = await startAgain(ann);
  await until(async () => (await waiting(ben)).some(({ title }) => title === "Trip"));
  const declined = await run(ben, "requests", "decline", "Ann");
  expect(declined).toMatchObject({ code: 0, stderr: "" });
  expect(await waiting(ben)).toEqual([]);
  const none = await run(ben, "requests", "accept", "Ann");
  expect([none.code, none.stderr.split(":")[0]]).toEqual([1, "UNKNOWN_INVITE"]);
}, 60_000);
