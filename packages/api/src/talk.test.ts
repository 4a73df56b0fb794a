import {
  blockList,
  conversation,
  conversationList,
  joinProgress,
  personList,
  space,
  talkRequestList,
} from "@kith/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { send, startTestServer } from "./testing/index.ts";
import type { Answer, TestServer } from "./testing/index.ts";

let node: TestServer;

const call = (method: string, at: string, body?: unknown): Promise<Answer> =>
  send(node.server.url + at, { method, token: node.token, body });

beforeAll(async () => {
  node = await startTestServer();
});

afterAll(() => node.server.close());

test("[HT58] a person of the list is written to, and called again it is the same conversation", async () => {
  const people = personList.parse((await call("GET", "/api/people")).json()).items;
  expect(people).toMatchObject([{ name: "Ben", common: ["Climbing"], direct: null }]);
  const made = await call("POST", "/api/direct", { person: "Ben", text: "hello" });
  expect(made.status).toBe(201);
  const direct = space.strict().parse(made.json());
  expect(direct).toMatchObject({ kind: "direct", name: "Ben", direct: { name: "Ben", accepted: false } });
  const again = await call("POST", "/api/direct", { person: people[0]?.person });
  expect(space.parse(again.json()).id).toBe(direct.id);
  const said = (await call("GET", `/api/messages?space=${direct.id}`)).json<{ items: { text: string }[] }>();
  expect(said.items.map(({ text }) => text)).toEqual(["hello"]);
  expect(await call("POST", "/api/direct", { person: "Nobody" })).toMatchObject({
    status: 404,
    code: "UNKNOWN_PERSON",
  });
  expect((await call("POST", "/api/direct", { text: "hello" })).status).toBe(400);
  expect((await call("POST", "/api/direct", { person: "Ben", text: "" })).status).toBe(400);
});

test("[HT59] a request is listed with every field, accepted as a link is joined by, and gone then", async () => {
  const { items } = talkRequestList.parse((await call("GET", "/api/requests")).json());
  expect(items).toMatchObject([{ kind: "direct", name: "Ben", text: "Shall we?", title: null }]);
  const accepted = await call("POST", `/api/requests/${items[0]?.id}/accept`, { waitMs: 0 });
  expect(accepted.status).toBe(202);
  expect(joinProgress.strict().parse(accepted.json()).step).toBe("asking");
  for (const what of ["accept", "decline"])
    expect(await call("POST", `/api/requests/${items[0]?.id}/${what}`)).toMatchObject({
      status: 404,
      code: "UNKNOWN_INVITE",
    });
});

test("[HT60] somebody is blocked by name, listed, and no longer blocked by id", async () => {
  expect((await call("PUT", "/api/blocks/Ben")).status).toBe(204);
  const { items } = blockList.parse((await call("GET", "/api/blocks")).json());
  expect(items).toMatchObject([{ name: "Ben", at: "2026-05-03T09:20:00.000Z" }]);
  expect((await call("DELETE", `/api/blocks/${items[0]?.person}`)).status).toBe(204);
  expect((await call("GET", "/api/blocks")).json()).toEqual({ items: [], next: null });
  expect((await call("PUT", "/api/blocks/Nobody")).code).toBe("UNKNOWN_PERSON");
});

test("[HT61] a conversation is muted and no longer", async () => {
  const { channels } = space.parse((await call("POST", "/api/direct", { person: "Ben" })).json());
  const at = `/api/conversations/${channels[0]?.id}/muted`;
  const muted = await call("PUT", at, { muted: true });
  expect(conversation.strict().parse(muted.json())).toMatchObject({ muted: true, direct: { name: "Ben" } });
  expect(conversation.parse((await call("PUT", at, { muted: false })).json()).muted).toBe(false);
  expect((await call("PUT", at, {})).status).toBe(400);
  expect((await call("PUT", "/api/conversations/nowhere/muted", { muted: true })).code).toBe(
    "UNKNOWN_CHANNEL",
  );
});

test("[HT61] a space is muted with all of its conversations, and no longer", async () => {
  const { id, channels } = space.parse((await call("POST", "/api/spaces", { name: "Sailing" })).json());
  const at = `/api/spaces/${id}/muted`;
  const isMuted = async () =>
    conversationList
      .parse((await call("GET", "/api/conversations")).json())
      .items.find(({ channel }) => channel === channels[0]?.id)?.muted;
  expect(space.strict().parse((await call("PUT", at, { muted: true })).json()).muted).toBe(true);
  expect(await isMuted()).toBe(true);
  expect(space.parse((await call("PUT", at, { muted: false })).json()).muted).toBe(false);
  expect(await isMuted()).toBe(false);
  expect((await call("PUT", at, {})).status).toBe(400);
  expect((await call("PUT", "/api/spaces/nowhere/muted", { muted: true })).code).toBe("UNKNOWN_SPACE");
});
