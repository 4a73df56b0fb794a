/** Who comes in and who goes, by the command line: asked, let in, waiting, removed; and what each of it means, said before. */
import type { Invite, JoinProgress, Space } from "@kith/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endEverything, runKith, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";
import { onTerminal } from "../support/terminal.ts";

afterAll(endEverything);

const run = (node: RunningKith, ...words: string[]) => runKith([...words, "--data", node.dataDir]);

async function answer<T>(node: RunningKith, ...words: string[]): Promise<T> {
  const { code, stdout, stderr } = await run(node, ...words, "--json");
  if (code !== 0) throw new Error(`kith ${words.join(" ")} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

const refused = (code: string) => ({
  code: 1,
  stdout: "",
  stderr: expect.stringMatching(new RegExp(`^${code}: .+\n.+\n$`)) as string,
});

/** Until that many are in it, by what the node knows. */
async function holds(node: RunningKith, space: string, count: number): Promise<void> {
  const members = async () => (await node.client.members(space)).items.length;
  await expect.poll(members, { timeout: 60_000 }).toBe(count);
}

let ann: RunningKith;
let ben: RunningKith;

beforeAll(async () => {
  [ann, ben] = (await Promise.all(["Ann", "Ben"].map((name) => startNode({ name })))) as [
    RunningKith,
    RunningKith,
  ];
  await answer(ann, "space", "create", "Quay");
  const { link } = await answer<{ link: string }>(ann, "invite", "Quay");
  await answer(ben, "join", link);
}, 300_000);

test("[IN23] space ask asks somebody into a group that is there already, once, and into nothing else", async () => {
  await answer<Space>(ann, "space", "create", "Trip", "--kind", "group");
  expect(await run(ann, "space", "ask", "Quay", "Ben")).toMatchObject(refused("BAD_INPUT"));
  expect(await run(ann, "space", "ask", "Trip", "Nobody")).toMatchObject(refused("UNKNOWN_PERSON"));
  expect(await run(ann, "space", "ask", "Trip", "Ben")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Ben is asked into Trip as soon as .+\n$/) as string,
    stderr: "",
  });
  const waiting = async () => (await ben.client.requests()).items.map(({ title, name }) => [title, name]);
  await expect.poll(waiting, { timeout: 60_000 }).toEqual([["Trip", "Ann"]]);
  expect(await answer<Space>(ann, "space", "ask", "Trip", "Ben")).toMatchObject({ asked: [{ name: "Ben" }] });
  expect((await run(ben, "requests", "accept", "Ann")).code).toBe(0);
  await holds(ann, "Trip", 2);
  await holds(ben, "Trip", 2);
  expect(await waiting()).toEqual([]);
  expect((await run(ann, "space", "ask", "Trip", "Ben")).stdout).toBe("Ben is in Trip already.\n");
}, 300_000);

test("an open invite is made with a word of what it is, listed as open, and revoked; one that is used up is listed so", async () => {
  const made = await run(ann, "invite", "Quay", "--mode", "open", "--uses", "2");
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^kith:\/\/join#\S+\n$/) as string });
  expect(made.stderr).toMatch(/It is open: .*Removing anybody revokes it\.\n$/);
  const { items } = await answer<{ items: Invite[] }>(ann, "invites", "Quay");
  const [open] = items.filter(({ mode }) => mode === "open");
  expect(open).toMatchObject({ uses: 2, used: 0, revoked: false });
  const id = open?.id.slice(0, 8) ?? "";
  const listed = (await run(ann, "invites", "Quay")).stdout;
  expect(listed).toMatch(new RegExp(`^${id} +member +open +0 of 2 used +until `, "m"));
  expect(listed).toMatch(/^\S+ +member +gated +1 of 1 used +used up$/m);
  expect((await run(ann, "invites", "Quay", "--revoke", id)).stdout).toMatch(/^Revoked: /);
  expect((await run(ann, "invites", "Quay")).stdout).toMatch(
    new RegExp(`^${id} +member +open +0 of 2 used +revoked$`, "m"),
  );
}, 300_000);

test("joins says where one waits and where one was not let in, and --give-up ends the waiting", async () => {
  expect((await run(ben, "joins")).stdout).toBe("You wait to be let in nowhere: kith join LINK\n");
  const cem = await startNode({ name: "Cem" });
  await answer(cem, "space", "create", "Boats");
  const { id, link } = await answer<Invite>(cem, "invite", "Boats");
  await cem.stop();
  expect(await ben.client.join(link ?? "", { waitMs: 0 })).toMatchObject({ done: false });
  const waits = await run(ben, "joins");
  expect(waits).toMatchObject({ code: 0, stderr: "" });
  expect(waits.stdout).toMatch(new RegExp(`^${id.slice(0, 8)} +Looking for a device of the space  .+\n`));
  expect(await answer<{ items: JoinProgress[] }>(ben, "joins")).toMatchObject({
    items: expect.arrayContaining([
      expect.objectContaining({ invite: id, step: "looking-for-inviter" }),
    ]) as JoinProgress[],
  });
  expect(await run(ben, "joins", "--give-up", "ffffffff")).toMatchObject(refused("UNKNOWN_INVITE"));
  expect(await run(ben, "joins", "--give-up", id.slice(0, 8))).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Given up: /) as string,
  });
  expect((await run(ben, "joins")).stdout).toMatch(/^You wait to be let in nowhere/);

  const over = await ann.client.createInvite("Quay");
  await ann.client.revokeInvite("Quay", over.id);
  const dan = await startNode({ name: "Dan" });
  expect((await run(dan, "join", over.link)).code).toBe(1);
  expect((await run(dan, "joins")).stdout).toMatch(
    new RegExp(`^${over.id.slice(0, 8)} +Not let in  .*(?:revoked|taken back)`),
  );
  expect(await answer(dan, "joins", "--give-up", over.id.slice(0, 8))).toEqual({
    givenUp: true,
    invite: over.id,
  });
  expect(await answer(dan, "joins")).toMatchObject({ items: [] });
}, 300_000);

test("what lists show of an id is taken for it", async () => {
  const row = (await run(ann, "people")).stdout.split("\n").find((line) => line.startsWith("Ben")) ?? "";
  const shown = row.split(/ +/)[1] ?? "";
  expect(shown).toMatch(/^[0-9a-f]{8}$/);
  expect(await answer(ann, "verify", shown)).toMatchObject({ name: "Ben" });
  expect(await answer(ann, "direct", shown)).toMatchObject({ name: "Ben" });
  const space =
    (await run(ann, "space", "list")).stdout.split("\n").find((line) => line.includes("Trip")) ?? "";
  const [id = ""] = /\b[0-9a-f]{8}\b/.exec(space) ?? [];
  expect((await run(ann, "members", id)).stdout).toContain("Ben");
  expect(await run(ann, "verify", shown.slice(0, 7))).toMatchObject(refused("UNKNOWN_PERSON"));
});

test.each([
  [["remove"], /keys are new.*\n(?:.*\n)*.*What they have read they have\./],
  [
    ["space", "leave"],
    /for good unless somebody invites you again\n(?:.*\n)*.*What you wrote stays with the others/,
  ],
  [["device", "remove"], /keys are new.*\n(?:.*\n)*.*It cannot be undone/],
])("%j says in its help what it means, and that a person at a terminal is asked", async (words, means) => {
  const { code, stdout } = await runKith([...words, "--help"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(means);
  expect(stdout).toMatch(/--yes +do not ask/);
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(110);
});

needs("terminal")(
  "at a terminal remove and leave say what they mean before they do it, and do nothing without the word",
  async () => {
    const removing = ["remove", "Trip", "Ben", "--data", ann.dataDir];
    const slip = onTerminal(removing);
    await slip.answer(
      /Remove Ben from Trip\?[^]*What they have read they have\.[^]*Type remove to go on: /,
      "y",
    );
    expect(await slip.exited).toBe(1);
    expect(slip.shown()).toContain("Nothing was changed.");
    await holds(ann, "Trip", 2);
    const meant = onTerminal(removing);
    await meant.answer(/Type remove to go on: /, "remove");
    expect(await meant.exited).toBe(0);
    await holds(ann, "Trip", 1);
    const left = onTerminal(["space", "leave", "Quay", "--data", ben.dataDir]);
    await left.answer(
      /Leave Quay\?[^]*Only a new invitation brings you back\.[^]*Type leave to go on: /,
      "leave",
    );
    expect(await left.exited).toBe(0);
    await holds(ann, "Quay", 1);
  },
  300_000,
);
