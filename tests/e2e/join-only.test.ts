/** A private channel whose people see what is written from when they were added: real processes, by commands, and what lies on the disk. */
import type { Channel, Message } from "@kith/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWith, readAll, readStore } from "../support/kept-store.ts";
import { endEverything, runKith, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { findNeedles, textNeedle } from "../support/needles.ts";

afterAll(endEverything);

const before = ["the-walrus-sails-at-midnight", "seven-lanterns-are-enough"] as const;
const after = ["welcome-aboard-newcomer", "glad-to-be-here-now", "and-so-says-ben"] as const;

let ann: RunningKith;
let ben: RunningKith;
let cem: RunningKith;

const run = (node: RunningKith, ...words: string[]) => runKith([...words, "--data", node.dataDir]);

async function answer<T>(node: RunningKith, ...words: string[]): Promise<T> {
  const { code, stdout, stderr } = await run(node, ...words, "--json");
  if (code !== 0) throw new Error(`kith ${words.join(" ")} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

const say = async (node: RunningKith, text: string): Promise<string> =>
  (await answer<Message>(node, "send", "Harbour/board", text)).id;
const texts = async (node: RunningKith): Promise<string[]> =>
  (await node.client.messages({ space: "Harbour", channel: "board", limit: 500 })).items.map(
    ({ text }) => text,
  );
const board = async (node: RunningKith): Promise<Channel | undefined> =>
  (await node.client.channels("Harbour")).items.find(({ name }) => name === "board");

beforeAll(async () => {
  [ann, ben, cem] = (await Promise.all(["Ann", "Ben", "Cem"].map((name) => startNode({ name })))) as [
    RunningKith,
    RunningKith,
    RunningKith,
  ];
  await answer(ann, "space", "create", "Harbour");
  const { link } = await answer<{ link: string }>(ann, "invite", "Harbour", "--uses", "2");
  for (const node of [ben, cem]) await answer(node, "join", link);
}, 300_000);

test("[EP87] [EP88] who is added later is shown what is written from then on, as the channel says, and holds no key of what was said before", async () => {
  const words = [
    "channel",
    "create",
    "Harbour",
    "board",
    "--private",
    "--with",
    "Ben",
    "--history",
    "from-joining",
  ];
  expect(await answer(ann, ...words)).toMatchObject({
    name: "board",
    private: true,
    history: "from-joining",
  });
  await expect.poll(() => board(ben), { timeout: 60_000 }).toMatchObject({ history: "from-joining" });
  const old = [await say(ann, before[0]), await say(ben, before[1])];
  for (const node of [ann, ben]) await expect.poll(() => texts(node), { timeout: 60_000 }).toHaveLength(2);

  const added = await run(ann, "channel", "add", "Harbour/board", "Cem");
  expect([added.code, added.stderr]).toEqual([0, ""]);
  expect(added.stdout).toMatch(/^Added Cem to Harbour\/board.*from now on/);
  // It is said what Cem sees of it, where a program and where a person looks; an empty list is no failure.
  await expect
    .poll(() => board(cem), { timeout: 60_000 })
    .toMatchObject({ private: true, history: "from-joining" });
  await expect
    .poll(async () => (await cem.client.peers()).items.every(({ inSync, shared }) => inSync || !shared), {
      timeout: 60_000,
    })
    .toBe(true);
  expect(await texts(cem)).toEqual([]);
  const fresh = [await say(ann, after[0])];
  await expect.poll(() => texts(cem), { timeout: 60_000 }).toEqual([after[0]]);
  fresh.push(await say(cem, after[1]), await say(ben, after[2]));
  for (const node of [ann, ben]) await expect.poll(() => texts(node), { timeout: 60_000 }).toHaveLength(5);
  await expect
    .poll(async () => (await texts(cem)).toSorted(), { timeout: 60_000 })
    .toEqual([...after].toSorted());
  for (const text of before) {
    expect((await answer<{ items: Message[] }>(cem, "search", text)).items).toEqual([]);
    expect((await answer<{ items: Message[] }>(ben, "search", text)).items).toHaveLength(1);
  }
  for (const id of old)
    expect(await run(cem, "edit", id, "x")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^UNKNOWN_MESSAGE: /) as string,
    });
  expect((await cem.client.space("Harbour")).waiting).toEqual([]);
  expect(await answer(cem, "verify")).toMatchObject({ ok: true, problems: [] });

  await Promise.all([ann, ben, cem].map((node) => node.stop()));
  const [elder, newcomer] = [readStore(ann.dataDir), readStore(cem.dataDir)];
  // Every event of it lies there, and every key there is tried on it: the header opens, as it must, and no text does.
  for (const [store, of] of [
    [newcomer, "Cem's"],
    [elder, "Ann's"],
  ] as const) {
    const events = new Map(readAll(elder.keys, store).map((event) => [event.id, event.body]));
    for (const id of [...old, ...fresh]) expect([of, events.get(id)?.type]).toEqual([of, "message.post"]);
  }
  const mine = new Map(readAll(newcomer.keys, newcomer).map((event) => [event.id, event.body]));
  for (const id of old) expect([id, mine.get(id)]).toEqual([id, null]);
  for (const id of fresh) expect(mine.get(id)).toMatchObject({ type: "message.post" });
  const secrets = elder.keys.flatMap((keys) => {
    const opens = newcomer.events.some((bytes) => {
      const opened = openWith([keys], bytes);
      return opened !== null && opened.body !== null && old.includes(opened.id);
    });
    const { contentSecret } = keys.secrets;
    return opens && contentSecret ? [contentSecret] : [];
  });
  expect(secrets.length).toBeGreaterThan(0);
  const held = newcomer.keys.map(({ secrets: { contentSecret } }) => Buffer.from(contentSecret ?? []));
  for (const secret of secrets) expect(held.some((one) => one.equals(secret))).toBe(false);
  // Nor is any of it in what Cem's node has said, opened or not.
  expect(
    findNeedles(
      before.map((text) => textNeedle(text, text)),
      [Buffer.from(cem.process.stdout()), Buffer.from(cem.process.stderr())],
    ),
  ).toEqual([]);
}, 600_000);
