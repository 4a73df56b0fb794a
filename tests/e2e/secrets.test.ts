/** What a node says of itself, and to whom: none of it is a key, a token, a code or a text of its person. */
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { send } from "@kith/api/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endEverything, runKith, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { findNeedles, keysOf, textNeedle } from "../support/needles.ts";
import type { Needle } from "../support/needles.ts";

const debug = { env: { KITH_LOG: "debug" } };
const said = "the-harbour-at-dawn";
const searched = "searched-for-words";

let ann: RunningKith;
let bob: RunningKith;
/** Everything that was printed, logged or answered as an error. */
const heard: Buffer[] = [];
const needles: Needle[] = [];

const hear = (text: string): void => void heard.push(Buffer.from(text));

function hearProcess({ process }: RunningKith): void {
  hear(process.stdout());
  hear(process.stderr());
}

beforeAll(async () => {
  ann = await startNode({ name: "Ann", ...debug });
  bob = await startNode({ name: "Bob", ...debug });
}, 600_000);

afterAll(endEverything);

test("[HT3] [HT5] attack 9: a token or code in an address opens nothing, and is written to no log", async () => {
  const { url: page, apiToken: token, port } = ann.ready;
  const url = `http://127.0.0.1:${port}`;
  const code = new URL((await ann.client.signInLink()).url).searchParams.get("code") ?? "";
  needles.push(textNeedle("a token", token), textNeedle("a code", code));
  needles.push(textNeedle("the code of the start", new URL(ann.ready.signIn).searchParams.get("code") ?? ""));
  const { paths } = (await send(`${url}/openapi.json`, { token })).json<{ paths: Record<string, object> }>();
  for (const path of Object.keys(paths).filter((each) => each.startsWith("/api") || each === "/metrics")) {
    const filled = path.replaceAll(/\{\w+\}/g, "x");
    for (const name of ["token", "access_token", "authorization", "bearer", "jwt", "code"]) {
      const answer = await send(`${url}${filled}?${name}=${token}`);
      // Of another method there is nothing to be opened, and that too is told to no stranger.
      expect([path, name, answer.status, answer.code]).toEqual([path, name, 401, "TOKEN_MISSING"]);
      hear(answer.text);
    }
  }
  // The code opens once, by the way that is made for it; its cookie is no bearer token, and is said nowhere.
  const opened = await send(`${url}/sign-in?code=${code}`);
  expect(opened.status).toBe(303);
  const cookie = opened.headers["set-cookie"]?.[0] ?? "";
  needles.push(textNeedle("a cookie", /=([^;]+)/.exec(cookie)?.[1] ?? ""));
  for (let n = 0; n < 3; n += 1) hear((await send(`${url}/sign-in?code=${code}`)).text);
  expect(page).toContain(String(port));
  hearProcess(ann);
  expect(heard.length).toBeGreaterThan(100);
  // What is printed for the person when a node starts holds the link and the token; that is what it is for.
  expect(findNeedles(needles, [Buffer.from(ann.process.stderr()), ...heard.slice(0, -2)])).toEqual([]);
}, 600_000);

test("attack 18: no key, token, link or text is in a log, an error, a figure or what a dying node leaves", async () => {
  const { apiToken: token, port, dataDir } = ann.ready;
  const url = `http://127.0.0.1:${port}`;
  heard.length = 0;
  await ann.client.createSpace({ name: "Secret Harbour" });
  const { link } = await ann.client.createInvite("Secret Harbour", { uses: 1 });
  expect(await bob.client.join(link, { waitMs: 60_000 })).toMatchObject({ done: true });
  await ann.client.post({ space: "Secret Harbour", channel: "general", text: said });
  const { id: made, token: program } = (
    await send(`${url}/api/tokens`, { method: "POST", token, body: { scope: "read", ttl: "1h" } })
  ).json<{ id: string; token: string }>();
  needles.push(textNeedle("an invite", link.slice(link.indexOf("#") + 1)), textNeedle("a message", said));
  needles.push(textNeedle("a program's token", program), textNeedle("a search", searched));
  needles.push(textNeedle("the name of a space", "Secret Harbour"));

  // Errors of all kinds, with secrets in what is refused.
  for (const [method, path, body] of [
    ["POST", "/api/join", { link: `${link}x` }],
    ["POST", "/api/join", `{"link":"${link}"`],
    ["POST", "/api/messages", { space: "s", channel: "c", text: [said] }],
    ["POST", "/api/messages", { space: "s", channel: "c", text: said, files: [token] }],
    ["GET", `/api/search?q=${searched}&limit=0`, undefined],
    ["POST", "/graphql", { query: `{ search(q: "${searched}") { nothing } }` }],
    ["POST", "/graphql", { query: `mutation { join(link: "${link}") { nothing } }` }],
    ["DELETE", `/api/tokens/${made}x`, undefined],
  ] as const)
    hear((await send(url + path, { method, token, body })).text);
  for (const path of ["/metrics", "/api/stats", "/api/doctor", "/api/verify", "/api/status"])
    hear((await send(url + path, { token })).text);
  for (const words of [["doctor"], ["status"], ["verify"], ["join", `${link}x`]]) {
    const { stdout, stderr } = await runKith([...words, "--data", dataDir], debug);
    hear(stdout);
    hear(stderr);
  }

  // A store that is damaged under a running node, and a node that is told to die as on a fault.
  await bob.stop();
  const file = join(bob.dataDir, "store.db");
  const before = readFileSync(file);
  for (let at = 8_192; at < before.length; at += 4_096) before[at + 100] = (before[at + 100] ?? 0) ^ 0xff;
  writeFileSync(file, before);
  const damaged = await runKith(["verify", "--data", bob.dataDir], debug);
  hear(damaged.stdout);
  hear(damaged.stderr);
  expect(damaged.code).not.toBe(0);
  const known = new Set(["key", "api-token", "store.db", "store.db-wal", "store.db-shm"]);
  ann.process.signal("SIGABRT");
  await ann.process.exited;
  hear(ann.process.stderr());
  hear(bob.process.stderr());
  for (const directory of [ann.dataDir, bob.dataDir])
    for (const name of readdirSync(directory))
      if (!known.has(name) && statSync(join(directory, name)).isFile())
        heard.push(readFileSync(join(directory, name)));
  // Ids of scopes and epochs name things in the log of a device; they open nothing.
  const keys = (await keysOf(ann.dataDir, "Ann")).filter(
    ({ what, bytes }) => bytes.length >= 16 && !/'s (scope|epoch)$/.test(what),
  );
  expect(keys.length).toBeGreaterThan(10);
  const secret = [...keys, ...needles];
  expect(heard.reduce((sum, each) => sum + each.length, 0)).toBeGreaterThan(10_000);
  expect(findNeedles(secret, heard)).toEqual([]);
  // The search itself finds: in the file where the token lies.
  expect(findNeedles(secret, [readFileSync(join(ann.dataDir, "api-token"))])).toContain("a token");
}, 600_000);
