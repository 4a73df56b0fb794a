/** What the command line changes after the fact: messages, how somebody appears, who waits; and that others hear of it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Me, Message, MessageVersion } from "@kith/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endEverything, runKith, startNode, temporaryDirectory } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { comeOneTooMany, until } from "../support/one-too-many.ts";

afterAll(endEverything);

const run = (node: RunningKith, ...words: string[]) => runKith([...words, "--data", node.dataDir]);

async function answer<T>(node: RunningKith, ...words: string[]): Promise<T> {
  const { code, stdout, stderr } = await run(node, ...words, "--json");
  if (code !== 0) throw new Error(`kith ${words.join(" ")} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

let ann: RunningKith;
let ben: RunningKith;

const at = async (node: RunningKith, id: string): Promise<Message | undefined> =>
  (await node.client.messages({ space: "Quay", channel: "general", limit: 500 })).items.find(
    (one) => one.id === id,
  );
/** Until the node shows it so. */
async function shows(node: RunningKith, id: string, as: object): Promise<void> {
  await expect.poll(() => at(node, id), { timeout: 60_000 }).toMatchObject(as);
}
const refused = (code: string) => ({
  code: 1,
  stdout: "",
  stderr: expect.stringMatching(new RegExp(`^${code}: .+\n.+\n$`)) as string,
});

beforeAll(async () => {
  [ann, ben] = (await Promise.all(["Ann", "Ben"].map((name) => startNode({ name })))) as [
    RunningKith,
    RunningKith,
  ];
  await answer(ann, "space", "create", "Quay");
  const { link } = await answer<{ link: string }>(ann, "invite", "Quay");
  await answer(ben, "join", link);
}, 300_000);

test("[SP140] edit gives an own message another text everywhere, and nobody another's", async () => {
  const { id } = await answer<Message>(ann, "send", "Quay/general", "meet at the lighthouse");
  await shows(ben, id, { text: "meet at the lighthouse" });
  expect(await run(ben, "edit", id, "meet me alone")).toMatchObject(refused("NOT_ALLOWED"));
  expect(await run(ann, "edit", "ab".repeat(32), "nothing")).toMatchObject(refused("UNKNOWN_MESSAGE"));
  expect(await run(ann, "edit", id, "meet at the pier")).toMatchObject({
    code: 0,
    stdout: "Changed here; other devices show it as they hear of it.\n",
  });
  await shows(ben, id, { text: "meet at the pier", editedAt: expect.any(String) as string });
  expect((await run(ben, "search", "lighthouse")).stdout).not.toContain("meet at");
  expect((await run(ben, "search", "pier")).stdout).toContain("meet at the pier");
  expect(await answer(ann, "edit", id, "meet at the mole")).toMatchObject({ id, text: "meet at the mole" });
  await shows(ben, id, { text: "meet at the mole" });
  const said = ["meet at the lighthouse", "meet at the pier", "meet at the mole"];
  expect(
    (await answer<{ items: MessageVersion[] }>(ben, "history", id)).items.map(({ text }) => text),
  ).toEqual(said);
  const { code, stdout } = await run(ben, "history", id);
  expect(code).toBe(0);
  expect(stdout.trimEnd().split("\n")).toEqual(
    said.map(
      (text) => expect.stringMatching(new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d  ${text}$`)) as string,
    ),
  );
  expect(await run(ben, "history", "ab".repeat(32))).toMatchObject(refused("UNKNOWN_MESSAGE"));
}, 300_000);

test("[SP143] delete takes a message from everybody, of its author or an admin, and from no disk but by that", async () => {
  const mine = await answer<Message>(ann, "send", "Quay/general", "the walrus knows");
  const his = await answer<Message>(ben, "send", "Quay/general", "a thing to regret");
  await shows(ben, mine.id, { text: "the walrus knows" });
  await shows(ann, his.id, { text: "a thing to regret" });
  expect(await run(ben, "delete", mine.id)).toMatchObject(refused("NOT_ALLOWED"));
  expect(await run(ann, "delete", mine.id)).toMatchObject({
    code: 0,
    stdout: "Deleted here; the text goes from other devices as they hear of it.\n",
  });
  // Ann owns the space.
  expect(await answer(ann, "delete", his.id)).toMatchObject({ id: his.id, text: "", deleted: true });
  for (const { id } of [mine, his]) await shows(ben, id, { text: "", deleted: true });
  for (const word of ["walrus", "regret"])
    for (const node of [ann, ben])
      expect((await answer<{ items: Message[] }>(node, "search", word)).items).toEqual([]);
  expect(await run(ben, "edit", his.id, "said again")).toMatchObject({ code: 1 });
}, 300_000);

test("[SP150] pin holds a message up for all in the channel, and --off lets it go", async () => {
  const { id } = await answer<Message>(ann, "send", "Quay/general", "tide tables");
  await shows(ben, id, { text: "tide tables" });
  const pinned = async (node: RunningKith) =>
    (await node.client.pins("Quay", "general")).items.map((one) => [one.message.id, one.byName]);
  expect(await run(ann, "pin", id)).toMatchObject({
    code: 0,
    stdout: "Pinned for everybody in the channel.\n",
  });
  await expect.poll(() => pinned(ben), { timeout: 60_000 }).toEqual([[id, "Ann"]]);
  await shows(ben, id, { pinned: true });
  expect((await run(ben, "pins", "Quay/general")).stdout).toMatch(
    new RegExp(`^\\S+ \\d\\d:\\d\\d  Ann  tide tables  \\(${id}, pinned by Ann\\)\\n$`),
  );
  expect(await run(ann, "pin", id, "--off")).toMatchObject({ code: 0, stdout: "No longer pinned.\n" });
  await expect.poll(() => pinned(ben), { timeout: 60_000 }).toEqual([]);
  expect(await at(ann, id)).not.toHaveProperty("pinned");
  expect((await run(ann, "pins", "Quay/general")).stdout).toBe("Nothing is pinned there: kith pin MESSAGE\n");
  expect(await answer(ann, "pins", "Quay/general")).toMatchObject({ items: [] });
  expect(await run(ann, "pin", "ab".repeat(32))).toMatchObject(refused("UNKNOWN_MESSAGE"));
}, 300_000);

test("[SP151] profile shows and changes what others see of oneself, and refuses what is no picture", async () => {
  expect((await run(ann, "profile")).stdout).toBe("Ann\nNo status.\nNo picture.\n");
  const picture = join(temporaryDirectory(), "me.png");
  const png = Buffer.from("89504e470d0a1a0a010203", "hex");
  writeFileSync(picture, png);
  expect((await run(ann, "profile", "--status", "on the wall", "--picture", picture)).stdout).toBe(
    "Ann\non the wall\nA picture.\n",
  );
  const seen = async () => (await ben.client.members("Quay")).items.find(({ name }) => name === "Ann");
  await expect
    .poll(seen, { timeout: 60_000 })
    .toMatchObject({ status: "on the wall", avatar: expect.any(String) as string });
  const { person } = await answer<Me>(ann, "profile");
  const path = `${ben.ready.url}/api/people/${person}/avatar`;
  const got = await fetch(path, { headers: { authorization: `Bearer ${ben.ready.apiToken}` } });
  expect([got.headers.get("content-type"), Buffer.from(await got.arrayBuffer()).equals(png)]).toEqual([
    "image/png",
    true,
  ]);
  writeFileSync(picture, "<svg onload=alert(1)>");
  expect(await run(ann, "profile", "--picture", picture)).toMatchObject(refused("BAD_INPUT"));
  expect(await run(ann, "profile", "--picture", `${picture}.nowhere`)).toMatchObject(
    refused("FILE_UNREADABLE"),
  );
  expect(await seen()).toMatchObject({ status: "on the wall" });
  expect((await run(ann, "profile", "--status", "", "--picture", "")).stdout).toBe(
    "Ann\nNo status.\nNo picture.\n",
  );
  await expect.poll(seen, { timeout: 60_000 }).toMatchObject({ status: null, avatar: null });
}, 300_000);

test("[HT104] approve lets in who came one too many, by name, and nobody else", async () => {
  const [eva, fay] = (await Promise.all(["Eva", "Fay"].map((name) => startNode({ name })))) as [
    RunningKith,
    RunningKith,
  ];
  const { waiting, newcomer } = await comeOneTooMany(
    [ann, ben, eva, fay],
    (await ann.client.space("Quay")).id,
  );
  expect((await run(ann, "requests")).stdout).toContain("kith approve REQUEST lets them in");
  expect(await run(ann, "approve", "Somebody")).toMatchObject(refused("UNKNOWN_PERSON"));
  expect(await run(ben, "approve", waiting.name)).toMatchObject({ code: 1, stdout: "" });
  expect(await run(ann, "approve", waiting.name)).toMatchObject({
    code: 0,
    stdout: `${waiting.name} is let in.\n`,
  });
  await until(async () =>
    (await newcomer.client.spaces()).items.some(({ name, role }) => name === "Quay" && role === "member"),
  );
  for (const node of [ann, ben])
    await until(async () => (await node.client.members("Quay")).items.length === 4);
  await answer(newcomer, "send", "Quay/general", "here at last");
  await until(async () => (await ben.client.search({ q: "last" })).items.length === 1);
  expect((await run(ann, "requests")).stdout.trim()).toBe("Nobody asks.");
  expect(await run(ann, "approve", waiting.name)).toMatchObject(refused("UNKNOWN_PERSON"));
}, 300_000);
