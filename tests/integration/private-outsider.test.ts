/** What a member of the space who is not in a private channel can get of it, with its scope and an epoch's name in hand. */
import {
  createBeaconTable,
  decodeFrame,
  decodeOuter,
  deriveEpochKeys,
  encodeFrame,
  idBytes,
} from "@kith/core";
import type { DeviceId, EpochKeys, Frame, Link, ScopeId, SpaceId, Transport } from "@kith/core";
import { readIdentity } from "@kith/node";
import { createMemoryStore } from "@kith/store/memory";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;
let ann: Housemate;
let bob: Housemate;
let mallory: Housemate;
let space: SpaceId;
const malloryStore = createMemoryStore();
/** All frames that have come to Mallory, and the links they came over. */
let received: { type: number; payload: Uint8Array; link: Link }[];
let datagrams: Uint8Array[];

beforeEach(async () => {
  received = [];
  datagrams = [];
  house = createHousehold();
  ann = await house.add("Ann");
  space = (await ann.service.createSpace({ name: "Harbour" })).id;
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 2 });
  bob = await house.add("Bob");
  const host = "10.0.0.66";
  mallory = await house.add("Mallory", {
    host,
    store: malloryStore,
    openTransport: () => spying(house.network.transport(host)),
    openDiscovery: () => {
      const discovery = house.network.discovery(host);
      return {
        ...discovery,
        start: (onDatagram) =>
          discovery.start((datagram, from) => {
            datagrams.push(datagram.slice());
            onDatagram(datagram, from);
          }),
      };
    },
  });
  for (const node of [bob, mallory])
    expect((await node.service.join(invite.link ?? "", { waitMs: 5_000 })).step).toBe("done");
  for (const node of [ann, bob, mallory])
    await node.until("all are linked", () => node.service.peers().length === 2);
  await bob.service.createChannel(space, "board", { private: true, people: ["Ann"] });
  await ann.until("board", () => ann.service.channels(space).some(({ name }) => name === "board"));
}, 20_000);

afterEach(() => house.stop());

function spying(transport: Transport): Transport {
  const wrap = (link: Link): Link =>
    new Proxy(link, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        if (name !== "attach") return value.bind(target) as unknown;
        return (handlers: Parameters<Link["attach"]>[0]) =>
          target.attach({
            ...handlers,
            onFrame: (type, payload) => {
              received.push({ type, payload: payload.slice(), link: target });
              handlers.onFrame(type, payload);
            },
          });
      },
    });
  return {
    path: transport.path,
    listen: (onLink) => transport.listen((link) => onLink(wrap(link))),
    dial: async (address, options) => wrap(await transport.dial(address, options)),
    close: () => transport.close(),
  };
}

function boardKeys(): EpochKeys {
  const [row] = bob.store.channels(space).filter(({ name }) => name === "board");
  const [name] = bob.store.metaKeys(`epoch/${space}/${row?.scope}/`);
  const value = name === undefined ? null : bob.store.meta(name);
  if (!row || !value) throw new Error("no channel");
  const { scope } = row;
  const secrets = { space, scope, headerSecret: value.slice(0, 32), contentSecret: value.slice(32) };
  return deriveEpochKeys(secrets);
}

const names = (id: string): boolean =>
  received.some(({ payload }) => Buffer.from(payload).includes(Buffer.from(id, "hex")));

test("[SE30] an outsider is told nothing of a private channel, and asking by its true name gets what any other name gets", async () => {
  const { id } = await bob.service.postMessage({ space, channel: "board", text: "between us" });
  await bob.service.postMessage({ space, channel: "general", text: "hello all" });
  await mallory.until("hello all", () =>
    mallory.service.messages({ limit: 5 }).items.some(({ text }) => text === "hello all"),
  );
  const { scope, epoch } = boardKeys();
  for (const name of [scope, epoch, id]) expect(names(name)).toBe(false);

  // With everything but the key in hand she asks each of them.
  const before = received.length;
  const strange = "5c".repeat(32) as ScopeId;
  const prekey = readIdentity(malloryStore)?.prekey.bundle.id;
  const outer = bob.store.event(id)?.outer;
  if (!prekey || !outer) throw new Error("no prekey");
  const device = mallory.service.nodeId;
  const { tag, bucket } = decodeOuter(outer);
  const asks = (named: ScopeId): Frame[] => [
    { type: "heights", scope: named, heights: [{ device, seq: 1 }] },
    { type: "events", scope: named, outers: [outer] },
    { type: "want", scope: named, ids: [id] },
    { type: "boxWant", space, wants: [{ epoch, prekey }], locked: [] },
    { type: "boxWant", space, wants: [], locked: [{ scope: named, tag, bucket }] },
    {
      type: "syncRoot",
      scope: named,
      session: named === scope ? 9_001 : 9_003,
      root: new Uint8Array(32),
      rung: "buckets",
      count: 0,
      day: 20_000,
    },
  ];
  const links = new Set(received.map(({ link }) => link));
  for (const link of links) {
    for (const frame of [...asks(scope), ...asks(strange)]) {
      const { type, payload } = encodeFrame(frame);
      link.send(type, payload, "control");
    }
  }
  const about = (named: ScopeId): string[] =>
    received
      .slice(before)
      .filter(({ payload }) => Buffer.from(payload).includes(Buffer.from(named, "hex")))
      .map(({ type, payload }) => decodeFrame(type, payload).type);
  await mallory.until("both are answered alike", () => about(strange).length > 0);
  await mallory.until("answered", () => about(scope).length === about(strange).length);
  expect(new Set(about(scope))).toEqual(new Set(["syncDone"]));
  expect(new Set(about(strange))).toEqual(new Set(["syncDone"]));
  expect(names(epoch)).toBe(false);
  expect(malloryStore.hasEvent(id)).toBe(false);
});

test("[SE34] beacons of a private channel open with its key alone, and come from its people", async () => {
  const { discoveryKey } = boardKeys();
  const table = createBeaconTable<null>();
  table.set([{ key: discoveryKey, ref: null }]);
  const speakers = (): Set<DeviceId> =>
    new Set(
      datagrams.flatMap((datagram) => {
        const payload = table.open(datagram)?.payload;
        return payload?.kind === "member" ? [payload.device] : [];
      }),
    );
  await mallory.until("both have spoken of it", () => speakers().size === 2);
  expect(speakers()).toEqual(new Set([ann.service.nodeId, bob.service.nodeId]));
  for (const datagram of datagrams)
    expect(Buffer.from(datagram).includes(Buffer.from(idBytes(boardKeys().scope)))).toBe(false);
});
