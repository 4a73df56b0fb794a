import type { Peer } from "@kith/contract";
import { expect, test } from "vitest";
import { createKithStore } from "./store.ts";
import { createManualHost, settle } from "./testing/manual-host.ts";
import { createScriptedNode } from "./testing/scripted-client.ts";

const peer = (id: string, more: Partial<Peer> = {}): Peer => ({
  id,
  name: id,
  person: `person of ${id}`,
  connected: true,
  path: "lan",
  multiaddr: "/ip4/127.0.0.1/tcp/1",
  rttMs: 1.2,
  lastSeen: new Date(0).toISOString(),
  reputation: 100,
  inSync: true,
  shared: true,
  ...more,
});

/** A store whose node tells these peers, as objects of their own each time. */
async function openPeers(first: readonly Peer[]) {
  const node = createScriptedNode();
  let told = first;
  const client = {
    ...node.client,
    peers: () => Promise.resolve({ items: structuredClone(told), next: null }),
  };
  const store = createKithStore({ client, host: createManualHost() });
  await settle();
  await store.connection.get().refreshNetworkInfo();
  return {
    store,
    peers: () => store.connection.get().peers,
    async tell(next: readonly Peer[]) {
      told = next;
      await store.connection.get().refreshNetworkInfo();
    },
  };
}

test("the list of peers is the same one while nothing about any of them changed, and so is what usePeers shows", async () => {
  const { peers, tell, store } = await openPeers([peer("ann"), peer("ben")]);
  const [before, view] = [peers(), store.peers.get()];
  expect(before).toHaveLength(2);
  await tell([peer("ann"), peer("ben")]);
  // A round trip is told to the millisecond, and a device in reach is seen all the time.
  await tell([peer("ann", { rttMs: 1.4 }), peer("ben", { lastSeen: new Date(29_999).toISOString() })]);
  expect(peers()).toBe(before);
  expect(store.peers.get()).toBe(view);
});

test.each<[string, Partial<Peer>]>([
  ["its name", { name: "Benjamin" }],
  ["its round trip", { rttMs: 2.4 }],
  ["that it has none", { rttMs: null }],
  ["that it was lost", { connected: false }],
  ["that it is in sync", { inSync: false }],
  ["when it was seen, after half a minute", { lastSeen: new Date(30_000).toISOString() }],
])(
  "where %s changed the list is another one, with the same objects for all others",
  async (_what, change) => {
    const { peers, tell, store } = await openPeers([peer("ann"), peer("ben")]);
    const [before, view] = [peers(), store.peers.get()];
    await tell([peer("ann"), peer("ben", change)]);
    expect(peers()).not.toBe(before);
    expect(store.peers.get()).not.toBe(view);
    expect(peers()[0]).toBe(before[0]);
    expect(peers()[1]).toMatchObject(change);
  },
);

test("peers that come, go or change places make another list", async () => {
  const { peers, tell } = await openPeers([peer("ann"), peer("ben")]);
  for (const next of [[peer("ben"), peer("ann")], [peer("ben")], [peer("ben"), peer("cleo")], []]) {
    const before = peers();
    await tell(next);
    expect(peers()).not.toBe(before);
    expect(peers().map(({ id }) => id)).toEqual(next.map(({ id }) => id));
  }
});

test("when a device that is away was seen is told to the millisecond", async () => {
  const { peers, tell } = await openPeers([peer("ben", { connected: false })]);
  await tell([peer("ben", { connected: false, lastSeen: new Date(1).toISOString() })]);
  expect(peers()[0]?.lastSeen).toBe(new Date(1).toISOString());
});
