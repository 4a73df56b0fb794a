/** The command line as a person or a script meets it: real processes on one host, found over its loopback. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endEverything, runKith, spawnKith, startNode, temporaryDirectory } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";

const STOP_MS_MAX = 2_000;

afterAll(endEverything);

/** A command on that node's data directory. */
function on(node: RunningKith, ...words: string[]) {
  return runKith(withOptions(words, "--data", node.dataDir));
}

/** Before a "--", after which there are no options. */
function withOptions(words: readonly string[], ...options: string[]): string[] {
  const at = words.indexOf("--");
  return words.toSpliced(at === -1 ? words.length : at, 0, ...options);
}

async function answer<T>(node: RunningKith, ...words: string[]): Promise<T> {
  const { code, stdout, stderr } = await on(node, ...withOptions(words, "--json"));
  if (code !== 0) throw new Error(`kith ${words.join(" ")} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

interface Fault {
  readonly error: { readonly code: string; readonly message: string; readonly next: string };
}

describe("one node", () => {
  let ann: RunningKith;
  beforeAll(async () => {
    ann = await startNode({ name: "Ann" });
  });

  test("up --json prints one line that says where everything is", async () => {
    expect(ann.process.stdout().trim().split("\n")).toHaveLength(1);
    const { ready } = ann;
    expect(ready).toMatchObject({ ready: true, dataDir: ann.dataDir, url: `http://127.0.0.1:${ready.port}` });
    expect(ready.deviceId).toMatch(/^[0-9a-f]{64}$/);
    expect(ready.peerPort).toBeGreaterThan(0);
    expect(Math.abs(Date.now() - (ready.beaconAt ?? 0))).toBeLessThan(60_000);
    expect((await ann.client.status()).nodeId).toBe(ready.deviceId);
  });

  test("what lies in the data directory is for its owner alone", () => {
    const modes = ["key", "api-token", "node.json", "lock", "store.db"].map(
      (name) => statSync(join(ann.dataDir, name)).mode & 0o777,
    );
    expect(modes).toEqual(modes.map(() => 0o600));
    expect(statSync(ann.dataDir).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(ann.dataDir, "api-token"), "utf8").trim()).toBe(ann.ready.apiToken);
  });

  test("[HT74] a node answers commands on its Unix socket too, those that know nothing but it and a token", async () => {
    const socket = join(temporaryDirectory(), "api");
    const cat = await startNode({ name: "Cat", args: ["--socket", socket] });
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    await cat.client.createSpace({ name: "Boats" });
    const sent = await on(cat, "send", "Boats/general", "by socket", "--socket", socket);
    expect(sent).toMatchObject({ code: 0 });
    const elsewhere = ["--data", join(temporaryDirectory(), "nothing")];
    const { token } = await cat.client.createToken({ scope: "read" });
    const env = { KITH_SOCKET: socket, KITH_TOKEN: token };
    const status = await runKith(["status", "--json", ...elsewhere], { env });
    expect(JSON.parse(status.stdout)).toMatchObject({ nodeId: cat.ready.deviceId });
    const refused = await runKith(["alias", "Dan", "--json", ...elsewhere], { env });
    expect(refused.code).toBe(1);
    expect((JSON.parse(refused.stderr) as Fault).error.code).toBe("SCOPE_TOO_SMALL");
    const tail = await spawnKith(["tail", "--json", ...elsewhere], { env });
    await tail.line((line) => line.includes("Following"), "stderr");
    await cat.client.post({ space: "Boats", channel: "general", text: "over the stream" });
    expect(await tail.line((line) => line.includes("over the stream"))).toContain('"text"');
    tail.signal("SIGTERM");
    expect((await tail.exited).code).toBe(0);
    await cat.stop();
    expect(existsSync(socket)).toBe(false);
    const gone = await runKith(["status", "--json", ...elsewhere], { env });
    expect((JSON.parse(gone.stderr) as Fault).error.code).toBe("NODE_NOT_RUNNING");
  });

  test("[HT65] a token for a program does what its scope says until it is revoked, over a restart", async () => {
    const bob = await startNode({ name: "Bob" });
    const made = await answer<{ id: string; token: string }>(bob, "token", "create", "--scope", "read");
    const use = async (url: string) =>
      (await fetch(`${url}/api/status`, { headers: { authorization: `Bearer ${made.token}` } })).status;
    expect(await use(bob.ready.url)).toBe(200);
    expect((await answer<{ items: object[] }>(bob, "token", "list")).items).toMatchObject([{ id: made.id }]);
    expect(statSync(join(bob.dataDir, "tokens.json")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(bob.dataDir, "tokens.json"), "utf8")).not.toContain(made.token);
    expect((await on(bob, "token", "revoke", made.id)).code).toBe(0);
    expect(await use(bob.ready.url)).toBe(401);
    await bob.stop();
    const again = await startNode({ name: "Bob", dataDir: bob.dataDir });
    expect(await use(again.ready.url)).toBe(401);
    expect((await on(again, "token", "create")).code).toBe(2);
  });

  test("the sign-in link works once", async () => {
    const first = await fetch(ann.ready.signIn, { redirect: "manual" });
    expect(first.status).toBe(303);
    expect(first.headers.get("set-cookie")).toMatch(/^kith-/);
    expect((await fetch(ann.ready.signIn, { redirect: "manual" })).status).toBe(401);
  });

  test("a second up on the same directory prints the running node and a fresh link, and ends with 0", async () => {
    const json = await on(ann, "up", "--json");
    expect(json.code).toBe(0);
    const told = JSON.parse(json.stdout) as RunningKith["ready"];
    expect(told).toMatchObject({
      ready: true,
      running: true,
      url: ann.ready.url,
      deviceId: ann.ready.deviceId,
    });
    expect((await fetch(told.signIn, { redirect: "manual" })).status).toBe(303);
    expect((await on(ann, "up")).stdout).toContain(ann.ready.url);
  });

  test("open, status, alias, peers and doctor answer in words and in JSON", async () => {
    const { url } = await answer<{ url: string }>(ann, "open");
    expect((await fetch(url, { redirect: "manual" })).status).toBe(303);
    expect(await answer(ann, "status")).toMatchObject({ nodeId: ann.ready.deviceId, name: "Ann" });
    expect((await on(ann, "status")).stdout).toContain("Ann");
    expect(await answer(ann, "alias", "Ann Archer")).toMatchObject({ name: "Ann Archer" });
    expect(await answer(ann, "peers")).toEqual({ items: [], next: null });
    const doctor = await answer<{ ok: boolean; items: { name: string }[] }>(ann, "doctor");
    expect(doctor.items.map(({ name }) => name)).toContain("discovery");
  });

  test("spaces and channels are created and listed by name", async () => {
    const space = await answer<{ id: string; channels: { name: string }[] }>(
      ann,
      "space",
      "create",
      "Reading",
    );
    expect(space.channels.map(({ name }) => name)).toEqual(["general"]);
    expect(await answer(ann, "channel", "create", "Reading", "novels")).toMatchObject({
      name: "novels",
      private: false,
      history: "all",
    });
    expect((await on(ann, "space", "list")).stdout).toContain("general, novels");
    expect(await answer(ann, "send", "Reading/novels", "007")).toMatchObject({ text: "007" });
    expect(await answer(ann, "send", `${space.id}/general`, "--", "-dash")).toMatchObject({ text: "-dash" });
  });

  test("a failure names its code and a next step on stderr, and ends with 1", async () => {
    const words = await on(ann, "send", "Nowhere/general", "hello");
    expect(words).toMatchObject({ code: 1, stdout: "" });
    expect(words.stderr).toMatch(/^UNKNOWN_SPACE: .+\n.+\n$/);
    const json = await on(ann, "send", "Nowhere/general", "hello", "--json");
    expect(json).toMatchObject({ code: 1, stdout: "" });
    const { error } = JSON.parse(json.stderr) as Fault;
    expect(error.code).toBe("UNKNOWN_SPACE");
    expect(error.next).not.toBe("");
  });

  test("reset asks first, and begins as a new device on the same address", async () => {
    const node = await startNode({ name: "Rae" });
    expect(await on(node, "reset")).toMatchObject({ code: 2, stdout: "" });
    const { deviceId } = await answer<{ deviceId: string }>(node, "reset", "--yes");
    expect(deviceId).not.toBe(node.ready.deviceId);
    expect((await answer<{ nodeId: string }>(node, "status")).nodeId).toBe(deviceId);
    // The token of the forgotten device opens nothing.
    await expect(node.client.status()).rejects.toMatchObject({ status: 401 });
    expect(node.process.stdout().trim().split("\n")).toHaveLength(1);
    expect(await node.stop()).toMatchObject({ code: 0 });
  });
});

describe("two nodes of one host", () => {
  let ann: RunningKith;
  let ben: RunningKith;
  beforeAll(async () => {
    [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
    await answer(ann, "space", "create", "Climbing");
  });

  test("an invite lets the other join, and says who is in", async () => {
    const { link } = await answer<{ link: string }>(ann, "invite", "Climbing", "--expires", "1h");
    expect(link).toMatch(/^kith:\/\/join#/);
    expect(await answer(ben, "join", link)).toMatchObject({
      name: "Climbing",
      state: "ready",
      role: "member",
    });
    const members = await answer<{ items: { name: string }[] }>(ben, "members", "Climbing");
    expect(members.items.map(({ name }) => name).sort()).toEqual(["Ann", "Ben"]);
    expect((await answer<{ items: { id: string }[] }>(ben, "peers")).items.map(({ id }) => id)).toEqual([
      ann.ready.deviceId,
    ]);
  });

  test("invitations are listed with what is left of them, and revoked by the beginning of an id", async () => {
    const { id } = await answer<{ id: string }>(ann, "invite", "Climbing", "--uses", "3");
    expect((await on(ann, "invites", "Climbing")).stdout).toMatch(
      new RegExp(`${id.slice(0, 8)} .*0 of 3 used`),
    );
    expect(await on(ann, "invites", "Climbing", "--revoke", "ffffffff")).toMatchObject({
      code: 1,
      stdout: "",
    });
    expect(await answer(ann, "invites", "Climbing", "--revoke", id.slice(0, 8))).toEqual({
      revoked: true,
      id,
    });
    expect((await on(ann, "invites", "Climbing")).stdout).toMatch(new RegExp(`${id.slice(0, 8)} .*revoked`));
  });

  test("a conversation is muted and unmuted by its name", async () => {
    expect(await answer(ann, "mute", "Climbing/general")).toMatchObject({ muted: true, name: "general" });
    expect(await answer(ann, "mute", "Climbing/general", "--off")).toMatchObject({ muted: false });
    expect(await on(ann, "mute", "Nowhere/general")).toMatchObject({ code: 1, stdout: "" });
  });

  test("[HT61] a whole space is muted by its name, its channels with it, and each by itself after that", async () => {
    const muted = async () =>
      (await ann.client.conversations()).items
        .filter(({ spaceName }) => spaceName === "Climbing")
        .map((one) => one.muted);
    expect(await answer(ann, "mute", "Climbing")).toMatchObject({ muted: true, name: "Climbing" });
    expect(new Set(await muted())).toEqual(new Set([true]));
    // Of the channel alone nothing was said.
    expect(await answer(ann, "mute", "Climbing/general", "--off")).toMatchObject({ muted: true });
    expect(await answer(ann, "mute", "Climbing", "--off")).toMatchObject({ muted: false });
    expect(new Set(await muted())).toEqual(new Set([false]));
  });

  test("an invite that is used up is refused with the reason", async () => {
    const cleo = await startNode({ name: "Cleo" });
    const { link } = (await ann.client.invites("Climbing")).items[0] ?? {};
    const refused = await on(cleo, "join", link ?? "", "--json");
    expect(refused.code).toBe(1);
    expect((JSON.parse(refused.stderr.trim().split("\n").at(-1) ?? "") as Fault).error.message).toMatch(
      /used/i,
    );
    await cleo.stop();
  });

  test("tail prints what the other sends, and lines of standard input are a message each", async () => {
    const tail = await spawnKith(["tail", "Climbing/general", "--json", "--data", ben.dataDir]);
    await tail.line((line) => line.includes("Following"), "stderr");
    expect(await on(ann, "send", "Climbing/general", "first")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Saved here, on [01] of 1 other device so far\.\n$/) as string,
    });
    const first = JSON.parse(await tail.line(() => true)) as { text: string; authorName: string };
    expect(first).toMatchObject({ text: "first", authorName: "Ann" });
    const sent = await runKith(["send", "Climbing/general", "-", "--data", ann.dataDir], {
      input: "one\n\ntwo\r\nthree",
    });
    expect(sent).toMatchObject({ code: 0, stdout: "Saved 3 messages here.\n" });
    const texts = [];
    for (let count = 0; count < 3; count += 1)
      texts.push((JSON.parse(await tail.line(() => true)) as { text: string }).text);
    expect(texts).toEqual(["one", "two", "three"]);
    tail.signal("SIGINT");
    expect(await tail.exited).toMatchObject({ code: 0 });
  });

  test("and the other way, for a person to read", async () => {
    const tail = await spawnKith(["tail", "--data", ann.dataDir]);
    await tail.line((line) => line.includes("Following"), "stderr");
    await answer(ben, "send", "Climbing/general", "hello Ann");
    expect(await tail.line(() => true)).toMatch(/^\d\d:\d\d {2}Climbing\/general {2}Ben {2}hello Ann$/);
    tail.signal("SIGTERM");
    expect(await tail.exited).toMatchObject({ code: 0 });
  });

  test("a message larger than the limit is refused by its line, and the others are sent", async () => {
    const input = `fine\n${"x".repeat(20_000)}\nfine too\n`;
    const sent = await runKith(["send", "Climbing/general", "-", "--json", "--data", ann.dataDir], { input });
    expect(sent.code).toBe(1);
    expect(
      sent.stdout
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { text: string }).text),
    ).toEqual(["fine", "fine too"]);
    const faults = sent.stderr
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as Fault).error);
    expect(faults[0]).toMatchObject({ code: "TEXT_TOO_LONG" });
    expect(faults[0]?.message).toMatch(/^line 2: /);
    expect(faults[1]).toMatchObject({ code: "LINES_REFUSED" });
  });

  test("verify says the same with the node running and stopped, and the node stops in time", async () => {
    const running = await answer<{ ok: boolean; roots: unknown[] }>(ann, "verify");
    expect(running.ok).toBe(true);
    const { code, tookMs } = await ann.stop();
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(STOP_MS_MAX);
    expect(existsSync(join(ann.dataDir, "node.json"))).toBe(false);
    expect(await answer(ann, "verify")).toEqual(running);
    const { code: failed, stderr } = await on(ann, "status");
    expect(failed).toBe(1);
    expect(stderr).toMatch(/^NODE_NOT_RUNNING: .+\n.*kith up/);
  });

  test("after kill -9 it starts again as the same device with every message", async () => {
    const before = (await ben.client.messages({ space: "Climbing", limit: 500 })).items.map(({ id }) => id);
    await ben.kill();
    expect(existsSync(join(ben.dataDir, "node.json"))).toBe(true);
    expect((await on(ben, "status")).stderr).toMatch(/^NODE_NOT_RUNNING/);
    const again = await startNode({ dataDir: ben.dataDir });
    expect(again.ready).toMatchObject({ deviceId: ben.ready.deviceId, apiToken: ben.ready.apiToken });
    expect(again.ready).not.toHaveProperty("running");
    expect(
      (await again.client.messages({ space: "Climbing", limit: 500 })).items.map(({ id }) => id),
    ).toEqual(before);
    expect((await answer<{ ok: boolean }>(again, "verify")).ok).toBe(true);
    await again.stop();
  });
});

describe("who is in a space", () => {
  let ann: RunningKith;
  let ben: RunningKith;
  beforeAll(async () => {
    [ann, ben] = await Promise.all([startNode({ name: "Ann" }), startNode({ name: "Ben" })]);
    await answer(ann, "space", "create", "Rowing");
    const { link } = await answer<{ link: string }>(ann, "invite", "Rowing");
    await answer(ben, "join", link);
  });

  /** Until the other node has heard of it: both say what they know when they are asked. */
  async function knows(node: RunningKith, expected: Readonly<Record<string, unknown>>): Promise<void> {
    await expect
      .poll(async () => (await node.client.spaces()).items, { timeout: 10_000 })
      .toMatchObject([expected]);
  }

  test("role gives a rank, in words and in JSON, and refuses what is none before asking the node", async () => {
    expect(await answer(ann, "role", "Rowing", "Ben", "admin")).toMatchObject({ name: "Ben", role: "admin" });
    await knows(ben, { role: "admin" });
    expect(await on(ann, "role", "Rowing", "Ben", "member")).toMatchObject({
      code: 0,
      stdout: "Ben is member now.\n",
      stderr: "",
    });
    await knows(ben, { role: "member" });
    const wrong = await on(ann, "role", "Rowing", "Ben", "captain");
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toMatch(/^USAGE: "captain" is no role\n.*owner, admin, member, reader.*\n$/);
  });

  test("space rename gives the space another name, for whoever may", async () => {
    const refused = await on(ben, "space", "rename", "Rowing", "Mine");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^NOT_ALLOWED: .+\n.+\n$/);
    expect(await on(ann, "space", "rename", "Rowing", "Regatta")).toMatchObject({
      code: 0,
      stdout: "It is called Regatta now.\n",
    });
    await knows(ben, { name: "Regatta" });
    expect(await answer(ann, "space", "rename", "Regatta", "Rowing")).toMatchObject({ name: "Rowing" });
    await knows(ben, { name: "Rowing" });
  });

  test("space leave is refused to the only owner, with what to do first", async () => {
    const refused = await on(ann, "space", "leave", "Rowing");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^LAST_OWNER: .+\n.*owner.*\n$/);
    expect(await ann.client.spaces()).toMatchObject({ items: [{ name: "Rowing" }] });
  });

  test("a private channel is created with people, who are listed, removed and added by name", async () => {
    expect(await answer(ann, "channel", "create", "Rowing", "crew", "--private")).toMatchObject({
      name: "crew",
      private: true,
    });
    const people = async () =>
      (await answer<{ items: { name: string }[] }>(ann, "members", "Rowing/crew")).items.map(
        ({ name }) => name,
      );
    expect(await people()).toEqual(["Ann"]);
    expect((await on(ben, "send", "Rowing/crew", "may I?")).stderr).toMatch(/^UNKNOWN_CHANNEL: /);
    expect(await on(ann, "channel", "add", "Rowing/crew", "Ben")).toMatchObject({
      code: 0,
      stdout: "Added Ben to Rowing/crew, with all that was written there.\n",
    });
    await knows(ben, { channels: [{ name: "general" }, { name: "crew", private: true }] });
    expect((await on(ben, "space", "list")).stdout).toContain("general, crew (private)");
    expect(await answer(ben, "send", "Rowing/crew", "here")).toMatchObject({ text: "here" });
    const removed = await on(ann, "channel", "remove", "Rowing/crew", "Ben");
    expect(removed.stdout).toMatch(/^Removed Ben from Rowing\/crew\. Its keys are new: .*\n$/);
    await knows(ben, { channels: [{ name: "general" }] });
    expect(await people()).toEqual(["Ann"]);
    const open = await on(ann, "channel", "add", "Rowing/general", "Ben");
    expect(open.stderr).toMatch(/^BAD_INPUT: .+\n.+\n$/);
  });

  test("[HT112] messages of a channel disappear after a time that is set in words, and stay again", async () => {
    expect(await on(ann, "channel", "expire", "Rowing", "general", "1d")).toMatchObject({
      code: 0,
      stdout:
        "What is posted in Rowing/general from now on disappears everywhere after 1d. What a member has kept elsewhere stays.\n",
    });
    const sent = await answer<{ at: string; expires: string | null }>(ann, "send", "Rowing/general", "today");
    expect(Date.parse(sent.expires ?? "") - Date.parse(sent.at)).toBe(86_400_000);
    expect((await on(ben, "channel", "expire", "Rowing", "general", "1h")).stderr).toMatch(/^NOT_ALLOWED: /);
    expect(await answer(ann, "channel", "expire", "Rowing", "general", "off")).toMatchObject({
      expiry: null,
    });
    expect(await answer(ann, "send", "Rowing/general", "for good")).toMatchObject({ expires: null });
  });

  test("remove ends a membership, and says what that does not undo", async () => {
    for (const [node, person, code] of [
      [ann, "Nobody", "UNKNOWN_PERSON"],
      [ben, "Ann", "NOT_ALLOWED"],
    ] as const) {
      const refused = await on(node, "remove", "Rowing", person);
      expect(refused).toMatchObject({ code: 1, stdout: "" });
      expect(refused.stderr).toMatch(new RegExp(`^${code}: .+\n.+\n$`));
    }
    const removed = await on(ann, "remove", "Rowing", "Ben");
    expect(removed).toMatchObject({ code: 0, stderr: "" });
    expect(removed.stdout).toMatch(/^Removed Ben\. .*What they have read they have\.\n$/);
    await knows(ben, { state: "removed", role: null });
    const late = await on(ben, "send", "Rowing/general", "still here?");
    expect(late).toMatchObject({ code: 1, stdout: "" });
    expect(late.stderr).toMatch(/^NOT_ALLOWED: You are not a member of this space any more\.\n.+\n$/);
  });

  test("who comes back by a new invite leaves by a command of their own", async () => {
    const { link } = await answer<{ link: string }>(ann, "invite", "Rowing");
    await answer(ben, "join", link);
    expect(await on(ben, "space", "leave", "Rowing")).toMatchObject({
      code: 0,
      stdout:
        "You have left Rowing. What it held stays on this device until a reset, and what you wrote there with the others.\n",
    });
    expect(await answer(ben, "space", "list")).toMatchObject({ items: [] });
    await knows(ann, { members: 1 });
    expect((await on(ben, "space", "leave", "Rowing")).stderr).toMatch(/^UNKNOWN_SPACE: /);
  });
});

describe("wrong usage ends with 2 and says what would be right", () => {
  test.each([
    [["frobnicate"]],
    [[]],
    [["status", "--verbose"]],
    [["space", "create"]],
    [["space"]],
    [["space", "rename", "Climbing"]],
    [["space", "leave"]],
    [["remove", "Climbing"]],
    [["role", "Climbing", "Ben"]],
    [["role", "Climbing", "Ben", "captain"]],
    [["alias", "one", "two"]],
    [["channel", "create", "Climbing", "crew", "--with", "Ben"]],
    [["channel", "add", "no-slash", "Ben"]],
    [["channel", "expire", "Climbing", "general"]],
    [["channel", "expire", "Climbing", "general", "soon"]],
    [["send", "no-slash", "text"]],
    [["invite", "Climbing", "--expires", "soon"]],
    [["invite", "Climbing", "--uses", "0"]],
    [["up", "--port", "70000"]],
    [["up", "--peer", "nowhere"]],
    [["up", "--lan", "maybe"]],
    [["up", "--hub", "https://example.org"]],
    [["up", "--tor", "on"]],
    [["passphrase"]],
    [["unlock", "now"]],
  ])("kith %j", async (words) => {
    const { code, stdout, stderr } = await runKith(words, { env: { HOME: temporaryDirectory() } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^USAGE: .+\n.+\n$/);
  });
});

test("the help fits one screen, and each command has its own", async () => {
  const all = await runKith(["--help"]);
  expect(all.code).toBe(0);
  const lines = all.stdout.trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  const one = await runKith(["invite", "--help"]);
  expect(one).toMatchObject({ code: 0, stderr: "" });
  expect(one.stdout).toContain("--expires");
});
