import { createClient } from "graphql-sse";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GRAPHQL_PASSING_MAX } from "../limits.ts";
import { followLog } from "./entries.ts";
import { askGraphql, issueToken, startTestServer } from "../testing/index.ts";
import type { GraphqlAsker, TestServer } from "../testing/index.ts";

interface List {
  readonly items: readonly Record<string, unknown>[];
}

let node: TestServer;
let ann: GraphqlAsker;

beforeEach(async () => {
  node = await startTestServer();
  ann = askGraphql(node, node.token);
  await node.service.createSpace({ name: "Climbing" });
});
afterEach(() => node.server.close());

const post = async (text: string, space = "Climbing"): Promise<string> =>
  (await node.service.postMessage({ space, channel: "general", text })).id;

async function asScope(scope: "read" | "send" | "manage"): Promise<GraphqlAsker> {
  return askGraphql(node, await issueToken(node.auth, { scope, ttlMs: 60_000 }));
}

test("[HT77] a message tells what it has said, as REST does, and a deleted one nothing", async () => {
  const id = await post("one");
  await post("never changed");
  await node.service.editMessage(id, "two");
  await node.service.editMessage(id, "three");
  const { message } = await ann.data(`{ message(id: "${id}") { edits { text at } } }`);
  const { items } = await ann.rest<List>(`/api/messages/${id}/edits`);
  expect(message).toEqual({ edits: items });
  expect(items.map(({ text }) => text)).toEqual(["one", "two", "three"]);
  await node.service.deleteMessage(id);
  expect(await ann.data(`{ message(id: "${id}") { text edits { text } } }`)).toEqual({
    message: { text: "", edits: [] },
  });
});

test("[HT43] of a page of messages only those that were changed are looked up, and each of them once", async () => {
  const changed = await post("draft");
  await node.service.editMessage(changed, "final");
  for (let n = 0; n < 20; n += 1)
    // oxlint-disable-next-line no-await-in-loop -- in order
    await node.service.postMessage({ space: "Climbing", channel: "general", text: `${n}`, replyTo: changed });
  const versions = vi.spyOn(node.service, "messageVersions");
  const { messages } = await ann.data(
    "{ messages(limit: 50) { items { edits { text } answered { edits { text } } } } }",
  );
  const { items } = messages as { items: { edits: { text: string }[] }[] };
  expect(items.slice(0, 2).map(({ edits }) => edits.map(({ text }) => text))).toEqual([
    ["draft", "final"],
    ["0"],
  ]);
  expect(versions.mock.calls).toEqual([[changed]]);
});

test("[HT41] who may only send learns nothing of what a message said before", async () => {
  const id = await post("secret");
  await node.service.editMessage(id, "open");
  const sender = await asScope("send");
  expect(await sender.code(`mutation { react(id: "${id}", emoji: "👍") { edits { text } } }`)).toBe(
    "SCOPE_TOO_SMALL",
  );
});

test("[HT77] [HT116] where a message is, is told device by device as REST tells it", async () => {
  const id = await post("who has it?");
  const query = `{ deliveryOf(id: "${id}") { person name device deviceName self state connected lastSeen } }`;
  const { deliveryOf } = await ann.data(query);
  const { items } = await ann.rest<List>(`/api/messages/${id}/delivery`);
  expect(deliveryOf).toEqual(items);
  expect(items.map(({ state }) => state)).toEqual(["kept", "waits", "key"]);
  expect(await ann.code(`{ deliveryOf(id: "${"f".repeat(64)}") { state } }`)).toBe("UNKNOWN_MESSAGE");
  expect(await (await asScope("send")).code(query)).toBe("SCOPE_TOO_SMALL");
});

test("[HT77] what is pinned in a channel is told with who pinned it, the last first, as REST tells it", async () => {
  const first = await post("rope");
  const second = await post("harness");
  for (const id of [first, second]) await ann.data(`mutation { pinMessage(id: "${id}") { pinned } }`);
  const pins = `{ pins(space: "Climbing", channel: "general") { message { id text pinned } by byName at } }`;
  const { pins: told } = await ann.data(pins);
  const { items } = await ann.rest<List>("/api/spaces/Climbing/channels/general/pins");
  expect(told).toMatchObject([{ message: { text: "harness" } }, { message: { text: "rope" } }]);
  expect(items).toMatchObject(told as never);
  await ann.data(`mutation { unpinMessage(id: "${second}") { pinned } }`);
  expect((await ann.data(pins))["pins"]).toHaveLength(1);
  expect(await ann.code('{ pins(space: "Climbing", channel: "none") { at } }')).toBe("UNKNOWN_CHANNEL");
  expect(await (await asScope("send")).code(pins)).toBe("SCOPE_TOO_SMALL");
});

test("[HT77] a message is reported, listed and taken off the list, each with the scope of its REST call", async () => {
  const id = await post("buy now");
  const [reader, sender, manager] = [await asScope("read"), await asScope("send"), await asScope("manage")];
  const report = `mutation { report(id: "${id}", reason: "an advertisement") { id message } }`;
  const list = '{ reports(space: "Climbing") { id space messageId message { text } by byName at reason } }';
  expect(await reader.code(report)).toBe("SCOPE_TOO_SMALL");
  expect(await manager.code(report)).toBe("SCOPE_TOO_SMALL");
  expect((await ann.data(list))["reports"]).toEqual([]);
  const sent = (await sender.data(report))["report"] as { id: string };
  // Repeated it changes nothing.
  expect((await sender.data(report))["report"]).toEqual(sent);
  expect(await sender.code(list)).toBe("SCOPE_TOO_SMALL");
  const { reports } = await reader.data(list);
  const { items } = await ann.rest<List>("/api/spaces/Climbing/reports");
  expect(items).toMatchObject(reports as never);
  expect(reports).toMatchObject([
    { id: sent.id, messageId: id, message: { text: "buy now" }, reason: "an advertisement" },
  ]);
  const handle = `mutation { handleReport(id: "${sent.id}") }`;
  expect(await sender.code(handle)).toBe("SCOPE_TOO_SMALL");
  expect(await ann.code(`mutation { report(id: "${id}", reason: "${"x".repeat(2_000)}") { id } }`)).toBe(
    "BAD_INPUT",
  );
  expect(await manager.data(handle)).toEqual({ handleReport: true });
  expect((await reader.data(list))["reports"]).toEqual([]);
  expect(await manager.code(handle)).toBe("UNKNOWN_REPORT");
});

test("[HT44] what looks through a channel or a space costs as much as a mutation", async () => {
  for (const field of [
    'pins(space: "x", channel: "x") { at }',
    'reports(space: "x") { at }',
    'deliveryOf(id: "x") { state }',
    'channelMembers(space: "x", channel: "x") { name }',
    'verification(person: "x") { digits }',
  ]) {
    const many = Array.from({ length: 60 }, (_, n) => `a${n}: ${field}`);
    expect(await ann.code(`{ ${many.join(" ")} }`)).toBe("TOO_MANY");
    expect(await ann.code(`{ ${many.slice(0, 20).join(" ")} }`)).not.toBe("TOO_MANY");
  }
});

interface Entry {
  readonly cursor: string;
  readonly type: string;
  readonly message: { readonly text: string } | null;
}

function follow(variables: Record<string, unknown>): { next(): Promise<Entry>; end(): void } {
  const client = createClient({
    url: `${node.server.url}/graphql`,
    headers: { authorization: `Bearer ${node.token}` },
    retryAttempts: 0,
  });
  const entries = client.iterate({
    query: `subscription ($since: ID, $space: ID) { log(since: $since, space: $space) { cursor type message { text } } }`,
    variables,
  });
  return {
    async next() {
      const { value } = await entries.next();
      return (value as { data: { log: Entry } }).data.log;
    },
    end: () => client.dispose(),
  };
}

test("[HT42] a subscription to a space hears of no other, however much there is of them, and resumes with nothing lost", async () => {
  await node.service.createSpace({ name: "Sailing" });
  const since = node.service.cursor();
  await post("one");
  // Several pages of the log in a row that are not for it.
  for (let n = 0; n < 1_500; n += 1)
    // oxlint-disable-next-line no-await-in-loop -- in order
    await post(`elsewhere ${n}`, "Sailing");
  await post("two");
  const entries = follow({ since, space: "Climbing" });
  const first = await entries.next();
  expect([first.message?.text, (await entries.next()).message?.text]).toEqual(["one", "two"]);
  const third = entries.next();
  await post("elsewhere again", "Sailing");
  await post("three");
  expect((await third).message?.text).toBe("three");
  entries.end();
  const again = follow({ since: first.cursor, space: "Climbing" });
  expect((await again.next()).message?.text).toBe("two");
  again.end();
});

test("[HT42] a space that there is not is told to who subscribes", async () => {
  const answer = await ann.code('subscription { log(space: "Nowhere") { cursor } }');
  expect(answer).toBe("UNKNOWN_SPACE");
});

test("[HT42] [HT64] who types is told to who reads at that moment, of the space that was asked for, at the cursor of what came before", async () => {
  await node.service.createSpace({ name: "Sailing" });
  const cursor = node.service.cursor();
  const entries = follow({ space: "Climbing" });
  const heard = entries.next();
  // It listens once the log has one more listener than the node's own.
  await vi.waitFor(() => expect(node.service.listenerCount()).toBe(2));
  node.service.sendTyping("Sailing", "general");
  node.service.sendTyping("Climbing", "general");
  expect(await heard).toEqual({ cursor, type: "typing", message: null });
  const next = entries.next();
  await post("done typing");
  expect((await next).message?.text).toBe("done typing");
  entries.end();
});

test("[HT42] [HT64] who typed before what a slow reader has read by now is not told any more: its cursor would lead back", async () => {
  const { signal } = new AbortController();
  const entries = followLog(node.service, { since: undefined, signal, beforeEach: () => undefined });
  node.service.sendTyping("Climbing", "general");
  await post("one");
  const read = async (): Promise<unknown> => (await entries.next()).value?.message?.text;
  expect(await read()).toBe("one");
  const next = read();
  await post("two");
  expect(await next).toBe("two");
  await entries.return?.();
});

test("[HT42] of who types only so many wait for a reader that does not ask", async () => {
  const { signal } = new AbortController();
  const entries = followLog(node.service, { since: undefined, signal, beforeEach: () => undefined });
  for (let n = 0; n < 1_000; n += 1) node.service.sendTyping("Climbing", "general");
  let heard = 0;
  for (; heard < GRAPHQL_PASSING_MAX; heard += 1)
    // oxlint-disable-next-line no-await-in-loop -- one after another
    expect((await entries.next()).value?.type).toBe("typing");
  const next = entries.next();
  await post("at last");
  expect((await next).value?.message?.text).toBe("at last");
  await entries.return?.();
});
