import { once } from "node:events";
import { existsSync, linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { SOCKET_PATH_BYTES_MAX } from "./limits.ts";
import { issueToken, send, startTestServer } from "./testing/index.ts";
import type { TestServer } from "./testing/index.ts";

let folder: string;
let path: string;
const cleanups: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kith-socket-"));
  path = join(folder, "api");
});
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<TestServer> {
  const node = await startTestServer({ socketPath: path });
  cleanups.push(() => node.server.close());
  return node;
}

function ask(target: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request({ socketPath: path, path: target, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => (text += part));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
    })
      .on("error", reject)
      .end();
  });
}

test("[HT74] the same is answered on the socket, to its owner's programs alone, and with a token as everywhere", async () => {
  const node = await start();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  expect(await ask("/health", { host: "localhost" })).toMatchObject({ status: 200 });
  expect(await ask("/api/status", { host: "localhost" })).toMatchObject({ status: 401 });
  const reader = await issueToken(node.auth, { scope: "read", ttlMs: 60_000 });
  expect(await ask("/api/status", { host: "localhost", ...bearer(reader) })).toMatchObject({ status: 200 });
  const small = await ask("/api/tokens", { host: "localhost", ...bearer(reader) });
  expect(small).toMatchObject({ status: 403, text: expect.stringContaining("SCOPE_TOO_SMALL") as string });
  // The port goes on answering.
  expect((await send(`${node.server.url}/api/status`, { token: node.token })).status).toBe(200);
});

test("[HT74] there the Host names this machine, under any port; a page's origin is refused as everywhere", async () => {
  const node = await start();
  const headers = { authorization: `Bearer ${node.token}` };
  for (const host of ["localhost", "localhost:9", "127.0.0.1", "[::1]:1"])
    expect(await ask("/api/status", { ...headers, host }), host).toMatchObject({ status: 200 });
  for (const host of ["evil.example", "localhost.evil.example", "10.0.0.1", "local host"])
    expect(await ask("/api/status", { ...headers, host }), host).toMatchObject({ status: 403 });
  const page = await ask("/api/status", { ...headers, host: "localhost", origin: "http://evil.example" });
  expect(page).toMatchObject({ status: 403, text: expect.stringContaining("ORIGIN_NOT_ALLOWED") as string });
  // And the port has not become laxer.
  const other = await send(`${node.server.url}/api/status`, {
    token: node.token,
    headers: { host: "localhost" },
  });
  expect(other.code).toBe("HOST_NOT_ALLOWED");
});

test("[HT74] a WebSocket is opened over it, and ends with the node, which takes its file away", async () => {
  const node = await startTestServer({ socketPath: path });
  const ws = new WebSocket(`ws+unix:${path}:/api/ws`, { headers: { authorization: `Bearer ${node.token}` } });
  const first = once(ws, "message");
  await once(ws, "open");
  node.service.append("network", { online: true });
  expect(JSON.parse(String((await first)[0]))).toMatchObject({ type: "network" });
  const closed = once(ws, "close");
  await node.server.close();
  await closed;
  expect(existsSync(path)).toBe(false);
});

test("[HT75] what a killed node left is taken over; what another listens on, and what is no socket, is left alone", async () => {
  // A file of a socket that nobody listens on, as a kill leaves it.
  const killed = createServer().listen(join(folder, "old"));
  await once(killed, "listening");
  linkSync(join(folder, "old"), path);
  await new Promise((resolve) => killed.close(resolve));
  expect(existsSync(path)).toBe(true);
  const node = await start();
  expect(await ask("/health", { host: "localhost" })).toMatchObject({ status: 200 });
  await expect(startTestServer({ socketPath: path })).rejects.toMatchObject({ code: "PATH_TAKEN" });
  expect(await ask("/health", { host: "localhost" })).toMatchObject({ status: 200 });
  await node.server.close();
  writeFileSync(path, "mine");
  await expect(startTestServer({ socketPath: path })).rejects.toMatchObject({ code: "PATH_TAKEN" });
  expect(statSync(path).size).toBe(4);
  const long = join(folder, "x".repeat(SOCKET_PATH_BYTES_MAX));
  await expect(startTestServer({ socketPath: long })).rejects.toMatchObject({ code: "BAD_INPUT" });
});
