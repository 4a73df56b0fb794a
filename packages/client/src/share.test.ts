import { startTestServer } from "@kith/api/testing";
import type { TestServer } from "@kith/api/testing";
import type { LogEntry } from "@kith/contract";
import { afterEach, expect, test } from "vitest";
import { startWayProxy } from "../../../tests/support/way-proxy.ts";
import type { ProxyRules, WayProxy } from "../../../tests/support/way-proxy.ts";
import { createKithClient } from "./index.ts";
import type { KithApiError, Role, StreamOptions } from "./index.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(rules: Partial<ProxyRules> = {}): Promise<{ node: TestServer; proxy: WayProxy }> {
  const node = await startTestServer();
  cleanups.push(() => node.server.close());
  await node.service.createSpace({ name: "Climbing" });
  const proxy = await startWayProxy(node.server.port, rules);
  cleanups.push(() => proxy.close());
  return { node, proxy };
}

interface Tab {
  readonly typing: string[];
  readonly cursors: string[];
  readonly role: () => Role;
  readonly connected: Promise<unknown>;
  readonly ended: Promise<KithApiError | null>;
  until(holds: () => boolean): Promise<void>;
  close(): void;
}

/** A client as each tab has its own; locks and channels are this process's. */
function openTab(url: string, token: string, options: StreamOptions = {}): Tab {
  const client = createKithClient({ url, token, shareTabs: true });
  const cursors: string[] = [];
  const typing: string[] = [];
  const checks = new Set<() => void>();
  const tell = (): void => {
    for (const check of checks) check();
  };
  let role: Role = "follower";
  client.on("role", (next) => {
    role = next;
    tell();
  });
  const connected = new Promise((resolve) => client.on("connect", resolve));
  let close = (): void => undefined;
  const ended = new Promise<KithApiError | null>((resolve) => {
    close = client.subscribe(
      options,
      ({ cursor, type }: LogEntry) => {
        if (type === "typing") typing.push(cursor);
        else cursors.push(cursor);
        tell();
      },
      resolve,
    );
  });
  cleanups.push(close);
  return {
    cursors,
    typing,
    role: () => role,
    connected,
    ended,
    close,
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
}

const cursorsOf = (node: TestServer, after: string): string[] =>
  node.service.log(after, 100_000).map(({ cursor }) => cursor);

test("[CL9] six tabs read one stream, and each hands over every entry once and in order, over cuts too", async () => {
  const { node, proxy } = await start();
  const begin = node.service.cursor();
  const tabs = Array.from({ length: 6 }, () => openTab(proxy.url, node.token));
  await Promise.all(tabs.map(({ connected }) => connected));
  expect(proxy.upgrades()).toBe(1);
  expect(tabs.filter((tab) => tab.role() === "leader")).toHaveLength(1);
  node.service.burst(3_000, 7);
  await tabs[3]?.until(() => (tabs[3]?.cursors.length ?? 0) > 100);
  proxy.cut();
  await Promise.all(tabs.map((tab) => tab.until(() => tab.cursors.length >= 3_000)));
  for (const tab of tabs) expect(tab.cursors).toEqual(cursorsOf(node, begin));
  expect(proxy.upgrades()).toBe(2);
});

test("[CL9] that somebody is typing, which no log holds, is told in every tab", async () => {
  const { node, proxy } = await start();
  const tabs = Array.from({ length: 3 }, () => openTab(proxy.url, node.token));
  await Promise.all(tabs.map(({ connected }) => connected));
  const begin = node.service.cursor();
  await createKithClient({ url: proxy.url, token: node.token }).sendTyping("Climbing", "general");
  node.service.burst(3, 1);
  await Promise.all(tabs.map((tab) => tab.until(() => tab.cursors.length >= 3)));
  for (const tab of tabs) {
    expect(tab.typing).toHaveLength(1);
    expect(tab.cursors).toEqual(cursorsOf(node, begin));
  }
});

test("[CL10] when the tab that reads is closed another reads on, and none misses or repeats anything", async () => {
  const { node, proxy } = await start();
  const begin = node.service.cursor();
  const tabs = Array.from({ length: 4 }, () => openTab(proxy.url, node.token));
  await Promise.all(tabs.map(({ connected }) => connected));
  let left = tabs;
  for (let turn = 1; turn <= 3; turn += 1) {
    node.service.burst(400, 3);
    const leader = left.find((tab) => tab.role() === "leader");
    await leader?.until(() => leader.cursors.length >= 400 * turn - 200);
    leader?.close();
    left = left.filter((tab) => tab !== leader);
    await Promise.all(left.map((tab) => tab.until(() => tab.cursors.length >= 400 * turn)));
  }
  const [last] = left;
  expect(left).toHaveLength(1);
  expect(last?.cursors).toEqual(cursorsOf(node, begin));
});

test("[CL11] a tab with an older place asks the node for what is missing, and then is told like the others", async () => {
  const { node, proxy } = await start();
  const begin = node.service.cursor();
  const first = openTab(proxy.url, node.token);
  await first.connected;
  node.service.burst(2_500, 500);
  await first.until(() => first.cursors.length === 2_500);
  const upgrades = proxy.upgrades();
  node.service.burst(500, 3);
  const late = openTab(proxy.url, node.token, { since: begin });
  await late.until(() => late.cursors.length >= 3_000);
  node.service.burst(10, 1);
  await late.until(() => late.cursors.length >= 3_010);
  expect(late.cursors).toEqual(cursorsOf(node, begin));
  expect(proxy.upgrades()).toBe(upgrades);
});

test("[CL11] a tab reads for itself when the one that should read says nothing", async () => {
  const { node, proxy } = await start();
  // A tab that hangs keeps its lock.
  const release = Promise.withResolvers<void>();
  cleanups.push(() => release.resolve());
  void navigator.locks.request(`kith ${proxy.url}`, () => release.promise);
  const tab = openTab(proxy.url, node.token);
  await tab.connected;
  node.service.burst(3, 1);
  await tab.until(() => tab.cursors.length === 3);
});

test("[CL9] a refusal for good is told to every tab", async () => {
  const { proxy } = await start();
  const tabs = [openTab(proxy.url, "a.b.c"), openTab(proxy.url, "a.b.c")];
  for (const tab of tabs)
    expect(await tab.ended).toMatchObject({ status: expect.any(Number) as number, code: "TOKEN_INVALID" });
});

test("[CL18] a stream of one space is a tab's own: it hears nothing of others, and the tabs that share nothing less", async () => {
  const { node, proxy } = await start();
  await node.service.createSpace({ name: "Chess" });
  const [first, second] = [openTab(proxy.url, node.token), openTab(proxy.url, node.token)];
  const own = openTab(proxy.url, node.token, { space: "Chess" });
  await Promise.all([first.connected, second.connected, own.connected]);
  expect([first.role(), second.role()].sort()).toEqual(["follower", "leader"]);
  node.service.burst(20, 7);
  for (const tab of [first, second]) await tab.until(() => tab.cursors.length === 20);
  const sender = createKithClient({ url: proxy.url, token: node.token });
  await sender.post({ space: "Chess", channel: "general", text: "mate" });
  await own.until(() => own.cursors.length > 0);
  // Any of the others would have come before.
  expect(own.cursors).toEqual([node.service.cursor()]);
  expect(own.role()).toBe("follower");
});
