import { expect, test } from "vitest";
import { settle } from "./testing/manual-host.ts";
import { openPage } from "./testing/page.ts";
import { createScriptedNode, message, noAnswer, refusal, SELF } from "./testing/scripted-client.ts";
import { UNDO_MS } from "./row-changes.ts";

async function opened() {
  const node = createScriptedNode();
  const mine = message({ text: "first", author: SELF });
  node.messages.push(mine, message({ text: "another" }));
  const page = await openPage({ node });
  const row = () => page.thread().rows[0];
  const calls = (name: string) => node.calls.filter((call) => call.startsWith(name));
  return { ...page, node, id: mine.id, row, calls };
}

test("an edit is shown at once, and stays as the node has it", async () => {
  const { thread, id, row, node, calls } = await opened();
  const other = thread().rows[1];
  node.hold("editMessage");
  thread().edit(id, "second");
  expect(row()).toMatchObject({ id, text: "second", key: id });
  expect(row()?.editedMs).not.toBeNull();
  node.release("editMessage");
  await settle();
  expect(calls("editMessage")).toEqual([`editMessage ${id} second`]);
  expect(row()).toMatchObject({ text: "second", editedMs: 0 });
  // A row that did not change is the same object.
  expect(thread().rows[1]).toBe(other);
});

test("an edit that is refused is taken back, and its text is not lost", async () => {
  const { thread, id, row, node } = await opened();
  node.fail("editMessage", refusal(409, "MESSAGE_DELETED"));
  thread().edit(id, "second");
  await settle();
  expect(row()).toMatchObject({ text: "first", editedMs: null });
  expect(thread().refusedChange).toMatchObject({
    message: id,
    text: "second",
    failure: { code: "MESSAGE_DELETED" },
  });
  thread().edit(id, "third");
  await settle();
  expect(thread().refusedChange).toBeNull();
});

test("what is wished for without an answer is said again when the node is back, the last wish alone", async () => {
  const { thread, id, row, node, calls } = await opened();
  node.kill();
  thread().edit(id, "second");
  await settle();
  thread().edit(id, "third");
  await settle();
  expect(row()?.text).toBe("third");
  node.start();
  await settle();
  await settle();
  expect(node.messages[0]?.text).toBe("third");
  expect(calls("editMessage").at(-1)).toBe(`editMessage ${id} third`);
});

test("a deletion is sent after some seconds, and not at all when it is taken back before", async () => {
  const { thread, id, row, host, calls } = await opened();
  thread().remove(id);
  expect(row()).toMatchObject({ leaving: true, deleted: false, text: "first" });
  await host.pass(UNDO_MS - 1);
  thread().undoRemove(id);
  await host.pass(UNDO_MS);
  await settle();
  expect(row()).toMatchObject({ leaving: false, deleted: false });
  expect(calls("deleteMessage")).toEqual([]);
  thread().remove(id);
  await host.pass(UNDO_MS);
  expect(row()).toMatchObject({ leaving: false, deleted: true, text: "" });
  thread().undoRemove(id);
  await settle();
  expect(calls("deleteMessage")).toEqual([`deleteMessage ${id}`]);
  expect(row()).toMatchObject({ deleted: true, text: "" });
});

test("who leaves the page takes nothing back: it is sent then", async () => {
  const { thread, id, host, calls, node } = await opened();
  thread().remove(id);
  host.hide();
  await settle();
  expect(calls("deleteMessage")).toEqual([`deleteMessage ${id}`]);
  expect(node.messages[0]?.deleted).toBe(true);
});

test("a deletion that is refused shows the message again and says why", async () => {
  const { thread, id, row, host, node } = await opened();
  node.fail("deleteMessage", noAnswer(), refusal(403, "NOT_ALLOWED"));
  thread().remove(id);
  await host.pass(UNDO_MS);
  await settle();
  expect(row()?.deleted).toBe(true);
  node.start();
  await settle();
  await settle();
  expect(row()).toMatchObject({ deleted: false, text: "first" });
  expect(thread().refusedChange).toMatchObject({ text: null, failure: { code: "NOT_ALLOWED" } });
});

test("what others did to a message is shown as the log tells it, and a deleted one stays so", async () => {
  const { thread, id, row, node } = await opened();
  const [before] = node.messages;
  node.tell("edit", { ...before, text: "from elsewhere", editedAt: new Date(5).toISOString() });
  expect(row()).toMatchObject({ text: "from elsewhere", editedMs: 5 });
  node.tell("edit", { ...before, text: "", deleted: true });
  thread().edit(id, "too late");
  expect(row()).toMatchObject({ text: "", deleted: true });
});
