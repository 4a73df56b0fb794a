/** The sealed profile of direct conversations, over whole nodes: keys go, what was said stays. spec/epoch EP96-EP99. */
import {
  advanceChain,
  bodyKeyAt,
  CoreError,
  createInlineVerifier,
  createNodeBox,
  decodeCbor,
  decodeOuter,
  epochKeysOf,
  openEvent,
  publicScope,
  withSealedSource,
} from "@kith/core";
import type {
  CborValue,
  Clock,
  EpochId,
  EpochKeys,
  EventStore,
  OpenedEvent,
  SealedSource,
  SpaceId,
} from "@kith/core";
import { restoreBackup, verifyStore } from "@kith/node";
import { createMemoryStore } from "@kith/store/memory";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clock as realClock, createHousehold, random } from "./memory-nodes.ts";
import type { Household, Housemate } from "./memory-nodes.ts";

const DAY_MS = 86_400_000;
const PASSPHRASE = "four words nobody guesses";
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let house: Household;
let ann: Housemate;
let ben: Housemate;
let space: SpaceId;
/** By how much all clocks are ahead. */
let aheadMs = 0;
const clock: Clock = { ...realClock, nowMs: () => realClock.nowMs() + aheadMs };

beforeEach(async () => {
  aheadMs = 0;
  house = createHousehold();
  ann = await house.add("Ann", { clock });
  ben = await house.add("Ben", { clock });
  const { id } = await ann.service.createSpace({ name: "Harbour" });
  const { link } = await ann.service.createInvite(id, { role: "member", expiresInMs: null, uses: 9 });
  expect((await ben.service.join(link ?? "", { waitMs: 8_000 })).step).toBe("done");
  space = (await ann.service.direct("Ben", "hello Ben")).id;
  await ben.until("the request", () => ben.service.requests().length === 1);
  const [request] = ben.service.requests();
  expect((await ben.service.acceptRequest(request?.id ?? "", { waitMs: 8_000 })).step).toBe("done");
}, 30_000);

afterEach(() => house.stop());

const texts = (mate: Housemate): string[] =>
  mate.service.messages({ space, limit: 500 }).items.map(({ text }) => text);
const say = async (mate: Housemate, text: string): Promise<string> =>
  (await mate.service.postMessage({ space, channel: "general", text })).id;
const hears = (mate: Housemate, text: string): Promise<void> =>
  mate.until(`"${text}"`, () => texts(mate).includes(text));

/** Epochs of the conversation's content as a store holds them. */
function epochsOf(store: EventStore): EpochKeys[] {
  const scope = publicScope(space);
  return store.metaKeys(`epoch/${space}/${scope}/`).map((key) => {
    const value = store.meta(key) ?? new Uint8Array();
    const epoch = key.split("/").at(-1) as EpochId;
    const parts = [value.slice(0, 32), value.slice(32, 64)] as const;
    const place = { space, scope, epoch };
    const keys = epochKeysOf(place, value.length > 64 ? [...parts, value.slice(64)] : parts);
    if (!keys) throw new Error("a stored key is not its epoch's");
    return keys;
  });
}

const isDestroyed = (mate: Housemate): boolean =>
  epochsOf(mate.store).every(({ secrets }) => secrets.contentSecret === null);
const destroyed = async (...mates: Housemate[]): Promise<void> => {
  for (const mate of mates) await mate.until("the secrets are destroyed", () => isDestroyed(mate));
};

/** What somebody who caught these events opens with every key in a store, each tried for each, whatever the store says of them. */
function openedWith(
  store: EventStore,
  caught: EventStore,
  bodyOf: SealedSource["bodyOf"] = () => null,
): OpenedEvent[] {
  const epochs = epochsOf(store);
  return caught.eventsOfScope(publicScope(space), 0, 5_000).flatMap(({ outer }) => {
    const { tag, bucket } = decodeOuter(outer);
    const keys = epochs.find((each) => Buffer.from(each.tagOf(bucket)).equals(Buffer.from(tag)));
    if (!keys) return [];
    const { header } = openEvent(decodeOuter(outer), keys);
    if (header.ratchet === null) return [];
    for (const key of [null, ...keysIn(store, header)]) {
      const opened = tryWith(outer, withSealedSource(keys, { bodyOf, keyOf: () => key }));
      if (opened?.body) return [opened];
    }
    return [];
  });
}

function tryWith(outer: Uint8Array, keys: EpochKeys): OpenedEvent | null {
  try {
    return openEvent(decodeOuter(outer), keys);
  } catch (error) {
    if (error instanceof CoreError && error.code === "EVENT_BODY") return null;
    throw error;
  }
}

/** Every key that lies in the store for the device's chain, and those that follow from it. */
function keysIn(
  store: EventStore,
  { epoch, device }: Pick<OpenedEvent["header"], "epoch" | "device">,
): Uint8Array[] {
  const row = store.meta(`ratchet/${epoch}/${device}`);
  const [, chain, ...skipped] = row ? (decodeCbor(row, { bytesMax: 1e6 }) as readonly CborValue[]) : [];
  const left = (skipped as [number, Uint8Array | null][]).flatMap(([, key]) => key ?? []);
  if (!(chain instanceof Uint8Array)) return left;
  return [
    ...left,
    ...Array.from({ length: 80 }, (_, n) => bodyKeyAt(advanceChain({ index: 0, key: chain }, n))),
  ];
}

test("[EP96] [EP98] once both have it, no key on either device opens what was caught on the way; what was said stays", async () => {
  expect(texts(ben)).toEqual(["hello Ben"]);
  await say(ben, "hello Ann");
  await hears(ann, "hello Ann");
  await destroyed(ann, ben);
  await say(ann, "after that");
  await hears(ben, "after that");
  for (const mate of [ann, ben]) {
    expect(texts(mate)).toEqual(["hello Ben", "hello Ann", "after that"]);
    for (const caught of [ann, ben]) expect(openedWith(mate.store, caught.store)).toEqual([]);
    expect(mate.service.space(space)).toMatchObject({ closed: 0, history: "all" });
  }
  // The same attempt with what the device kept of the bodies opens all three: it does try.
  expect(openedWith(ann.store, ben.store, (id) => ann.store.sealedBody(id))).toHaveLength(3);
});

test("[EP97] another epoch serves after 50 messages, and after a day", async () => {
  await say(ben, "first");
  await hears(ann, "first");
  const before = epochsOf(ann.store).length;
  // One under each of the two epochs that there are: 49 more fit under either.
  for (let n = 0; n < 98; n += 1) await say(ann, `number ${n}`);
  expect(epochsOf(ann.store)).toHaveLength(before);
  await say(ann, "one too many");
  const after = epochsOf(ann.store).length;
  expect(after).toBe(before + 1);
  aheadMs += DAY_MS;
  await say(ann, "a day later");
  expect(epochsOf(ann.store)).toHaveLength(after + 1);
  await hears(ben, "a day later");
  expect(texts(ben)).toHaveLength(102);
  await destroyed(ann, ben);
});

test("[EP97] [EP98] an event from years ahead neither stops keys from being changed nor mutes anybody when they are destroyed", async () => {
  aheadMs = 3 * 365 * DAY_MS;
  await say(ben, "from a clock that is wrong");
  await hears(ann, "from a clock that is wrong");
  aheadMs = 0;
  await say(ann, "set right");
  await hears(ben, "set right");
  const before = epochsOf(ann.store).length;
  for (const days of [1, 33]) {
    const [a, b] = [ann, ben];
    for (const mate of [a, b])
      await mate.until("noted since when", () =>
        epochsOf(mate.store).every(({ epoch }) => mate.store.meta(`sealed-since/${epoch}`) !== null),
      );
    await Promise.all([a.stop(), b.stop()]);
    aheadMs = days * DAY_MS;
    ann = await house.add("Ann", { clock, store: a.store, host: a.host });
    ben = await house.add("Ben", { clock, store: b.store, host: b.host });
    for (const [mate, other] of [
      [ann, ben],
      [ben, ann],
    ] as const) {
      await say(mate, `day ${days} of ${mate.host}`);
      await hears(other, `day ${days} of ${mate.host}`);
    }
  }
  expect(epochsOf(ann.store).length).toBeGreaterThan(before + 1);
});

test("[EP98] what was written to somebody who accepts after more than 30 days is there for them", async () => {
  const cid = await house.add("Cid", { clock });
  const { link } = await ann.service.createInvite("Harbour", { role: "member", expiresInMs: null, uses: 1 });
  expect((await cid.service.join(link ?? "", { waitMs: 8_000 })).step).toBe("done");
  const { id } = await ann.service.direct("Cid", "first words");
  await cid.until("the request", () => cid.service.requests().length === 1);
  await ann.until("noted since when", () => ann.store.metaKeys("sealed-since/").length > 1);
  await ann.stop();
  aheadMs = 31 * DAY_MS;
  await house.add("Ann", { clock, store: ann.store, host: ann.host });
  const [request] = cid.service.requests();
  expect((await cid.service.acceptRequest(request?.id ?? "", { waitMs: 8_000 })).step).toBe("done");
  await cid.until("the words", () =>
    cid.service.messages({ space: id, limit: 9 }).items.some(({ text }) => text === "first words"),
  );
});

test("[EP98] what is written while the other is away opens when they come back, with nothing else left to open it", async () => {
  await say(ben, "I go now");
  await hears(ann, "I go now");
  await destroyed(ann, ben);
  await ben.service.setOnline(false);
  for (let n = 0; n < 60; n += 1) await say(ann, `while away ${n}`);
  await ben.service.setOnline(true);
  await hears(ben, "while away 59");
  await ben.until("all", () => texts(ben).length === 62);
  await destroyed(ann, ben);
  await say(ben, "back");
  await hears(ann, "back");
});

test("[EP98] after 30 days nobody keeps keys for who did not come: that is lost, counted, and the conversation goes on", async () => {
  await say(ben, "I go for long");
  await hears(ann, "I go for long");
  await destroyed(ann, ben);
  await ben.service.setOnline(false);
  aheadMs += 2 * DAY_MS;
  await say(ann, "too late for this");
  // An epoch that Ben was never told of: Ann alone holds it, and for 30 days.
  const alone = epochsOf(ann.store).filter(({ secrets }) => secrets.contentSecret !== null);
  expect(alone).toHaveLength(1);
  await ann.until("noted since when", () => ann.store.meta(`sealed-since/${alone[0]?.epoch}`) !== null);
  await ann.stop();
  aheadMs += 30 * DAY_MS;
  const again = await house.add("Ann", { clock, store: ann.store, host: ann.host });
  await destroyed(again);
  expect(again.store.metaKeys("ratchet/").filter((key) => key.includes(alone[0]?.epoch ?? "-"))).toEqual([]);
  expect(texts(again)).toContain("too late for this");
  await ben.service.setOnline(true);
  await ben.until("the loss", () => ben.service.space(space).closed === 1);
  expect(texts(ben)).toEqual(["hello Ben", "I go for long"]);
  await say(again, "welcome back");
  await hears(ben, "welcome back");
  await say(ben, "thank you");
  await hears(again, "thank you");
});

test("[EP98] a restart in between loses nothing: chains go on where they were", async () => {
  await say(ben, "before");
  await hears(ann, "before");
  await destroyed(ann, ben);
  const epochs = epochsOf(ann.store).length;
  await say(ann, "one");
  await ann.stop();
  const again = await house.add("Ann", { clock, store: ann.store, host: ann.host });
  await say(again, "two");
  await hears(ben, "two");
  expect(texts(ben)).toEqual(["hello Ben", "before", "one", "two"]);
  expect(epochsOf(again.store)).toHaveLength(epochs);
  for (const store of [again.store, ben.store]) {
    const report = await verifyStore({ store, verifier: createInlineVerifier() });
    expect(report.problems).toEqual([]);
  }
});

test("[EP98] what is deleted leaves no body and no key, and is not counted as lost", async () => {
  const id = await say(ben, "regretted");
  await hears(ann, "regretted");
  await destroyed(ann, ben);
  await ben.service.deleteMessage(id);
  await ann.until("deleted", () => !texts(ann).includes("regretted"));
  for (const mate of [ann, ben]) {
    expect(mate.store.sealedBody(id as never)).toBeNull();
    expect(mate.service.space(space).closed).toBe(0);
    const report = await verifyStore({ store: mate.store, verifier: createInlineVerifier() });
    expect(report.problems).toEqual([]);
  }
});

test("[EP99] a linked device gets the history from its person's other device, and from nobody else", async () => {
  await say(ben, "edited later");
  const [, second] = ann.service.messages({ space, limit: 9 }).items;
  await hears(ann, "edited later");
  await ben.service.editMessage(ben.service.messages({ space, limit: 9 }).items.at(-1)?.id ?? "", "edited");
  await hears(ann, "edited");
  await ben.service.react(ben.service.messages({ space, limit: 9 }).items[0]?.id ?? "", "👍");
  await destroyed(ann, ben);
  expect(second).toBeUndefined();
  const phone = await house.add("Phone", { clock });
  const offer = ann.service.offerDevice();
  const { code } = await phone.service.takeLink(offer.link, { waitMs: 8_000 });
  await ann.until("asked to confirm", () => ann.service.deviceOffer()?.state === "confirm");
  await ann.service.confirmDevice(code ?? "");
  expect((await phone.service.takeLink(offer.link, { waitMs: 8_000, shown: true })).step).toBe("done");
  await phone.until("the history", () => texts(phone).length === 2 && texts(phone).includes("edited"));
  await phone.until("all of it", () => phone.service.space(space).closed === 0);
  const [first] = phone.service.messages({ space, limit: 9 }).items;
  expect(first?.reactions).toMatchObject([{ emoji: "👍" }]);
  await say(phone, "from the phone");
  await hears(ben, "from the phone");
  await say(ben, "to both");
  for (const mate of [ann, phone]) await hears(mate, "to both");
  await destroyed(ann, ben, phone);
});

async function backUp(mate: Housemate): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of mate.service.backup({ passphrase: PASSPHRASE })) pieces.push(piece);
  return pieces;
}

async function restore(backup: readonly Uint8Array[]): Promise<Housemate> {
  const store = createMemoryStore();
  const report = await restoreBackup(
    { store, clock, random, log: quiet, box: createNodeBox(), verifier: createInlineVerifier() },
    (async function* () {
      yield* backup;
    })(),
    { passphrase: PASSPHRASE },
  );
  expect(report.refused).toBe(0);
  return house.add("nobody", { clock, store });
}

test("[EP99] [ID57] attack 22: a backup holds what was said, and the restored device goes on beside the first", async () => {
  await say(ben, "in the backup");
  await hears(ann, "in the backup");
  await destroyed(ann, ben);
  const backup = await backUp(ann);
  await say(ann, "after the backup");
  const second = await restore(backup);
  expect(texts(second)).toEqual(expect.arrayContaining(["hello Ben", "in the backup"]));
  // What came after the backup its person's first device gives it.
  await hears(second, "after the backup");
  await say(second, "from the second");
  await hears(ben, "from the second");
  await hears(ann, "from the second");
  for (const mate of [ann, second]) expect(mate.store.metaKeys("fork/")).toEqual([]);
  await second.until("nothing is closed", () => second.service.space(space).closed === 0);
});

test("[EP98] [EP99] what came after the last backup is counted as closed once the only device that had it is gone", async () => {
  await say(ben, "in the backup");
  await hears(ann, "in the backup");
  await destroyed(ann, ben);
  const backup = await backUp(ann);
  await say(ben, "for that device alone");
  await hears(ann, "for that device alone");
  await destroyed(ann, ben);
  await ann.stop();
  const second = await restore(backup);
  await second.until("the loss", () => second.service.space(space).closed === 1);
  const told = second.service.log("0", 1_000).filter(({ type }) => type === "space");
  expect(told.map(({ data }) => data)).toContainEqual({ space, change: "closed" });
  await say(second, "I lost my device");
  await hears(ben, "I lost my device");
  await say(ben, "never mind");
  await hears(second, "never mind");
  expect(texts(second)).not.toContain("for that device alone");
});
