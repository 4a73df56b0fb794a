/** Every example of examples/, as it stands there, against a real node. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "vite";
import { afterEach, expect, test } from "vitest";
import { findViolations, launchBrowser } from "../support/browser.ts";
import { endEverything, startNode, temporaryDirectory } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { needs } from "../support/require.ts";
import { root } from "../tidy/project.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
  await endEverything();
});

interface Example {
  readonly child: ChildProcess;
  printed(words: RegExp): Promise<string>;
  stop(): Promise<void>;
}

function runExample(path: string, node: RunningKith, env: Record<string, string> = {}): Example {
  const child = spawn(process.execPath, [join(root, "examples", path)], {
    env: { ...process.env, KITH_URL: node.ready.url, KITH_TOKEN: node.ready.apiToken, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  const checks = new Set<() => void>();
  child.stdout?.on("data", (bytes: Buffer) => {
    text += String(bytes);
    for (const check of checks) check();
  });
  const example: Example = {
    child,
    printed: (words) =>
      new Promise((resolve) => {
        const check = (): void => {
          const match = words.exec(text);
          if (match === null) return;
          checks.delete(check);
          resolve(match[0]);
        };
        checks.add(check);
        check();
      }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      expect((await ended)[0]).toBe(0);
    },
  };
  cleanups.push(example.stop);
  return example;
}

/** What examples/README.md says to give them. */
async function tokenOf(node: RunningKith): Promise<{ KITH_TOKEN: string }> {
  return { KITH_TOKEN: (await node.client.createToken({ scope: "read send" })).token };
}

async function startWithSpace(args: readonly string[] = []): Promise<RunningKith> {
  const node = await startNode({ name: "Ann", args });
  await node.client.createSpace({ name: "Climbing" });
  return node;
}

const say = (node: RunningKith, text: string) =>
  node.client.post({ space: "Climbing", channel: "general", text });
const textsOf = async (node: RunningKith): Promise<string[]> =>
  (await node.client.messages({ limit: 100 })).items.map(({ text }) => text);

test("the echo bot answers what it is asked, once, also when two of it run", async () => {
  const node = await startWithSpace();
  const env = await tokenOf(node);
  const bots = [1, 2].map(() => runExample("echo-bot/echo-bot.mjs", node, env));
  for (const bot of bots) await bot.printed(/listening/);
  const asked = await say(node, "!echo hello");
  await say(node, "no command");
  await say(node, "!echo   ");
  await say(node, "!echo !echo again");
  for (const bot of bots) await bot.printed(/answered Ann/);
  const last = await say(node, "!echo last");
  await expect
    .poll(async () => (await node.client.messages({ limit: 100 })).items.some((m) => m.replyTo === last.id), {
      timeout: 10_000,
    })
    .toBe(true);
  const asks = ["!echo hello", "no command", "!echo   ", "!echo !echo again", "!echo last"];
  expect((await textsOf(node)).toSorted()).toEqual(
    [...asks, "(nothing)", "!echo again", "hello", "last"].toSorted(),
  );
  const { items } = await node.client.messages({ limit: 100 });
  expect(items.filter(({ replyTo }) => replyTo === asked.id)).toHaveLength(1);
});

test("the webhook bridge hands over every message in order, what it missed too, and says what is posted to it", async () => {
  const node = await startWithSpace();
  const taken: string[] = [];
  let refusals = 2;
  let check = (): void => undefined;
  const receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (bytes: Buffer) => (body += String(bytes)));
    request.on("end", () => {
      const isRefused = refusals > 0;
      if (isRefused) refusals -= 1;
      else taken.push((JSON.parse(body) as { text: string }).text);
      response.writeHead(isRefused ? 503 : 204).end();
      check();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => (receiver.closeAllConnections(), receiver.close()));
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      check = () => void (taken.length >= count && resolve());
      check();
    });
  const env = {
    ...(await tokenOf(node)),
    WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
    KITH_SPACE: "Climbing",
    CURSOR_FILE: join(temporaryDirectory(), "cursor"),
    PORT: "0",
  };
  const first = runExample("webhook-bridge/webhook-bridge.mjs", node, env);
  await first.printed(/following/);
  await say(node, "one");
  await say(node, "two");
  await until(2);
  await first.stop();
  await say(node, "three");
  const second = runExample("webhook-bridge/webhook-bridge.mjs", node, env);
  const port = /\d+/.exec(await second.printed(/listening on \d+/))?.[0] ?? "";
  await until(3);
  const status = async (headers: Record<string, string>, body: string) =>
    (await fetch(`http://127.0.0.1:${port}`, { method: "POST", headers, body })).status;
  const json = { "content-type": "application/json" };
  expect(await status(json, JSON.stringify({ text: "from outside" }))).toBe(201);
  await until(4);
  expect(taken).toEqual(["one", "two", "three", "from outside"]);
  expect(await textsOf(node)).toEqual(["one", "two", "three", "from outside"]);
  expect(await status(json, "x")).toBe(400);
  // As a page could: without a preflight, or by a name of its own.
  const evil = JSON.stringify({ text: "from a page" });
  expect(await status({ "content-type": "text/plain" }, evil)).toBe(403);
  expect(await status({ ...json, origin: "https://evil.example" }, evil)).toBe(403);
  expect(await textsOf(node)).not.toContain("from a page");
});

test("the GraphQL subscriber prints what is said", async () => {
  const node = await startWithSpace();
  const subscriber = runExample("graphql-subscriber/graphql-subscriber.mjs", node, await tokenOf(node));
  await subscriber.printed(/subscribed/);
  await say(node, "hello there");
  expect(await subscriber.printed(/Climbing.*/)).toBe("Climbing | Ann: hello there");
});

needs("browser")(
  "the React page opens with a token on its own origin, shows the conversation, and sends",
  async () => {
    const outDir = temporaryDirectory();
    await build({
      configFile: false,
      logLevel: "silent",
      root: join(root, "examples/react-app"),
      build: { outDir, emptyOutDir: true },
    });
    const pages = createServer((request, response) => {
      const path = request.url === "/" ? "/index.html" : (request.url ?? "");
      try {
        const bytes = readFileSync(join(outDir, path));
        response.writeHead(200, { "content-type": path.endsWith(".js") ? "text/javascript" : "text/html" });
        response.end(bytes);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => (pages.closeAllConnections(), pages.close()));
    const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    const node = await startWithSpace(["--allow-origin", origin]);
    const browser = await launchBrowser();
    cleanups.push(() => browser.close());
    const page = await (await browser.newContext()).newPage();
    await page.goto(origin);
    await page.getByLabel("Address").fill(node.ready.url);
    await page.getByLabel("Token").fill(node.ready.apiToken);
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByRole("heading", { name: "Climbing / general" }).waitFor();
    await page.getByText("No other device is reachable").waitFor();
    await say(node, "from the node");
    await page.getByText("from the node").waitFor();
    await page.getByLabel("Message").fill("from the page");
    await page.getByRole("button", { name: "Send" }).click();
    await expect.poll(() => textsOf(node)).toEqual(["from the node", "from the page"]);
    expect(await page.getByText("from the page").count()).toBe(1);
    expect(await findViolations(page)).toEqual([]);
  },
  120_000,
);
