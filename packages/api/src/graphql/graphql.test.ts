import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readFile } from "node:fs/promises";
import { createClient as createSocketClient } from "graphql-ws";
import { createClient as createEventsClient } from "graphql-sse";
import { buildSchema as readSchema, getIntrospectionQuery, printSchema } from "graphql";
import { afterEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { auditGraphql, issueToken, send, startTestServer } from "../testing/index.ts";
import type { Answer, TestServer } from "../testing/index.ts";
import { ApiFault } from "../fault.ts";
import { createEngine } from "./engine.ts";
import { buildSchema } from "./schema.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const node = await startTestServer(options);
  cleanups.push(() => node.server.close());
  await node.service.createSpace({ name: "Climbing" });
  return node;
}

interface Result {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { message: string; extensions: { code: string; next: string } }[];
}

const ask = (node: TestServer, query: string, extra: object = {}, token = node.token): Promise<Answer> =>
  send(`${node.server.url}/graphql`, { method: "POST", token, body: { query, ...extra } });

async function refused(node: TestServer, query: string, token = node.token): Promise<string | undefined> {
  const result = (await ask(node, query, {}, token)).json<Result>();
  const [error] = result.errors ?? [];
  expect(error?.extensions.next).toEqual(expect.any(String));
  return error?.extensions.code;
}

const post = `mutation ($text: String!) { postMessage(space: "Climbing", channel: "general", text: $text) { id text authorName spaceInfo { name } } }`;
const follow = `subscription ($since: ID) { log(since: $since) { cursor type message { text } } }`;

test("[HT40] every audit of graphql-http passes", async () => {
  const node = await start();
  const { passed, failed } = await auditGraphql(node.server.url, node.token);
  expect(failed).toEqual([]);
  expect(passed).toBeGreaterThan(55);
});

test("[HT40] the schema in the repository is the one that is served", async () => {
  const text = await readFile(new URL("../../schema.graphql", import.meta.url), "utf8");
  // The formatter lays descriptions out its own way.
  expect(printSchema(readSchema(text))).toBe(printSchema(buildSchema()));
});

test("[HT40] a mutation posts what a query and the REST surface then read", async () => {
  const node = await start();
  const posted = (await ask(node, post, { variables: { text: "hi" } })).json<Result>();
  expect(posted).toEqual({
    data: {
      postMessage: { id: expect.any(String), text: "hi", authorName: "Ada", spaceInfo: { name: "Climbing" } },
    },
  });
  const read = (await ask(node, "{ messages(limit: 5) { items { text } next } }")).json<Result>();
  expect(read.data).toEqual({ messages: { items: [{ text: "hi" }], next: null } });
  expect((await send(`${node.server.url}/api/messages`, { token: node.token })).text).toContain('"hi"');
});

test("[HT41] the gate stands before it: host, origin, credential, body", async () => {
  const node = await start();
  const url = `${node.server.url}/graphql`;
  const body = { query: "{ me { name } }" };
  const at = (headers: Record<string, string>, token?: string) =>
    send(url, { method: "POST", body, headers, ...(token === undefined ? null : { token }) });
  expect(await at({})).toMatchObject({ status: 401, code: "TOKEN_MISSING" });
  expect(await at({}, "a.b.c")).toMatchObject({ status: 401, code: "TOKEN_INVALID" });
  expect(await at({ host: "evil.example" }, node.token)).toMatchObject({
    status: 403,
    code: "HOST_NOT_ALLOWED",
  });
  expect(await at({ origin: "http://evil.example" }, node.token)).toMatchObject({
    code: "ORIGIN_NOT_ALLOWED",
  });
  expect(await at({ "content-type": "text/plain" }, node.token)).toMatchObject({ status: 415 });
  const large = await send(url, {
    method: "POST",
    token: node.token,
    body: { query: "#".repeat(10_000_000) },
  });
  expect(large).toMatchObject({ status: 413, code: "BODY_TOO_LARGE" });
  const cookie = (await node.auth.issueCookie()).split(";")[0] ?? "";
  expect(await at({ cookie })).toMatchObject({ status: 403 });
  expect(await at({ cookie, origin: node.server.url })).toMatchObject({ status: 200 });
  // A query in the address is asked without an origin, by whatever page includes it.
  for (const [site, status] of [
    ["same-site", 403],
    ["cross-site", 403],
    ["same-origin", 200],
  ] as const) {
    const headers = { cookie, "sec-fetch-site": site };
    const answer = await send(`${url}?query=${encodeURIComponent(body.query)}`, { headers });
    expect([site, answer.status]).toEqual([site, status]);
  }
});

test("[HT41] a socket of a foreign page or host, or without a credential, is not opened", async () => {
  const node = await start();
  const opening = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const ws = new WebSocket(`ws://127.0.0.1:${node.server.port}/graphql`, "graphql-transport-ws", {
        headers,
      });
      ws.on("error", () => undefined);
      ws.on("open", () => reject(new Error("was let in")));
      ws.on(
        "unexpected-response",
        (_request, response) => (response.resume(), resolve(response.statusCode ?? 0)),
      );
    });
  const authorization = `Bearer ${node.token}`;
  expect(await opening({ authorization, origin: "http://evil.example" })).toBe(403);
  expect(await opening({ authorization, host: "evil.example" })).toBe(403);
  expect(await opening({})).toBe(401);
  const cookie = (await node.auth.issueCookie()).split(";")[0] ?? "";
  expect(await opening({ cookie })).toBe(403);
});

test("[HT41] a token's scope holds field by field", async () => {
  const node = await start();
  const read = await issueToken(node.auth, { scope: "read", ttlMs: 60_000 });
  const sending = await issueToken(node.auth, { scope: "send", ttlMs: 60_000 });
  const say = (fields: string) =>
    `mutation { postMessage(space: "Climbing", channel: "general", text: "x") ${fields} }`;
  expect((await ask(node, "{ me { name } }", {}, read)).json<Result>().errors).toBeUndefined();
  expect(await refused(node, say("{ id }"), read)).toBe("SCOPE_TOO_SMALL");
  expect(await refused(node, "{ spaces { invites { link } } }", read)).toBe("SCOPE_TOO_SMALL");
  expect((await ask(node, say("{ id }"), {}, sending)).json<Result>().errors).toBeUndefined();
  expect(await refused(node, "{ me { name } }", sending)).toBe("SCOPE_TOO_SMALL");
  expect(await refused(node, say("{ spaceInfo { members { name } } }"), sending)).toBe("SCOPE_TOO_SMALL");
  expect(await refused(node, 'mutation { createSpace(name: "X") { id } }', sending)).toBe("SCOPE_TOO_SMALL");
});

function socketClient(node: TestServer) {
  const client = createSocketClient({
    url: `ws://127.0.0.1:${node.server.port}/graphql`,
    webSocketImpl: class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { headers: { authorization: `Bearer ${node.token}` } });
      }
    },
    retryAttempts: 0,
  });
  cleanups.push(() => client.dispose());
  return client;
}

function eventsClient(node: TestServer) {
  const client = createEventsClient({
    url: `${node.server.url}/graphql`,
    headers: { authorization: `Bearer ${node.token}` },
    retryAttempts: 0,
  });
  cleanups.push(() => client.dispose());
  return client;
}

test.each([
  ["graphql-ws", socketClient],
  ["graphql-sse", eventsClient],
])(
  "[HT42] a client of %s hears what is posted, and resumes by cursor with nothing lost",
  async (_, connect) => {
    const node = await start();
    const client = connect(node);
    let cursor = node.service.cursor();
    const hear = async (texts: readonly string[]): Promise<void> => {
      const entries = client.iterate({ query: follow, variables: { since: cursor } });
      for (const text of texts) {
        // oxlint-disable-next-line no-await-in-loop -- in the order of the log
        const { value } = await entries.next();
        const { log } = (value as { data: { log: { cursor: string; message: { text: string } } } }).data;
        expect(log.message.text).toBe(text);
        cursor = log.cursor;
      }
      await entries.return?.();
    };
    const first = hear(["one"]);
    await ask(node, post, { variables: { text: "one" } });
    await first;
    await ask(node, post, { variables: { text: "two" } });
    await ask(node, post, { variables: { text: "three" } });
    await hear(["two", "three"]);
    // What followed the log has let go of it: only the node's own stream listens.
    await vi.waitFor(() => expect(node.service.listenerCount()).toBe(1));
  },
);

test("[HT42] an unknown cursor is told with its code", async () => {
  const node = await start();
  const entries = socketClient(node).iterate({ query: follow, variables: { since: "nonsense" } });
  const { value } = await entries.next();
  expect(value).toMatchObject({ errors: [{ extensions: { code: "CURSOR_UNKNOWN" } }] });
});

test("[HT45] a variable that does not fit is told on a socket as it is over HTTP: a code, a next step, and nothing else", async () => {
  const node = await start();
  const asked = { query: "query ($space: ID!) { space(space: $space) { id } }", variables: { space: {} } };
  const { value } = await socketClient(node).iterate(asked).next();
  const overHttp = (await ask(node, asked.query, { variables: asked.variables })).json<Result>();
  const [error] = (value as Result).errors ?? [];
  expect(error?.extensions).toEqual({ code: "BAD_INPUT", next: expect.any(String) });
  expect([error]).toEqual(overHttp.errors);
});

test("[HT43] a page of messages looks up each space and its members once", async () => {
  const node = await start();
  for (let n = 0; n < 50; n += 1)
    // oxlint-disable-next-line no-await-in-loop -- in order
    await node.service.postMessage({ space: "Climbing", channel: "general", text: `${n}` });
  const spaces = vi.spyOn(node.service, "spaces");
  const members = vi.spyOn(node.service, "members");
  const answer = await ask(
    node,
    "{ messages(limit: 50) { items { text spaceInfo { name } channelInfo { name } member { name role } } } }",
  );
  expect(answer.json<Result>().errors).toBeUndefined();
  expect([spaces.mock.calls.length, members.mock.calls.length]).toEqual([1, 1]);
});

test("[HT44] what is too deep, too costly, too long or a list of requests is refused before it runs", async () => {
  const node = await start();
  const messages = vi.spyOn(node.service, "messages");
  const deep = `{ message(id: "a") { ${"answered { ".repeat(20)} id ${"} ".repeat(20)} } }`;
  expect(await refused(node, deep)).toBe("TOO_MANY");
  const flood = Array.from({ length: 100 }, (_, n) => `a${n}: messages(limit: 500) { items { id text } }`);
  expect(await refused(node, `{ ${flood.join(" ")} }`)).toBe("TOO_MANY");
  const fragments = Array.from(
    { length: 40 },
    (_, n) => `fragment F${n} on Query { ${n === 39 ? "me { name }" : `...F${n + 1} x${n}: me { name } `} }`,
  );
  const doubling = Array.from(
    { length: 11 },
    (_, n) =>
      `fragment M${n} on Message { ${n === 10 ? "id" : `a: answered { ...M${n + 1} } b: answered { ...M${n + 1} }`} }`,
  );
  expect((await ask(node, `{ ...F0 } ${fragments.join(" ")}`)).json<Result>().errors).toBeUndefined();
  expect(await refused(node, `{ messages(limit: 500) { items { ...M0 } } } ${doubling.join(" ")}`)).toBe(
    "TOO_MANY",
  );
  const long = await ask(node, `{ ${"me { name } ".repeat(600)} }`);
  expect(long.text).toContain("2000 tokens");
  expect(await refused(node, "{ nothing }")).toBe("BAD_INPUT");
  const batch = await send(`${node.server.url}/graphql`, {
    method: "POST",
    token: node.token,
    body: [{ query: "{ me { name } }" }, { query: "{ me { name } }" }],
  });
  expect(batch.status).toBe(400);
  expect(messages).not.toHaveBeenCalled();
});

test("[HT44] a socket's operations are held to the same, and to a number at a time", async () => {
  const node = await start();
  const client = socketClient(node);
  const flood = Array.from({ length: 100 }, (_, n) => `a${n}: messages(limit: 500) { items { id } }`);
  const costly = client.iterate({ query: `{ ${flood.join(" ")} }` }).next();
  await expect(costly).rejects.toMatchObject([{ extensions: { code: "TOO_MANY" } }]);
  const open = Array.from({ length: 16 }, () => client.iterate({ query: follow }));
  const waiting = open.map((entries) => entries.next());
  const more = client.iterate({ query: follow }).next();
  await expect(more).rejects.toMatchObject([{ extensions: { code: "TOO_MANY" } }]);
  for (const entries of open) void entries.return?.();
  await Promise.allSettled(waiting);
});

test("[HT41] an operation on a socket counts as a call of its token", async () => {
  const node = await start();
  const engine = createEngine({
    ...node,
    url: () => "",
    introspection: true,
    gate: {
      checkPlace: () => undefined,
      checkCaller: () => Promise.reject(new Error("the upgrade is over")),
      countBad: (fault) => fault,
      isOver: () => false,
      watch: () => () => undefined,
      countCall() {
        throw new ApiFault("TOO_FAST", "too many requests in a short time", "wait a second");
      },
    },
  });
  const claims = { tokenId: "t", scope: "admin", expiresMs: node.clock.nowMs() + 60_000 } as const;
  const server = createServer().on("upgrade", (...upgrade) => engine.admit(claims, ...upgrade));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  cleanups.push(() => engine.close());
  const { port } = server.address() as AddressInfo;
  const client = createSocketClient({
    url: `ws://127.0.0.1:${port}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  cleanups.push(() => client.dispose());
  const asked = client.iterate({ query: "{ me { name } }" }).next();
  await expect(asked).rejects.toMatchObject([{ extensions: { code: "TOO_FAST" } }]);
});

test("[HT42] a socket and a stream end when their token expires", async () => {
  const node = await start();
  const token = await issueToken(node.auth, { scope: "read", ttlMs: 60_000 });
  const ws = new WebSocket(`ws://127.0.0.1:${node.server.port}/graphql`, "graphql-transport-ws", {
    headers: { authorization: `Bearer ${token}` },
  });
  const closed = new Promise<number>((resolve) => ws.once("close", resolve));
  await new Promise((resolve) => ws.once("open", resolve));
  const events = await fetch(`${node.server.url}/graphql`, {
    method: "POST",
    headers: {
      accept: "text/event-stream",
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ query: follow }),
  });
  expect(events.status).toBe(200);
  node.clock.advance(61_000);
  expect(await closed).toBe(4401);
  // Its end comes; a stream that stayed open would hold the test up.
  expect(await events.text()).not.toContain("cursor");
});

test("[HT45] errors carry the contract's code and next step, and nothing of what failed inside", async () => {
  const node = await start();
  expect(await refused(node, '{ space(space: "none") { id } }')).toBe("UNKNOWN_SPACE");
  expect(await refused(node, "{ messages(limit: 100000) { next } }")).toBe("BAD_INPUT");
  node.service.failNext(new Error("secret path"));
  const failed = await ask(node, post, { variables: { text: "x" } });
  expect(failed.text).not.toContain("secret path");
  expect(failed.json<Result>().errors?.[0]?.extensions.code).toBe("INTERNAL");
});

test("[HT46] introspection can be turned off, and then names nothing", async () => {
  const open = await start();
  expect((await ask(open, getIntrospectionQuery())).json<Result>().errors).toBeUndefined();
  const shut = await start({ graphqlIntrospection: false });
  expect(await refused(shut, "{ __schema { types { name } } }")).toBe("BAD_INPUT");
  expect((await ask(shut, "{ mee { name } }")).text).not.toContain("Did you mean");
});
