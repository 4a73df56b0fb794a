/** The client behind the proxies that there are, all of them at once, on a real node that is restarted meanwhile. */
import type { LogEntry } from "@kith/contract";
import { createKithClient } from "@kith/client";
import type { WayName } from "@kith/client";
import { afterEach, expect, test } from "vitest";
import { endEverything, startAgain, startNode } from "../support/kith-process.ts";
import { startWayProxy } from "../support/way-proxy.ts";
import type { ProxyRules, WayProxy } from "../support/way-proxy.ts";

const MESSAGES = 10_240;
const BATCH = 256;
/** A cut of every connection after so many batches. */
const CUT_EACH = 4;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
  await endEverything();
});

interface Reader {
  readonly name: string;
  readonly proxy: WayProxy;
  readonly entries: LogEntry[];
  readonly ways: Set<WayName>;
  reached(cursor: string): Promise<void>;
}

async function startReader(
  name: string,
  node: { readonly port: number; readonly token: string },
  rules: Partial<ProxyRules>,
): Promise<Reader> {
  const proxy = await startWayProxy(node.port, rules);
  cleanups.push(() => proxy.close());
  const client = createKithClient({ url: proxy.url, token: node.token });
  const entries: LogEntry[] = [];
  const ways = new Set<WayName>();
  let check = (): void => undefined;
  client.on("way", (way) => ways.add(way));
  cleanups.push(client.subscribe({ since: "0" }, (entry) => (entries.push(entry), check())));
  return {
    name,
    proxy,
    entries,
    ways,
    reached: (cursor) =>
      new Promise((resolve) => {
        check = () => {
          if (entries.at(-1)?.cursor === cursor) resolve();
        };
        check();
      }),
  };
}

test("[CL1] [HT52] behind every kind of proxy, over cuts and a restart, ten thousand messages come once each and in order", async () => {
  let node = await startNode({ name: "Ann" });
  const space = await node.client.createSpace({ name: "Climbing" });
  const place = { port: node.ready.port, token: node.ready.apiToken };
  const readers = await Promise.all([
    startReader("all open", place, {}),
    startReader("WebSocket refused", place, { socket: "refuse" }),
    startReader("WebSocket hanging", place, { socket: "hang" }),
    startReader("WebSocket and events refused", place, { socket: "refuse", events: "refuse" }),
    startReader("events buffered", place, { socket: "refuse", events: "buffer" }),
  ]);
  let sent = 0;
  async function sendBatch(): Promise<void> {
    const messages = Array.from({ length: BATCH }, () => ({
      space: space.id,
      channel: "general",
      text: `message ${(sent += 1)}`,
    }));
    await node.client.postBatch(messages);
  }
  while (sent < MESSAGES) {
    await sendBatch();
    if ((sent / BATCH) % CUT_EACH === 0) for (const { proxy } of readers) proxy.cut();
    if (sent === MESSAGES / 2) {
      await node.stop();
      node = await startAgain(node);
    }
  }
  const whole: LogEntry[] = [];
  for (let since = "0"; ;) {
    const answer = await fetch(`${node.ready.url}/api/poll?since=${since}&wait=0`, {
      headers: { authorization: `Bearer ${node.ready.apiToken}` },
    });
    const { items, next } = (await answer.json()) as { items: LogEntry[]; next: string };
    if (items.length === 0) break;
    whole.push(...items);
    since = next;
  }
  const texts = (entries: readonly LogEntry[]): string[] =>
    entries.filter(({ type }) => type === "message").map(({ data }) => (data as { text: string }).text);
  expect(texts(whole)).toEqual(Array.from({ length: MESSAGES }, (_, n) => `message ${n + 1}`));
  const cursors = whole.map(({ cursor }) => cursor);
  for (const reader of readers) {
    await reader.reached(cursors.at(-1) ?? "");
    expect(
      reader.entries.map(({ cursor }) => cursor),
      reader.name,
    ).toEqual(cursors);
  }
  const [open, refused, hanging, both, buffered] = readers.map(({ ways }) => [...ways]);
  expect(open).toContain("websocket");
  for (const ways of [refused, hanging]) expect(ways).toContain("events");
  for (const ways of [refused, hanging, both, buffered]) expect(ways).not.toContain("websocket");
  expect(both).toEqual(["polling"]);
  expect(buffered).toEqual(["polling"]);
}, 120_000);
