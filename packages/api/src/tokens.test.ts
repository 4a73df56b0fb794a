import { afterEach, expect, test } from "vitest";
import { issueToken, send, startTestServer } from "./testing/index.ts";
import type { TestServer } from "./testing/index.ts";

let node: TestServer | null = null;
afterEach(() => node?.server.close());

test("[HT65] a token is made, does what its scope says, is listed without its text, and is refused once revoked", async () => {
  node = await startTestServer();
  const { token: owner, server } = node;
  const url = `${server.url}/api/tokens`;
  const made = await send(url, { method: "POST", token: owner, body: { scope: "read", name: " Bot " } });
  expect(made.status).toBe(201);
  const { id, token, ...rest } = made.json<{ id: string; token: string }>();
  expect(rest).toMatchObject({ scope: "read", name: "Bot", revoked: false });
  const use = () => send(`${server.url}/api/status`, { token });
  expect((await use()).status).toBe(200);
  expect((await send(url, { token })).code).toBe("SCOPE_TOO_SMALL");
  const list = await send(url, { token: owner });
  expect(list.json()).toEqual({ items: [{ id, ...rest }], next: null });
  expect(list.text).not.toContain(token);
  expect((await send(`${url}/${id}`, { method: "DELETE", token: owner })).status).toBe(204);
  expect((await use()).code).toBe("TOKEN_INVALID");
  expect((await send(url, { token: owner })).json()).toMatchObject({ items: [{ id, revoked: true }] });
  expect((await send(`${url}/x`, { method: "DELETE", token: owner })).code).toBe("UNKNOWN_TOKEN");
});

test("[HT3] [HT65] a token of several scopes may do what each of them says, and no more", async () => {
  node = await startTestServer();
  const { token: owner, server } = node;
  const url = `${server.url}/api/tokens`;
  const made = await send(url, { method: "POST", token: owner, body: { scope: "send read send" } });
  const { scope, token } = made.json<{ scope: string; token: string }>();
  expect(scope).toBe("send read");
  const statusOf = async (path: string, body?: object) =>
    (await send(`${server.url}${path}`, { token, ...(body && { method: "POST", body }) })).status;
  expect(await statusOf("/api/status")).toBe(200);
  expect(await statusOf("/api/typing", { space: "x", channel: "y" })).toBe(404);
  expect(await statusOf("/api/spaces", { name: "Hut" })).toBe(403);
  expect(await statusOf("/api/tokens")).toBe(403);
});

test("[HT12] [HT3] who may only send reads no message by guessing what another program called it", async () => {
  node = await startTestServer();
  await node.service.createSpace({ name: "Climbing" });
  const { server, token: owner } = node;
  const place = { space: "Climbing", channel: "general", clientId: "saturday-1" };
  const url = `${server.url}/api/messages`;
  await send(url, { method: "POST", token: owner, body: { ...place, text: "the code is 4711" } });
  const token = await issueToken(node.auth, { scope: "send", ttlMs: 60_000 });
  const body = { ...place, text: "guess" };
  const variables = { m: body };
  const post = "mutation ($m: NewMessage!) { postMessages(messages: [$m]) { text } }";
  for (const [path, asked] of [
    ["/api/messages", body],
    ["/api/messages/batch", { messages: [body] }],
    ["/graphql", { query: post, variables }],
  ] as const) {
    const answer = await send(`${server.url}${path}`, { method: "POST", token, body: asked });
    expect([path, answer.text.includes("guess"), answer.text.includes("4711")]).toEqual([path, true, false]);
  }
  expect(node.service.messages({ limit: 9 }).items).toHaveLength(1);
});

test.each([
  [{}],
  [{ scope: "" }],
  [{ scope: "read  send" }],
  [{ scope: "read,send" }],
  [{ scope: "read root" }],
  [{ scope: "read send manage admin read" }],
  [{ scope: "root" }],
  [{ scope: "send", ttl: "forever" }],
  [{ scope: "send", ttl: "366d" }],
  [{ scope: "send", ttl: 5 }],
  [{ scope: "send", name: "" }],
])("[HT65] %j makes no token", async (body) => {
  node = await startTestServer();
  const { token, server } = node;
  expect(await send(`${server.url}/api/tokens`, { method: "POST", token, body })).toMatchObject({
    status: 400,
    code: "BAD_INPUT",
  });
  expect(node.auth.tokens()).toEqual([]);
});
