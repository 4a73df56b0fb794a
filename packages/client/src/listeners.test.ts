/** What happens to a program's own errors: told, and no harm to anything else. */
import { startTestServer } from "@kith/api/testing";
import { afterEach, expect, test, vi } from "vitest";
import { startWayProxy } from "../../../tests/support/way-proxy.ts";
import type { ProxyRules } from "../../../tests/support/way-proxy.ts";
import { createEvents } from "./events.ts";
import { createKithClient, KithApiError } from "./index.ts";
import type { KithClient, WayName } from "./index.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  vi.unstubAllGlobals();
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const ways: [WayName, Partial<ProxyRules>][] = [
  ["websocket", {}],
  ["events", { socket: "refuse" }],
  ["polling", { socket: "refuse", events: "refuse" }],
];
type Listen = (client: KithClient, hear: (cursor: string) => void) => void;
const listens: [string, Listen][] = [
  [
    "message",
    (client, hear) => {
      client.on("message", ({ text }) => hear(text));
      client.connect();
    },
  ],
  [
    "entry",
    (client, hear) => {
      client.on("entry", ({ cursor }) => hear(cursor));
      client.connect();
    },
  ],
  ["subscribe", (client, hear) => void client.subscribe({}, ({ cursor }) => hear(cursor))],
];
const cases = ways.flatMap(([way, rules]) => listens.map(([name, listen]) => ({ way, rules, name, listen })));

test.each(cases)(
  "[CL19] over $way a listener of $name that throws hears every entry once, and each error is told",
  async ({ way, rules, name, listen }) => {
    const node = await startTestServer();
    cleanups.push(() => node.server.close());
    await node.service.createSpace({ name: "Climbing" });
    const proxy = await startWayProxy(node.server.port, rules);
    cleanups.push(() => proxy.close());
    const client = createKithClient({ url: proxy.url, token: node.token });
    const [errors, states, opened]: [KithApiError[], string[], string[]] = [[], [], []];
    const heard: string[] = [];
    client.on("error", (error) => errors.push(error));
    client.on("status", (state) => states.push(state));
    client.on("way", (next) => opened.push(next));
    const connected = new Promise((resolve) => client.on("connect", resolve));
    const mistake = new Error("no such element");
    const controller = new AbortController();
    cleanups.push(() => {
      controller.abort();
      client.disconnect();
    });
    const done = new Promise<void>((resolve) => {
      listen(client, (what) => {
        heard.push(what);
        if (heard.length === 20) resolve();
        if (heard.length % 5 === 0) throw mistake;
      });
    });
    await connected;
    // Of several in one frame, one page, one piece of text the next must not be lost either.
    node.service.burst(20, 10);
    await done;
    expect(new Set(heard).size).toBe(20);
    await vi.waitFor(() => expect(errors).toHaveLength(4));
    for (const error of errors) {
      expect(error).toBeInstanceOf(KithApiError);
      expect(error).toMatchObject({ code: "LISTENER_FAILED", cause: mistake });
      expect(error.message).toContain(name);
      expect(error.message).toContain("no such element");
    }
    expect(states).toEqual(["connecting", "open"]);
    expect(opened).toEqual([way]);
  },
);

test("[CL19] where nobody listens for errors, and where that listener throws itself, it is an uncaught error afterwards", () => {
  const later: (() => void)[] = [];
  vi.stubGlobal("queueMicrotask", (run: () => void) => void later.push(run));
  const events = createEvents();
  const heard: string[] = [];
  const thrown = [new Error("first"), new Error("second"), new Error("of the listener of errors")] as const;
  events.on("way", () => {
    throw thrown[0];
  });
  events.on("way", (way) => heard.push(way));
  events.emit("way", "events");
  events.guard("subscribe", () => {
    throw thrown[1];
  })(null);
  const off = events.on("error", () => {
    throw thrown[2];
  });
  events.emit("way", "polling");
  off();
  expect(heard).toEqual(["events", "polling"]);
  expect(later).toHaveLength(3);
  for (const [at, run] of later.entries()) expect(run).toThrow(thrown[at]);
});
