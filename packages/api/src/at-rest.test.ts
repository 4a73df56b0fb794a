import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createVaultDouble, issueToken, send, startTestServer } from "./testing/index.ts";
import type { TestServer } from "./testing/index.ts";

const first = "four words at dawn";
const second = "another one entirely";
const none = { set: false, keychain: false };
let at: TestServer;
afterEach(() => at.server.close());

const ask = (method: string, path: string, body?: unknown, token = at.token) =>
  send(at.server.url + path, { method, token, body });

test("[HT81] a passphrase is set, changed with the one before, and removed with it; none is ever answered", async () => {
  at = await startTestServer();
  expect((await ask("GET", "/api/passphrase")).json()).toEqual({ ...none, autoLockMinutes: null });
  expect((await ask("PUT", "/api/passphrase", { passphrase: first })).json()).toEqual({
    ...none,
    set: true,
    autoLockMinutes: null,
  });
  const bare = await ask("PUT", "/api/passphrase", { passphrase: second });
  expect([bare.status, bare.code]).toEqual([400, "BAD_INPUT"]);
  const wrong = await ask("PUT", "/api/passphrase", { passphrase: second, current: "not that one" });
  expect([wrong.status, wrong.code]).toEqual([403, "WRONG_PASSPHRASE"]);
  at.clock.advance(500);
  const changed = await ask("PUT", "/api/passphrase", {
    passphrase: second,
    current: first,
    autoLockMinutes: 5,
  });
  expect(changed.json()).toEqual({ ...none, set: true, autoLockMinutes: 5 });
  expect((await ask("DELETE", "/api/passphrase", { current: first })).code).toBe("WRONG_PASSPHRASE");
  at.clock.advance(1_000);
  expect((await ask("DELETE", "/api/passphrase", { current: second })).json()).toEqual({
    ...none,
    autoLockMinutes: null,
  });
  expect((await ask("DELETE", "/api/passphrase", { current: second })).code).toBe("PASSPHRASE_NOT_SET");
});

test("[HT81] what is too short, too long or of another type is refused, and nothing changes", async () => {
  at = await startTestServer();
  for (const body of [
    {},
    { passphrase: "7 chars" },
    { passphrase: "x".repeat(1_025) },
    { passphrase: 12_345_678 },
    { passphrase: "half a \uD800 character" },
    { autoLockMinutes: 0 },
    { autoLockMinutes: 1.5 },
    { autoLockMinutes: 43_201 },
    { autoLockMinutes: "5" },
  ])
    expect((await ask("PUT", "/api/passphrase", body)).code, JSON.stringify(body)).toBe("BAD_INPUT");
  for (const body of [{ autoLockMinutes: 5 }, { passphrase: second, current: first }])
    expect((await ask("PUT", "/api/passphrase", body)).code).toBe("PASSPHRASE_NOT_SET");
  expect((await ask("GET", "/api/passphrase")).json()).toEqual({ ...none, autoLockMinutes: null });
});

test("[HT81] the key goes into the keychain with the passphrase only, and out of it without", async () => {
  at = await startTestServer();
  const put = (body: object) => ask("PUT", "/api/passphrase", body);
  expect((await put({ keychain: true, current: first })).code).toBe("PASSPHRASE_NOT_SET");
  await put({ passphrase: first });
  expect((await put({ keychain: true })).code).toBe("BAD_INPUT");
  expect((await put({ keychain: true, current: second })).code).toBe("WRONG_PASSPHRASE");
  expect((await put({ keychain: true, current: first })).code).toBe("TOO_FAST");
  at.clock.advance(500);
  expect((await put({ keychain: true, current: first })).json()).toMatchObject({ keychain: true });
  expect((await put({ keychain: "yes" })).code).toBe("BAD_INPUT");
  expect((await put({ keychain: false })).json()).toMatchObject({ set: true, keychain: false });
  // With the passphrase that is just set.
  const both = await put({ passphrase: second, current: first, keychain: true });
  expect(both.json()).toMatchObject({ set: true, keychain: true });
});

test("[HT81] only an admin asks, sets, locks", async () => {
  at = await startTestServer();
  for (const scope of ["read", "send", "manage"] as const) {
    const token = await issueToken(at.auth, { scope, ttlMs: 3_600_000 });
    for (const [method, path, body] of [
      ["GET", "/api/passphrase", undefined],
      ["PUT", "/api/passphrase", { passphrase: first }],
      ["DELETE", "/api/passphrase", { current: first }],
      ["POST", "/api/lock", undefined],
      ["POST", "/api/awake", undefined],
    ] as const)
      expect((await ask(method, path, body, token)).code, `${scope} ${method} ${path}`).toBe(
        "SCOPE_TOO_SMALL",
      );
  }
  expect(at.vault.locks()).toBe(0);
});

test("[HT80] [HT81] guessing at the current passphrase is as slow as guessing at a gate", async () => {
  at = await startTestServer({ vault: createVaultDouble(first) });
  for (const waitMs of [500, 1_000, 2_000]) {
    expect((await ask("DELETE", "/api/passphrase", { current: "not that one" })).code).toBe(
      "WRONG_PASSPHRASE",
    );
    expect((await ask("DELETE", "/api/passphrase", { current: first })).code).toBe("TOO_FAST");
    expect((await ask("PUT", "/api/passphrase", { passphrase: second, current: first })).code).toBe(
      "TOO_FAST",
    );
    at.clock.advance(waitMs);
  }
  expect((await ask("DELETE", "/api/passphrase", { current: first })).status).toBe(200);
});

test("[HT82] locking is answered first, and needs a passphrase to come back by", async () => {
  at = await startTestServer();
  const none = await ask("POST", "/api/lock");
  expect([none.status, none.code]).toEqual([409, "PASSPHRASE_NOT_SET"]);
  expect(at.vault.locks()).toBe(0);
  await ask("PUT", "/api/passphrase", { passphrase: first });
  const answer = await ask("POST", "/api/lock");
  expect([answer.status, answer.json()]).toEqual([202, { locking: true }]);
  await expect.poll(() => at.vault.locks(), { timeout: 10_000 }).toBe(1);
});

test("[HT79] a node that is not locked takes no passphrase, right or wrong, and does not say which", async () => {
  at = await startTestServer({ vault: createVaultDouble(first) });
  for (const passphrase of [first, second]) {
    const answer = await send(`${at.server.url}/api/unlock`, { method: "POST", body: { passphrase } });
    expect([answer.status, answer.code]).toEqual([409, "NOT_LOCKED"]);
  }
});

test("[HT82] every stream is told that the node is being locked", async () => {
  at = await startTestServer({ vault: createVaultDouble(first) });
  const { url } = at.server;
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/ws?hello=1`, {
    headers: { authorization: `Bearer ${at.token}` },
  });
  const closed = new Promise((resolve) =>
    socket.once("close", (code, reason) => resolve([code, String(reason)])),
  );
  await new Promise((resolve) => socket.once("message", resolve));
  const stream = await fetch(`${url}/api/events`, { headers: { authorization: `Bearer ${at.token}` } });
  const poll = ask("GET", "/api/poll?wait=50");
  // It is waiting once the node counts it among its readers.
  const readers = async (): Promise<string> => (await ask("GET", "/metrics")).text;
  await expect.poll(readers, { timeout: 10_000 }).toMatch(/^kith_log_readers(?:\{[^}]*\})? 3$/m);
  await at.server.close({ isLocking: true });
  expect(await closed).toEqual([1001, "LOCKED"]);
  expect(await stream.text()).toMatch(/event: fault\ndata: \{"error":\{"code":"LOCKED"/);
  expect(await poll).toMatchObject({ status: 423, code: "LOCKED" });
});

test("[HT83] a command is somebody who is here, and so is a page that says so; what waits at a stream or a program is not", async () => {
  at = await startTestServer();
  const program = await issueToken(at.auth, { scope: "read", ttlMs: 3_600_000 });
  const cookie = (await at.auth.issueCookie()).split(";")[0] ?? "";
  const byPage = (method: string, path: string) =>
    send(at.server.url + path, { method, headers: { cookie, origin: at.server.url } });
  await ask("GET", "/api/status", undefined, program);
  await ask("GET", "/api/poll?wait=0");
  await byPage("GET", "/api/status");
  await byPage("GET", "/api/conversations");
  await send(`${at.server.url}/health`);
  expect(at.vault.touches()).toBe(0);
  await ask("GET", "/api/status");
  expect(at.vault.touches()).toBe(1);
  expect((await byPage("POST", "/api/awake")).status).toBe(204);
  expect(at.vault.touches()).toBe(2);
});
