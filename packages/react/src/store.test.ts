import { expect, test } from "vitest";
import { settle } from "./testing/manual-host.ts";
import { openPage } from "./testing/page.ts";
import { CHANNEL, createScriptedNode, message, refusal, SELF, SPACE } from "./testing/scripted-client.ts";

test("a node that is gone is being connected to for five seconds and has stopped after that; it comes back by itself", async () => {
  const { node, host, store } = await openPage();
  const phase = () => store.connection.get().phase;
  expect(phase()).toBe("connected");
  node.kill();
  expect(phase()).toBe("connecting");
  await host.pass(4_999);
  expect(phase()).toBe("connecting");
  await host.pass(1);
  expect(phase()).toBe("stopped");
  node.start();
  await host.pass(2_000);
  expect(phase()).toBe("connected");
  expect(store.networkLog.get().map(({ text }) => text)).toContain(
    "This node does not answer: it has stopped",
  );
});

test("a page whose node was never there says that it has stopped after five seconds", async () => {
  const node = createScriptedNode();
  node.kill();
  const { host, store } = await openPage({ node });
  expect(store.connection.get()).toMatchObject({ phase: "starting", isConnecting: true });
  await host.pass(5_000);
  expect(store.connection.get().phase).toBe("stopped");
});

test("a call answered with 401 is a browser that is signed out, and is not asked again until it is looked at", async () => {
  const { node, host, store } = await openPage();
  node.fail("conversations", refusal(401, "TOKEN_INVALID"));
  host.hide();
  host.show();
  await settle();
  expect(store.connection.get()).toMatchObject({
    phase: "signed-out",
    connectionError: { code: "TOKEN_INVALID" },
  });
  const before = node.calls.length;
  await host.pass(60_000);
  expect(node.calls.slice(before).filter((call) => call === "conversations")).toEqual([]);
  host.hide();
  host.show();
  await settle();
  expect(store.connection.get().phase).toBe("connected");
});

test("a log that begins anew is followed from there, and everything is asked for again", async () => {
  const { node, store, texts } = await openPage();
  node.tellMessage(message({ text: "seen" }));
  node.kill();
  // Written while nothing was told: no entry of the new log speaks of it.
  node.messages.push(message({ text: "missed" }));
  node.startAnew();
  await settle();
  await settle();
  expect(store.connection.get().phase).toBe("connected");
  expect(texts()).toEqual(["seen", "missed"]);
});

test("last message, unread and mentions are live, and are asked for where only the node can tell", async () => {
  const { node, host, store } = await openPage({ watch: false });
  const listed = () => store.conversations.get().conversations[0];
  node.tellMessage(message({ text: "hello" }));
  node.tellMessage(message({ text: "you there, @self?" }));
  node.tellMessage(message({ text: "mine", author: SELF }));
  expect(listed()).toMatchObject({ unread: 2, mentions: 1, last: { text: "mine" } });
  node.conversation = { unread: 3 };
  node.tellMessage(message({ text: "late", at: new Date(1).toISOString() }));
  expect(listed()).toMatchObject({ unread: 2, last: { text: "mine" } });
  await host.pass(1_000);
  await settle();
  expect(listed()?.unread).toBe(3);
});

test("who reads the end of a conversation has nothing unread in it", async () => {
  const { node, host, store, thread } = await openPage();
  const listed = () => store.conversations.get().conversations[0];
  thread().setAtEnd(true);
  node.tellMessage(message());
  expect(listed()?.unread).toBe(0);
  host.hide();
  node.tellMessage(message());
  expect(listed()?.unread).toBe(1);
  thread().markRead();
  expect(listed()).toMatchObject({ unread: 0, readUpTo: node.messages.at(-1)?.id });
  await settle();
  expect(node.calls).toContain(`markRead ${node.messages.at(-1)?.id}`);
});

test("a draft of the node is there when the page opens, and shows in the list as it is typed", async () => {
  const node = createScriptedNode();
  node.drafts.set(CHANNEL, { text: "from before", replyTo: null, clientId: "c-1", at: "" });
  const { host, store } = await openPage({ node });
  expect(store.draft(CHANNEL).get().text).toBe("from before");
  store.draft(CHANNEL).get().setText("and now");
  await host.pass(250);
  expect(store.conversations.get().conversations[0]?.draft?.text).toBe("and now");
});

test("a draft field that is opened while the list is under way still gets the draft of the node", async () => {
  const node = createScriptedNode();
  node.drafts.set(CHANNEL, { text: "from before", replyTo: null, clientId: "c-1", at: "" });
  node.hold("conversations");
  const { store } = await openPage({ node });
  expect(store.draft(CHANNEL).get().text).toBe("");
  node.release("conversations");
  await settle();
  expect(store.draft(CHANNEL).get().text).toBe("from before");
});

test("a node that is busy when the page opens is asked again until it has said who it is", async () => {
  const node = createScriptedNode();
  node.messages.push(message({ text: "there" }));
  node.fail("me", refusal(503, "STORE_FAILED"));
  const { host, texts, thread } = await openPage({ node });
  expect(thread().isLoading).toBe(true);
  await host.pass(1_000);
  await settle();
  expect(texts()).toEqual(["there"]);
});

test("the theme is remembered for the first paint, and is the node's after that; a refusal puts it back", async () => {
  const { node, host, store } = await openPage();
  expect(store.settings.get().theme).toBe("dark");
  expect(host.recall("kith-theme")).toBe("dark");
  node.fail("changeSettings", refusal(400, "BAD_INPUT"));
  const change = store.settings.get().setTheme("light");
  expect(store.settings.get().theme).toBe("light");
  await expect(change).rejects.toThrow("BAD_INPUT");
  expect(store.settings.get().theme).toBe("dark");
});

test("a store that is closed leaves no timer behind and asks for nothing more", async () => {
  const { node, host, store } = await openPage();
  store.draft(CHANNEL).get().setText("unsaved");
  store.close();
  const before = node.calls.length;
  await host.pass(60_000);
  expect(node.calls).toHaveLength(before);
  expect(host.pending()).toBe(0);
});

test("a line of the network log names people as they are known when it is read, not when it was heard", async () => {
  const { node, store } = await openPage();
  const person = "8a1a29da".repeat(8);
  const texts = (): string[] => store.networkLog.get().map(({ text }) => text);
  node.tell("peer", { id: "d", person, name: "Person 8a1a29da", state: "connected", path: "lan" });
  node.tell("space", { space: SPACE, change: "member", members: 2, person, name: "Ben" });
  expect(texts()).toContain("Person 8a1a29da’s device is reachable on this network");
  expect(texts()).toContain("Ben joined a space");
  node.tell("alias", { person, name: "Ben" });
  expect(texts()).toContain("Ben’s device is reachable on this network");
});

test("who can be written to is asked for again when a device comes or goes, while somebody looks", async () => {
  const { node, host, store } = await openPage();
  const asked = (): number => node.calls.filter((call) => call.startsWith("people")).length;
  const come = async (id: string): Promise<void> => {
    node.tell("peer", { id, person: "person-other", name: "Cleo", state: "connected", path: "lan" });
    await host.pass(1_000);
  };
  await come("d");
  expect(asked()).toBe(0);
  const unwatch = store.people.subscribe(() => undefined);
  await host.pass(1_000);
  const before = asked();
  await come("e");
  expect(asked()).toBe(before + 1);
  unwatch();
});

test("a profile that changed brings the conversations anew: the picture of who talks to them may be another", async () => {
  const { node, host, store } = await openPage();
  const unwatch = store.conversations.subscribe(() => undefined);
  await host.pass(1_000);
  const asked = (): number => node.calls.filter((call) => call.startsWith("conversations")).length;
  const before = asked();
  node.tell("alias", { person: "person-other", name: "Cleo" });
  await host.pass(1_000);
  expect(asked()).toBe(before + 1);
  unwatch();
});
