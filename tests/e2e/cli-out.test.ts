/** `kith export` and `kith search`, as a person or a script meets them. */
import { existsSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endEverything, runKith, startNode, temporaryDirectory } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";

/** More than one page of the surface. */
const MESSAGES = 1_203;

let ann: RunningKith;
beforeAll(async () => {
  ann = await startNode({ name: "Ann" });
  await ann.client.createSpace({ name: "Climb ing" });
  for (let from = 0; from < MESSAGES; from += 256)
    await ann.client.postBatch(
      Array.from({ length: Math.min(256, MESSAGES - from) }, (_, index) => ({
        space: "Climb ing",
        channel: "general",
        text: `number ${from + index}\nsecond line`,
      })),
    );
  await ann.client.createSpace({ name: "..Boats" });
});
afterAll(endEverything);

const on = (...words: string[]) => runKith([...words, "--data", ann.dataDir]);

interface Line {
  readonly id: string;
  readonly text: string;
}

function readExport(directory: string): { folder: string; file: string; lines: readonly Line[] } {
  const folder = readdirSync(directory).find((name) => name.startsWith("Climb-ing-")) ?? "";
  const file = readdirSync(join(directory, folder)).find((name) => name.startsWith("general-")) ?? "";
  const text = readFileSync(join(directory, folder, file), "utf8");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  return { folder: join(directory, folder), file, lines };
}

test("export writes all that one may read, each message once, for the own user alone, and tells how far it is", async () => {
  const directory = join(temporaryDirectory(), "out");
  const done = await on("export", directory, "--json");
  expect(done).toMatchObject({ code: 0 });
  expect(JSON.parse(done.stdout)).toEqual({ directory, spaces: 2, messages: MESSAGES, isWhole: true });
  expect(done.stderr).toContain(`${MESSAGES} messages`);
  const { folder, file, lines } = readExport(directory);
  expect(new Set(lines.map(({ id }) => id)).size).toBe(MESSAGES);
  expect(lines[0]?.text).toBe(`number ${MESSAGES - 1}\nsecond line`);
  expect(lines.at(-1)?.text).toBe("number 0\nsecond line");
  expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(JSON.parse(readFileSync(join(folder, "space.json"), "utf8"))).toMatchObject({
    name: "Climb ing",
    members: [{ name: "Ann" }],
  });
  expect(readdirSync(directory).every((name) => /^[\p{L}\p{N}_-]+$/u.test(name))).toBe(true);
});

test("an export that was broken off goes on where it ended; one that was finished is made anew", async () => {
  const directory = join(temporaryDirectory(), "out");
  expect(await on("export", "--space", "Climb ing", directory)).toMatchObject({ code: 0 });
  const whole = readExport(directory);
  const path = join(whole.folder, whole.file);
  const text = readFileSync(path, "utf8");
  const cut = text.split("\n").slice(0, 700).join("\n").length + 30;
  renameSync(path, `${path}.part`);
  writeFileSync(`${path}.part`, text.slice(0, cut));
  const again = await on("export", "--space", "Climb ing", directory);
  expect(again).toMatchObject({ code: 0 });
  expect(again.stderr).toContain("goes on after 700 messages");
  expect(readFileSync(path, "utf8")).toBe(text);
  expect(existsSync(`${path}.part`)).toBe(false);
  await ann.client.post({ space: "Climb ing", channel: "general", text: "later" });
  expect(await on("export", "--space", "Climb ing", directory)).toMatchObject({ code: 0 });
  expect(readExport(directory).lines[0]?.text).toBe("later");
  expect(readExport(directory).lines).toHaveLength(MESSAGES + 1);
});

test("what cannot be exported is said", async () => {
  const directory = join(temporaryDirectory(), "out");
  expect(await on("export", "--format", "pdf", directory)).toMatchObject({ code: 2 });
  expect(await on("export")).toMatchObject({ code: 2 });
  const unknown = await on("export", "--space", "Sailing", directory);
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining("UNKNOWN_SPACE") as string });
  expect(existsSync(directory)).toBe(false);
});

test("[HT66] search finds by all words, newest first, in one space if asked, and says when there is nothing or more", async () => {
  const one = await on("search", "number 77");
  expect(one).toMatchObject({ code: 0 });
  const [first] = one.stdout.trim().split("\n");
  expect(first).toMatch(/Climb ing\/general.*Ann.*number 77/);
  const many = await on("search", "number", "--limit", "3");
  expect(many.stdout.trim().split("\n")).toHaveLength(3);
  expect(many.stderr).toContain("--limit");
  const json = await on("search", "number 0", "--json", "--space", "Climb ing");
  expect(JSON.parse(json.stdout)).toMatchObject({ missing: [], next: null });
  const none = await on("search", "nowhere");
  expect(none).toMatchObject({ code: 0, stdout: "" });
  expect(none.stderr).toContain("Nothing");
  expect(await on("search", "number", "--limit", "501")).toMatchObject({ code: 2 });
  expect(await on("search", "number", "--space", "Sailing")).toMatchObject({ code: 1 });
});

test("one message of one space is told as one", async () => {
  const directory = join(temporaryDirectory(), "out");
  await ann.client.post({ space: "..Boats", channel: "general", text: "alone" });
  expect(await on("export", "--space", "..Boats", directory)).toMatchObject({
    code: 0,
    stdout: `1 message of 1 space is in ${directory}\n`,
    stderr: expect.stringContaining("..Boats/general: 1 message\n") as string,
  });
});
