import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { createHostRules } from "./hosts.ts";
import { BAD_CREDENTIAL_BURST, TOKEN_BURST } from "./limits.ts";
import { issueToken, send, sendBytes, startTestServer } from "./testing/index.ts";
import type { TestServer } from "./testing/index.ts";

const open: TestServer[] = [];

afterEach(async () => {
  for (const { server } of open.splice(0)) await server.close();
});

async function start(options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const node = await startTestServer(options);
  open.push(node);
  return node;
}

async function signIn({ server, auth }: TestServer): Promise<string> {
  const answer = await send(`${server.url}/sign-in?code=${auth.issueSignIn().code}`);
  return (answer.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
}

test("[HT1] loopback names and addresses with the server's port are served", async () => {
  const { server } = await start();
  for (const name of ["127.0.0.1", "localhost", "LOCALHOST", "[::1]", "127.8.9.10"]) {
    expect(await send(`${server.url}/health`, { headers: { host: `${name}:${server.port}` } })).toMatchObject(
      { status: 200 },
    );
  }
});

test("[HT1] attack 24: a name that was rebound to this machine gets 403 everywhere, with a good token too", async () => {
  const { server, token, auth } = await start();
  const hosts = [
    `evil.example:${server.port}`,
    `localhost.evil.example:${server.port}`,
    `127.0.0.1.evil.example:${server.port}`,
    "localhost",
    `localhost:${server.port + 1}`,
    `evil@localhost:${server.port}`,
    `localhost:${server.port}@evil`,
    `10.0.0.1:${server.port}`,
    ":",
    "[::1",
  ];
  for (const host of hosts) {
    for (const path of [
      "/",
      "/health",
      "/api/status",
      "/openapi.json",
      "/nothing",
      `/sign-in?code=${auth.issueSignIn().code}`,
    ]) {
      const answer = await send(server.url + path, { token, headers: { host } });
      expect(answer, `${host} ${path}`).toMatchObject({ status: 403, code: "HOST_NOT_ALLOWED" });
      expect(answer.headers["set-cookie"]).toBeUndefined();
    }
  }
  for (const host of ["", "Host:\r\n", "Host: \r\n"]) {
    expect(await sendBytes(server.port, `GET /health HTTP/1.1\r\n${host}Connection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 403/,
    );
  }
});

test("[HT1] the host a server is bound to and the address a connection came in on are its names", () => {
  const rules = createHostRules({ host: "kith.lan", port: () => 80, allowOrigins: [] });
  expect(rules.isHostAllowed("Kith.lan", { localAddress: undefined, isLocal: false })).toBe(true);
  expect(rules.isHostAllowed("10.0.0.7:80", { localAddress: "::ffff:10.0.0.7", isLocal: false })).toBe(true);
  expect(rules.isHostAllowed("[fd00::7]", { localAddress: "fd00::7", isLocal: false })).toBe(true);
  expect(rules.isHostAllowed("10.0.0.8", { localAddress: "10.0.0.7", isLocal: false })).toBe(false);
});

test("[HT1] no text is taken for a host but those few", () => {
  const rules = createHostRules({ host: "127.0.0.1", port: () => 8888, allowOrigins: [] });
  const good = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]):8888$/i;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webAuthority(),
        fc.tuple(fc.domain(), fc.nat(70_000)).map(([name, port]) => `${name}:${port}`),
      ),
      (host) => rules.isHostAllowed(host, { localAddress: "127.0.0.1", isLocal: false }) === good.test(host),
    ),
  );
});

test("[HT2] attack 24: a page of another origin is refused with a good token, for reading, writing and signing in", async () => {
  const { server, token, auth } = await start();
  for (const origin of [
    "http://evil.example",
    "null",
    `https://127.0.0.1:${server.port}`,
    `http://127.0.0.1:${server.port + 1}`,
    `${server.url}.evil.example`,
  ]) {
    for (const [method, path] of [
      ["GET", "/api/status"],
      ["POST", "/api/spaces"],
      ["OPTIONS", "/api/spaces"],
      ["GET", `/sign-in?code=${auth.issueSignIn().code}`],
    ] as const) {
      const answer = await send(server.url + path, { method, token, headers: { origin } });
      expect(answer).toMatchObject({ status: 403, code: "ORIGIN_NOT_ALLOWED" });
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    }
  }
});

test("[HT2] an origin let in by --allow-origin passes its preflight and reads answers, without credentials", async () => {
  const origin = "http://localhost:5173";
  const { server, token } = await start({ allowOrigins: [`${origin}/`] });
  const preflight = await send(`${server.url}/api/spaces`, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "POST" },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers).toMatchObject({
    "access-control-allow-origin": origin,
    "access-control-allow-headers": "authorization, content-type, last-event-id",
  });
  const answer = await send(`${server.url}/api/status`, { token, headers: { origin } });
  expect(answer.status).toBe(200);
  expect(answer.headers["access-control-allow-origin"]).toBe(origin);
  expect(answer.headers["access-control-allow-credentials"]).toBeUndefined();
  expect(await send(`${server.url}/api/status`, { headers: { origin } })).toMatchObject({ status: 401 });
});

test("[HT3] everything guarded answers 401 without a token and with a wrong one, known route or not", async () => {
  const { server } = await start();
  for (const path of [
    "/api/status",
    "/api/none",
    "/api",
    "/graphql",
    "/metrics",
    "/openapi.json",
    "/api/ws",
  ]) {
    expect(await send(server.url + path)).toMatchObject({ status: 401, code: "TOKEN_MISSING" });
    expect(await send(server.url + path, { token: "a.b.c" })).toMatchObject({
      status: 401,
      code: "TOKEN_INVALID",
    });
    expect(await send(server.url + path, { headers: { authorization: "Basic YTpi" } })).toMatchObject({
      status: 401,
      code: "TOKEN_INVALID",
    });
  }
  expect(await send(`${server.url}/health`)).toMatchObject({ status: 200, text: '{"status":"ok"}' });
});

test("[HT3] a token in the address is no token", async () => {
  const { server, token } = await start();
  expect(await send(`${server.url}/api/status?token=${token}&access_token=${token}`)).toMatchObject({
    status: 401,
  });
});

test("[HT3] a token may do what its scope says and no more", async () => {
  const { server, service, auth } = await start();
  await service.createSpace({ name: "Climbing" });
  const body = { space: "Climbing", channel: "general", text: "hi" };
  const sender = await issueToken(auth, { scope: "send", ttlMs: 60_000 });
  const reader = await issueToken(auth, { scope: "read", ttlMs: 60_000 });
  expect(await send(`${server.url}/api/messages`, { method: "POST", token: sender, body })).toMatchObject({
    status: 201,
  });
  expect(await send(`${server.url}/api/messages`, { token: sender })).toMatchObject({
    status: 403,
    code: "SCOPE_TOO_SMALL",
  });
  expect(await send(`${server.url}/api/messages`, { token: reader })).toMatchObject({ status: 200 });
  expect(await send(`${server.url}/api/messages`, { method: "POST", token: reader, body })).toMatchObject({
    status: 403,
  });
  for (const token of [sender, reader]) {
    expect(await send(`${server.url}/api/reset`, { method: "POST", token })).toMatchObject({
      status: 403,
      code: "SCOPE_TOO_SMALL",
    });
    expect(await send(`${server.url}/api/sign-in-links`, { method: "POST", token })).toMatchObject({
      status: 403,
    });
  }
});

test("[HT4] attack 24: a signed-in browser's cookie changes something only from the node's own page", async () => {
  const node = await start({ allowOrigins: ["http://localhost:5173"] });
  const { server } = node;
  const cookie = await signIn(node);
  const post = (headers: Record<string, string>) =>
    send(`${server.url}/api/spaces`, {
      method: "POST",
      headers: { cookie, ...headers },
      body: { name: "Made" },
    });
  expect(await post({ origin: server.url })).toMatchObject({ status: 201 });
  expect(await post({ "sec-fetch-site": "same-origin" })).toMatchObject({ status: 201 });
  expect(await post({})).toMatchObject({ status: 403, code: "ORIGIN_NOT_ALLOWED" });
  expect(await post({ "sec-fetch-site": "same-site" })).toMatchObject({ status: 403 });
  expect(await post({ origin: server.url, "sec-fetch-site": "cross-site" })).toMatchObject({ status: 403 });
  expect(await post({ origin: "http://localhost:5173" })).toMatchObject({ status: 403 });
  const get = (headers: Record<string, string>) =>
    send(`${server.url}/api/status`, { headers: { cookie, ...headers } });
  expect(await get({})).toMatchObject({ status: 200 });
  expect(await get({ "sec-fetch-site": "none" })).toMatchObject({ status: 200 });
  expect(await get({ "sec-fetch-site": "same-site" })).toMatchObject({ status: 403 });
});

test("[HT5] a sign-in link signs in once, moves on without its code, and never shows in the log", async () => {
  const node = await start();
  const { server, auth, log, token } = node;
  const { url } = (await send(`${server.url}/api/sign-in-links`, { method: "POST", token })).json<{
    url: string;
  }>();
  expect(url.startsWith(`${server.url}/sign-in?code=`)).toBe(true);
  const head = await send(url, { method: "HEAD" });
  expect(head.status).toBe(404);
  expect(await send(url, { headers: { "sec-purpose": "prefetch" } })).toMatchObject({ status: 401 });
  const answer = await send(url);
  expect(answer.status).toBe(303);
  expect(answer.headers).toMatchObject({
    location: "/",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
  });
  expect(answer.headers["set-cookie"]?.[0]).toContain(`${auth.cookieName}=`);
  const again = await send(url);
  expect(again).toMatchObject({ status: 401, code: "SIGN_IN_INVALID" });
  expect(again.headers["set-cookie"]).toBeUndefined();
  expect(await send(`${server.url}/sign-in`)).toMatchObject({ status: 400, code: "BAD_INPUT" });
  const code = new URL(url).searchParams.get("code") ?? "-";
  expect(log.lines.join("\n") + again.text).not.toContain(code);
});

test("[HT7] wrong tokens and codes are slowed down together, and a right one passes at once", async () => {
  const { server, token, auth } = await start();
  const statuses: number[] = [];
  for (let n = 0; n < BAD_CREDENTIAL_BURST + 40; n += 1) {
    statuses.push(
      (n % 2 === 0
        ? await send(`${server.url}/api/status`, { token: "x" })
        : await send(`${server.url}/sign-in?code=x`)
      ).status,
    );
  }
  expect(statuses.slice(0, BAD_CREDENTIAL_BURST).every((status) => status === 401)).toBe(true);
  expect(statuses).toContain(429);
  expect(await send(`${server.url}/api/status`, { token })).toMatchObject({ status: 200 });
  expect(await send(`${server.url}/sign-in?code=${auth.issueSignIn().code}`)).toMatchObject({ status: 303 });
});

test("[HT7] a token that calls without end is told to slow down, and only that one", async () => {
  const { auth } = await start();
  const { createGate } = await import("./gate.ts");
  const clock = { nowMs: () => Date.now(), monotonicMs: () => 0, after: () => () => undefined };
  const gate = createGate({
    auth,
    clock,
    hosts: createHostRules({ host: "127.0.0.1", port: () => 1, allowOrigins: [] }),
  });
  const call = (token: string) =>
    gate.checkCaller(
      {
        method: "GET",
        headers: { authorization: `Bearer ${token}` },
        localAddress: undefined,
        isLocal: false,
      },
      "read",
    );
  const [busy, calm] = [await auth.ownerToken(), await auth.ownerToken()];
  for (let n = 0; n < TOKEN_BURST; n += 1) await call(busy);
  await expect(call(busy)).rejects.toMatchObject({ code: "TOO_FAST" });
  await expect(call(calm)).resolves.toMatchObject({ scope: "admin" });
});

test("every answer forbids framing, sniffing, caching and other sites' reading", async () => {
  const { server, token } = await start();
  for (const answer of [
    await send(`${server.url}/`),
    await send(`${server.url}/api/status`, { token }),
    await send(`${server.url}/api/none`),
    await send(`${server.url}/%zz`),
  ]) {
    expect(answer.headers).toMatchObject({
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "cache-control": "no-store",
    });
  }
});

test("static files are served outside the API only, behind the same Host check", async () => {
  const { server } = await start({
    staticHandler(request, response) {
      if (request.url !== "/app.js") return false;
      response.end("file /app.js");
      return true;
    },
  });
  expect(await send(`${server.url}/app.js`)).toMatchObject({ status: 200, text: "file /app.js" });
  expect((await send(`${server.url}/app.js`)).headers["x-content-type-options"]).toBe("nosniff");
  expect(await send(`${server.url}/other.js`)).toMatchObject({ status: 404, code: "UNKNOWN_ROUTE" });
  expect((await send(`${server.url}/`)).text).toContain("Kith is running");
  expect(await send(`${server.url}/api/app.js`)).toMatchObject({ status: 401 });
  expect(await send(`${server.url}/app.js`, { method: "POST" })).toMatchObject({ status: 404 });
  expect(await send(`${server.url}/app.js`, { headers: { host: "evil.example" } })).toMatchObject({
    status: 403,
  });
});

test("without a web app the front page says so", async () => {
  const { server } = await start();
  const answer = await send(`${server.url}/`);
  expect(answer).toMatchObject({ status: 200 });
  expect(answer.text).toContain("Kith is running");
  expect(answer.text).toContain("npm start");
});

test("[HT118] the browser that has the node begin anew is led into the one that begins; a token is not", async () => {
  const node = await start();
  const { url } = node.server;
  const cookie = await signIn(node);
  const byPage = await send(`${url}/api/reset`, { method: "POST", headers: { cookie, origin: url } });
  expect(byPage.status).toBe(202);
  await expect.poll(() => node.resets()).toBe(1);
  expect(byPage.json()).toEqual({ resetting: true, signIn: `/sign-in?code=${node.drawn()?.code}` });
  // With both, the token counts, as everywhere.
  const byToken = await send(`${url}/api/reset`, {
    method: "POST",
    token: node.token,
    headers: { cookie, origin: url },
  });
  expect(byToken.json()).toEqual({ resetting: true, signIn: null });
  await expect.poll(() => node.resets()).toBe(2);
  expect(node.drawn()).toBeNull();
});
