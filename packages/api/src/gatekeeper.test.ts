import { connect } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createGatekeeper } from "./gatekeeper.ts";
import type { Gatekeeper, GatekeeperOptions } from "./gatekeeper.ts";
import { createRecordedLog, createTestClock, send, startTestServer } from "./testing/index.ts";
import type { TestClock } from "./testing/index.ts";

const passphrase = "four words at dawn";
let clock: TestClock;
let keeper: Gatekeeper;
let tried: string[];
let log: ReturnType<typeof createRecordedLog>;
const cleanups: (() => unknown)[] = [];

function start(options: Partial<GatekeeperOptions> = {}): Promise<Gatekeeper> {
  return createGatekeeper({
    clock,
    log,
    host: "127.0.0.1",
    port: 0,
    allowOrigins: [],
    async unlock(text) {
      tried.push(text);
      return text === passphrase ? { setCookie: "kith-x=1; HttpOnly" } : null;
    },
    ...options,
  });
}

beforeEach(async () => {
  clock = createTestClock();
  log = createRecordedLog();
  tried = [];
  keeper = await start();
});

afterEach(async () => {
  await keeper.close();
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const unlock = (text: unknown, headers: Record<string, string> = {}) =>
  send(`${keeper.url}/api/unlock`, { method: "POST", body: { passphrase: text }, headers });

test("[HT78] a locked node answers everything of the API with LOCKED, whatever the credential, and tells that it lives", async () => {
  for (const [method, path] of [
    ["GET", "/api/status"],
    ["GET", "/api/messages?space=s"],
    ["POST", "/api/messages"],
    ["GET", "/api/events"],
    ["GET", "/api/poll"],
    ["POST", "/graphql"],
    ["GET", "/metrics"],
    ["GET", "/openapi.json"],
    ["GET", "/docs"],
    ["GET", "/api/unlock"],
    ["POST", "/api/lock"],
    ["DELETE", "/api/passphrase"],
  ] as const) {
    for (const headers of [
      {},
      { authorization: "Bearer x.y.z" },
      { cookie: "kith-0123456789abcdef=x.y.z" },
    ]) {
      const answer = await send(keeper.url + path, { method, headers });
      expect([method, path, answer.status, answer.code]).toEqual([method, path, 423, "LOCKED"]);
      expect(answer.headers["cache-control"]).toBe("no-store");
    }
  }
  expect((await send(`${keeper.url}/health`)).json()).toEqual({ status: "ok", locked: true });
  expect(tried).toEqual([]);
});

test("[HT78] a WebSocket is refused with the same words", async () => {
  const socket = new WebSocket(`${keeper.url.replace("http", "ws")}/api/ws`);
  const status = await new Promise((resolve) => {
    socket.on("unexpected-response", (_request, response) => resolve(response.statusCode));
    socket.on("error", () => undefined);
  });
  expect(status).toBe(423);
});

test("[HT78] an old sign-in link leads to the page, and the page is served", async () => {
  await keeper.close();
  keeper = await start({
    staticHandler(request, response) {
      if (request.url !== "/") return false;
      response.end("the page");
      return true;
    },
  });
  const link = await send(`${keeper.url}/sign-in?code=abc`);
  expect([link.status, link.headers.location]).toEqual([303, "/"]);
  expect((await send(`${keeper.url}/`)).text).toBe("the page");
  expect((await send(`${keeper.url}/else`)).status).toBe(404);
});

test("[HT78] it answers on a Unix socket too", async () => {
  const directory = mkdtempSync(join(tmpdir(), "kith-gate-"));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  await keeper.close();
  keeper = await start({ socketPath: join(directory, "s") });
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(join(directory, "s"), () =>
      socket.write("GET /api/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
    );
    let heard = "";
    socket.on("data", (chunk) => (heard += String(chunk)));
    socket.on("error", reject);
    socket.on("close", () => resolve(heard));
  });
  expect(text).toMatch(/^HTTP\/1\.1 423 /);
});

test("[HT79] the passphrase is taken from the node's own page and from programs, and from no other page or name", async () => {
  for (const headers of [
    { origin: "https://evil.example" },
    { origin: "null" },
    { host: "evil.example" },
    { host: "localhost:1" },
  ])
    expect((await unlock(passphrase, headers)).status, JSON.stringify(headers)).toBe(403);
  const form = await send(`${keeper.url}/api/unlock`, {
    method: "POST",
    body: `passphrase=${passphrase}`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  expect([form.status, form.code]).toEqual([415, "MEDIA_TYPE"]);
  for (const wrong of [undefined, 7, null, "", "x".repeat(1_025), ["x"]])
    expect((await unlock(wrong)).code, String(wrong)).toBe("BAD_INPUT");
  expect((await send(`${keeper.url}/api/unlock`, { method: "POST", body: "{" })).code).toBe("BAD_JSON");
  expect(tried).toEqual([]);
  const answer = await unlock(passphrase, { origin: keeper.url });
  expect([answer.status, answer.json()]).toEqual([200, { locked: false }]);
  expect(answer.headers["set-cookie"]).toEqual(["kith-x=1; HttpOnly"]);
});

test("[HT80] after each wrong passphrase the next is looked at later, and a right one is held back no less", async () => {
  for (const waitMs of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    const wrong = await unlock("not that one");
    expect([wrong.status, wrong.code]).toEqual([403, "WRONG_PASSPHRASE"]);
    const before = tried.length;
    const early = await unlock(passphrase);
    expect([early.status, early.code]).toEqual([429, "TOO_FAST"]);
    expect(Number(early.headers["retry-after"])).toBeLessThanOrEqual(Math.ceil(waitMs / 1_000));
    clock.advance(waitMs - 400);
    if (waitMs > 500) expect((await unlock(passphrase)).code).toBe("TOO_FAST");
    expect(tried).toHaveLength(before);
    clock.advance(400);
  }
  expect((await unlock(passphrase)).status).toBe(200);
});

test("[HT80] one passphrase is tried at a time", async () => {
  await keeper.close();
  const gate = Promise.withResolvers<null>();
  const began = Promise.withResolvers<void>();
  keeper = await start({
    unlock() {
      began.resolve();
      return gate.promise;
    },
  });
  const first = unlock("one of many");
  await began.promise;
  expect((await unlock("another one")).code).toBe("TOO_FAST");
  gate.resolve(null);
  expect((await first).code).toBe("WRONG_PASSPHRASE");
});

test("[HT79] it leaves its port to the node while whoever unlocked it still waits for the answer", async () => {
  const started = Promise.withResolvers<{ setCookie: string }>();
  const left = Promise.withResolvers<void>();
  await keeper.close();
  keeper = await start({
    async unlock() {
      await keeper.leave();
      left.resolve();
      return started.promise;
    },
  });
  const { port } = keeper;
  const asked = unlock(passphrase);
  await left.promise;
  const node = await startTestServer({ port });
  cleanups.push(() => node.server.close());
  expect((await send(`${node.server.url}/health`)).json()).toEqual({ status: "ok" });
  started.resolve({ setCookie: "kith-x=2" });
  await keeper.close();
  expect((await asked).headers["set-cookie"]).toEqual(["kith-x=2"]);
});

test("attack 18: what is typed is in no answer and in no line of the log, and neither is what failed inside", async () => {
  await keeper.close();
  keeper = await start({
    unlock: () => Promise.reject(new Error("the disk is gone")),
  });
  const answer = await unlock(passphrase);
  expect([answer.status, answer.code]).toEqual([500, "INTERNAL"]);
  expect(answer.text).not.toContain("the disk");
  await unlock(7);
  expect(answer.text + log.lines.join("")).not.toContain(passphrase);
});
