import { startTestServer } from "@kith/api/testing";
import type { TestServer } from "@kith/api/testing";
import type { Message, PostMessage } from "@kith/contract";
import { afterEach, expect, test } from "vitest";
import { startWayProxy } from "../../../tests/support/way-proxy.ts";
import { createKithClient } from "./index.ts";
import type { KithClient, OutboxStorage, Outgoing } from "./index.ts";
import { createOutbox, OUTBOX_MAX } from "./outbox.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(): Promise<TestServer> {
  const node = await startTestServer();
  cleanups.push(() => node.server.close());
  await node.service.createSpace({ name: "Climbing" });
  return node;
}

function createClient(url: string, token: string, outboxStorage?: OutboxStorage): KithClient {
  const client = createKithClient({
    url,
    token,
    ...(outboxStorage === undefined ? null : { outboxStorage }),
  });
  cleanups.push(() => (client.outbox.stop(), client.disconnect()));
  return client;
}

const post = (text: string): PostMessage => ({ space: "Climbing", channel: "general", text });

test("[CL12] a call that is taken and never answered holds up nothing for ever: it counts as lost, and goes out again", async () => {
  const node = await start();
  const proxy = await startWayProxy(node.server.port, { calls: "hang" });
  cleanups.push(() => proxy.close());
  const client = createClient(proxy.url, node.token);
  const [first, second] = [client.outbox.send(post("first")), client.outbox.send(post("second"))];
  await new Promise<void>((resolve) => proxy.onHung(resolve));
  proxy.rules = { ...proxy.rules, calls: "pass" };
  await client.outbox.settled(first.clientId);
  await client.outbox.settled(second.clientId);
  expect(await textsOf(client)).toEqual(["first", "second"]);
}, 40_000);

const textsOf = async (client: KithClient): Promise<string[]> =>
  (await client.messages({ limit: 100 })).items.map(({ text }) => text);

test("[CL12] what is sent while the node is away is there at once, goes out in order once it answers, and is one message each", async () => {
  const node = await start();
  const proxy = await startWayProxy(node.server.port, { calls: "refuse" });
  cleanups.push(() => proxy.close());
  const client = createClient(proxy.url, node.token);
  const told: string[] = [];
  client.on("outgoing", ({ post: { text }, state }) => told.push(`${text} ${state}`));
  const texts = Array.from({ length: 100 }, (_, n) => `message ${n}`);
  const kept = texts.map((text) => client.outbox.send(post(text)));
  expect(client.outbox.list().map((each) => each.post.text)).toEqual(texts);
  expect(new Set(kept.map(({ clientId }) => clientId)).size).toBe(100);
  const [first] = kept;
  const settled = client.outbox.settled(first?.clientId ?? "");
  const all = Promise.all(kept.map(({ clientId }) => client.outbox.settled(clientId)));
  // Stored, and the answer lost: sent again under the same clientId.
  proxy.rules = { ...proxy.rules, calls: "lose" };
  await new Promise<void>((resolve) => proxy.onLost(resolve));
  proxy.rules = { ...proxy.rules, calls: "pass" };
  const message = await settled;
  expect(message).toMatchObject({ text: "message 0", clientId: first?.clientId });
  expect(message.id).not.toBe(first?.clientId);
  await all;
  expect(client.outbox.list()).toEqual([]);
  expect(await textsOf(client)).toEqual(texts);
  expect(told.filter((each) => each.startsWith("message 0 "))).toEqual(
    expect.arrayContaining(["message 0 waiting", "message 0 sending", "message 0 sent"]),
  );
});

test("[CL13] what waits outlives the program where it is stored, and is sent by the next under the same clientId", async () => {
  const node = await start();
  let saved: readonly PostMessage[] = [];
  const storage: OutboxStorage = { load: () => saved, save: (posts) => (saved = posts) };
  const before = createClient("http://127.0.0.1:9", node.token, storage);
  const { clientId } = before.outbox.send(post("kept"));
  before.outbox.stop();
  expect(saved).toEqual([{ ...post("kept"), clientId }]);
  const after = createClient(node.server.url, node.token, storage);
  expect((await after.outbox.settled(clientId)).clientId).toBe(clientId);
  expect(saved).toEqual([]);
  expect(await textsOf(after)).toEqual(["kept"]);
});

test("[CL13] a storage that is full refuses what is new with its own error, and stops nothing that is on its way", async () => {
  const node = await start();
  let isFull = false;
  const save = (): void => {
    if (isFull) throw new Error("no room");
  };
  const client = createClient(node.server.url, node.token, { load: () => [], save });
  const errors: string[] = [];
  client.on("error", ({ code }) => errors.push(code));
  const one = client.outbox.send(post("one"));
  isFull = true;
  expect(() => client.outbox.send(post("two"))).toThrow("no room");
  expect((await client.outbox.settled(one.clientId)).text).toBe("one");
  expect(errors).toEqual(["STORAGE_FAILED"]);
  isFull = false;
  await client.outbox.settled(client.outbox.send(post("three")).clientId);
  expect(await textsOf(client)).toEqual(["one", "three"]);
});

test("[CL12] a refused message keeps its reason, is told once, and can be tried again or thrown away", async () => {
  const node = await start();
  const client = createClient(node.server.url, node.token);
  const errors: string[] = [];
  client.on("error", ({ code }) => errors.push(code));
  const wrong = client.outbox.send({ space: "Nowhere", channel: "general", text: "x" });
  const right = client.outbox.send(post("right"));
  await expect(client.outbox.settled(wrong.clientId)).rejects.toMatchObject({ code: "UNKNOWN_SPACE" });
  expect((await client.outbox.settled(right.clientId)).text).toBe("right");
  expect(errors).toEqual(["UNKNOWN_SPACE"]);
  await node.service.createSpace({ name: "Nowhere" });
  client.outbox.retry(wrong.clientId);
  expect((await client.outbox.settled(wrong.clientId)).text).toBe("x");
  const gone = client.outbox.send({ space: "Elsewhere", channel: "general", text: "y" });
  await expect(client.outbox.settled(gone.clientId)).rejects.toMatchObject({ code: "UNKNOWN_SPACE" });
  client.outbox.discard(gone.clientId);
  expect(client.outbox.list()).toEqual([]);
  await expect(client.outbox.settled(gone.clientId)).rejects.toMatchObject({ code: "DISCARDED" });
  const aborted = client.outbox.settled(client.outbox.send(post("z")).clientId, {
    signal: AbortSignal.abort(),
  });
  await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
});

test("[CL12] an outbox is bounded, and the log's word that a message is stored is taken too", () => {
  const told: Outgoing[] = [];
  const outbox = createOutbox({
    postBatch: () => new Promise(() => undefined),
    freshId: () => "never",
    onChange: (outgoing) => told.push(outgoing),
    onError: () => undefined,
  });
  for (let n = 0; n < OUTBOX_MAX; n += 1) outbox.send({ ...post("x"), clientId: `c${n}` });
  expect(() => outbox.send({ ...post("x"), clientId: "more" })).toThrow(/wait to be sent/);
  outbox.heard({ id: "real", clientId: "c7" } as Message);
  expect(told.at(-1)).toMatchObject({ clientId: "c7", state: "sent", message: { id: "real" } });
  expect(outbox.list()).toHaveLength(OUTBOX_MAX - 1);
  outbox.stop();
});

test("[CL14] one stream for a program: connect, message, peer, status; disconnect and connect again go on where it was", async () => {
  const node = await start();
  const client = createClient(node.server.url, node.token);
  const messages: string[] = [];
  const peers: string[] = [];
  client.on("message", ({ text }) => messages.push(text));
  client.on("peer", ({ name }) => peers.push(name));
  expect(client.getConnectionInfo()).toMatchObject({ isConnected: false, state: "ended", cursor: null });
  const connected = new Promise((resolve) => client.on("connect", resolve));
  client.connect();
  client.connect();
  await connected;
  expect(client.getConnectionInfo()).toMatchObject({
    isConnected: true,
    way: "websocket",
    cursor: node.service.cursor(),
  });
  node.service.append("peer", { id: "d", person: null, name: "Bob", state: "connected", path: "lan" });
  await client.post(post("one"));
  await expect.poll(() => messages).toEqual(["one"]);
  expect(peers).toEqual(["Bob"]);
  client.disconnect();
  expect(client.getConnectionInfo().isConnected).toBe(false);
  await client.post(post("two"));
  client.connect();
  await expect.poll(() => messages).toEqual(["one", "two"]);
  expect((await client.getNodeStatus()).nodeId).toBe(node.service.nodeId);
  const other = createClient(node.server.url, "a.b.c");
  const refused = new Promise((resolve) => other.on("error", resolve));
  other.connect();
  await refused;
  expect(other.getConnectionInfo()).toMatchObject({ state: "ended", error: { code: "TOKEN_INVALID" } });
});
