import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Claims } from "./auth.ts";
import { createTestClock, send, startTestServer } from "./testing/index.ts";
import type { TestServer } from "./testing/index.ts";
import { createTokenWatch } from "./token-watch.ts";

const nodes: TestServer[] = [];
afterEach(async () => {
  for (const { server } of nodes.splice(0)) await server.close();
});

/** One of each way that stays open, as a promise of how it ends. */
async function holdOpen(node: TestServer, token: string): Promise<Record<string, Promise<unknown>>> {
  const { port, url } = node.server;
  const authorization = `Bearer ${token}`;
  const socket = async (path: string, protocol: string): Promise<{ closed: Promise<number> }> => {
    const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol, { headers: { authorization } });
    const closed = new Promise<number>((resolve) => ws.once("close", resolve));
    await new Promise((resolve) => ws.once("open", resolve));
    return { closed };
  };
  const log = await socket("/api/ws", "kith");
  const graphql = await socket("/graphql", "graphql-transport-ws");
  const events = await fetch(`${url}/api/events`, { headers: { authorization } });
  const subscription = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { accept: "text/event-stream", authorization, "content-type": "application/json" },
    body: JSON.stringify({ query: "subscription { log { cursor } }" }),
  });
  const poll = send(`${url}/api/poll?wait=55`, { token });
  // Each is held by the server once it is among the readers: three of the log (GraphQL's follow it by themselves).
  const held = async (): Promise<void> => {
    const text = await send(`${url}/metrics`, { token: node.token });
    if (!/^kith_log_readers(?:\{[^}]*\})? 3$/m.test(text.text)) await held();
  };
  await held();
  return {
    log: log.closed,
    graphql: graphql.closed,
    events: events.text(),
    subscription: subscription.text(),
    poll: poll.then(({ status, code }) => `${status} ${code}`),
  };
}

const ended = {
  log: 4_401,
  graphql: 4_401,
  events: expect.stringContaining("TOKEN_INVALID") as string,
  subscription: expect.not.stringContaining("cursor") as string,
  poll: "401 TOKEN_INVALID",
};

async function settle(all: Record<string, Promise<unknown>>): Promise<Record<string, unknown>> {
  const pairs = Object.entries(all).map(async ([name, promise]) => [name, await promise] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

test("[HT76] whatever a token holds open ends as it is revoked, with no time passing; another token's goes on", async () => {
  const node = await startTestServer();
  nodes.push(node);
  const { token, record } = await node.auth.createToken({ scope: "read", ttlMs: 9_999_999, name: null });
  const open = await holdOpen(node, token);
  const other = await node.auth.createToken({ scope: "read", ttlMs: 9_999_999, name: null });
  const going = send(`${node.server.url}/api/poll?wait=55`, { token: other.token });
  const revoked = await send(`${node.server.url}/api/tokens/${record.id}`, {
    method: "DELETE",
    token: node.token,
  });
  expect(revoked.status).toBe(204);
  expect(await settle(open)).toEqual(ended);
  node.service.append("network", { online: true });
  expect((await going).json()).toMatchObject({ items: [{ type: "network" }] });
});

test("[HT76] and as it expires, before any beat", async () => {
  const node = await startTestServer();
  nodes.push(node);
  const { token } = await node.auth.createToken({ scope: "read", ttlMs: 14_000, name: null });
  const open = await holdOpen(node, token);
  node.clock.advance(14_000);
  expect(await settle(open)).toEqual(ended);
});

test("[HT76] each is called once, in time, and not at all once it has ended its watching", () => {
  const clock = createTestClock();
  const revoked = new Set<string>();
  const isOver = ({ expiresMs, tokenId }: Claims): boolean =>
    expiresMs <= clock.nowMs() || revoked.has(tokenId);
  const watch = createTokenWatch({ clock, isOver });
  const calls: string[] = [];
  const claims = (tokenId: string, inMs: number): Claims => ({
    tokenId,
    scope: "read",
    expiresMs: clock.nowMs() + inMs,
  });
  const ten = 10 * 31_536_000_000;
  watch.watch(claims("late", 150_000), () => calls.push("late"));
  watch.watch(claims("early", 1_000), () => calls.push("early"));
  watch.watch(claims("owner", ten), () => calls.push("owner"));
  const end = watch.watch(claims("gone", 1_000), () => calls.push("gone"));
  end();
  watch.look();
  expect(calls).toEqual([]);
  clock.advance(1_001);
  expect(calls).toEqual(["early"]);
  clock.advance(100_000);
  expect(calls).toEqual(["early"]);
  clock.advance(50_000);
  expect(calls).toEqual(["early", "late"]);
  revoked.add("owner");
  watch.look();
  watch.look();
  expect(calls).toEqual(["early", "late", "owner"]);
});
