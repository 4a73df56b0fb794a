import { expect, test } from "vitest";
import { createCells } from "./cell.ts";
import { createDraft, SAVE_DELAY_MS } from "./draft.ts";
import { createManualHost, settle } from "./testing/manual-host.ts";
import { CHANNEL, createScriptedNode, noAnswer, refusal } from "./testing/scripted-client.ts";

function begin() {
  const host = createManualHost();
  const node = createScriptedNode();
  const keeper = createDraft({
    channel: CHANNEL,
    client: node.client,
    host,
    cells: createCells(host),
    onSaving: () => undefined,
    onSignedOut: () => undefined,
  });
  const kept = () => node.drafts.get(CHANNEL);
  const saves = () => node.calls.filter((call) => call.startsWith("saveDraft"));
  return { host, node, keeper, kept, saves, view: () => keeper.view.get() };
}

test("is saved a quarter of a second after the last change, once", async () => {
  const { host, kept, saves, view } = begin();
  view().setText("h");
  await host.pass(SAVE_DELAY_MS - 1);
  view().setText("he");
  await host.pass(SAVE_DELAY_MS - 1);
  expect(saves()).toEqual([]);
  expect(view()).toMatchObject({ text: "he", isSaved: false });
  await host.pass(1);
  await settle();
  expect(saves()).toEqual(["saveDraft he"]);
  expect(kept()?.text).toBe("he");
  expect(view().isSaved).toBe(true);
});

test("carries the clientId that its send will use, for as long as it is that draft", async () => {
  const { host, keeper, kept, view } = begin();
  view().setText("hello");
  await host.pass(SAVE_DELAY_MS);
  const clientId = kept()?.clientId;
  view().setText("hello!");
  view().flush();
  await settle();
  expect(kept()).toMatchObject({ text: "hello!", clientId });
  expect(keeper.take("hello!")).toBe(clientId);
  expect(view()).toMatchObject({ text: "", isSaved: true });
  view().setText("next");
  expect(keeper.take("next")).not.toBe(clientId);
});

test("a text that is not the draft leaves the draft alone", () => {
  const { keeper, view } = begin();
  view().setText("half a thought");
  keeper.take("👋");
  expect(view().text).toBe("half a thought");
});

test("is saved again by itself when the node was gone", async () => {
  const { host, node, keeper, kept, view } = begin();
  node.fail("saveDraft", noAnswer(), noAnswer());
  view().setText("typed while it died");
  await host.pass(SAVE_DELAY_MS);
  await settle();
  expect(view().isSaved).toBe(false);
  keeper.nodeIsBack();
  await settle();
  expect(kept()).toBeUndefined();
  await host.pass(2_000);
  await settle();
  expect(kept()?.text).toBe("typed while it died");
  expect(view().isSaved).toBe(true);
});

test("a change during a save is saved after it, never beside it", async () => {
  const { host, node, kept, saves, view } = begin();
  node.hold("saveDraft");
  view().setText("one");
  await host.pass(SAVE_DELAY_MS);
  view().setText("one two");
  await host.pass(SAVE_DELAY_MS);
  expect(saves()).toEqual(["saveDraft one"]);
  node.release("saveDraft");
  await host.pass(0);
  await settle();
  expect(saves()).toEqual(["saveDraft one", "saveDraft one two"]);
  expect(kept()?.text).toBe("one two");
});

test("a page that is left saves at once", async () => {
  const { keeper, kept, view } = begin();
  view().setText("last words");
  keeper.leave();
  await settle();
  expect(kept()?.text).toBe("last words");
});

test("what the node had before never overwrites what was typed since", async () => {
  const { host, keeper, view } = begin();
  const old = { text: "old", replyTo: null, clientId: "c-old", at: "" };
  const asked = keeper.stamp();
  view().setText("new");
  keeper.adopt(old, asked);
  expect(view().text).toBe("new");
  const unsaved = keeper.stamp();
  await host.pass(SAVE_DELAY_MS);
  await settle();
  keeper.adopt(old, unsaved);
  expect(view().text).toBe("new");
});

test("a draft of another page is taken up; changed here it is another message", () => {
  const { keeper, view } = begin();
  keeper.adopt({ text: "from before", replyTo: null, clientId: "c-1", at: "" }, keeper.stamp());
  expect(view().text).toBe("from before");
  expect(keeper.take("from before")).toBe("c-1");
  keeper.adopt({ text: "from before", replyTo: null, clientId: "c-1", at: "" }, keeper.stamp());
  expect(view().text).toBe("");
  keeper.adopt({ text: "other", replyTo: null, clientId: "c-2", at: "" }, keeper.stamp());
  view().setText("other words");
  expect(keeper.take("other words")).not.toBe("c-2");
});

test("a draft that was sent from another page goes when its message comes", () => {
  const { keeper, view } = begin();
  keeper.adopt({ text: "sent there", replyTo: null, clientId: "c-1", at: "" }, keeper.stamp());
  keeper.forget("c-1");
  expect(view().text).toBe("");
});

test("refused words are kept here and not said to be saved", async () => {
  const { host, node, view, saves } = begin();
  node.fail("saveDraft", refusal(413, "TEXT_TOO_LONG"));
  view().setText("much too long");
  await host.pass(SAVE_DELAY_MS + 2_000);
  expect(view()).toMatchObject({ text: "much too long", isSaved: false });
  expect(saves()).toHaveLength(1);
});
