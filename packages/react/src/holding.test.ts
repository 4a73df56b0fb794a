/** What a page does not let go: asked before it is posted, held, and asked about again. */
import { expect, test } from "vitest";
import { createKithStore } from "./store.ts";
import { createManualHost, settle } from "./testing/manual-host.ts";
import { CHANNEL, createScriptedNode, refusal, SPACE } from "./testing/scripted-client.ts";
import type { KithStoreOptions, MessageWindow } from "./types.ts";

const here = { space: SPACE, channel: CHANNEL };

async function openPage(mayPost: NonNullable<KithStoreOptions["mayPost"]>, tab = new Map<string, string>()) {
  const node = createScriptedNode();
  const host = createManualHost(tab);
  const store = createKithStore({ client: node.client, host, mayPost });
  const thread = (): MessageWindow => store.messages(here).get();
  store.messages(here).subscribe(() => undefined);
  await settle();
  await settle();
  return { node, host, store, thread, states: () => thread().rows.map(({ state }) => state) };
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
