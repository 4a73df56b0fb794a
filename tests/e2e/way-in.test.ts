/** From a start on a terminal to a signed-in page, and what a crash leaves of what was being written. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { endEverything, spawnKith, startNode, temporaryDirectory } from "../support/kith-process.ts";
import type { KithProcess, RunningKith } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";

afterAll(endEverything);

const terminalTest = needs("terminal");
/** A start, and its opener. */
const START_MS_MAX = 40_000;
/** Runs what follows it on a terminal of its own. */
const onTerminal = ["sh", "-c", 'exec script -qefc "$*" /dev/null', "sh"];

/** A desktop whose opener writes down what it was asked to open. */
function desktop(code = 0): { env: Record<string, string>; asked: () => string | null } {
  const folder = temporaryDirectory();
  const file = join(folder, "asked");
  writeFileSync(join(folder, "xdg-open"), `#!/bin/sh\necho "$1" > "${file}"\nexit ${code}\n`);
  chmodSync(join(folder, "xdg-open"), 0o700);
  const path = [folder, process.env["PATH"]].join(delimiter);
  return {
    env: { PATH: path, DISPLAY: ":0", TERM: "dumb" },
    asked: () => (existsSync(file) ? readFileSync(file, "utf8").trim() : null),
  };
}

async function up(
  env: Record<string, string>,
  before: readonly string[],
  ...more: string[]
): Promise<KithProcess> {
  const data = join(temporaryDirectory(), "data");
  const options = ["up", "--data", data, "--port", "0", "--peer-port", "0", "--lan", "off", ...more];
  const child = await spawnKith(options, { env, before });
  await child.line((line) => line.includes("Sign in"));
  return child;
}

async function end(child: KithProcess): Promise<void> {
  child.signal("SIGTERM");
  await child.exited;
}

terminalTest(
  "on a terminal a browser is opened with a link that signs it in",
  async () => {
    const { env, asked } = desktop();
    const child = await up(env, onTerminal);
    await expect.poll(asked, { timeout: 5_000 }).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sign-in\?code=/);
    const answer = await fetch(asked() ?? "", { redirect: "manual" });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe("/");
    await end(child);
  },
  START_MS_MAX,
);

terminalTest(
  "an opener that fails is said, and the address stands there",
  async () => {
    const { env, asked } = desktop(4);
    const child = await up(env, onTerminal);
    await child.line((line) => line.includes("open this address yourself"));
    expect(asked()).not.toBeNull();
    await end(child);
  },
  START_MS_MAX,
);

terminalTest(
  "with --no-open, and where nobody sits, no browser is opened",
  async () => {
    for (const [before, more] of [
      [onTerminal, ["--no-open"]],
      [[], []],
    ] as const) {
      const { env, asked } = desktop();
      const child = await up(env, before, ...more);
      const [, url = ""] = /(http:\S+)\/sign-in/.exec(child.stdout()) ?? [];
      // An opener is started with the lines above: by the time of a few answers it would have written.
      for (let n = 0; n < 20; n += 1) expect((await fetch(`${url}/health`)).status).toBe(200);
      expect(asked()).toBeNull();
      await end(child);
    }
  },
  START_MS_MAX,
);

const restart = async (node: RunningKith): Promise<RunningKith> => {
  await node.kill();
  return startNode({ dataDir: node.dataDir });
};

test("[HT16] kill -9 while typing and while sending: nothing is lost, and nothing is both sent and drafted", async () => {
  let node = await startNode({ name: "Ann", args: ["--lan", "off"] });
  await node.client.createSpace({ name: "Harbour" });
  const channel = (await node.client.conversations()).items[0]?.channel ?? "";
  for (let round = 0; round < 6; round += 1) {
    const clientId = `round-${round}`;
    const text = `words of round ${round}`;
    await node.client.saveDraft(channel, { text, clientId });
    // The answer may be lost with the node: what counts is what the next start finds.
    const posting = node.client
      .post({ space: "Harbour", channel: "general", text, clientId }, { retryForMs: 0 })
      .catch(() => null);
    if (round % 3 === 1) await new Promise((resolve) => setTimeout(resolve, round));
    if (round % 3 === 2) await posting;
    node = await restart(node);
    await posting;
    const { items } = await node.client.messages({ space: "Harbour", channel: "general", limit: 50 });
    const sent = items.filter((message) => message.text === text).length;
    const { draft } = (await node.client.conversations()).items[0] ?? {};
    expect([sent, draft?.text ?? null], `round ${round}`).toEqual(sent === 1 ? [1, null] : [0, text]);
    await node.client.post({ space: "Harbour", channel: "general", text, clientId });
    const after = await node.client.messages({ space: "Harbour", channel: "general", limit: 50 });
    expect(after.items.filter((message) => message.text === text)).toHaveLength(1);
    expect((await node.client.conversations()).items[0]?.draft).toBeNull();
  }
  await node.stop();
});
