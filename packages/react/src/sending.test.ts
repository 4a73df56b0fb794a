import { expect, test } from "vitest";
import { settle } from "./testing/manual-host.ts";
import { openPage } from "./testing/page.ts";
import { CHANNEL, message, refusal, SPACE } from "./testing/scripted-client.ts";

test("a row is there the moment it is sent, and keeps its key when the id comes", async () => {
  const { node, thread, last } = await openPage();
  const key = thread().send("hello");
  expect(last()).toMatchObject({ key, id: null, text: "hello", state: "sending", mine: true });
  await settle();
  expect(last()).toMatchObject({ key, id: node.messages[0]?.id, state: "saved" });
  expect(thread().rows).toHaveLength(1);
});

test("what the person does is told at once, what others do with the next frame", async () => {
  const { node, host, store, thread } = await openPage();
  const conversation = { space: SPACE, channel: CHANNEL };
  const told: string[] = [];
  store.messages(conversation).subscribe(() => told.push("rows"));
  store.draft(CHANNEL).subscribe(() => told.push("draft"));
  host.frame();
  told.length = 0;
  store.draft(CHANNEL).get().setText("hello");
  expect(told).toEqual(["draft"]);
  thread().send("hello");
  expect(told.toSorted()).toEqual(["draft", "draft", "rows"]);
  host.frame();
  told.length = 0;
  node.tellMessage(message());
  node.tellMessage(message());
  expect(told).toEqual([]);
  host.frame();
  expect(told).toEqual(["rows"]);
});

test("the log may tell of it before the answer does, or after: it is one row", async () => {
  const { node, thread, last } = await openPage();
  const before = thread().send("log first")!;
  await settle();
  node.hold("post");
  const key = thread().send("answer late")!;
  await settle();
  // The node has stored it and told the log; its answer is still on the way.
  const stored = { ...node.messages[0]!, id: "id-x", text: "answer late", clientId: key };
  node.messages.push({ ...stored, at: new Date(9e9).toISOString() });
  node.tell("message", node.messages.at(-1));
  expect(last()).toMatchObject({ key, id: "id-x", state: "saved" });
  node.release("post");
  await settle();
  node.tell("message", node.messages[0]);
  expect(thread().rows.map((row) => row.key)).toEqual([before, key]);
});

test("what was acknowledged before the answer came is not taken back by the answer", async () => {
  const { node, thread, last } = await openPage();
  thread().send("quick");
  await settle();
  const id = node.messages[0]!.id;
  node.tell("delivery", { messages: [{ id, devices: 2, of: 2 }] });
  node.tell("message", node.messages[0]);
  expect(last()?.delivery).toMatchObject({ devices: 2, of: 2 });
});

test("a node killed in mid-send: the row waits, is sent by itself with the same clientId, and is one message", async () => {
  const { node, host, thread, last, texts } = await openPage();
  node.hold("post");
  const key = thread().send("first");
  const second = thread().send("second");
  await settle();
  node.kill();
  node.release("post");
  await settle();
  expect(thread().rows.map(({ state }) => state)).toEqual(["waiting", "waiting"]);
  expect(host.asksBeforeLeaving()).toBe(true);
  node.start();
  await settle();
  await settle();
  expect(node.posted.map(({ clientId }) => clientId)).toEqual([key, second]);
  expect(texts()).toEqual(["first", "second"]);
  expect(last()?.state).toBe("saved");
  expect(host.asksBeforeLeaving()).toBe(false);
});

test("a message stored just before the node died is not doubled by sending it again", async () => {
  const { node, thread, texts } = await openPage();
  const { client } = node;
  node.hold("post");
  const key = thread().send("stored, unanswered")!;
  await settle();
  node.release("post");
  await client.post({ space: "space", channel: CHANNEL, text: "stored, unanswered", clientId: key });
  node.kill();
  node.start();
  await settle();
  await settle();
  expect(node.messages).toHaveLength(1);
  expect(texts()).toEqual(["stored, unanswered"]);
});

test("refused: the reason and what to do stay with the row until it is tried again or deleted", async () => {
  const { node, thread, last } = await openPage();
  node.fail("post", refusal(403, "NOT_ALLOWED"), refusal(403, "NOT_ALLOWED"));
  const key = thread().send("not for me")!;
  await settle();
  expect(last()).toMatchObject({
    key,
    state: "failed",
    failure: { code: "NOT_ALLOWED", next: "do something else" },
  });
  thread().retry(key);
  expect(last()).toMatchObject({ state: "sending", failure: null });
  await settle();
  expect(last()?.state).toBe("failed");
  thread().discard(key);
  expect(thread().rows).toEqual([]);
});

test("a node that hangs in the middle of a post is given up after a while and asked again", async () => {
  const { node, host, thread, last } = await openPage();
  node.hold("post");
  thread().send("into the void");
  await host.pass(15_000);
  await settle();
  expect(last()?.state).toBe("waiting");
  node.release("post");
  await host.pass(2_000);
  await settle();
  expect(last()?.state).toBe("saved");
  expect(node.messages).toHaveLength(1);
});

test("the draft goes with its message: same clientId, never saved after it", async () => {
  const { node, host, store, thread } = await openPage();
  const draft = () => store.draft(CHANNEL).get();
  draft().setText("hello");
  node.hold("saveDraft");
  await host.pass(250);
  const key = thread().send("hello");
  expect(draft().text).toBe("");
  await settle();
  expect(node.posted).toEqual([]);
  node.release("saveDraft");
  await settle();
  await settle();
  expect(node.posted.map(({ clientId }) => clientId)).toEqual([key]);
  expect(node.drafts.size).toBe(0);
  await host.pass(10_000);
  expect(node.drafts.size).toBe(0);
});

test("a node killed in mid-typing: the draft is saved again by itself, behind what was sent before it", async () => {
  const { node, host, store, thread } = await openPage();
  node.kill();
  thread().send("sent while it was dead");
  store.draft(CHANNEL).get().setText("typed while it was dead");
  await host.pass(300);
  expect(store.draft(CHANNEL).get().isSaved).toBe(false);
  node.start();
  await host.pass(100);
  await settle();
  expect(node.messages.map(({ text }) => text)).toEqual(["sent while it was dead"]);
  expect(node.drafts.get(CHANNEL)?.text).toBe("typed while it was dead");
  expect(store.draft(CHANNEL).get()).toMatchObject({ text: "typed while it was dead", isSaved: true });
});

test("nothing is no message", async () => {
  const { thread } = await openPage();
  expect(thread().send("  \n ")).toBeNull();
  expect(thread().rows).toEqual([]);
});

test("what waits comes back with the next page of the tab, goes out with its clientId, and then is kept nowhere", async () => {
  const tab = new Map<string, string>();
  const first = await openPage({ tab });
  const { node } = first;
  first.store.draft(CHANNEL).get().setText("one");
  await first.host.pass(300);
  node.kill();
  const keys = [first.thread().send("one"), first.thread().send("two")];
  await settle();
  expect([...tab.values()].join()).toContain("two");
  first.store.close();
  node.start();
  node.hold("post");
  const next = await openPage({ tab, node });
  expect(next.texts()).toEqual(["one", "two"]);
  expect(next.thread().rows.map(({ state }) => state)).toEqual(["waiting", "waiting"]);
  // The node still has the first as a draft: it is not shown a second time.
  expect(next.store.draft(CHANNEL).get().text).toBe("");
  node.release("post");
  await settle();
  await settle();
  expect(node.posted.map(({ clientId }) => clientId)).toEqual(keys);
  expect(next.thread().rows.map(({ key, state }) => [key, state])).toEqual(keys.map((key) => [key, "saved"]));
  expect(tab.size).toBe(0);
});

test("what was refused comes back with its reason, is tried again or deleted, and asks before it is lost", async () => {
  const tab = new Map<string, string>();
  const first = await openPage({ tab });
  const { node } = first;
  node.fail("post", refusal(403, "NOT_ALLOWED"), refusal(403, "NOT_ALLOWED"));
  const key = first.thread().send("not for me")!;
  first.thread().send("nor this");
  await settle();
  await settle();
  expect(first.host.asksBeforeLeaving()).toBe(true);
  first.store.close();
  const next = await openPage({ tab, node });
  expect(next.thread().rows.map(({ state }) => state)).toEqual(["failed", "failed"]);
  expect(next.thread().rows[0]).toMatchObject({ key, failure: { code: "NOT_ALLOWED" } });
  next.thread().retry(key);
  await settle();
  expect(node.posted.map(({ clientId }) => clientId)).toEqual([key]);
  next.thread().discard(next.last()!.key);
  expect(tab.size).toBe(0);
});

test("a tab keeps nothing when it is signed out, and gives nothing to another node", async () => {
  const tab = new Map<string, string>();
  const first = await openPage({ tab });
  first.node.kill();
  first.thread().send("for this node alone");
  await settle();
  const kept = [...tab];
  first.store.close();
  const other = new Map(kept.map(([key, value]) => [key, value.replace("device-self", "device-else")]));
  const elsewhere = await openPage({ tab: other });
  expect(elsewhere.texts()).toEqual([]);
  expect(other.size).toBe(0);
  const node = first.node;
  node.start();
  node.fail("post", refusal(401, "TOKEN_INVALID"));
  const again = await openPage({ tab, node });
  await settle();
  expect(again.store.connection.get().phase).toBe("signed-out");
  expect(tab.size).toBe(0);
});
