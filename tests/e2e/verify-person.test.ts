/** Two people find out by the command line whether somebody stands between them, as real nodes: nobody does, and somebody does. */
import type { Verification } from "@kith/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endEverything, runKith, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";

afterAll(endEverything);

const run = (node: RunningKith, ...words: string[]) => runKith([...words, "--data", node.dataDir]);

async function enter(node: RunningKith, by: RunningKith, space: string): Promise<void> {
  const { link } = await by.client.createInvite(space, { uses: 1 });
  expect(await node.client.join(link, { waitMs: 60_000 })).toMatchObject({ done: true });
}

/** What a person reads aloud from the screen: 60 digits in groups of five, over the words. */
async function readAloud(node: RunningKith, person: string): Promise<{ digits: string; words: string }> {
  const { code, stdout } = await run(node, "verify", person);
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split("\n");
  const digits = lines.filter((line) => /^[\d ]+$/.test(line)).join(" ");
  const words = lines.filter((line) => /^[a-z ]+$/.test(line)).join(" ");
  expect(digits).toMatch(/^(?:\d{5} ){11}\d{5}$/);
  expect(words.split(" ")).toHaveLength(18);
  return { digits, words };
}

async function stateOf(node: RunningKith, person: string): Promise<string> {
  const { stdout } = await run(node, "verify", person, "--json");
  return (JSON.parse(stdout) as Verification).state;
}

let ann: RunningKith;
let bob: RunningKith;
let mallory: RunningKith;

beforeAll(async () => {
  [ann, bob, mallory] = (await Promise.all(["Ann", "Bob", "Mallory"].map((name) => startNode({ name })))) as [
    RunningKith,
    RunningKith,
    RunningKith,
  ];
}, 300_000);

test("[ID42] [ID61] attack 17: two who compare their numbers are shown as verified, each by their own word, and a wrong number changes nothing", async () => {
  await ann.client.createSpace({ name: "Harbour" });
  await enter(bob, ann, "Harbour");
  await enter(mallory, ann, "Harbour");
  await expect
    .poll(async () => (await ann.client.members("Harbour")).items.length, { timeout: 60_000 })
    .toBe(3);
  await expect
    .poll(async () => (await bob.client.members("Harbour")).items.length, { timeout: 60_000 })
    .toBe(3);
  const [mine, theirs] = [await readAloud(ann, "Bob"), await readAloud(bob, "Ann")];
  expect(mine).toEqual(theirs);
  expect([await stateOf(ann, "Bob"), await stateOf(bob, "Ann")]).toEqual(["unverified", "unverified"]);

  const other = await readAloud(ann, "Mallory");
  const wrong = [
    other.digits,
    other.words,
    mine.digits.slice(0, -1),
    mine.digits.replace(/^./, (first) => (first === "9" ? "0" : "9")),
  ];
  for (const number of wrong) {
    const { code, stdout, stderr } = await run(bob, "verify", "Ann", number);
    expect([code, stdout, stderr]).toEqual([1, "", expect.stringMatching(/^NUMBER_DIFFERS: .+\n.+\n$/)]);
  }
  expect(await stateOf(bob, "Ann")).toBe("unverified");

  expect(await run(bob, "verify", "Ann", mine.digits)).toMatchObject({
    code: 0,
    stdout: "It agrees: this is Ann, and nobody stands between you.\n",
  });
  // Bob has said so of Ann. What Ann says of Bob is Ann's own.
  expect([await stateOf(bob, "Ann"), await stateOf(ann, "Bob")]).toEqual(["verified", "unverified"]);
  expect(await run(ann, "verify", "Bob", theirs.words)).toMatchObject({ code: 0 });
  expect(await stateOf(ann, "Bob")).toBe("verified");
  const shown = async (node: RunningKith) =>
    Object.fromEntries(
      (await node.client.members("Harbour")).items.map(({ name, verification }) => [name, verification]),
    );
  expect(await shown(ann)).toEqual({ Ann: "self", Bob: "verified", Mallory: "unverified" });

  await bob.stop();
  bob = await startNode({ dataDir: bob.dataDir });
  expect(await shown(bob)).toEqual({ Ann: "verified", Bob: "self", Mallory: "unverified" });
  expect((await run(ann, "verify", "Bob", "--withdraw")).stdout).toBe("Bob counts as not verified.\n");
  expect([await stateOf(ann, "Bob"), await stateOf(bob, "Ann")]).toEqual(["unverified", "verified"]);
  expect((await run(ann, "verify", "Bob", "--confirm")).code).toBe(0);
  expect(await stateOf(ann, "Bob")).toBe("verified");
  const both = await run(ann, "verify", "Bob", mine.digits, "--confirm");
  expect([both.code, both.stderr]).toEqual([2, expect.stringMatching(/^USAGE: /)]);
}, 600_000);

test("[ID42] attack 17: who came between by a link that was caught shows each of the two a number that the other's differs from", async () => {
  // Ann's link for Dan is caught: Eve joins by it under Dan's name, and asks Dan into a space of her own under Ann's.
  const [dan, eve, evesOther] = (await Promise.all(
    ["Dan", "Dan", "Ann"].map((name) => startNode({ name })),
  )) as [RunningKith, RunningKith, RunningKith];
  await ann.client.createSpace({ name: "Plans" });
  await enter(eve, ann, "Plans");
  await evesOther.client.createSpace({ name: "Plans" });
  await enter(dan, evesOther, "Plans");
  // All looks well: each sees the other by name, and what is said is passed on.
  await ann.client.post({ space: "Plans", channel: "general", text: "is it you?" });
  const heard = async () =>
    (await eve.client.messages({ space: "Plans", channel: "general" })).items.map(({ text }) => text);
  await expect.poll(heard, { timeout: 60_000 }).toEqual(["is it you?"]);
  const [atAnn, atDan] = [await readAloud(ann, "Dan"), await readAloud(dan, "Ann")];
  expect(atAnn.digits).not.toBe(atDan.digits);
  expect(atAnn.words).not.toBe(atDan.words);
  for (const [node, person, number] of [
    [ann, "Dan", atDan.digits],
    [ann, "Dan", atDan.words],
    [dan, "Ann", atAnn.digits],
  ] as const) {
    const { code, stderr } = await run(node, "verify", person, number);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^NUMBER_DIFFERS: /)]);
    expect(await stateOf(node, person)).toBe("unverified");
  }

  // Dan himself comes in by a link that was handed over: his number agrees.
  await ann.client.removeMember("Plans", "Dan");
  await ann.client.createSpace({ name: "Plans, again" });
  await enter(dan, ann, "Plans, again");
  const { items } = await ann.client.members("Plans, again");
  const real = items.find(({ self }) => !self)?.person ?? "";
  const annAtDan = (await dan.client.members("Plans, again")).items.find(({ self }) => !self)?.person ?? "";
  const number = await readAloud(dan, annAtDan);
  expect(await run(ann, "verify", real, number.digits)).toMatchObject({ code: 0 });
  expect(await stateOf(ann, real)).toBe("verified");
}, 600_000);

test("[ID66] members says who is verified and how many, and who writes where somebody has changed is told so and not stopped", async () => {
  await ann.client.createSpace({ name: "Mole" });
  await enter(bob, ann, "Mole");
  const annAtBob = (await bob.client.members("Mole")).items.find(({ self }) => !self)?.person ?? "";
  expect(await run(bob, "verify", annAtBob, "--confirm")).toMatchObject({ code: 0 });
  const saved = { code: 0, stdout: expect.stringMatching(/^Saved /) as string, stderr: "" };
  expect((await run(bob, "members", "Mole")).stdout).toMatch(
    /^Ann +\S+ +owner +1 device +verified\nBob \(you\) .+ 1 device\n1 of 1 verified: kith verify PERSON\n$/,
  );
  expect(await run(bob, "send", "Mole/general", "to her")).toMatchObject(saved);

  const other = await startNode({ name: "Ann" });
  await enter(other, ann, "Mole");
  const { person } = await other.client.status();
  await expect
    .poll(async () => (await bob.client.members("Mole")).items.map((one) => one.verification).sort(), {
      timeout: 60_000,
    })
    .toEqual(["changed", "self", "verified"]);
  const told = new RegExp(
    `^The identity of Ann has changed\\. Somebody else of that name was verified; .+kith verify ${person}\\n$`,
  );
  const listed = await run(bob, "members", "Mole");
  expect(listed.stdout).toMatch(/^Ann .+ identity changed\n/m);
  expect(listed.stdout).toMatch(/^1 of 2 verified: kith verify PERSON\nThe identity of Ann has changed\. /m);
  const heard = { ...saved, stderr: expect.stringMatching(told) as string };
  expect(await run(bob, "send", "Mole/general", "to both")).toMatchObject(heard);
  expect(
    await runKith(["send", "Mole/general", "-", "--data", bob.dataDir], { input: "a line\n" }),
  ).toMatchObject(heard);
  expect(await run(bob, "direct", person, "who are you?")).toMatchObject(heard);
  expect(await run(bob, "direct", annAtBob, "is this you?")).toMatchObject(saved);
  const json = await run(bob, "send", "Mole/general", "for a program", "--json");
  expect([json.code, JSON.parse(json.stderr)]).toEqual([
    0,
    { note: expect.stringContaining("The identity of Ann has changed.") as string },
  ]);
  expect((await run(bob, "verify", person, "--confirm")).code).toBe(0);
  expect(await run(bob, "send", "Mole/general", "to both, known")).toMatchObject(saved);
}, 600_000);
