/** Streams of one space, over each way, on a real node. */
import type { LogEntry } from "@kith/contract";
import { createKithClient } from "@kith/client";
import type { WayName } from "@kith/client";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { RunningKith } from "../support/kith-process.ts";
import { startWayProxy } from "../support/way-proxy.ts";
import type { ProxyRules } from "../support/way-proxy.ts";
import { startWayReader } from "../support/way-reader.ts";

let node: RunningKith;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  node = await startNode({ name: "Ann" });
  await node.client.createSpace({ name: "Chess" });
  await node.client.createSpace({ name: "Climbing" });
}, 120_000);
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});
afterAll(endEverything);

const place = () => ({ port: node.ready.port, token: node.ready.apiToken });
const textsOf = (entries: readonly LogEntry[]): string[] =>
  entries.flatMap(({ type, data }) => (type === "message" ? [(data as { text: string }).text] : []));
const ways: [WayName, Partial<ProxyRules>][] = [
  ["websocket", {}],
  ["events", { socket: "refuse" }],
  ["polling", { socket: "refuse", events: "refuse" }],
];

/** Every third is about Chess. */
async function sayAll(from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, n) => from + n);
  await node.client.postBatch(
    numbers.map((n) => ({ space: n % 3 === 0 ? "Chess" : "Climbing", channel: "general", text: `${n}` })),
  );
}

test.each(ways)(
  "[CL18] [HT63] over %s a stream of one space holds all that is about it and nothing else, over a cut",
  async (way, rules) => {
    const reader = await startWayReader(way, place(), rules, { space: "Chess" });
    cleanups.push(reader.close);
    await reader.until(({ states }) => states.at(-1) === "open");
    await sayAll(0, 150);
    reader.proxy.cut();
    await sayAll(150, 300);
    await reader.until(({ entries }) => textsOf(entries).includes("297"));
    expect(textsOf(reader.entries)).toEqual(Array.from({ length: 100 }, (_, n) => `${n * 3}`));
    expect(new Set(reader.ways)).toEqual(new Set([way]));
  },
);

test.each(ways)(
  "[CL18] over %s the client's own stream, and the iterable one, are of one space too",
  async (_way, rules) => {
    const proxy = await startWayProxy(node.ready.port, rules);
    cleanups.push(() => proxy.close());
    const client = createKithClient({ url: proxy.url, token: node.ready.apiToken });
    const heard: string[] = [];
    client.on("message", ({ text }) => heard.push(text));
    const opened = new Promise((resolve) => client.on("connect", resolve));
    client.connect({ space: "Chess" });
    cleanups.push(() => client.disconnect());
    await opened;
    const { cursor } = client.getConnectionInfo();
    await sayAll(0, 30);
    const wanted = Array.from({ length: 10 }, (_, n) => `${n * 3}`);
    const read: LogEntry[] = [];
    for await (const entry of client.entries({ space: "Chess", since: cursor ?? "" })) {
      read.push(entry);
      if (textsOf(read).includes("27")) break;
    }
    expect(textsOf(read)).toEqual(wanted);
    await expect.poll(() => heard).toEqual(wanted);
  },
);

test.each(ways)(
  "[CL6] over %s a stream of a space that is not there ends, and says so",
  async (_way, rules) => {
    const proxy = await startWayProxy(node.ready.port, rules);
    cleanups.push(() => proxy.close());
    const client = createKithClient({ url: proxy.url, token: node.ready.apiToken });
    const error = await new Promise((resolve) =>
      client.subscribe({ space: "Nowhere" }, () => undefined, resolve),
    );
    expect(error).toMatchObject({ status: 404, code: "UNKNOWN_SPACE" });
  },
);
