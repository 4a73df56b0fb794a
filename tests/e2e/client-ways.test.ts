/** The client behind the proxies that there are, all of them at once, on a real node that crashes meanwhile. */
import type { LogEntry } from "@kith/contract";
import { afterEach, expect, test } from "vitest";
import { endEverything, startAgain, startNode } from "../support/kith-process.ts";
import { readLog, startWayReader } from "../support/way-reader.ts";

const MESSAGES = 10_240;
const BATCH = 256;
/** A cut of every connection after so many batches. */
const CUT_EACH = 4;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
  await endEverything();
});

test("[CL1] [HT52] behind every kind of proxy, over cuts and a crash, ten thousand messages come once each and in order", async () => {
  let node = await startNode({ name: "Ann" });
  const space = await node.client.createSpace({ name: "Climbing" });
  const place = { port: node.ready.port, token: node.ready.apiToken };
  const readers = await Promise.all([
    startWayReader("all open", place, {}, { since: "0" }),
    startWayReader("WebSocket refused", place, { socket: "refuse" }, { since: "0" }),
    startWayReader("WebSocket hanging", place, { socket: "hang" }, { since: "0" }),
    startWayReader(
      "WebSocket and events refused",
      place,
      { socket: "refuse", events: "refuse" },
      { since: "0" },
    ),
    startWayReader("events buffered", place, { socket: "refuse", events: "buffer" }, { since: "0" }),
  ]);
  for (const reader of readers) cleanups.push(reader.close);
  let sent = 0;
  async function sendBatch(): Promise<void> {
    const messages = Array.from({ length: BATCH }, () => ({
      space: space.id,
      channel: "general",
      text: `message ${(sent += 1)}`,
    }));
    await node.client.postBatch(messages);
  }
  /** SIGKILL while entries flow to every reader and a batch is being written. */
  async function crash(): Promise<void> {
    const before = readers.map(({ entries }) => entries.length);
    await Promise.race(
      readers.map((reader, n) => reader.until(({ entries }) => entries.length > (before[n] ?? 0))),
    );
    await node.kill();
    node = await startAgain(node);
  }
  while (sent < MESSAGES) {
    await (sent === MESSAGES / 2 ? Promise.all([sendBatch(), crash()]) : sendBatch());
    if ((sent / BATCH) % CUT_EACH === 0) for (const { proxy } of readers) proxy.cut();
  }
  const whole = await readLog({ url: node.ready.url, token: node.ready.apiToken });
  const texts = (entries: readonly LogEntry[]): string[] =>
    entries.filter(({ type }) => type === "message").map(({ data }) => (data as { text: string }).text);
  expect(texts(whole)).toEqual(Array.from({ length: MESSAGES }, (_, n) => `message ${n + 1}`));
  const cursors = whole.map(({ cursor }) => cursor);
  for (const reader of readers) {
    await reader.until(({ entries }) => entries.at(-1)?.cursor === cursors.at(-1));
    expect(
      reader.entries.map(({ cursor }) => cursor),
      reader.name,
    ).toEqual(cursors);
  }
  const [open, refused, hanging, both, buffered] = readers.map(({ ways }) => [...new Set(ways)]);
  expect(open).toContain("websocket");
  for (const ways of [refused, hanging]) expect(ways).toContain("events");
  for (const ways of [refused, hanging, both, buffered]) expect(ways).not.toContain("websocket");
  expect(both).toEqual(["polling"]);
  expect(buffered).toEqual(["polling"]);
}, 120_000);
