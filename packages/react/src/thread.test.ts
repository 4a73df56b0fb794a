import { expect, test } from "vitest";
import { settle } from "./testing/manual-host.ts";
import { openPage } from "./testing/page.ts";
import { CHANNEL, createScriptedNode, message, refusal, SELF, SPACE } from "./testing/scripted-client.ts";
import { ROWS_MAX } from "./window.ts";

function withHistory(count: number) {
  const node = createScriptedNode();
  for (let n = 0; n < count; n += 1) node.messages.push(message({ text: `old ${n}` }));
  return node;
}

test("opens with the newest hundred, and pages both ways within a window of 300", async () => {
  const { thread, texts } = await openPage({ node: withHistory(650) });
  expect(thread()).toMatchObject({ isLoading: false, hasOlder: true, hasNewer: false, isAtLatest: true });
  expect(texts()).toHaveLength(100);
  for (let page = 0; page < 4; page += 1) await thread().loadOlder();
  expect(texts()).toHaveLength(ROWS_MAX);
  expect(texts()[0]).toBe("old 150");
  expect(thread()).toMatchObject({ hasOlder: true, hasNewer: true, isAtLatest: false });
  for (let page = 0; page < 2; page += 1) await thread().loadNewer();
  expect(texts().at(-1)).toBe("old 649");
  expect(thread()).toMatchObject({ hasNewer: false, isAtLatest: true });
});

test("a page asked for on every scroll is asked for once", async () => {
  const { node, thread } = await openPage({ node: withHistory(300) });
  const before = node.calls.length;
  await Promise.all([thread().loadOlder(), thread().loadOlder(), thread().loadOlder()]);
  expect(node.calls).toHaveLength(before + 1);
});

test("a message that comes while a page is under way is not lost between the two", async () => {
  const { node, thread, texts } = await openPage({ node: withHistory(400) });
  for (let page = 0; page < 3; page += 1) await thread().loadOlder();
  expect(thread().hasNewer).toBe(true);
  node.hold("messages");
  const loading = thread().loadNewer();
  await settle();
  // Told by the log, and not in the page that was read before it was written.
  const late = message({ text: "just now" });
  node.tell("message", late);
  node.release("messages");
  await loading;
  expect(texts().at(-1)).toBe("just now");
});

test("who reads far back sees nothing slide; the newest are one call away", async () => {
  const { node, thread, texts } = await openPage({ node: withHistory(400) });
  for (let page = 0; page < 2; page += 1) await thread().loadOlder();
  const shown = texts();
  node.tellMessage(message({ text: "new" }));
  expect(texts()).toEqual(shown);
  expect(thread().isAtLatest).toBe(false);
  await thread().showLatest();
  expect(texts().at(-1)).toBe("new");
  expect(thread().isAtLatest).toBe(true);
});

test("sent from far back, the row is there at once and the newest come with it", async () => {
  const { thread, texts, last } = await openPage({ node: withHistory(400) });
  for (let page = 0; page < 3; page += 1) await thread().loadOlder();
  const key = thread().send("from far back");
  expect(last()?.key).toBe(key);
  await settle();
  await settle();
  expect(last()).toMatchObject({ key, state: "saved" });
  expect(texts().at(-2)).toBe("old 399");
});

test("opens where the reader was, with the divider above the first unread of others", async () => {
  const node = withHistory(650);
  node.conversation = {
    unread: 300,
    readUpTo: node.messages[349]!.id,
    place: { message: node.messages[340]!.id, offset: 12 },
  };
  const { thread, texts } = await openPage({ node });
  expect(texts()).toContain("old 340");
  expect(thread()).toMatchObject({ hasOlder: true, hasNewer: true, place: { offset: 12 } });
  const divider = thread().rows.find(({ key }) => key === thread().newSince);
  expect(divider?.text).toBe("old 350");
});

test("[expectation 9] what comes while the reader is further up or in another tab gets the divider above its first", async () => {
  const { node, host, thread } = await openPage({ node: withHistory(3) });
  const divided = () => thread().rows.find(({ key }) => key === thread().newSince)?.text ?? null;
  thread().setAtEnd(true);
  thread().markRead();
  node.tellMessage(message({ text: "seen as it came" }));
  thread().markRead();
  expect(divided()).toBeNull();
  thread().setAtEnd(false);
  node.tellMessage(message({ text: "one's own, from another device", author: SELF }));
  node.tellMessage(message({ text: "first below" }));
  node.tellMessage(message({ text: "second below" }));
  expect(divided()).toBe("first below");
  thread().setAtEnd(true);
  thread().markRead();
  expect(divided()).toBe("first below");
  host.hide();
  node.tellMessage(message({ text: "first while hidden" }));
  node.tellMessage(message({ text: "second while hidden" }));
  host.show();
  thread().markRead();
  expect(divided()).toBe("first while hidden");
});

test("[expectation 9] the divider stands above what came while the node's log was lost, too", async () => {
  const { node, thread } = await openPage({ node: withHistory(3) });
  thread().setAtEnd(true);
  node.tellMessage(message({ text: "seen" }));
  thread().markRead();
  thread().setAtEnd(false);
  node.kill();
  node.messages.push(message({ text: "meanwhile" }));
  node.startAnew();
  await settle();
  await settle();
  expect(thread().rows.find(({ key }) => key === thread().newSince)?.text).toBe("meanwhile");
});

test("a place whose message is gone opens at the newest", async () => {
  const node = withHistory(200);
  node.conversation = { place: { message: "gone", offset: 0 } };
  const { thread, texts } = await openPage({ node });
  expect(thread().error).toBeNull();
  expect(texts().at(-1)).toBe("old 199");
});

test("two devices in one millisecond stand as the node lists them, in the end", async () => {
  const { node, host, texts } = await openPage();
  const at = "2030-01-01T00:00:00.000Z";
  const first = message({ text: "first by the node", at, device: "b" });
  const second = message({ text: "second by the node", at, device: "a" });
  node.messages.push(first, second);
  node.tell("message", second);
  node.tell("message", first);
  await host.pass(300);
  await settle();
  expect(texts()).toEqual(["first by the node", "second by the node"]);
});

test("a reaction shows at once, and is undone with its reason when the node refuses it", async () => {
  const node = withHistory(1);
  const { thread, last } = await openPage({ node });
  const { id } = node.messages[0]!;
  node.hold("react");
  thread().react(id, "👍");
  expect(last()?.reactions).toEqual([{ emoji: "👍", people: [SELF], mine: true }]);
  node.fail("react", refusal(403, "NOT_ALLOWED"));
  node.release("react");
  await settle();
  expect(last()?.reactions).toEqual([]);
  expect(thread().refused?.code).toBe("NOT_ALLOWED");
  thread().react(id, "🎉");
  await settle();
  expect(last()?.reactions).toEqual([{ emoji: "🎉", people: [SELF], mine: true }]);
  expect(thread().refused).toBeNull();
});

test("a reaction given while the node is gone is given when it is back; one taken back meanwhile never was", async () => {
  const node = withHistory(1);
  const { thread, last } = await openPage({ node });
  const { id } = node.messages[0]!;
  node.kill();
  thread().react(id, "👍");
  thread().react(id, "🎉");
  thread().unreact(id, "🎉");
  await settle();
  expect(last()?.reactions.map(({ emoji }) => emoji)).toEqual(["👍"]);
  node.start();
  await settle();
  expect(node.calls).toContain(`unreact ${id} 🎉`);
  expect(last()?.reactions).toEqual([{ emoji: "👍", people: [SELF], mine: true }]);
});

test("reactions, names and members of others reach the rows that are shown", async () => {
  const node = withHistory(2);
  const { host, thread } = await openPage({ node });
  const [first, second] = node.messages as [(typeof node.messages)[0], (typeof node.messages)[0]];
  const before = thread().rows;
  node.tell("reaction", { message: first.id, emoji: "👍", author: "person-other", present: true });
  expect(thread().rows[0]?.reactions).toEqual([{ emoji: "👍", people: ["person-other"], mine: false }]);
  expect(thread().rows[1]).toBe(before[1]);
  node.tell("alias", { person: "person-other", name: "Ben" });
  expect(thread().rows.map(({ authorName }) => authorName)).toEqual(["Ben", "Ben"]);
  node.messages[1] = { ...second, delivery: { devices: 0, of: 3, readBy: 0 } };
  node.tell("space", { space: second.space, change: "member", members: 4 });
  await host.pass(500);
  await settle();
  expect(thread().rows[1]?.delivery.of).toBe(3);
});

test.each(["member-removed", "channel-removed", "device-removed", "invite-revoked"])(
  "what is heard no more leaves the page that shows it (%s)",
  async (change) => {
    const node = withHistory(2);
    const { host, thread } = await openPage({ node });
    const [kept, fenced] = node.messages.splice(0, 2) as [
      (typeof node.messages)[0],
      (typeof node.messages)[0],
    ];
    node.messages.push(kept);
    node.tell("space", { space: fenced.space, change });
    await host.pass(500);
    await settle();
    expect(thread().rows.map(({ id }) => id)).toEqual([kept.id]);
  },
);

test("where the reader stands is kept in the node, seldom", async () => {
  const node = withHistory(3);
  const { host, store, thread } = await openPage({ node });
  let told = 0;
  store.conversations.subscribe(() => (told += 1));
  for (const { id } of node.messages) thread().savePlace({ message: id, offset: 0 });
  host.frame();
  expect(told).toBe(0);
  await host.pass(500);
  expect(node.calls.filter((call) => call.startsWith("savePlace"))).toEqual([
    `savePlace ${node.messages[2]!.id}`,
  ]);
});

test("a page that is loaded again stands where the old one was left, though the node has not heard of it yet", async () => {
  const node = withHistory(300);
  const { host, store, thread } = await openPage({ node });
  node.hold("savePlace");
  thread().savePlace({ message: node.messages[250]!.id, offset: 0 });
  await host.pass(500);
  thread().savePlace({ message: node.messages[20]!.id, offset: -7 }, { isLeaving: true });
  expect(node.calls).toContain(`savePlace ${node.messages[20]!.id}`);
  store.close();
  const again = await openPage({ node, host });
  expect(again.thread().place).toEqual({ message: node.messages[20]!.id, offset: -7 });
  expect(again.texts()).toContain("old 20");
  again.store.close();
  await host.pass(10_000);
  expect((await openPage({ node, host })).thread().place).toBeNull();
});

test("who comes back to a conversation finds the place they left, from the first look on", async () => {
  const { store, thread } = await openPage({ node: withHistory(300), watch: false });
  const messages = store.messages({ space: SPACE, channel: CHANNEL });
  const leave = messages.subscribe(() => undefined);
  await settle();
  await settle();
  const { id } = thread().rows[20]!;
  thread().savePlace({ message: id!, offset: 3 });
  leave();
  expect(thread().place).toEqual({ message: id, offset: 3 });
});

test("a window ends where older messages are still on their way, and goes on when they have come", async () => {
  const node = withHistory(40);
  const shown = Array.from({ length: 5 }, (_, n) => message({ text: `early ${n}`, early: true }));
  node.messages.push(...shown);
  const { thread, texts } = await openPage({ node });
  expect(texts()).toEqual(shown.map(({ text }) => text));
  expect(thread()).toMatchObject({ hasOlder: false, awaitsOlder: true, isAtLatest: true });
  const before = node.calls.length;
  await thread().loadOlder();
  thread().setAtEnd(true);
  thread().markRead();
  thread().savePlace({ message: shown[4]?.id ?? "", offset: 0 }, { isLeaving: true });
  await settle();
  // The node knows none of them yet.
  expect(node.calls.slice(before)).toEqual([]);

  // They have come: what is read is told then, without another look.
  for (const each of shown) {
    const { early: _, ...stored } = each;
    node.messages[node.messages.indexOf(each)] = stored;
    node.tell("message", stored);
  }
  await settle();
  expect(texts()).toEqual(shown.map(({ text }) => text));
  expect(thread()).toMatchObject({ hasOlder: true, awaitsOlder: false });
  expect(node.calls.filter((call) => call.startsWith("markRead"))).toHaveLength(1);
  await thread().loadOlder();
  expect(texts()[0]).toBe("old 0");
});

test("what is shown early and does not stand goes when the log says that a channel shows something else", async () => {
  const node = withHistory(3);
  const shown = message({ text: "in no set", early: true });
  node.messages.push(shown);
  const { texts } = await openPage({ node });
  expect(texts()).toEqual(["in no set"]);
  node.messages.pop();
  node.tell("space", { space: SPACE, change: "early", channels: [CHANNEL] });
  await settle();
  await settle();
  expect(texts()).toEqual(["old 0", "old 1", "old 2"]);
});

test("[HT114] messages whose time is over leave the window, what answers one says so, and saying it twice changes nothing", async () => {
  const node = withHistory(1);
  const gone = message({ text: "for a minute", expires: new Date(99_000).toISOString() });
  node.messages.push(gone, message({ text: "answers it", replyTo: gone.id }));
  const { thread, texts } = await openPage({ node });
  expect(texts()).toEqual(["old 0", "for a minute", "answers it"]);
  expect(thread().rows.map(({ expiresMs }) => expiresMs)).toEqual([null, 99_000, null]);
  for (const messages of [[gone.id], [gone.id], ["nothing here"]]) {
    node.tell("space", { space: SPACE, change: "messages-expired", channel: CHANNEL, messages });
    await settle();
    expect(texts()).toEqual(["old 0", "answers it"]);
    expect(thread().rows.map(({ isReplyToExpired }) => isReplyToExpired)).toEqual([false, true]);
  }
});
