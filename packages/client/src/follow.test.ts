import { startTestServer } from "@kith/api/testing";
import type { TestServer } from "@kith/api/testing";
import type { LogEntry } from "@kith/contract";
import { afterEach, expect, test } from "vitest";
import { startWayProxy } from "../../../tests/support/way-proxy.ts";
import type { ProxyRules, WayProxy } from "../../../tests/support/way-proxy.ts";
import { createKithClient } from "./index.ts";
import type { KithClient, StreamState, WayName } from "./index.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Reader {
  readonly client: KithClient;
  readonly entries: LogEntry[];
  readonly ways: WayName[];
  readonly states: StreamState[];
  /** The first time that a stream is open. */
  readonly opened: Promise<void>;
  until(holds: () => boolean): Promise<void>;
}

function read(url: string, token: string): Reader {
  const client = createKithClient({ url, token });
  const checks = new Set<() => void>();
  const tell = (): void => {
    for (const check of checks) check();
  };
  const reader: Reader = {
    client,
    entries: [],
    ways: [],
    states: [],
    opened: new Promise((resolve) => {
      client.on("connect", () => resolve());
    }),
    until: (holds) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!holds()) return;
          checks.delete(check);
          resolve();
        };
        checks.add(check);
        check();
      }),
  };
  client.on("way", (way) => (reader.ways.push(way), tell()));
  client.on("status", (state) => (reader.states.push(state), tell()));
  cleanups.push(client.subscribe({}, (entry) => (reader.entries.push(entry), tell())));
  return reader;
}

async function start(
  rules: Partial<ProxyRules>,
): Promise<{ node: TestServer; proxy: WayProxy; reader: Reader }> {
  const node = await startTestServer();
  cleanups.push(() => node.server.close());
  await node.service.createSpace({ name: "Climbing" });
  const proxy = await startWayProxy(node.server.port, rules);
  cleanups.push(() => proxy.close());
  return { node, proxy, reader: read(proxy.url, node.token) };
}

const texts = (entries: readonly LogEntry[]): string[] =>
  entries.map(({ data }) => (data as { text: string }).text);
const bursts = (count: number): string[] => Array.from({ length: count }, (_, n) => `burst ${n}`);

test.each<[string, Partial<ProxyRules>, WayName]>([
  ["all open", {}, "websocket"],
  ["WebSocket refused", { socket: "refuse" }, "events"],
  ["WebSocket and events refused", { socket: "refuse", events: "refuse" }, "polling"],
  ["WebSocket hanging", { socket: "hang" }, "events"],
  ["events buffered", { socket: "refuse", events: "buffer" }, "polling"],
  ["WebSocket hanging, events buffered", { socket: "hang", events: "buffer" }, "polling"],
  ["WebSocket and events hanging", { socket: "hang", events: "hang" }, "polling"],
])("[CL1] [CL2] %s: entries come by the best way that opens", async (_name, rules, way) => {
  const { node, reader } = await start(rules);
  // On a machine that is too slow for the first attempt it is climbed to.
  await reader.until(() => reader.ways.at(-1) === way);
  node.service.burst(10, 3);
  await reader.until(() => reader.entries.length === 10);
  expect(texts(reader.entries)).toEqual(bursts(10));
});

test("[CL3] what falls climbs back to the WebSocket, unseen: nothing is lost, repeated or called closed", async () => {
  const { node, proxy, reader } = await start({ socket: "refuse", events: "refuse" });
  await reader.opened;
  expect(reader.ways).toEqual(["polling"]);
  node.service.burst(500, 7);
  proxy.rules = { ...proxy.rules, socket: "refuse", events: "pass" };
  await reader.until(() => reader.ways.includes("events"));
  node.service.burst(500, 7);
  proxy.rules = { ...proxy.rules, socket: "pass", events: "pass" };
  const writing = setInterval(() => node.service.burst(10, 3), 5);
  cleanups.push(() => clearInterval(writing));
  await reader.until(() => reader.ways.includes("websocket"));
  clearInterval(writing);
  // The last of the bursts that were begun is in the log a few turns later.
  await reader.until(
    () => reader.entries.length >= 1_000 && reader.entries.at(-1)?.cursor === node.service.cursor(),
  );
  const whole = node.service.log("c1", 100_000).map(({ cursor }) => cursor);
  expect(reader.entries.map(({ cursor }) => cursor)).toEqual(whole.slice(-reader.entries.length));
  expect(reader.ways).toEqual(["polling", "events", "websocket"]);
  expect(reader.states).toEqual(["connecting", "open"]);
});

test("[CL4] a way that opens and dies before anything comes over it is left for the next one", async () => {
  const { node, proxy, reader } = await start({});
  await reader.opened;
  const end = reader.client.on("status", (state) => {
    // A firewall that lets a connection be made and ends it as soon as it looks inside.
    if (state === "open" && reader.ways.at(-1) === "websocket") proxy.cut();
  });
  cleanups.push(end);
  proxy.cut();
  await reader.until(() => reader.ways.includes("events"));
  node.service.burst(3, 1);
  await reader.until(() => reader.entries.length === 3);
  expect(texts(reader.entries)).toEqual(bursts(3));
});

test("[CL5] a stream that is cut resumes on the way it was on, and a lost node is looked for from the top", async () => {
  const { node, proxy, reader } = await start({ socket: "hang" });
  await reader.opened;
  const before = proxy.upgrades();
  proxy.cut();
  await reader.until(() => reader.ways.length === 2);
  // What is known to hang is not tried again first.
  expect(proxy.upgrades()).toBe(before);
  node.service.burst(2, 1);
  await reader.until(() => reader.entries.length === 2);
  proxy.rules = { ...proxy.rules, socket: "refuse", events: "refuse" };
  await node.server.close();
  await reader.until(() => reader.states.at(-1) === "waiting");
  await reader.until(() => proxy.upgrades() > before + 1);
});

test("[CL6] an answer of a proxy in the node's place ends nothing; the node's own refusal ends the stream", async () => {
  const node = await startTestServer();
  cleanups.push(() => node.server.close());
  const proxy = await startWayProxy(node.server.port, { socket: "refuse", events: "refuse" });
  cleanups.push(() => proxy.close());
  const client = createKithClient({ url: proxy.url, token: "a.b.c" });
  const error = await new Promise((resolve) => client.subscribe({}, () => undefined, resolve));
  expect(error).toMatchObject({ status: 401, code: "TOKEN_INVALID" });
});
