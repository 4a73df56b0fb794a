import { connect } from "node:net";
import {
  batchAnswer,
  errorBody,
  ERROR_STATUS,
  inviteCreated,
  message,
  messageList,
  space,
} from "@kith/contract";
import type { Message } from "@kith/contract";
import { StoreError } from "@kith/core";
import { ServiceError } from "@kith/node";
import type { ServiceErrorCode } from "@kith/node";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { send, sendBytes, startTestServer } from "./testing/index.ts";
import type { Answer, Ask, TestServer } from "./testing/index.ts";

let node: TestServer;
beforeAll(async () => {
  node = await startTestServer();
  await node.service.createSpace({ name: "Climbing" });
});
afterAll(() => node.server.close());

const call = (method: string, path: string, body?: unknown, ask: Ask = {}): Promise<Answer> =>
  send(node.server.url + path, { method, token: node.token, body, ...ask });
const post = (body: unknown): Promise<Answer> => call("POST", "/api/messages", body);
const sound = { space: "Climbing", channel: "general", text: "hello" };

function expectError(answer: Answer, status: number, code: string): void {
  expect(answer, answer.text).toMatchObject({ status, code });
  const { error } = errorBody.parse(answer.json());
  expect(Object.keys(error)).toEqual(["code", "message", "next"]);
  expect(error.message).toMatch(/\S/);
  expect(error.next).toMatch(/\S/);
}

test("a posted message is answered 201 with every field of the contract", async () => {
  const answer = await post({ ...sound, clientId: "c-1", unknownKey: true });
  expect(answer.status).toBe(201);
  const posted = message.strict().parse(answer.json());
  expect(posted).toMatchObject({
    text: "hello",
    files: [],
    clientId: "c-1",
    delivery: { devices: 0, of: 1, readBy: 0 },
  });
  expect(posted.at).toBe(new Date(posted.at).toISOString());
  const plain = (await post(sound)).json<Message>();
  expect(Object.keys(plain)).toEqual([
    "id",
    "space",
    "channel",
    "author",
    "authorName",
    "device",
    "text",
    "at",
    "expires",
    "reactions",
    "files",
    "delivery",
  ]);
  const reply = (await post({ ...sound, replyTo: plain.id, clientId: null })).json<Message>();
  expect(reply.replyTo).toBe(plain.id);
});

test("[HT12] the same clientId twice is answered with the same message", async () => {
  const first = await post({ ...sound, clientId: "twice" });
  const second = await post({ ...sound, text: "other", clientId: "twice" });
  expect(second.status).toBe(201);
  expect(second.text).toBe(first.text);
});

test("[HT12] in a batch each message is answered in its place, and a wrong one keeps no other back", async () => {
  const answer = await call("POST", "/api/messages/batch", {
    messages: [
      { ...sound, text: "one" },
      { ...sound, text: 2 },
      { ...sound, space: "Nowhere" },
      "what",
      { ...sound, text: "x".repeat(16_385) },
      { ...sound, text: "six" },
    ],
  });
  expect(answer.status).toBe(200);
  const { items } = batchAnswer.parse(answer.json());
  expect(items.map((item) => ("error" in item ? item.error.code : item.text))).toEqual([
    "one",
    "BAD_INPUT",
    "UNKNOWN_SPACE",
    "BAD_INPUT",
    "TEXT_TOO_LONG",
    "six",
  ]);
  expect(items[1]).toMatchObject({
    error: { message: expect.stringContaining("messages[1].text") as string },
  });
});

test("[HT12] [HT13] a batch holds 1 to 256 messages and may be larger than other bodies", async () => {
  const of = (count: number, text = "hello") =>
    call("POST", "/api/messages/batch", {
      messages: Array.from({ length: count }, () => ({ ...sound, text })),
    });
  expectError(await of(0), 400, "BAD_INPUT");
  expectError(await of(257), 400, "BAD_INPUT");
  expect((await of(256, "y".repeat(16_384))).status).toBe(200);
});

test.each<[string, unknown, string]>([
  ["no body", undefined, "the body is missing"],
  ["an array", [], "body"],
  ["null", null, "body"],
  ["a number", 7, "body"],
  ["no text", { space: "Climbing", channel: "general" }, "text is missing"],
  ["an empty text", { ...sound, text: "" }, "text is empty"],
  ["a number as text", { ...sound, text: 5 }, "text"],
  ["a lone surrogate", { ...sound, text: "a\ud800" }, "text"],
  ["no space", { channel: "general", text: "x" }, "space is missing"],
  ["an object as space", { ...sound, space: { $gt: "" } }, "space"],
  ["a long channel", { ...sound, channel: "c".repeat(257) }, "channel"],
  ["a long clientId", { ...sound, clientId: "c".repeat(129) }, "clientId"],
  ["files", { ...sound, files: ["a"] }, "files"],
])("[HT6] a message with %s is answered 400 and its field is named", async (_name, body, named) => {
  const answer = await post(body);
  expectError(answer, 400, "BAD_INPUT");
  expect(answer.json<{ error: { message: string } }>().error.message).toContain(named);
});

test("[HT8] a text of 16,384 bytes is taken whole, one of more is answered 413", async () => {
  expect((await post({ ...sound, text: "é".repeat(8_192) })).json<Message>().text).toBe("é".repeat(8_192));
  expectError(await post({ ...sound, text: "é".repeat(8_193) }), 413, "TEXT_TOO_LONG");
  expectError(await post({ ...sound, text: "x".repeat(16_385) }), 413, "TEXT_TOO_LONG");
});

test("[HT8] attack 25: names with overrides, breaks, control characters or separators are refused for people and places", async () => {
  const bad = [
    "a\nb",
    "a\rb",
    "\u0000",
    "a\u0007b",
    "a\u001b[31mb",
    "gpj.\u202Eexe",
    "\u2066x\u2069",
    "a\u2028b",
    "a\u0085b",
    "tail\n",
    "",
    "   ",
    "\u200b",
    "\u0301",
    "n".repeat(81),
    5,
    null,
  ];
  const tries: [string, string, (name: unknown) => unknown][] = [
    ["PATCH", "/api/me", (name) => ({ name })],
    ["POST", "/api/spaces", (name) => ({ name })],
    ["POST", "/api/spaces/Climbing/channels", (name) => ({ name })],
  ];
  for (const [method, path, toBody] of tries) {
    for (const name of bad) {
      const answer = await call(method, path, toBody(name));
      expectError(answer, 400, "BAD_INPUT");
      expect(answer.text).toContain("name");
    }
  }
  for (const name of ["../../etc/passwd", "a/b", "a\\b"]) {
    expectError(await call("POST", "/api/spaces", { name }), 400, "BAD_INPUT");
    expectError(await call("POST", "/api/spaces/Climbing/channels", { name }), 400, "BAD_INPUT");
  }
});

test("[HT8] names of every script are kept, trimmed and brought to one form", async () => {
  for (const [sent, kept] of [
    ["  Café ", "Café"],
    ["Cafe\u0301", "Café"],
    ["日本語", "日本語"],
    ["می‌خواهم", "می‌خواهم"],
    ["👩‍👩‍👧", "👩‍👩‍👧"],
    ["n".repeat(80), "n".repeat(80)],
  ]) {
    expect((await call("PATCH", "/api/me", { name: sent })).json()).toMatchObject({ name: kept });
  }
});

test("[HT13] malformed JSON, poisoned keys and other media types are refused", async () => {
  for (const body of [
    "{",
    '{"a":',
    "nul",
    "{'a':1}",
    "\u0000",
    '{"__proto__":{"admin":true}}',
    '{"constructor":{"prototype":{}}}',
    "[".repeat(1_000),
  ]) {
    expectError(await call("POST", "/api/spaces", body), 400, "BAD_JSON");
  }
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
  ]) {
    expectError(
      await call("POST", "/api/spaces", '{"name":"x"}', { headers: { "content-type": type } }),
      415,
      "MEDIA_TYPE",
    );
  }
});

test("[HT13] deep JSON is refused or ignored, and neither hurts the server", async () => {
  const deep = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  expectError(await call("POST", "/api/spaces", deep(100_000)), 400, "BAD_INPUT");
  expect((await call("POST", "/api/spaces", `{"name":"Deep","extra":${deep(100_000)}}`)).status).toBe(201);
  expectError(
    await call("POST", "/api/spaces", `{"name":${"[".repeat(200_000)}${"]".repeat(200_000)}}`),
    400,
    "BAD_INPUT",
  );
});

test("[HT13] a body over 1 MiB is answered 413, and over 8 MiB for a batch", async () => {
  expectError(await post({ ...sound, extra: "x".repeat(1_048_576) }), 413, "BODY_TOO_LARGE");
  expectError(
    await call("POST", "/api/messages/batch", { messages: [], extra: "x".repeat(8_388_608) }),
    413,
    "BODY_TOO_LARGE",
  );
});

test("[HT13] who is still sending a refused body reads the answer, and the connection lives", async () => {
  const socket = connect(Number(new URL(node.server.url).port), "127.0.0.1");
  const heard: string[] = [];
  const answered = (count: number): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.on("data", () => heard.join("").match(/HTTP\/1\.1 /g)?.length === count && resolve());
      socket.once("close", () => reject(new Error(`closed after ${heard.join("")}`)));
    });
  socket.on("data", (chunk: Buffer) => heard.push(chunk.toString("latin1")));
  const head = `\r\nhost: ${new URL(node.server.url).host}\r\nauthorization: Bearer ${node.token}\r\n`;
  const length = 2 * 1_048_576;
  const first = answered(1);
  socket.write(
    `POST /api/messages HTTP/1.1${head}content-type: application/json\r\ncontent-length: ${length}\r\n\r\n`,
  );
  await first;
  const second = answered(2);
  socket.write("x".repeat(length));
  socket.write(`GET /api/status HTTP/1.1${head}\r\n`);
  await second;
  socket.destroy();
  expect(heard.join("").match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 413", "HTTP/1.1 200"]);
});

test("[HT6] queries out of bounds are answered 400", async () => {
  for (const query of [
    "limit=0",
    "limit=501",
    "limit=x",
    "limit=1.5",
    "limit=",
    "limit=1&limit=2",
    `space=${"s".repeat(257)}`,
    "before=",
  ]) {
    expectError(await call("GET", `/api/messages?${query}`), 400, "BAD_INPUT");
  }
  expectError(await call("GET", "/api/messages?after=unknown"), 404, "UNKNOWN_MESSAGE");
});

test("pages follow each other by next without a gap or a repeat", async () => {
  await node.service.createSpace({ name: "Paging" });
  const all = messageList.parse((await call("GET", "/api/messages?limit=500")).json());
  const first = all.items[0]?.id ?? "";
  const seen: string[] = [first];
  for (let next: string | null = first; next !== null;) {
    const page = messageList.parse((await call("GET", `/api/messages?limit=7&after=${next}`)).json());
    seen.push(...page.items.map(({ id }) => id));
    next = page.next;
  }
  expect(seen).toEqual(all.items.map(({ id }) => id));
});

test("[HT6] unknown things and unknown routes are answered 404", async () => {
  expectError(await call("GET", "/api/spaces/none"), 404, "UNKNOWN_SPACE");
  expectError(await call("GET", "/api/messages/none"), 404, "UNKNOWN_MESSAGE");
  expectError(await call("POST", "/api/messages/none/reactions", { emoji: "👍" }), 404, "UNKNOWN_MESSAGE");
  expectError(await call("DELETE", "/api/spaces/Climbing/invites/none"), 404, "UNKNOWN_INVITE");
  expectError(await post({ ...sound, channel: "none" }), 404, "UNKNOWN_CHANNEL");
  expectError(await call("GET", "/api/none"), 404, "UNKNOWN_ROUTE");
  expectError(await call("DELETE", "/api/status"), 404, "UNKNOWN_ROUTE");
  expectError(await call("GET", `/api/spaces/${"s".repeat(5_000)}`), 400, "BAD_INPUT");
  expectError(await call("GET", "/api/spaces/%ff"), 400, "BAD_INPUT");
  expectError(await call("GET", "/api/ws"), 426, "UPGRADE_NEEDED");
});

test("[HT18] a joining is given up by its invite, and then is unknown", async () => {
  const begun = await call("POST", "/api/join", { link: "kith://join#slow", waitMs: 0 });
  const { invite } = begun.json<{ invite: string }>();
  expect((await call("DELETE", `/api/joins/${invite}`)).status).toBe(204);
  expect((await call("GET", "/api/joins")).json()).toMatchObject({ items: [] });
  expectError(await call("DELETE", `/api/joins/${invite}`), 404, "UNKNOWN_INVITE");
});

test("[HT6] every code of the node has its status", async () => {
  const codes: Record<ServiceErrorCode, number> = {
    BAD_INPUT: 400,
    UNKNOWN_SPACE: 404,
    UNKNOWN_CHANNEL: 404,
    UNKNOWN_MESSAGE: 404,
    MESSAGE_EXPIRED: 404,
    UNKNOWN_PERSON: 404,
    UNKNOWN_INVITE: 404,
    UNKNOWN_PEER: 404,
    UNKNOWN_DEVICE: 404,
    UNKNOWN_LINK: 404,
    LINK_INVALID: 400,
    LINK_CODE_WRONG: 409,
    NOT_EMPTY: 409,
    ROOT_GONE: 409,
    WORDS_INVALID: 400,
    WORDS_WRONG: 409,
    WORDS_UNCHECKED: 409,
    BACKUP_INVALID: 400,
    BACKUP_SECRET: 409,
    NUMBER_DIFFERS: 409,
    AMBIGUOUS_NAME: 409,
    NOT_ALLOWED: 403,
    LAST_OWNER: 409,
    MESSAGE_DELETED: 409,
    PINS_FULL: 409,
    NO_ADMIN: 409,
    UNKNOWN_REPORT: 404,
    NO_KEY: 409,
    DEVICE_RESTORED: 409,
    DEVICE_FORKED: 409,
    INVITE_INVALID: 400,
    INVITE_EXPIRED: 409,
    INVITE_USED_UP: 409,
    INVITE_REVOKED: 409,
    JOIN_REFUSED: 409,
    ALREADY_MEMBER: 409,
    TEXT_TOO_LONG: 413,
    TOO_MANY: 429,
    CURSOR_UNKNOWN: 404,
    DISK_FULL: 507,
    STORE_FAILED: 503,
    PEER_UNREACHABLE: 502,
    STOPPING: 503,
  };
  for (const [code, status] of Object.entries(codes)) {
    expect(ERROR_STATUS[code as ServiceErrorCode]).toBe(status);
    node.service.failNext(new ServiceError(code as ServiceErrorCode, "what happened", "what to do"));
    const answer = await post(sound);
    expectError(answer, status, code);
    expect(answer.json()).toEqual({ error: { code, message: "what happened", next: "what to do" } });
  }
});

test("[HT6] what fails inside is INTERNAL, its cause goes to the log only", async () => {
  node.service.failNext(new TypeError("secret detail of /home/ada"));
  const answer = await post(sound);
  expectError(answer, 500, "INTERNAL");
  expect(answer.text).not.toContain("secret");
  expect(answer.text).not.toContain("TypeError");
  expect(
    node.log.lines.some((line) => line.startsWith("error api:internal") && line.includes("secret detail")),
  ).toBe(true);
});

test("[HT6] a read that meets a damaged page says so and what to do, and is no fault of the caller", async () => {
  node.service.failNext(new StoreError("STORE_CORRUPT", "the store's file is damaged"));
  const answer = await post(sound);
  expectError(answer, 503, "STORE_FAILED");
  expect(answer.json()).toMatchObject({
    error: { message: "the store's file is damaged", next: expect.stringContaining("kith verify") as string },
  });
});

test("[HT6] bytes that are no HTTP are answered in the same shape and the server goes on", async () => {
  for (const bytes of [
    "garbage\r\n\r\n",
    "GET /health HTTP/9.9\r\n\r\n",
    "\u0016\u0003\u0001\u0000\u00a5",
    "POST /api/spaces HTTP/1.1\r\nContent-Length: x\r\n\r\n",
  ]) {
    const text = await sendBytes(node.server.port, bytes);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('{"error":{"code":"BAD_REQUEST"');
  }
  const headers = await sendBytes(
    node.server.port,
    `GET /health HTTP/1.1\r\nX: ${"x".repeat(100_000)}\r\n\r\n`,
  );
  expect(headers).toMatch(/^HTTP\/1\.1 431 /);
  expect((await call("GET", "/health")).status).toBe(200);
});

test("[HT6] no body, however odd, is answered with anything but a known error", async () => {
  const routes = [
    ["POST", "/api/spaces"],
    ["PATCH", "/api/me"],
    ["POST", "/api/messages/batch"],
    ["POST", "/api/join"],
    ["POST", "/api/device-status"],
    ["POST", "/api/peers/connect"],
    ["POST", "/api/spaces/Climbing/invites"],
  ] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...routes),
      fc.jsonValue({ maxDepth: 3 }),
      async ([method, path], body) => {
        const answer = await call(method, path, JSON.stringify(body));
        if (answer.status >= 300) expect(Object.keys(ERROR_STATUS)).toContain(answer.code);
        expect(answer.status).toBeLessThan(500);
      },
    ),
    { numRuns: 200 },
  );
});

test("a space, its invitation and joining answer as the contract says", async () => {
  const made = await call("POST", "/api/spaces", { name: "Book club", kind: "group" });
  expect(made.status).toBe(201);
  expect(space.strict().parse(made.json())).toMatchObject({
    name: "Book club",
    kind: "group",
    channels: [{ name: "general" }],
  });
  const invite = await call("POST", "/api/spaces/Book%20club/invites");
  expect(invite.status).toBe(201);
  expect(inviteCreated.strict().parse(invite.json())).toMatchObject({
    role: "member",
    uses: 1,
    mode: "gated",
    qr: expect.stringContaining("<svg") as string,
  });
  const never = await call("POST", "/api/spaces/Book%20club/invites", {
    expires: null,
    uses: 5,
    role: "reader",
  });
  expect(never.json()).toMatchObject({ expires: null, uses: 5, role: "reader" });
  for (const body of [
    { mode: "closed" },
    { expires: "7y" },
    { expires: "1s" },
    { expires: "9999d" },
    { uses: 0 },
    { uses: 1_001 },
    { role: "owner" },
  ]) {
    expectError(await call("POST", "/api/spaces/Book%20club/invites", body), 400, "BAD_INPUT");
  }
  expect((await call("POST", "/api/join", { link: "kith://join#good" })).status).toBe(201);
  const slow = await call("POST", "/api/join", { link: "kith://join#slow", waitMs: 0 });
  expect(slow).toMatchObject({ status: 202 });
  expect(slow.json()).toMatchObject({ step: "looking-for-inviter" });
  expectError(await call("POST", "/api/join", { link: "kith://join#bad" }), 409, "JOIN_FAILED");
  expectError(await call("POST", "/api/join", { link: "kith://join#x", waitMs: 60_001 }), 400, "BAD_INPUT");
});

test("addresses of peers are understood in both notations and nothing else is", async () => {
  for (const address of [
    "10.0.0.2:5484",
    "[fe80::1%eth0]:5484",
    "/ip4/10.0.0.2/tcp/5484",
    "/dns4/host.lan/tcp/5484",
    "host.lan:5484",
  ]) {
    expect((await call("POST", "/api/peers/connect", { address })).json()).toEqual({ address });
  }
  for (const address of [
    "10.0.0.2",
    "10.0.0.2:0",
    "10.0.0.2:65536",
    ":5484",
    "http://x:1",
    "/ip4/1/udp/5",
    "a b:5",
    `${"h".repeat(400)}:5`,
  ]) {
    expectError(await call("POST", "/api/peers/connect", { address }), 400, "BAD_INPUT");
  }
  expectError(await call("POST", "/api/peers/connect", { address: "10.0.0.2:1" }), 502, "PEER_UNREACHABLE");
});

test("a reset is answered first and done then", async () => {
  expect(node.resets()).toBe(0);
  const answer = await call("POST", "/api/reset");
  expect(answer).toMatchObject({ status: 202, text: '{"resetting":true,"signIn":null}' });
  await expect.poll(() => node.resets()).toBe(1);
});
