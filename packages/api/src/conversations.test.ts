import { conversation, conversationList, draftSaved } from "@kith/contract";
import type { Message } from "@kith/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { send, startTestServer } from "./testing/index.ts";
import type { Answer, TestServer } from "./testing/index.ts";

let node: TestServer;
let path: string;
let message: Message;

const call = (method: string, at: string, body?: unknown): Promise<Answer> =>
  send(node.server.url + at, { method, token: node.token, body });

beforeAll(async () => {
  node = await startTestServer();
  const space = await node.service.createSpace({ name: "Climbing" });
  path = `/api/conversations/${space.channels[0]?.id}`;
  const posted = await call("POST", "/api/messages", { space: space.id, channel: "general", text: "hello" });
  message = posted.json<Message>();
});

afterAll(() => node.server.close());

test("[HT15] a conversation is answered with every field of the contract", async () => {
  await call("PUT", `${path}/draft`, { text: "half", replyTo: message.id, clientId: "c1" });
  await call("PUT", `${path}/place`, { message: message.id, offset: -7 });
  const marked = await call("PUT", `${path}/read`, { message: message.id });
  expect(marked.status).toBe(200);
  const list = conversationList.parse((await call("GET", "/api/conversations")).json());
  expect(list.items).toEqual([conversation.strict().parse(marked.json())]);
  expect(list.items[0]).toMatchObject({
    spaceName: "Climbing",
    name: "general",
    last: message,
    unread: 0,
    readUpTo: message.id,
    draft: { text: "half", replyTo: message.id, clientId: "c1", at: expect.stringMatching(/Z$/) as string },
    place: { message: message.id, offset: -7 },
  });
});

test("[HT16] empty text without replyTo removes a draft, with one it is a draft still", async () => {
  const save = async (body: unknown) => draftSaved.parse((await call("PUT", `${path}/draft`, body)).json());
  expect((await save({ text: "", replyTo: message.id })).draft).toMatchObject({ text: "", clientId: null });
  expect(await save({ text: "", replyTo: null, clientId: null })).toEqual({ draft: null });
});

test("settings are read and changed", async () => {
  expect((await call("GET", "/api/settings")).json()).toEqual({ theme: "system" });
  expect((await call("PATCH", "/api/settings", { theme: "dark" })).json()).toEqual({ theme: "dark" });
  expect((await call("GET", "/api/settings")).json()).toEqual({ theme: "dark" });
});

test.each<[string, string, string, unknown, number, string]>([
  ["an unknown channel", "PUT", "/api/conversations/nowhere/draft", { text: "x" }, 404, "UNKNOWN_CHANNEL"],
  ["an unknown message", "PUT", "read", { message: "0".repeat(64) }, 404, "UNKNOWN_MESSAGE"],
  ["a mark without a message", "PUT", "read", {}, 400, "BAD_INPUT"],
  ["a draft without text", "PUT", "draft", {}, 400, "BAD_INPUT"],
  ["half a character", "PUT", "draft", { text: "\ud800" }, 400, "BAD_INPUT"],
  ["a draft that no message could be", "PUT", "draft", { text: "x".repeat(16_385) }, 413, "TEXT_TOO_LONG"],
  ["an endless clientId", "PUT", "draft", { text: "x", clientId: "c".repeat(129) }, 400, "BAD_INPUT"],
  ["half a pixel", "PUT", "place", { message: "m", offset: 0.5 }, 400, "BAD_INPUT"],
  ["a place far away", "PUT", "place", { message: "m", offset: 100_001 }, 400, "BAD_INPUT"],
  ["an unknown theme", "PATCH", "/api/settings", { theme: "pink" }, 400, "BAD_INPUT"],
  ["a change of nothing", "PATCH", "/api/settings", { colour: "dark" }, 400, "BAD_INPUT"],
])("[HT15] %s is refused", async (_what, method, at, body, status, code) => {
  const answer = await call(method, at.startsWith("/") ? at : `${path}/${at}`, body);
  expect(answer, answer.text).toMatchObject({ status, code });
});
