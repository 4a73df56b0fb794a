/** A lost device and a second one, as people have them: processes, files, the command line. spec/identity ID46-ID60. */
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { KithApiError } from "@kith/client";
import { afterEach, describe, expect, test } from "vitest";
import {
  endEverything,
  runKith,
  startAgain,
  startNode,
  temporaryDirectory,
} from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";

afterEach(endEverything);

/** On a machine that others share, what takes a second alone. */
const LOADED = { timeout: 90_000, interval: 100 };
const PASSPHRASE = "four words nobody guesses";

async function meet(): Promise<{ ann: RunningKith; bob: RunningKith }> {
  const [ann, bob] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Bob" })]);
  await ann.client.createSpace({ name: "Harbour" });
  const { link } = await ann.client.createInvite("Harbour");
  expect((await bob.client.join(link, { waitMs: 60_000 })).done).toBe(true);
  return { ann, bob };
}

const say = (node: RunningKith, text: string) =>
  node.client.post({ space: "Harbour", channel: "general", text });

const texts = async (node: RunningKith): Promise<string[]> =>
  (await node.client.messages({ space: "Harbour", channel: "general", limit: 200 })).items.map(
    ({ text }) => text,
  );

async function hears(node: RunningKith, text: string): Promise<void> {
  await expect.poll(() => texts(node).catch(() => []), LOADED).toContain(text);
}

const devicesOf = async (node: RunningKith, name: string): Promise<number> => {
  const { items } = await node.client.members("Harbour");
  return items.find((member) => member.name === name)?.devices.length ?? 0;
};

function passphraseFile(): string {
  const path = join(temporaryDirectory(), "passphrase");
  writeFileSync(path, `${PASSPHRASE}\n`, { mode: 0o600 });
  return path;
}

/** In a new data directory, by the command line. The node is the same process all along. */
async function restore(file: string, args: readonly string[], input = ""): Promise<RunningKith> {
  const node = await startNode({ name: "nobody yet" });
  const done = await runKith(["restore", file, "--data", node.dataDir, "--json", ...args], { input });
  expect([done.code, done.stderr]).toEqual([0, expect.not.stringContaining("error")]);
  expect(JSON.parse(done.stdout)).toMatchObject({ restored: true, name: "Ann", refused: 0 });
  return node;
}

const verifyStopped = async ({ dataDir }: RunningKith): Promise<unknown> =>
  (JSON.parse((await runKith(["verify", "--data", dataDir, "--json"])).stdout) as { problems: unknown })
    .problems;

describe("a backup and a second machine", () => {
  test("[ID50] [ID57] attacks 22 and 34: the first runs on, and two devices of one person write without a fork or a loss", async () => {
    const { ann, bob } = await meet();
    await say(ann, "before");
    await hears(bob, "before");
    const [file, passphrase] = [join(temporaryDirectory(), "ann.backup"), passphraseFile()];
    const made = await runKith([
      "backup",
      file,
      "--passphrase-file",
      passphrase,
      "--data",
      ann.dataDir,
      "--json",
    ]);
    expect(made.code).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ name: "Ann", spaces: 1, refused: 0, rootInside: true });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await say(ann, "after the backup");
    const second = await restore(file, ["--passphrase-file", passphrase]);
    await hears(second, "before");
    await hears(second, "after the backup");
    const all = [ann, second, bob];
    await Promise.all(all.flatMap((node, at) => [1, 2, 3].map((each) => say(node, `${at} says ${each}`))));
    for (const node of all)
      for (const at of [0, 1, 2]) for (const each of [1, 2, 3]) await hears(node, `${at} says ${each}`);
    for (const node of all) await expect.poll(() => devicesOf(node, "Ann"), LOADED).toBe(2);
    const status = await Promise.all(all.map((node) => node.client.status()));
    expect(status[0]?.person).toBe(status[1]?.person);
    expect(new Set(status.map(({ nodeId }) => nodeId)).size).toBe(3);
    for (const node of all)
      expect((await node.client.doctor()).items.filter(({ status: is }) => is === "bad")).toEqual([]);
    // A restart keeps both as they are.
    await second.stop();
    const again = await startAgain(second);
    await say(again, "after a restart");
    await hears(ann, "after a restart");
    await Promise.all([ann, again, bob].map((node) => node.stop()));
    for (const node of all) expect(await verifyStopped(node)).toEqual([]);
  }, 300_000);

  test("[ID53] [ID59] attack 29: the first is lost; an old backup brings Ann back, and not what was deleted since", async () => {
    const { ann, bob } = await meet();
    const { id } = await say(ann, "said in haste");
    await say(ann, "said with care");
    await hears(bob, "said with care");
    const words = (await ann.client.recoveryWords()).words.join(" ");
    const file = join(temporaryDirectory(), "old.backup");
    expect((await runKith(["backup", file, "--data", ann.dataDir])).code).toBe(0);
    await ann.client.deleteMessage(id);
    await expect.poll(async () => (await texts(bob)).includes("said in haste"), LOADED).toBe(false);
    await ann.kill();
    const second = await restore(file, ["--words"], `${words}\n`);
    await say(second, "I am back");
    await hears(bob, "I am back");
    await expect.poll(async () => (await texts(second)).includes("said in haste"), LOADED).toBe(false);
    expect((await second.client.search({ q: "haste" })).items).toEqual([]);
    const { link } = await second.client.createInvite("Harbour");
    const cem = await startNode({ name: "Cem" });
    expect((await cem.client.join(link, { waitMs: 60_000 })).done).toBe(true);
    await hears(cem, "said with care");
    for (const node of [bob, second, cem]) expect(await texts(node)).not.toContain("said in haste");
    // The lost device is ended by whoever has the root.
    await second.client.removeDevice(ann.ready.deviceId);
    await expect.poll(() => devicesOf(bob, "Ann"), LOADED).toBe(1);
  }, 300_000);

  test("[ID58] [ID59] a cut, an altered and a foreign file, and a wrong secret, are told plainly, and restore nothing", async () => {
    const ann = await startNode({ name: "Ann" });
    await ann.client.createSpace({ name: "Harbour" });
    for (let at = 0; at < 20; at += 1) await say(ann, `message ${at} ${"x".repeat(8_000)}`);
    const [file, passphrase] = [join(temporaryDirectory(), "ann.backup"), passphraseFile()];
    const by = ["--passphrase-file", passphrase];
    expect((await runKith(["backup", file, ...by, "--data", ann.dataDir])).code).toBe(0);
    const bytes = readFileSync(file);
    const node = await startNode({ name: "Nobody" });
    const before = await node.client.me();
    const attempt = async (path: string, args: readonly string[]) => {
      const checked = await runKith(["backup", "check", path, "--data", node.dataDir, ...args]);
      const restored = await runKith(["restore", path, "--data", node.dataDir, ...args]);
      expect([checked.code, restored.code]).toEqual([1, 1]);
      expect(restored.stderr).toBe(checked.stderr);
      return restored.stderr;
    };
    const bad = join(temporaryDirectory(), "bad.backup");
    for (const length of [bytes.length - 1, bytes.length >> 1, 50]) {
      writeFileSync(bad, bytes);
      truncateSync(bad, length);
      expect(await attempt(bad, by)).toMatch(/^BACKUP_INVALID: .*damaged/);
    }
    const altered = Buffer.from(bytes);
    altered.writeUInt8(altered.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    writeFileSync(bad, altered);
    expect(await attempt(bad, by)).toMatch(/^BACKUP_INVALID/);
    writeFileSync(bad, "a letter to the bank");
    expect(await attempt(bad, by)).toMatch(/^BACKUP_INVALID: This file is no backup/);
    const wrong = join(temporaryDirectory(), "wrong");
    writeFileSync(wrong, "some other words than those\n");
    expect(await attempt(file, ["--passphrase-file", wrong])).toMatch(/^BACKUP_SECRET/);
    // It is the node that it was, in no space, and nothing lies about.
    expect(await node.client.me()).toEqual(before);
    expect((await node.client.spaces()).items).toEqual([]);
    expect(readdirSync(node.dataDir).filter((name) => /restor/.test(name))).toEqual([]);
    const over = await runKith(["restore", file, ...by, "--data", ann.dataDir]);
    expect([over.code, over.stderr]).toEqual([1, expect.stringMatching(/^NOT_EMPTY/)]);
    expect(existsSync(`${file}.part`)).toBe(false);
  }, 300_000);
});

describe("words and reset", () => {
  test("[ID46] [ID48] [ID49] [ID60] attack 17: words are shown, checked, forgotten and used, on the command line", async () => {
    const { ann, bob } = await meet();
    const at = ["--data", ann.dataDir];
    const silent = await runKith(["recovery", "show", ...at]);
    expect([silent.code, silent.stdout]).toEqual([2, ""]);
    const shown = await runKith(["recovery", "show", "--yes", ...at]);
    const words = [...shown.stdout.matchAll(/\d+\. ([a-z]+)/g)].map(([, word]) => word ?? "");
    expect(words).toHaveLength(24);
    expect((await runKith(["recovery", "forget", "--yes", ...at])).stderr).toMatch(/^WORDS_UNCHECKED/);
    const wrong = await runKith(["recovery", "check", "1=zoo 2=zoo 3=zoo", ...at]);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/^WORDS_WRONG/)]);
    const asked = await runKith([
      "recovery",
      "check",
      `1=${words[0]} 12=${words[11]} 24=${words[23]}`,
      ...at,
    ]);
    expect(asked.code).toBe(0);
    expect((await runKith(["recovery", "forget", "--yes", ...at])).code).toBe(0);
    expect((await runKith(["recovery", "show", "--yes", ...at])).stderr).toMatch(/^ROOT_GONE/);
    expect((await runKith(["recovery", ...at])).stdout).toMatch(/words were checked on/);
    await ann.kill();
    const second = await startNode({ name: "Somebody" });
    const back = await runKith(["restore", "--words", "--data", second.dataDir, "--json"], {
      input: words.map((word, index) => `${index + 1}. ${word}\n`).join(""),
    });
    expect(JSON.parse(back.stdout)).toMatchObject({ restarting: false });
    await bob.client.status();
    expect((await second.client.me()).person).toBe(
      (await bob.client.members("Harbour")).items.find(({ name }) => name === "Ann")?.person,
    );
    // Nothing of the words or the root is in any file or log of either node.
    for (const { process, dataDir } of [ann, second]) {
      expect(process.stderr()).not.toContain(words.slice(0, 3).join(" "));
      for (const name of readdirSync(dataDir))
        if (statSync(join(dataDir, name)).isFile())
          expect(readFileSync(join(dataDir, name), "latin1")).not.toContain(words.slice(0, 3).join(" "));
    }
  }, 300_000);

  test("reset leaves no file of what was, and writes over the key before it goes", async () => {
    const ann = await startNode({ name: "Ann" });
    await ann.client.createSpace({ name: "Harbour" });
    await say(ann, "not for others");
    const key = openSync(join(ann.dataDir, "key"), "r");
    const inode = statSync(join(ann.dataDir, "store.db")).ino;
    // A change of the passphrase was cut off, and a file of tokens half written.
    writeFileSync(join(ann.dataDir, "key.new"), "a key that was to be");
    writeFileSync(join(ann.dataDir, "tokens.json.7.new"), "half of them");
    try {
      const before = await ann.client.me();
      await ann.client.uploadBackup(new Blob(["something"]));
      expect((await runKith(["reset", "--yes", "--data", ann.dataDir])).code).toBe(0);
      const bytes = Buffer.alloc(64, 1);
      const length = readSync(key, bytes, 0, 64, 0);
      expect(bytes.subarray(0, length).every((byte) => byte === 0)).toBe(true);
      expect(statSync(join(ann.dataDir, "store.db")).ino).not.toBe(inode);
      for (const left of ["upload.backup", "key.new", "tokens.json.7.new"])
        expect(readdirSync(ann.dataDir)).not.toContain(left);
      // The old token is worth nothing, and the new node is another device.
      await expect(ann.client.me()).rejects.toBeInstanceOf(KithApiError);
      const status = await runKith(["status", "--json", "--data", ann.dataDir]);
      expect(JSON.parse(status.stdout)).toMatchObject({ spaces: 0 });
      expect(status.stdout).not.toContain(before.nodeId);
    } finally {
      closeSync(key);
    }
  }, 300_000);
});
