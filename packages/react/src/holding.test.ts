/** What a page does not let go: asked before it is said, held, and asked about again. spec/identity ID66. */
import { expect, test } from "vitest";
import { createKithStore } from "./store.ts";
import { createManualHost, settle } from "./testing/manual-host.ts";
import { CHANNEL, createScriptedNode, message, refusal, SELF, SPACE } from "./testing/scripted-client.ts";
import type { KithStoreOptions, MessageWindow } from "./types.ts";

const here = { space: SPACE, channel: CHANNEL };

async function openPage(mayPost: NonNullable<KithStoreOptions["mayPost"]>, tab = new Map<string, string>()) {
  const node = createScriptedNode();
  const host = createManualHost(tab);
  const store = createKithStore({ client: node.client, host, mayPost });
  const thread = (): MessageWindow => store.messages(here).get();
  const lookAway = store.messages(here).subscribe(() => undefined);
  await settle();
  await settle();
  return { node, host, store, thread, lookAway, states: () => thread().rows.map(({ state }) => state) };
}

test("nothing is posted before it is known whether it may be; then all goes in its order, and is not asked for one by one", async () => {
  let answer: (may: boolean) => void = () => undefined;
  const asked: unknown[] = [];
  const page = await openPage((to) => {
    asked.push(to);
    return new Promise((resolve) => (answer = resolve));
  });
  page.thread().send("one");
  page.thread().send("two");
  await settle();
  expect(page.node.calls.filter((call) => call.startsWith("post"))).toEqual([]);
  expect(page.states()).toEqual(["sending", "sending"]);
  answer(true);
  await settle();
  await settle();
  page.thread().send("three");
  await settle();
  expect(page.node.posted.map(({ text }) => text)).toEqual(["one", "two", "three"]);
  expect(asked).toEqual([here]);
});

test("what may not go is held, is in nobody's way, and goes by itself once it is asked about again", async () => {
  let may = false;
  const page = await openPage(async ({ channel }) => may || channel !== CHANNEL);
  page.thread().send("one");
  page.thread().send("two");
  await settle();
  expect(page.states()).toEqual(["held", "held"]);
  expect(page.host.asksBeforeLeaving()).toBe(true);
  const elsewhere = { space: SPACE, channel: "other" };
  page.store.messages(elsewhere).get().send("to others");
  await settle();
  expect(page.node.posted.map(({ text }) => text)).toEqual(["to others"]);
  page.node.tell("space", { space: null, change: "verification" });
  await settle();
  expect(page.node.posted.map(({ text }) => text)).toEqual(["to others"]);
  may = true;
  page.store.askAgain();
  await settle();
  await settle();
  expect(page.node.posted.map(({ text }) => text)).toEqual(["to others", "one", "two"]);
});

test("an answer holds until anything about people is told: what waits or is tried again after that is asked about", async () => {
  let may = true;
  const page = await openPage(async () => may);
  page.thread().send("goes");
  await settle();
  page.node.fail("post", refusal(403, "NOT_ALLOWED"));
  const refused = page.thread().send("refused")!;
  await settle();
  page.node.kill();
  page.thread().send("waits");
  await settle();
  expect(page.states()).toEqual(["saved", "failed", "waiting"]);
  may = false;
  page.node.start();
  await settle();
  await settle();
  page.thread().retry(refused);
  await settle();
  expect(page.states()).toEqual(["saved", "held", "held"]);
  expect(page.node.posted.map(({ text }) => text)).toEqual(["goes"]);
  page.thread().discard(refused);
  expect(page.states()).toEqual(["saved", "held"]);
});

test.each([
  ["space", { space: SPACE, change: "member" }],
  ["space", { space: null, change: "verification" }],
  ["alias", { person: "person-other", name: "Another" }],
] as const)("an answer from before a change is none: %s %o", async (type, data) => {
  const answers: ((may: boolean) => void)[] = [];
  const page = await openPage(() => new Promise((resolve) => answers.push(resolve)));
  page.thread().send("one");
  await settle();
  page.node.tell(type, data);
  answers[0]?.(true);
  await settle();
  expect(page.node.posted).toEqual([]);
  answers[1]?.(false);
  await settle();
  expect(page.states()).toEqual(["held"]);
});

test("what was held comes back with the next page of the tab, and is asked about there", async () => {
  const tab = new Map<string, string>();
  const first = await openPage(async () => false, tab);
  first.thread().send("held");
  await settle();
  first.store.close();
  const next = await openPage(async () => false, tab);
  await settle();
  expect(next.states()).toEqual(["held"]);
  expect(next.node.posted).toEqual([]);
});

/** A page with one message of its own, on which the person acts while the node is away. */
async function openAway() {
  const told = { may: true };
  const page = await openPage(async () => told.may);
  const mine = message({ text: "first", author: SELF });
  page.node.tellMessage(mine);
  await settle();
  page.node.kill();
  const comeBack = async (): Promise<void> => {
    page.node.start();
    await settle();
    await settle();
  };
  const askAgain = async (): Promise<void> => {
    page.store.askAgain();
    await settle();
  };
  return { ...page, told, id: mine.id, row: () => page.thread().rows[0], comeBack, askAgain };
}

test("[ID66] an edit that waited for the node is held, its words are not lost, and it goes once it may", async () => {
  const page = await openAway();
  page.thread().edit(page.id, "second");
  await settle();
  expect(page.row()).toMatchObject({ text: "second", isEditHeld: false });
  expect(page.host.asksBeforeLeaving()).toBe(true);
  page.told.may = false;
  await page.comeBack();
  expect(page.row()).toMatchObject({ text: "second", editedMs: null, isEditHeld: true, state: "saved" });
  expect(page.host.asksBeforeLeaving()).toBe(true);
  expect(page.node.messages[0]?.text).toBe("first");
  await page.askAgain();
  expect(page.node.messages[0]?.text).toBe("first");
  page.told.may = true;
  await page.askAgain();
  expect(page.node.messages[0]?.text).toBe("second");
  expect(page.row()).toMatchObject({ text: "second", isEditHeld: false });
  expect(page.host.asksBeforeLeaving()).toBe(false);
});

test("[ID66] what is saved in a field that was open already is held as well, and can be taken back", async () => {
  const page = await openAway();
  await page.comeBack();
  page.told.may = false;
  page.node.tell("space", { space: null, change: "verification" });
  page.thread().edit(page.id, "second");
  await settle();
  page.thread().edit(page.id, "third");
  await settle();
  expect(page.row()).toMatchObject({ text: "third", isEditHeld: true });
  page.thread().undoEdit(page.id);
  expect(page.row()).toMatchObject({ text: "first", isEditHeld: false });
  page.told.may = true;
  await page.askAgain();
  expect(page.node.calls.filter((call) => call.startsWith("editMessage"))).toEqual([]);
});

test("[ID66] a held edit is kept though many other conversations are looked at", async () => {
  const page = await openAway();
  page.told.may = false;
  await page.comeBack();
  page.thread().edit(page.id, "second");
  await settle();
  page.lookAway();
  for (let count = 0; count < 10; count += 1)
    page.store.messages({ space: SPACE, channel: `other ${count}` }).get();
  page.told.may = true;
  await page.askAgain();
  expect(page.node.messages[0]?.text).toBe("second");
});

test("[ID66] a reaction that waited is not given but told, and one that is taken back or a deletion goes", async () => {
  const page = await openAway();
  page.thread().react(page.id, "👍");
  page.thread().unreact(page.id, "🎉");
  page.thread().remove(page.id);
  page.host.leave();
  await settle();
  page.told.may = false;
  page.node.calls.length = 0;
  await page.comeBack();
  const said = page.node.calls.filter((call) => /^(un)?react|^deleteMessage/.test(call));
  expect(said.toSorted()).toEqual([`deleteMessage ${page.id}`, `unreact ${page.id} 🎉`]);
  expect(page.thread().refused).toMatchObject({ code: "HELD_BACK" });
  page.told.may = true;
  await page.askAgain();
  expect(page.node.calls.filter((call) => call.startsWith("react"))).toEqual([]);
});

test("while entries do not flow, an answer holds for one time only", async () => {
  const page = await openAway();
  page.thread().send("one");
  await settle();
  page.told.may = false;
  page.thread().edit(page.id, "second");
  await settle();
  expect(page.row()).toMatchObject({ text: "second", isEditHeld: true });
});
