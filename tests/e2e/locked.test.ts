/**
 * A node that is locked, as real processes: what is in its files, in what it prints and answers, and in its memory, and what
 * it takes to open it again. Attack 18; the "a memory of a stopped node is not enough to read the store".
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { send } from "@kith/api/testing";
import { createKithClient } from "@kith/client";
import { lookAtKeyFile, unlockKeyFile } from "@kith/store";
import { afterEach, expect, test } from "vitest";
import {
  endEverything,
  ownBeaconPort,
  runKith,
  spawnKith,
  startNode,
  temporaryDirectory,
} from "../support/kith-process.ts";
import { fileWith, lockedLine, lockedSecrets, startWith } from "../support/locked-node.ts";
import { findNeedles, textNeedle } from "../support/needles.ts";
import type { Needle } from "../support/needles.ts";
import { needs } from "../support/require.ts";
import { onTerminal } from "../support/terminal.ts";
import { canReadMemory, findInMemory } from "../support/process-memory.ts";

const passphrase = "seven-herons-over-the-weir";
const another = "a-kettle-of-quiet-lightning";
const said = "the-harbour-at-dawn-was-empty";
const debug = { env: { KITH_LOG: "debug" } };

afterEach(endEverything);

/** Every file of a data directory, one after the other. */
function filesOf(directory: string): Buffer[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path));
}

/** What people, places and programs are called, each name long enough to be looked for. */
const named = {
  "the name of a space": "Secret Harbour",
  "the name of a channel": "tide-tables-of-may",
  "the name of a private channel": "private-moorings",
  "the person's name": "Annabel Quayside",
  "a member's name": "Bartholomew Weir",
  "a token's name": "lighthouse-keeper-bot",
};

const secretsOf = (dataDir: string, text: string): Promise<Needle[]> =>
  lockedSecrets(dataDir, text, { "a message": said, ...named });

/** What a stranger at the port can make it say. */
async function askEverything(url: string, token: string): Promise<Buffer[]> {
  const answers = [];
  for (const [method, path, body] of [
    ["GET", "/api/status", undefined],
    ["GET", "/api/messages?space=Secret%20Harbour&channel=general", undefined],
    ["GET", "/api/search?q=harbour", undefined],
    ["GET", "/metrics", undefined],
    ["GET", "/api/passphrase", undefined],
    ["POST", "/graphql", { query: "{ me { name } }" }],
    ["POST", "/api/unlock", { passphrase: another }],
    ["POST", "/api/unlock", { passphrase: [another] }],
    ["POST", "/api/unlock", "{"],
    ["GET", "/health", undefined],
    ["GET", "/", undefined],
  ] as const)
    answers.push(Buffer.from((await send(url + path, { method, token, body })).text));
  return answers;
}

test("[ST28] [HT82] attack 18: no word, key or passphrase is in any file, print, answer or memory of a node once it is locked", async () => {
  const ann = await startWith(passphrase, { name: named["the person's name"], ...debug });
  const { dataDir, ready, pid, client } = ann;
  await client.createSpace({ name: "Secret Harbour" });
  await client.createChannel("Secret Harbour", { name: named["the name of a channel"] });
  await client.createChannel("Secret Harbour", {
    name: named["the name of a private channel"],
    private: true,
  });
  const { link } = await client.createInvite("Secret Harbour");
  const member = await startNode({ name: named["a member's name"] });
  expect(await member.client.join(link, { waitMs: 60_000 })).toMatchObject({ done: true });
  await member.stop();
  await client.createToken({ scope: "read", name: named["a token's name"] });
  expect((await client.tokens()).items).toMatchObject([{ name: named["a token's name"] }]);
  const { words } = await client.recoveryWords();
  await client.post({ space: "Secret Harbour", channel: "general", text: said });
  const [channel] = (await client.channels("Secret Harbour")).items;
  await client.saveDraft(channel?.id ?? "", { text: said });
  expect((await client.search({ q: "harbour" })).items).toHaveLength(1);
  if (canReadMemory) {
    // What the search below must not find, it finds while the node is open.
    const open = findInMemory(pid, [textNeedle("a message", said), textNeedle("a token", ready.apiToken)]);
    expect(open).toEqual(["a message", "a token"]);
  }
  const locked = await runKith(["lock", "--data", dataDir], debug);
  expect([locked.code, locked.stderr]).toEqual([0, ""]);
  const { url, apiToken, deviceId } = await lockedLine(ann.process);
  // The same place, and nothing told of who is behind it.
  expect([url, apiToken, deviceId]).toEqual([`http://127.0.0.1:${ready.port}`, null, null]);
  expect(readdirSync(dataDir).toSorted()).toEqual([
    "key",
    "lock",
    "node.json",
    "store.check",
    "store.db",
    "tokens.json",
  ]);
  const secrets = [
    ...(await secretsOf(dataDir, passphrase)),
    // Two of them beside each other: one alone is a word of the language.
    textNeedle("recovery words", words.slice(0, 2).join(" ")),
    textNeedle("recovery words in a list", words.slice(2, 4).join('","')),
  ];
  const token = textNeedle("a token", ready.apiToken);
  if (canReadMemory) expect(findInMemory(pid, [...secrets, token])).toEqual([]);
  const answers = await askEverything(url, ready.apiToken);
  const prints = [locked.stdout, ann.process.stdout(), ann.process.stderr()].map((text) => Buffer.from(text));
  expect(findNeedles([...secrets, token], [...filesOf(dataDir), ...answers])).toEqual([]);
  expect(findNeedles(secrets, prints)).toEqual([]);
  // Who asks it for them learns it nothing either.
  if (canReadMemory) expect(findInMemory(pid, secrets)).toEqual([]);
}, 600_000);

test("[ST28] a node that was started without its passphrase, or was killed while it was open, is no different", async () => {
  const first = await startWith(passphrase, { name: "Ann", ...debug });
  const { dataDir } = first;
  await first.client.createSpace({ name: "Secret Harbour" });
  await first.client.post({ space: "Secret Harbour", channel: "general", text: said });
  await first.kill();
  // A crash leaves the token of the API behind, which opens a running node and no file.
  expect(existsSync(join(dataDir, "api-token"))).toBe(true);
  writeFileSync(join(dataDir, `api-token.${process.pid}.new`), first.ready.apiToken);
  writeFileSync(join(dataDir, "key.new"), "half a key");
  const words = ["up", "--json", "--no-open", "--data", dataDir, "--port", "0", "--peer-port", "0"];
  const again = await spawnKith(words, debug);
  const { url } = await lockedLine(again);
  const left = readdirSync(dataDir).filter((name) => !name.startsWith("store."));
  expect(left.toSorted()).toEqual(["key", "lock", "node.json"]);
  const secrets = await secretsOf(dataDir, passphrase);
  const token = textNeedle("a token", first.ready.apiToken);
  if (canReadMemory) expect(findInMemory(again.pid, [...secrets, token])).toEqual([]);
  const answers = await askEverything(url, first.ready.apiToken);
  const prints = [again.stdout(), again.stderr()].map((text) => Buffer.from(text));
  expect(findNeedles([...secrets, token], [...filesOf(dataDir), ...answers, ...prints])).toEqual([]);
  again.signal("SIGTERM");
  expect((await again.exited).code).toBe(0);
  expect(existsSync(join(dataDir, "node.json"))).toBe(false);
}, 600_000);

test("[HT79] [HT82] unlocked, it is the node that it was: its port, its token, its messages, and what was open goes on", async () => {
  const ann = await startWith(passphrase, { name: "Ann" });
  const { client, dataDir, ready } = ann;
  await client.createSpace({ name: "Harbour" });
  await client.post({ space: "Harbour", channel: "general", text: "before" });
  const heard: unknown[] = [];
  client.subscribe({ since: "0" }, (entry) => {
    if (entry.type === "message") heard.push((entry.data as { text: string }).text);
  });
  await client.post({ space: "Harbour", channel: "general", text: "while open" });
  await expect.poll(() => heard, { timeout: 60_000 }).toEqual(["before", "while open"]);
  expect((await runKith(["lock", "--data", dataDir])).code).toBe(0);
  const told = await runKith(["status", "--data", dataDir]);
  expect([told.code, told.stderr]).toEqual([1, expect.stringMatching(/^LOCKED: .*\nOpen it: kith unlock/)]);
  const wrong = await runKith(["unlock", "--data", dataDir, "--passphrase-file", fileWith(another)]);
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/^WRONG_PASSPHRASE: /)]);
  const url = `http://127.0.0.1:${ready.port}`;
  const unlock = () =>
    send(`${url}/api/unlock`, { method: "POST", body: { passphrase }, headers: { origin: url } });
  await expect.poll(async () => (await unlock()).status, { timeout: 60_000, interval: 200 }).toBe(200);
  expect((await unlock()).code).toBe("NOT_LOCKED");
  expect(
    (await client.messages({ space: "Harbour", channel: "general" })).items.map(({ text }) => text),
  ).toEqual(["before", "while open"]);
  await client.post({ space: "Harbour", channel: "general", text: "after" });
  await expect.poll(() => heard, { timeout: 60_000 }).toEqual(["before", "while open", "after"]);
  expect(existsSync(join(dataDir, "api-token"))).toBe(true);
  // The browser that unlocked it is signed in.
  expect((await runKith(["lock", "--data", dataDir])).code).toBe(0);
  const [cookie = ""] = (await unlock()).headers["set-cookie"] ?? [];
  const asked = { headers: { cookie: cookie.split(";")[0] ?? "", origin: url } };
  expect((await send(`${url}/api/status`, asked)).status).toBe(200);
  expect((await ann.stop()).code).toBe(0);
  expect(existsSync(join(dataDir, "api-token"))).toBe(false);
}, 600_000);

test("[HT84] a passphrase is set, changed and removed by commands, on a running node and on none", async () => {
  const ann = await startNode({ name: "Ann" });
  const { dataDir, client } = ann;
  await client.createSpace({ name: "Harbour" });
  const run = (...words: string[]) => runKith([...words, "--data", dataDir]);
  const none = await run("lock");
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("PASSPHRASE_NOT_SET")]);
  expect((await run("passphrase", "set", "--new-passphrase-file", fileWith("short"))).stderr).toMatch(
    /PASSPHRASE_SHORT/,
  );
  expect((await run("passphrase", "set", "--new-passphrase-file", fileWith(passphrase))).code).toBe(0);
  expect((await client.passphrase()).set).toBe(true);
  expect((await run("passphrase", "set", "--new-passphrase-file", fileWith(another))).stderr).toMatch(
    /PASSPHRASE_SET/,
  );
  await ann.stop();
  const change = (from: string, to: string) =>
    run("passphrase", "change", "--passphrase-file", fileWith(from), "--new-passphrase-file", fileWith(to));
  expect((await change(another, passphrase)).stderr).toMatch(/^WRONG_PASSPHRASE/);
  expect((await change(passphrase, another)).code).toBe(0);
  const verified = await run("verify", "--passphrase-file", fileWith(another));
  expect([verified.code, verified.stderr]).toEqual([0, ""]);
  const wrong = await runKith(["up", "--data", dataDir, "--passphrase-file", fileWith(passphrase)]);
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/^WRONG_PASSPHRASE/)]);
  const again = await startWith(another, { dataDir });
  expect((await again.client.spaces()).items.map(({ name }) => name)).toEqual(["Harbour"]);
  // Beside a node that runs, and is locked: it opens that one.
  expect((await run("lock")).code).toBe(0);
  const beside = await runKith(["up", "--json", "--data", dataDir, "--passphrase-file", fileWith(another)]);
  expect(JSON.parse(beside.stdout)).toMatchObject({ ready: true, running: true, port: again.ready.port });
  await again.stop();
  expect((await run("passphrase", "remove", "--passphrase-file", fileWith(another))).code).toBe(0);
  const vain = await runKith(["up", "--data", dataDir, "--passphrase-file", fileWith(another)]);
  expect([vain.code, vain.stderr]).toEqual([1, expect.stringMatching(/^PASSPHRASE_NOT_SET/)]);
  const open = await startNode({ dataDir });
  const plain = createKithClient({ url: open.ready.url, token: open.ready.apiToken });
  expect(await plain.passphrase()).toEqual({ set: false, keychain: false, autoLockMinutes: null });
}, 600_000);

test("[HT84] what begins anew has the passphrase of the file that it was started with, and none without", async () => {
  const ann = await startWith(passphrase, { name: "Ann" });
  const old = await unlockKeyFile(join(ann.dataDir, "key"), passphrase);
  expect((await runKith(["reset", "--yes", "--data", ann.dataDir])).code).toBe(0);
  const fresh = await unlockKeyFile(join(ann.dataDir, "key"), passphrase);
  expect(Buffer.from(fresh).equals(old)).toBe(false);
  expect(lookAtKeyFile(join(ann.dataDir, "key"))).toBe("locked");
  const bob = await startNode({ name: "Bob" });
  await bob.client.changePassphrase({ passphrase });
  expect((await runKith(["reset", "--yes", "--data", bob.dataDir])).code).toBe(0);
  expect(lookAtKeyFile(join(bob.dataDir, "key"))).toBe("clear");
}, 600_000);

test("[HT84] what is no passphrase's file is told as that, and shows nothing of what is in it", async () => {
  const dataDir = join(temporaryDirectory(), "data");
  const up = (path: string) => runKith(["up", "--data", dataDir, "--passphrase-file", path]);
  for (const [path, words] of [
    ["/nowhere/at/all", /cannot be read \(ENOENT\)/],
    [fileWith(""), /is empty/],
    [fileWith("two\nlines of it"), /more than one line/],
    [fileWith("x".repeat(5_000)), /more than 1024/],
    [fileWith("x".repeat(1_000_000)), /more than 1024/],
  ] as const) {
    const { code, stdout, stderr } = await up(path);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^PASSPHRASE_FILE: /);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/xxx|lines of it/);
  }
  expect((await up(fileWith("short"))).stderr).toMatch(/^PASSPHRASE_SHORT/);
  expect(existsSync(join(dataDir, "key"))).toBe(false);
}, 600_000);

needs("terminal")(
  "[HT84] at a terminal the passphrase is asked for, is not shown, and after three wrong ones the start is over",
  async () => {
    const made = await startWith(passphrase, { name: "Ann" });
    await made.stop();
    const beacons = { KITH_BEACON_PORT: String(await ownBeaconPort()) };
    const words = ["up", "--no-open", "--data", made.dataDir, "--port", "0", "--peer-port", "0"];
    const right = onTerminal(words, beacons);
    await right.answer(/Passphrase[^\n]*: $/, another);
    await right.answer(/Passphrase[^]*Passphrase[^\n]*: $/, passphrase);
    await expect.poll(right.shown, { timeout: 60_000 }).toMatch(/Kith is running at/);
    expect(right.shown()).not.toMatch(new RegExp(`${passphrase}|${another}`));
    const locking = await runKith(["lock", "--data", made.dataDir]);
    expect(locking.code).toBe(0);
    // Begun again, it asks nobody.
    await expect.poll(right.shown, { timeout: 60_000 }).toMatch(/Kith is locked at/);
    const unlocking = onTerminal(["unlock", "--data", made.dataDir]);
    await unlocking.answer(/Passphrase: $/, passphrase);
    expect(await unlocking.exited).toBe(0);
    right.end();
    await right.exited;
    const wrong = onTerminal(words, beacons);
    await wrong.answer(/^Passphrase[^\n]*: $/, "no");
    await wrong.answer(/(?:Passphrase[^]*){2}: $/, "nor this");
    await wrong.answer(/(?:Passphrase[^]*){3}: $/, "nor that");
    expect(await wrong.exited).toBe(1);
    expect(wrong.shown()).toMatch(/WRONG_PASSPHRASE/);
  },
  600_000,
);
