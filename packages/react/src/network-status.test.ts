import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import { KithProvider, useConversations, useMessages, useP2PConnection } from "./hooks.ts";
import { describeConnection, P2PNetworkStatus } from "./network-status.ts";
import { useSearch } from "./search.ts";
import { createKithStore } from "./store.ts";
import { createManualHost, settle } from "./testing/manual-host.ts";
import { CHANNEL, createScriptedNode, SPACE } from "./testing/scripted-client.ts";
import type { BoardConnection } from "./types.ts";

function Everything() {
  const { isConnecting, peerCount } = useP2PConnection({ autoConnect: true, board: "general" });
  const { rows } = useMessages({ space: SPACE, channel: CHANNEL });
  const { conversations } = useConversations();
  const { results } = useSearch("x");
  return createElement(
    "p",
    null,
    [isConnecting, peerCount, rows.length, conversations.length, results.length].join(),
  );
}

test("a server renders the hooks and the status with nothing opened, asked or left behind", async () => {
  const node = createScriptedNode();
  const store = createKithStore({ client: node.client });
  const html = (["compact", "detailed"] as const).map((variant) =>
    renderToString(
      createElement(
        KithProvider,
        { store },
        createElement(P2PNetworkStatus, { variant }),
        createElement(Everything),
      ),
    ),
  );
  await settle();
  for (const page of html) {
    expect(page).toContain('role="status"');
    expect(page).toContain("Not connected");
    expect(page).toContain("<p>false,0,0,0,0</p>");
  }
  expect(html[1]).toContain('aria-label="Network"');
  expect(node.calls).toEqual([]);
  store.close();
});

test("a store with autoConnect: false opens its stream when it is told to connect, and once", async () => {
  const node = createScriptedNode();
  const host = createManualHost();
  const store = createKithStore({ client: node.client, host, autoConnect: false });
  await settle();
  expect(node.calls).toEqual([]);
  expect(store.connection.get()).toMatchObject({ isConnected: false, isConnecting: false });
  store.start();
  store.start();
  expect(store.connection.get().isConnecting).toBe(true);
  await settle();
  expect(store.connection.get().isConnected).toBe(true);
  expect(node.calls.filter((call) => call === "me")).toHaveLength(1);
  store.close();
  store.start();
  expect(host.pending()).toBe(0);
});

test.each([
  [{ phase: "signed-out" }, "bad", "Signed out of this node"],
  [{ phase: "stopped" }, "bad", "This node has stopped"],
  [{ phase: "starting", isConnecting: true }, "warn", "Connecting to this node"],
  [{ phase: "starting" }, "warn", "Not connected"],
  [{ networkStatus: { online: false } }, "warn", "Off the network"],
  [{ peers: [{ connected: false }] }, "warn", "No other device is reachable"],
  [{ peers: [{ connected: true }], networkStatus: { networkHealth: "good" } }, "ok", "1 device reachable"],
  [
    { peers: [{ connected: true }, { connected: true }], networkStatus: { networkHealth: "poor" } },
    "warn",
    "2 devices reachable, the network is poor",
  ],
])("%j is said as %s: %s", (facts, level, words) => {
  const isConnected = !("phase" in facts);
  const connection = {
    phase: "connected",
    isConnected,
    isConnecting: false,
    networkStatus: null,
    peers: [],
    ...facts,
  };
  expect(describeConnection(connection as unknown as BoardConnection)).toEqual({ level, words });
});
