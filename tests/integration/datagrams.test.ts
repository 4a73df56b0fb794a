/** Real nodes whose messages travel by datagrams alone, and what somebody on their network can make of those. */
import { createBeaconTable, deriveEpochKeys, publicScope, sealBeacon } from "@kith/core";
import type { DatagramPayload, Discovery, EventStore, PeerAddress, ScopeId, SpaceId } from "@kith/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold, random } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

const DATAGRAM_BYTES = 1_200;
const ways = { push: false, streams: false };

let house: Household;
let ann: Housemate;
let ben: Housemate;
/** All that Ann has heard. */
let heard: { datagram: Uint8Array; from: PeerAddress }[];
let key: Uint8Array;
/** Whom Ann has logged a bad event of. */
let blamed: unknown[];

beforeEach(async () => {
  heard = [];
  blamed = [];
  house = createHousehold();
  const host = "10.0.0.1";
  ann = await house.add("Ann", {
    host,
    ways,
    openDiscovery: () => recording(house.network.discovery(host)),
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: (event, facts) => void (event === "event:refused" && blamed.push(facts?.["from"])),
      error: () => undefined,
    },
  });
  await ann.service.createSpace({ name: "Harbour" });
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  ben = await house.add("Ben", { ways });
  expect((await ben.service.join(invite.link ?? "", { waitMs: 8_000 })).step).toBe("done");
  key = contentKey(ann.store, ann.service.space("Harbour").id);
});

afterEach(() => house.stop());

function recording(discovery: Discovery): Discovery {
  return {
    ...discovery,
    start: (onDatagram) =>
      discovery.start((datagram, from) => {
        heard.push({ datagram: datagram.slice(), from });
        onDatagram(datagram, from);
      }),
  };
}

/** The discovery key of messages, as every member has it. */
function contentKey(store: EventStore, space: SpaceId): Uint8Array {
  const scope: ScopeId = publicScope(space);
  const [name] = store.metaKeys(`epoch/${space}/${scope}/`);
  const value = name === undefined ? null : store.meta(name);
  if (!value) throw new Error("Ann has no key of the content scope");
  const secrets = { space, scope, headerSecret: value.slice(0, 32), contentSecret: value.slice(32) };
  return deriveEpochKeys(secrets).discoveryKey;
}

const textsOf = (mate: Housemate): string[] =>
  mate.service.messages({ limit: 50 }).items.map(({ text }) => text);

/** Somebody on the network, with the key or without: what comes to them, and a way to Ann. */
async function comeNear() {
  const discovery = house.network.discovery("10.0.0.66");
  const table = createBeaconTable<null>();
  table.set([{ key, ref: null }]);
  const answers: DatagramPayload[] = [];
  let toAnn: PeerAddress | null = null;
  await new Promise<void>((resolve, reject) => {
    discovery
      .start((datagram, from) => {
        if (from.host !== ann.host) return;
        toAnn = from;
        const payload = table.open(datagram)?.payload;
        if (payload && (payload.kind !== "member" || payload.answer)) answers.push(payload);
        resolve();
      })
      .catch(reject);
  });
  if (toAnn === null) throw new Error("Ann has been heard");
  const address: PeerAddress = toAnn;
  return { answers, send: (datagram: Uint8Array): void => discovery.answer(datagram, address) };
}

test("[DI18] what is written on either side comes to the other without any event on a link", async () => {
  await ann.service.postMessage({ space: "Harbour", channel: "general", text: "from Ann" });
  await ben.service.postMessage({ space: "Harbour", channel: "general", text: "from Ben" });
  await Promise.all([
    ann.until("Ben's message", () => textsOf(ann).includes("from Ben")),
    ben.until("Ann's message", () => textsOf(ben).includes("from Ann")),
  ]);
  expect(heard.every(({ datagram }) => datagram.length === DATAGRAM_BYTES)).toBe(true);
  expect((await ann.service.verify()).problems).toEqual([]);
});

test("[DI16] [DI19] attack 31: recorded datagrams sent again bring nothing out and nothing in", async () => {
  await ben.service.postMessage({ space: "Harbour", channel: "general", text: "once" });
  await ann.until("the message", () => textsOf(ann).includes("once"));
  const recorded = [...heard];
  const mallory = await comeNear();
  const before = ann.store.stats().events;
  for (let round = 0; round < 3; round += 1) for (const { datagram } of recorded) mallory.send(datagram);
  await ben.service.postMessage({ space: "Harbour", channel: "general", text: "after it" });
  await ann.until("the next message", () => textsOf(ann).includes("after it"));
  expect(mallory.answers).toEqual([]);
  expect(ann.store.stats().events).toBe(before + 1);
});

test("[DI5] [DI19] attack 14: a stranger without the key gets no answer, whatever is sent", async () => {
  const stranger = await comeNear();
  const device = ben.service.nodeId;
  const want = {
    kind: "want",
    device,
    boot: new Uint8Array(8),
    count: 1,
    to: ann.service.nodeId,
  } as const;
  for (let round = 0; round < 200; round += 1) {
    const shorts = [Buffer.from(random.bytes(8)).toString("hex")] as never;
    const payload = { ...want, count: round, day: 20_000, shorts };
    stranger.send(sealBeacon(payload, { key: random.bytes(32), random }));
    stranger.send(random.bytes(DATAGRAM_BYTES));
  }
  await ben.service.postMessage({ space: "Harbour", channel: "general", text: "still heard" });
  await ann.until("Ben's message", () => textsOf(ann).includes("still heard"));
  expect(stranger.answers).toEqual([]);
});

test("[DI20] bad events under another member's name cost that member nothing", async () => {
  const reputation = (): number =>
    ann.service.peers().find(({ id }) => id === ben.service.nodeId)?.reputation ?? 0;
  await ann.until("a link", () => reputation() === 100);
  const mallory = await comeNear();
  const sender = { device: ben.service.nodeId, boot: new Uint8Array(8) };
  for (let count = 0; count < 60; count += 1) {
    const payload = { kind: "event", ...sender, count, outer: random.bytes(700) } as const;
    mallory.send(sealBeacon(payload, { key, random }));
  }
  await ann.until("the events are refused", () => blamed.length > 0);
  expect(new Set(blamed)).toEqual(new Set(["0".repeat(64)]));
  expect(reputation()).toBe(100);
  await ben.service.postMessage({ space: "Harbour", channel: "general", text: "not shut out" });
  await ann.until("Ben's message", () => textsOf(ann).includes("not shut out"));
});
