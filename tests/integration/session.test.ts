import { controlScope, frameTypes, publicScope } from "@kith/core";
import type { Clock, EventStore, Transport } from "@kith/core";
import { createMemoryStore } from "@kith/store/memory";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clock, createHousehold } from "./memory-nodes.ts";
import { watched } from "./watched-transport.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

let house: Household;

beforeEach(() => {
  house = createHousehold();
});

afterEach(() => house.stop());

const member = { role: "member", expiresInMs: null, uses: 1 } as const;

async function pair(
  annOptions: Parameters<Household["add"]>[1] = {},
  bobOptions: Parameters<Household["add"]>[1] = {},
): Promise<[Housemate, Housemate]> {
  const ann = await house.add("Ann", annOptions);
  await ann.service.createSpace({ name: "Harbour" });
  const invite = await ann.service.createInvite("Harbour", member);
  const bob = await house.add("Bob", bobOptions);
  expect((await bob.service.join(invite.link ?? "", { waitMs: 60_000 })).step).toBe("done");
  return [ann, bob];
}

/** A store whose next commits wait until they are let go. */
function gated(inner: EventStore): { store: EventStore; hold(): void; release(): void } {
  let gate: Promise<void> | null = null;
  let open: () => void = () => undefined;
  const store = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name !== "commit") return value.bind(target) as unknown;
      return async (...args: Parameters<EventStore["commit"]>) => {
        await gate;
        return target.commit(...args);
      };
    },
  });
  return {
    store,
    hold() {
      ({ promise: gate, resolve: open } = Promise.withResolvers<void>());
    },
    release() {
      open();
      gate = null;
    },
  };
}

test("[SE5] an own event leaves only when it is on disk, and a post answers only then", async () => {
  const sent: number[] = [];
  const { store, hold, release } = gated(createMemoryStore());
  const host = "10.0.0.50";
  const [ann, bob] = await pair({
    host,
    store,
    openTransport: () => watched(house.network.transport(host), (type) => sent.push(type)),
  });
  await ann.until("quiet", () => ann.service.peers()[0]?.inSync === true);
  hold();
  sent.length = 0;
  let answered = false;
  const posted = ann.service.postMessage({ space: "Harbour", channel: "general", text: "durable first" });
  void posted.then(() => (answered = true));
  // Ann's heartbeats go on meanwhile: two of them are a sign of life, and of a second gone by.
  await ann.until("heartbeats", () => sent.filter((type) => type === frameTypes.ping).length >= 2);
  expect(sent).not.toContain(frameTypes.events);
  expect(answered).toBe(false);
  expect(bob.service.messages({ limit: 5 }).items).toEqual([]);
  release();
  await posted;
  await bob.until("the message", () => bob.service.messages({ limit: 5 }).items.length === 1);
});

test("[SE7] a pushed event that was lost is found again, with no beacon to tell of it", async () => {
  // Time runs twenty times as fast for these two, heartbeats included.
  const fast: Clock = {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now() * 20,
    after: (delayMs, call) => clock.after(delayMs / 20, call),
  };
  let lossy = false;
  const host = "10.0.0.60";
  const transport = (): Transport =>
    watched(
      house.network.transport(host),
      () => undefined,
      (type) => lossy && type === frameTypes.events,
    );
  const quiet = { clock: fast, openDiscovery: null };
  const [ann, bob] = await pair({ ...quiet, host, openTransport: transport }, quiet);
  lossy = true;
  await ann.service.postMessage({ space: "Harbour", channel: "general", text: "lost on the way" });
  await ann.until("the push is over", () => ann.service.messages({ limit: 5 }).items.length === 1);
  lossy = false;
  expect(bob.service.messages({ limit: 5 }).items).toEqual([]);
  await bob.until("it is found", () => bob.service.messages({ limit: 5 }).items.length === 1);
}, 20_000);

test("[SE8] when an epoch may not be used any more a new one is made, and its box reaches every member", async () => {
  const [ann, bob] = await pair();
  const invite = await ann.service.createInvite("Harbour", member);
  await bob.until("Bob knows the invite", () => bob.service.invites("Harbour").length === 2);
  house.network.cut(ann.host, bob.host);
  const cem = await house.add("Cem");
  const dan = await house.add("Dan");
  house.network.cut(cem.host, bob.host);
  house.network.cut(dan.host, ann.host);
  house.network.cut(cem.host, dan.host);
  // One use, two admissions that cannot know of each other: one of the two is no member in the end.
  const joins = [cem, dan].map((node) => node.service.join(invite.link ?? "", { waitMs: 5_000 }));
  expect((await Promise.all(joins)).map(({ step }) => step)).toEqual(["done", "done"]);
  house.network.heal(ann.host, bob.host);
  const { id } = ann.service.space("Harbour");
  const held = (node: Housemate): string =>
    [controlScope(id), publicScope(id)].map((scope) => node.store.heads(scope).toSorted().join()).join(" ");
  await ann.until("both hold the same", () => held(ann) === held(bob));
  const epochs = (node: Housemate): number => node.store.metaKeys("epoch/").length;
  expect(epochs(bob)).toBe(2);
  await ann.service.postMessage({ space: "Harbour", channel: "general", text: "for members only" });
  await bob.until("Bob reads it", () => bob.service.messages({ limit: 5 }).items.length === 1);
  expect(epochs(bob)).toBeGreaterThan(2);
  // The member of the two can read it as well, the other holds no key of the new epoch.
  const names = ann.service.members("Harbour").map(({ name }) => name);
  const [inside, outside] = names.includes("Cem") ? [cem, dan] : [dan, cem];
  for (const node of [cem, dan]) {
    house.network.heal(node.host, ann.host);
    house.network.heal(node.host, bob.host);
  }
  await inside.until("the member reads it", () => inside.service.messages({ limit: 5 }).items.length === 1);
  expect(outside.service.messages({ limit: 5 }).items).toEqual([]);
  expect(epochs(outside)).toBe(2);
}, 30_000);

test("[SE12] two devices that dial each other at once keep one session, the same on both sides", async () => {
  const [ann, bob] = await pair();
  const count = (node: Housemate): number => node.service.peers().length;
  for (let round = 0; round < 5; round += 1) {
    await Promise.all([ann.service.setOnline(false), bob.service.setOnline(false)]);
    await Promise.all([ann.service.setOnline(true), bob.service.setOnline(true)]);
    const cursor = ann.service.cursor();
    await Promise.all([
      ann.until("one session", () => count(ann) === 1 && ann.service.peers()[0]?.inSync === true),
      bob.until("one session", () => count(bob) === 1 && bob.service.peers()[0]?.inSync === true),
    ]);
    await ann.service.postMessage({ space: "Harbour", channel: "general", text: `round ${round}` });
    await bob.until("it arrives", () => bob.service.messages({ limit: 9 }).items.length === round + 1);
    // People are not told of the link that gave way to the other.
    const told = ann.service
      .log(cursor, 100)
      .filter(({ type }) => type === "peer")
      .map(({ data }) => (data as { state: string }).state);
    expect(told.filter((state) => state === "lost")).toEqual([]);
  }
}, 20_000);

test("[SE11] a link that is not read because the disk is behind is not taken for dead", async () => {
  const { store, hold, release } = gated(createMemoryStore());
  const [ann, bob] = await pair({ store });
  hold();
  const batches = 20;
  for (let batch = 0; batch < batches; batch += 1) {
    await bob.service.postMessages(
      Array.from({ length: 256 }, () => ({ space: "Harbour", channel: "general", text: "a burst" })),
    );
  }
  const cursor = bob.service.cursor();
  // Longer than a silent link lives.
  await new Promise<void>((resolve) => void clock.after(4_500, resolve));
  release();
  await ann.until("all of it", () => ann.service.status().messagesSynced === batches * 256);
  const lost = bob.service.log(cursor, 500).filter(({ data }) => JSON.stringify(data).includes('"lost"'));
  expect(lost).toEqual([]);
}, 30_000);
