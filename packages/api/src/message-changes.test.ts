import { deliveryList, message, messageVersions, pinList } from "@kith/contract";
import type { Message } from "@kith/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { send, startTestServer } from "./testing/index.ts";
import type { Answer, TestServer } from "./testing/index.ts";

let node: TestServer;
let path: string;

const call = (method: string, at: string, body?: unknown): Promise<Answer> =>
  send(node.server.url + at, { method, token: node.token, body });

beforeAll(async () => {
  node = await startTestServer();
  const space = await node.service.createSpace({ name: "Climbing" });
  const posted = await call("POST", "/api/messages", { space: space.id, channel: "general", text: "hello" });
  path = `/api/messages/${posted.json<Message>().id}`;
});

afterAll(() => node.server.close());

test("[HT101] what a message has said is listed with every field of the contract", async () => {
  const list = messageVersions.strict().parse((await call("GET", `${path}/edits`)).json());
  expect(list.items).toMatchObject([{ text: "hello" }]);
});

test("[HT116] where a message is, is listed device by device with every field of the contract; an unknown one is 404", async () => {
  const list = deliveryList.strict().parse((await call("GET", `${path}/delivery`)).json());
  expect(list.items.map(({ state, lastSeen }) => [state, lastSeen])).toEqual([
    ["kept", "2026-05-03T09:20:00.000Z"],
    ["waits", "2026-05-03T09:20:00.000Z"],
    ["key", null],
  ]);
  const unknown = await call("GET", `/api/messages/${"f".repeat(64)}/delivery`);
  expect([unknown.status, unknown.code]).toEqual([404, "UNKNOWN_MESSAGE"]);
});

test("[HT103] a message is pinned and taken down, each answered with the message", async () => {
  expect(message.strict().parse((await call("POST", `${path}/pin`)).json()).pinned).toBe(true);
  expect(message.strict().parse((await call("DELETE", `${path}/pin`)).json()).pinned).toBeUndefined();
  pinList.strict().parse((await call("GET", "/api/spaces/Climbing/channels/general/pins")).json());
});

test("[HT100] a message is changed and deleted, each answered with the message as it is", async () => {
  const edited = await call("PATCH", path, { text: "hello all" });
  expect(edited.status).toBe(200);
  const now = message.strict().parse(edited.json());
  expect([now.text, now.deleted]).toEqual(["hello all", undefined]);
  expect(Date.parse(now.editedAt ?? "")).toBeGreaterThan(Date.parse(now.at));
  expect((await call("PATCH", path, { text: "" })).code).toBe("BAD_INPUT");
  const gone = message.strict().parse((await call("DELETE", path)).json());
  expect([gone.text, gone.deleted]).toEqual(["", true]);
});
