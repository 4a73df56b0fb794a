import {
  controlScope,
  decodeFrame,
  decodeOuter,
  deriveEpochKeys,
  encodeFrame,
  frameTypes,
  openEvent,
  sealEvent,
} from "@kith/core";
import type {
  Body,
  EpochKeys,
  EventId,
  EventStore,
  Frame,
  Link,
  ScopeId,
  SpaceId,
  Transport,
} from "@kith/core";
import { readIdentity } from "@kith/node";
import { createMemoryStore } from "@kith/store/memory";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHousehold, random } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

/** Mallory is a member with real keys whose node sends something else than it should. */
type Tamper = (outer: Uint8Array, scope: ScopeId) => Uint8Array;

let house: Household;
let ann: Housemate;
let mallory: Housemate;
let malloryStore: EventStore;
let tamper: Tamper | null = null;
/** What she boxes for others. */
let tamperBox: ((blob: Uint8Array) => Uint8Array) | null = null;
let inviteLink = "";

beforeEach(async () => {
  tamper = null;
  tamperBox = null;
  house = createHousehold();
  ann = await house.add("Ann");
  await ann.service.createSpace({ name: "Harbour" });
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 2 });
  inviteLink = invite.link ?? "";
  malloryStore = createMemoryStore();
  const host = "10.0.0.66";
  mallory = await house.add("Mallory", {
    host,
    store: malloryStore,
    openTransport: () => tampering(house.network.transport(host)),
    // What she tampers with goes over links: no honest copy comes by datagram before it.
    openDiscovery: () => ({ ...house.network.discovery(host), answer: () => undefined }),
  });
  expect((await mallory.service.join(inviteLink, { waitMs: 5_000 })).step).toBe("done");
});

afterEach(() => house.stop());

function tampering(transport: Transport): Transport {
  const wrap = (link: Link): Link =>
    new Proxy(link, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        if (name !== "send") return value.bind(target) as unknown;
        return (type: number, payload: Uint8Array, priority: "control" | "bulk") => {
          const isAltered = (type === frameTypes.events && tamper) || (type === frameTypes.box && tamperBox);
          if (!isAltered) return target.send(type, payload, priority);
          const altered = encodeFrame(tampered(decodeFrame(type, payload)));
          return target.send(altered.type, altered.payload, priority);
        };
      },
    });
  return {
    path: transport.path,
    listen: (onLink) => transport.listen((link) => onLink(wrap(link))),
    dial: async (address, options) => wrap(await transport.dial(address, options)),
    close: () => transport.close(),
  };
}

function tampered(frame: Frame): Frame {
  const [event, box] = [tamper, tamperBox];
  if (frame.type === "events" && event)
    return { ...frame, outers: frame.outers.map((outer) => event(outer, frame.scope)) };
  if (frame.type === "box" && box) return { ...frame, blob: box(frame.blob) };
  return frame;
}

function malloryKeys(): EpochKeys[] {
  return malloryStore.metaKeys("epoch/").map((key) => {
    const [, space, scope] = key.split("/");
    const value = malloryStore.meta(key) ?? new Uint8Array();
    return deriveEpochKeys({
      space: space as SpaceId,
      scope: scope as ScopeId,
      headerSecret: value.slice(0, 32),
      contentSecret: value.slice(32),
    });
  });
}

/** The event as Mallory wrote it, sealed anew after a change. */
function reseal(
  outerBytes: Uint8Array,
  change: {
    device?: string;
    scope?: EpochKeys;
    body?: Body;
    seq?: number;
    prev?: EventId | null;
    parents?: readonly EventId[];
  },
): Uint8Array {
  const outer = decodeOuter(outerBytes);
  const keys = malloryKeys().find((each) =>
    Buffer.from(each.tagOf(outer.bucket)).equals(Buffer.from(outer.tag)),
  );
  const identity = readIdentity(malloryStore);
  if (!keys || !identity) throw new Error("Mallory has no keys");
  const { header } = openEvent(outer, keys);
  const into = change.scope ?? keys;
  const seq = change.seq ?? header.seq;
  return sealEvent(
    {
      ...header,
      space: into.space,
      scope: into.scope,
      device: (change.device ?? header.device) as typeof header.device,
      seq,
      prev: change.prev ?? (seq === 1 ? null : (header.prev ?? outer.id)),
      auth: into === keys ? header.auth : [],
      parents: change.parents ?? header.parents,
      body: change.body ?? {
        type: "reaction.set",
        message: header.prev ?? ann.service.messages({ limit: 1 }).items[0]?.id ?? ("0".repeat(64) as never),
        emoji: "x",
        present: true,
      },
    },
    { keys: into, secretKey: identity.device.secretKey, salt: random.bytes(16) },
  ).outer;
}

const say = (text: string): Promise<unknown> =>
  mallory.service.postMessage({ space: "Harbour", channel: "general", text });
const annHas = (): string[] => ann.service.messages({ limit: 50 }).items.map(({ text }) => text);
const reputationOf = (): number =>
  ann.service.peers().find(({ id }) => id === mallory.service.nodeId)?.reputation ?? 0;

/** What is refused must show up nowhere: not in lists, not by id, not in search, not in the log. */
async function expectNowhere(word: string, cursor: string): Promise<void> {
  expect(annHas().join()).not.toContain(word);
  expect(ann.store.search(word, { limit: 10 })).toEqual([]);
  expect(ann.service.log(cursor, 500).some(({ message }) => message?.text.includes(word))).toBe(false);
  expect((await ann.service.verify()).problems).toEqual([]);
}

test("attack 1: an event signed by another than the device it names is refused, and the sender marked", async () => {
  const cursor = ann.service.cursor();
  const victim = ann.service.nodeId;
  tamper = (outer) =>
    reseal(outer, {
      device: victim,
      seq: 99,
      body: {
        type: "message.post",
        channel: ann.service.channels("Harbour")[0]?.id as never,
        text: "forgedword",
        replyTo: null,
      },
    });
  await say("original");
  await ann.until("the fault is noticed", () => reputationOf() < 100);
  await expectNowhere("forgedword", cursor);
});

test("[SP156] [SE13] of a device that is hung up on for what it sent a message says so, and not that it waits to be met", async () => {
  const victim = ann.service.nodeId;
  let seq = 100;
  tamper = (outer) => reseal(outer, { device: victim, seq: (seq += 1) });
  const where = (): (string | undefined)[] => {
    const [first] = ann.service.messages({ limit: 50 }).items;
    return ann.service.deliveryOf(first?.id ?? "").map(({ state }) => state);
  };
  await ann.service.postMessage({ space: "Harbour", channel: "general", text: "to whom?" });
  await ann.until("Mallory has it", () => where()[0] === "kept");
  await say("original");
  await ann.until("she is hung up on", () => reputationOf() === 0);
  const { id } = await ann.service.postMessage({ space: "Harbour", channel: "general", text: "and now?" });
  expect(ann.service.deliveryOf(id)).toMatchObject([
    { name: "Mallory", state: "refused", connected: false, lastSeenMs: expect.any(Number) as number },
  ]);
  // What she has said that she has she has.
  expect(where()).toEqual(["kept"]);
});

test("[EP8] whoever boxes rubbish for a newcomer is marked, and the newcomer reads all by another's boxes", async () => {
  await say("from before");
  await ann.until("Ann has it", () => annHas().includes("from before"));
  await ann.stop();
  tamperBox = (blob) => blob.map((byte, at) => (at === 600 ? byte ^ 1 : byte));
  const ben = await house.add("Ben");
  const join = await ben.service.join(inviteLink, { waitMs: 1_000 });
  expect(join.step).not.toBe("done");
  const isMarked = () =>
    ben.service.peers().some(({ id, reputation }) => id === mallory.service.nodeId && reputation < 100);
  await expect.poll(isMarked, { timeout: 10_000 }).toBe(true);
  await house.add("Ann", { store: ann.store, host: ann.host });
  const read = () => ben.service.messages({ limit: 50 }).items.map(({ text }) => text);
  await ben.until("Ben reads it", () => read().includes("from before"), 20_000);
});

test("attack 6: an event replayed into another scope is refused", async () => {
  const cursor = ann.service.cursor();
  const other = malloryKeys();
  tamper = (outer, scope) => {
    const into = other.find((keys) => keys.scope !== scope);
    return into
      ? reseal(outer, {
          scope: into,
          body: {
            type: "message.post",
            channel: ann.service.channels("Harbour")[0]?.id as never,
            text: "replayedword",
            replyTo: null,
          },
        })
      : outer;
  };
  await say("original");
  await ann.until("the fault is noticed", () => reputationOf() < 100);
  await expectNowhere("replayedword", cursor);
});

test("attack 8: what verification refuses reaches no view, no search and no log", async () => {
  const cursor = ann.service.cursor();
  tamper = (outer) => {
    const bytes = outer.slice();
    const last = bytes.length - 1;
    bytes[last] = (bytes[last] ?? 0) ^ 1;
    return bytes;
  };
  await say("tamperedword");
  await ann.until("the fault is noticed", () => reputationOf() < 100);
  await expectNowhere("tamperedword", cursor);
});

test("[EV15] an event that follows one of another scope is refused: who lacks that scope would wait for ever", async () => {
  const cursor = ann.service.cursor();
  const [foreign] = ann.store.heads(controlScope(ann.service.space("Harbour").id));
  tamper = (outer) =>
    reseal(outer, {
      parents: [foreign as EventId],
      body: {
        type: "message.post",
        channel: ann.service.channels("Harbour")[0]?.id as never,
        text: "splittingword",
        replyTo: null,
      },
    });
  await say("original");
  await ann.until("the fault is noticed", () => reputationOf() < 100);
  await expectNowhere("splittingword", cursor);
});

test("[SE13] of two branches of a forked chain neither is held against who passes it on in good faith", async () => {
  const invite = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  const bob = await house.add("Bob");
  expect((await bob.service.join(invite.link ?? "", { waitMs: 5_000 })).step).toBe("done");
  house.network.cut(mallory.host, bob.host);
  house.network.cut(ann.host, bob.host);
  await say("one branch");
  await ann.until("one branch", () => annHas().includes("one branch"));
  house.network.cut(mallory.host, ann.host);
  const posted = mallory.service.messages({ limit: 1 }).items[0]?.id;
  tamper = (outer) =>
    decodeOuter(outer).id === posted
      ? reseal(outer, {
          body: {
            type: "message.post",
            channel: ann.service.channels("Harbour")[0]?.id as never,
            text: "other branch",
            replyTo: null,
          },
        })
      : outer;
  house.network.heal(mallory.host, bob.host);
  const bobHas = (): string[] => bob.service.messages({ limit: 50 }).items.map(({ text }) => text);
  await bob.until("the other branch", () => bobHas().includes("other branch"));
  house.network.cut(mallory.host, bob.host);
  house.network.heal(ann.host, bob.host);
  const isForked = (node: Housemate): boolean => node.store.metaKeys("fork/").length > 0;
  await ann.until("Ann knows", () => isForked(ann) || isForked(bob));
  for (const [node, other] of [
    [ann, bob],
    [bob, ann],
  ] as const) {
    const seen = node.service.peers().find(({ id }) => id === other.service.nodeId);
    expect(seen?.reputation ?? 100).toBe(100);
  }
}, 20_000);

test("[SP84] [SP88] [SP89] attack 28: a device that signs two events with one number is found out and suspended by whoever may, and neither is shown", async () => {
  await say("hello");
  await say("first branch");
  await ann.until("the first branch", () => annHas().includes("first branch"));
  const seen = malloryStore.event(malloryStore.messages({ limit: 1 })[0]?.id ?? ("" as EventId));
  const cursor = ann.service.cursor();
  // The next event is replaced by one that takes the number of the last once more.
  tamper = (outer) =>
    reseal(outer, {
      seq: seen?.seq ?? 1,
      prev: seen?.prev ?? null,
      parents: seen?.parents ?? [],
      body: {
        type: "message.post",
        channel: ann.service.channels("Harbour")[0]?.id as never,
        text: "secondbranch",
        replyTo: null,
      },
    });
  await say("ignored");
  await ann.until("people are told", () =>
    ann.service.log(cursor, 100).some(({ data }) => JSON.stringify(data).includes("device-forked")),
  );
  await ann.until(
    "the device is suspended",
    () => annHas().length === 1 && !annHas().includes("first branch"),
  );
  expect(annHas()).toEqual(["hello"]);
  expect(ann.store.metaKeys("fork/")).toHaveLength(1);
  const said = ann.service.log(cursor, 100).map(({ data }) => JSON.stringify(data));
  expect(said.some((data) => data.includes("device-suspended"))).toBe(true);
  const member = ann.service.members("Harbour").find(({ suspended }) => suspended.length > 0);
  expect(member).toMatchObject({
    name: "Mallory",
    devices: [],
    suspended: [{ device: mallory.service.nodeId }],
  });
});
