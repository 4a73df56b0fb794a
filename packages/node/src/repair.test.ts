import {
  DATAGRAM_BLOOM_BYTES_MAX,
  DATAGRAM_EVENT_BYTES_MAX,
  createDigestIndex,
  filterRecent,
  missingFromRecent,
  shortIdsOf,
} from "@kith/core";
import type {
  BeaconDigest,
  DeviceId,
  EventId,
  InviteId,
  PeerAddress,
  ScopeId,
  SpaceId,
  StoredEvent,
} from "@kith/core";
import { createListReader, createManualClock, createSeededRandom } from "@kith/core/testing";
import { expect, test } from "vitest";
import type { BeaconVoice, RepairBody } from "./beacon.ts";
import type { Delivered } from "./ingest.ts";
import {
  DIGEST_GRACE_MS,
  REPAIR_CHECKS_PER_SOURCE_MAX,
  REPAIR_CHECKS_TOTAL_MAX,
  REPAIR_FILTERS_TOTAL_MAX,
  REPAIR_LOOKS_PER_SOURCE_MAX,
  REPAIR_REPEAT_MS,
  REPAIR_SENT_PER_SOURCE_MAX,
  REPAIR_SENT_TOTAL_MAX,
} from "./limits.ts";
import { ALL_WAYS } from "./deps.ts";
import type { Ways } from "./deps.ts";
import { NOBODY } from "./ingest.ts";
import { Repair } from "./repair.ts";
import { quietLog } from "./testing/quiet-log.ts";

const space = "5".repeat(64) as SpaceId;
const scope = "7".repeat(64) as ScopeId;
const self = "a".repeat(64) as DeviceId;
const other = "b".repeat(64) as DeviceId;
const stranger = "c".repeat(64) as DeviceId;
const from: PeerAddress = { host: "10.0.0.9", port: 40_000 };
const boot = new Uint8Array(8);
const DAY = 20_000;
const voice: BeaconVoice = {
  topic: { kind: "scope", space, scope },
  key: new Uint8Array(32),
  root: () => null,
  digest: () => null,
};

const random = createSeededRandom("repair");
const idOf = (n: number): EventId =>
  Buffer.from(random.bytes(32)).toString("hex").replace(/^.{8}/, n.toString(16).padStart(8, "0")) as EventId;
const ids = Array.from({ length: 3_000 }, (_, n) => idOf(n));

interface Held {
  readonly id: EventId;
  readonly device?: DeviceId;
  readonly bytes?: number;
}

const heldOf = (from: number, to: number, of: Omit<Held, "id"> = {}): Held[] =>
  ids.slice(from, to).map((id) => ({ id, ...of }));

function createRig(held: Held[], options: { near?: number; links?: boolean; ways?: Ways } = {}) {
  const clock = createManualClock();
  const sent: { body: RepairBody; to: PeerAddress }[] = [];
  const delivered: Delivered[] = [];
  const doubts: ScopeId[] = [];
  const digests = createDigestIndex(
    createListReader(() =>
      held.map(({ id }, at) => ({ id, arrival: at + 1, timeMs: 1_000 + ids.indexOf(id) })),
    ),
  );
  let waiting: EventId[] = [];
  const repair = new Repair({
    clock,
    random,
    log: quietLog,
    store: {
      eventsById: (wanted) =>
        held
          .filter(({ id }) => wanted.includes(id))
          .map(
            ({ id, device = self, bytes = 700 }) =>
              ({ id, device, outer: new Uint8Array(bytes) }) as StoredEvent,
          ),
    },
    ingest: {
      isFull: false,
      heldIds: () => waiting,
      deliver(batch) {
        delivered.push(batch);
        return Promise.resolve({ from: batch.from, accepted: 1, duplicates: 0, refused: null, missing: [] });
      },
    },
    digests,
    ways: options.ways ?? ALL_WAYS,
    self,
    isEntitled: (_scope, device) => device !== stranger,
    isResting: () => false,
    send: (_voice, body, to) => void sent.push({ body, to }),
    linkTo: () =>
      options.links === true
        ? { session: { rttMs: 2 }, mayReconcile: () => true, doubt: (of) => void doubts.push(of) }
        : null,
    near: () => options.near ?? 1,
  });
  digests.own(scope, DAY);
  return {
    clock,
    repair,
    sent,
    delivered,
    doubts,
    events: () => sent.flatMap(({ body }) => (body.kind === "event" ? [body] : [])),
    filters: () => sent.flatMap(({ body }) => (body.kind === "bloom" ? [body] : [])),
    wants: () => sent.flatMap(({ body }) => (body.kind === "want" ? [body] : [])),
    hold(more: Held[]) {
      held.push(...more);
      digests.note(scope);
    },
    wait(more: EventId[]) {
      waiting = more;
    },
    hear(theirs: Held[], changes: { device?: DeviceId; from?: PeerAddress; voice?: BeaconVoice } = {}) {
      repair.hearDigest({ voice, device: other, from, digest: digestOf(theirs), ...changes });
    },
  };
}

function digestOf(held: readonly Held[]): BeaconDigest {
  const reader = createListReader(() => held.map(({ id }, at) => ({ id, arrival: at + 1, timeMs: 0 })));
  const digest = createDigestIndex(reader).own(scope, DAY);
  if (!digest) throw new Error("few enough to be read at once");
  return { events: digest.events, day: DAY, cells: digest.cells };
}

test("[DI18] what we lack is wanted from who says it, and what we wrote and they lack is sent unasked", () => {
  const rig = createRig(heldOf(0, 120));
  rig.hear([...heldOf(0, 100), ...heldOf(200, 205)]);
  expect(rig.wants()).toEqual([
    {
      kind: "want",
      to: other,
      day: DAY,
      shorts: [...shortIdsOf(scope, DAY, ids.slice(200, 205))].toSorted(),
    },
  ]);
  expect(rig.events()).toHaveLength(20);
  expect(rig.sent.every(({ to }) => to === from)).toBe(true);
});

test("[DI18] a digest of the same set brings nothing, and one that cannot be read through no want and no event", () => {
  const rig = createRig(heldOf(0, 120));
  rig.hear(heldOf(0, 120));
  rig.hear(heldOf(500, 900));
  expect([rig.wants(), rig.events()]).toEqual([[], []]);
});

test("[DI18] of others' events each is sent unasked by about one device of those near", () => {
  let sent = 0;
  for (let round = 0; round < 100; round += 1) {
    const rig = createRig(heldOf(0, 40, { device: stranger }), { near: 20 });
    rig.hear(heldOf(0, 20));
    sent += rig.events().length;
  }
  // 20 events, 100 devices, 1 in 20 each.
  expect(sent).toBeGreaterThan(50);
  expect(sent).toBeLessThan(160);
});

test("[DI18] a want is answered by the device it names, in order of arrival, and by no other", () => {
  const rig = createRig(heldOf(0, 50, { device: other }));
  const shorts = [...shortIdsOf(scope, DAY, [...ids.slice(10, 14), ...ids.slice(700, 702)])].toSorted();
  const want = { kind: "want" as const, device: other, boot, count: 1, day: DAY, shorts };
  rig.repair.hear(voice, { ...want, to: other }, from);
  expect(rig.sent).toEqual([]);
  rig.repair.hear(voice, { ...want, to: self }, from);
  expect(rig.events()).toHaveLength(4);
});

test("[DI15] an event that fits no datagram is left to streams", () => {
  const rig = createRig([
    ...heldOf(0, 1, { bytes: DATAGRAM_EVENT_BYTES_MAX }),
    ...heldOf(1, 2, { bytes: DATAGRAM_EVENT_BYTES_MAX + 1 }),
  ]);
  rig.hear([]);
  expect(rig.events().map(({ outer }) => outer.byteLength)).toEqual([DATAGRAM_EVENT_BYTES_MAX]);
});

test("[DI17] attack 20: who is no member is given nothing and not listened to", () => {
  const rig = createRig(heldOf(0, 20));
  const shorts = [...shortIdsOf(scope, DAY, ids.slice(0, 4))].toSorted();
  const sender = { device: stranger, boot, count: 1 };
  rig.hear(heldOf(5, 25), { device: stranger });
  rig.repair.hear(voice, { kind: "want", ...sender, to: self, day: DAY, shorts }, from);
  rig.repair.hear(voice, { kind: "event", ...sender, outer: new Uint8Array(700) }, from);
  expect([rig.sent, rig.delivered]).toEqual([[], []]);
});

test("[DI17] attack 20: under a key that we do not speak under we ask and take, and give nothing", () => {
  const rig = createRig(heldOf(0, 20));
  const old: BeaconVoice = { ...voice, digest: null };
  const shorts = [...shortIdsOf(scope, DAY, ids.slice(0, 4))].toSorted();
  const sender = { device: other, boot, count: 1 };
  rig.repair.hear(old, { kind: "want", ...sender, to: self, day: DAY, shorts }, from);
  rig.hear(heldOf(5, 25), { voice: old });
  rig.repair.hear(old, { kind: "event", ...sender, outer: new Uint8Array(700) }, from);
  expect(rig.events()).toEqual([]);
  expect(rig.wants().map((want) => want.shorts.length)).toEqual([5]);
  expect(rig.delivered).toHaveLength(1);
  const invite: BeaconVoice = {
    ...old,
    topic: { kind: "invite", space, invite: "1".repeat(32) as InviteId },
  };
  rig.hear(heldOf(5, 28), { voice: invite });
  rig.repair.hear(invite, { kind: "event", ...sender, outer: new Uint8Array(700) }, from);
  expect([rig.wants().length, rig.delivered.length]).toEqual([1, 1]);
});

test("[DI19] attack 14: one address gets 32 datagrams a second and not one more, all together 128", () => {
  const rig = createRig(heldOf(0, 1_000));
  const want = (begin: number, host: string): void => {
    const shorts = [...shortIdsOf(scope, DAY, ids.slice(begin, begin + 40))].toSorted();
    const payload = { kind: "want" as const, device: other, boot, count: 1, to: self, day: DAY, shorts };
    rig.repair.hear(voice, payload, { host, port: 40_000 });
  };
  for (let round = 0; round < 20; round += 1) want(40 * round, "10.0.0.9");
  expect(rig.sent).toHaveLength(REPAIR_SENT_PER_SOURCE_MAX);
  for (let host = 10; host < 30; host += 1) want(0, `10.0.0.${host}`);
  expect(rig.sent).toHaveLength(REPAIR_SENT_TOTAL_MAX);
  rig.clock.advance(500);
  for (let round = 0; round < 20; round += 1) want(40 * round, "10.0.0.9");
  expect(rig.sent).toHaveLength(REPAIR_SENT_TOTAL_MAX + REPAIR_SENT_PER_SOURCE_MAX / 2);
});

test("[DI19] neither a wish nor an event goes to the same address twice within 400 ms", () => {
  const rig = createRig(heldOf(0, 10));
  for (let round = 0; round < 5; round += 1) rig.hear([...heldOf(0, 8), ...heldOf(20, 22)]);
  expect([rig.wants().length, rig.events().length]).toEqual([1, 2]);
  rig.hear(heldOf(0, 8), { from: { host: "10.0.0.10", port: 40_000 } });
  expect(rig.events()).toHaveLength(4);
  rig.clock.advance(REPAIR_REPEAT_MS);
  rig.hear([...heldOf(0, 8), ...heldOf(20, 22)]);
  expect([rig.wants().length, rig.events().length]).toEqual([2, 6]);
});

test("[DI19] attack 14: digests of one address are looked into 24 times a second", () => {
  const rig = createRig(heldOf(0, 10));
  for (let round = 0; round < 100; round += 1) rig.hear(heldOf(100 + round, 101 + round));
  expect(rig.wants().length).toBeLessThanOrEqual(REPAIR_LOOKS_PER_SOURCE_MAX);
});

test("[DI20] an event is put down to nobody, whoever a datagram names, and checks are bounded", () => {
  const rig = createRig([]);
  const bring = (host: string): void => {
    const payload = { kind: "event" as const, device: other, boot, count: 1, outer: new Uint8Array(9) };
    rig.repair.hear(voice, payload, { host, port: 1 });
  };
  for (let round = 0; round < 500; round += 1) bring("10.0.0.9");
  expect(rig.delivered).toHaveLength(REPAIR_CHECKS_PER_SOURCE_MAX);
  expect(new Set(rig.delivered.map((batch) => batch.from))).toEqual(new Set([NOBODY]));
  for (let host = 0; host < 500; host += 1) bring(`10.0.1.${host}`);
  expect(rig.delivered).toHaveLength(REPAIR_CHECKS_TOTAL_MAX);
});

test("[DI21] with a link there are no datagrams: what is still missing after a moment is reconciled", () => {
  const rig = createRig(heldOf(0, 10), { links: true });
  const theirs = [...heldOf(0, 10), ...heldOf(20, 22)];
  rig.hear(theirs);
  rig.hear(theirs);
  rig.clock.advance(DIGEST_GRACE_MS - 1);
  expect(rig.doubts).toEqual([]);
  rig.clock.advance(1);
  expect([rig.doubts, rig.sent]).toEqual([[scope], []]);
  // Pushed a moment later: nothing is asked for.
  rig.hear(theirs);
  rig.hold(heldOf(20, 22));
  rig.clock.advance(DIGEST_GRACE_MS);
  expect(rig.doubts).toHaveLength(1);
  // What only we hold the other side asks for.
  rig.hear(heldOf(0, 5));
  rig.clock.advance(DIGEST_GRACE_MS);
  expect([rig.doubts.length, rig.sent.length]).toEqual([1, 0]);
});

test("[SY36] what waits here for a cause or a key is not asked for again, nor taken for stored", () => {
  const rig = createRig(heldOf(0, 10));
  rig.wait(ids.slice(20, 22));
  rig.hear([...heldOf(0, 10), ...heldOf(20, 23)]);
  expect(rig.wants()[0]?.shorts).toEqual([...shortIdsOf(scope, DAY, [ids[22] as EventId])]);
});

test("a repair that is closed leaves no timer", () => {
  const rig = createRig(heldOf(0, 10), { links: true });
  rig.hear(heldOf(0, 12));
  expect(rig.clock.planned).toBe(1);
  rig.repair.close();
  expect(rig.clock.planned).toBe(0);
});

test("[SY35] what lies further back than 1,024 arrivals is not looked for", () => {
  const rig = createRig(heldOf(0, 1_100));
  const shorts = [...shortIdsOf(scope, DAY, ids.slice(70, 80))].toSorted();
  rig.repair.hear(voice, { kind: "want", device: other, boot, count: 1, to: self, day: DAY, shorts }, from);
  expect(rig.events()).toHaveLength(4);
});

/** What somebody who holds these sends us: a filter of their newest. */
function filterOf(held: readonly Held[]) {
  const rows = held.map(({ id }, at) => ({ id, arrival: at + 1, timeMs: 1_000 + ids.indexOf(id) }));
  return filterRecent(
    { ids: rows, isAll: true },
    { salt: random.bytes(16), rate: 0.01, bytesMax: DATAGRAM_BLOOM_BYTES_MAX, also: [] },
  );
}

const asked = { kind: "bloom", device: other, boot, count: 1, to: self } as const;

test("[DI23] [SY42] what a digest cannot tell is asked for by a filter of the newest window, once a second of each address", () => {
  const rig = createRig(heldOf(0, 1_500));
  for (let round = 0; round < 4; round += 1) rig.hear(heldOf(400, 1_400));
  const [body] = rig.filters();
  expect(rig.sent).toHaveLength(1);
  expect(body).toMatchObject({ kind: "bloom", to: other });
  // About 860 of the newest fit, and of the older ones none is looked for.
  const shown = missingFromRecent(
    { ids: ids.map((id, at) => ({ id, arrival: at + 1, timeMs: 1_000 + at })), isAll: true },
    body as NonNullable<typeof body>,
  );
  expect(body?.sinceMs).toBeGreaterThan(1_600);
  expect(shown.every((id) => ids.indexOf(id) >= 1_500)).toBe(true);
  expect(shown.length).toBeGreaterThan(1_500 * 0.98);
  rig.clock.advance(1_000);
  rig.hear(heldOf(400, 1_400));
  expect(rig.filters()).toHaveLength(2);
  // Under another salt.
  expect(rig.filters()[1]?.filter.subarray(0, 16)).not.toEqual(body?.filter.subarray(0, 16));
});

test("[DI23] [SY42] what is held back is in the filter as well, and where cells may not be used filters alone are", () => {
  const rig = createRig(heldOf(0, 100), { ways: { ...ALL_WAYS, rungs: ["bloom"] } });
  rig.wait(ids.slice(200, 210));
  rig.hear(heldOf(0, 101));
  expect([rig.wants(), rig.events()]).toEqual([[], []]);
  const rows = ids.slice(0, 300).map((id, at) => ({ id, arrival: at + 1, timeMs: 1_000 + at }));
  const shown = rig.filters().flatMap((body) => missingFromRecent({ ids: rows, isAll: true }, body));
  expect(shown.some((id) => ids.indexOf(id) < 100 || (ids.indexOf(id) >= 200 && ids.indexOf(id) < 210))).toBe(
    false,
  );
  expect(shown.length).toBeGreaterThan(180);
});

test("[DI23] a filter is answered with events alone, by the device it names, within what an address may have", () => {
  const rig = createRig(heldOf(0, 300, { device: other }));
  rig.repair.hear(voice, { ...asked, to: stranger, ...filterOf(heldOf(0, 290)) }, from);
  expect(rig.sent).toEqual([]);
  rig.repair.hear(voice, { ...asked, ...filterOf(heldOf(0, 290)) }, from);
  expect(rig.events().length).toBe(rig.sent.length);
  expect(rig.events().length).toBeGreaterThan(7);
  expect(rig.events().length).toBeLessThanOrEqual(10);
  for (let round = 0; round < 20; round += 1) rig.repair.hear(voice, { ...asked, ...filterOf([]) }, from);
  expect(rig.events().length).toBeLessThanOrEqual(10);
  rig.clock.advance(1_000);
  rig.repair.hear(voice, { ...asked, ...filterOf([]) }, from);
  expect(rig.events().length).toBeLessThanOrEqual(10 + REPAIR_SENT_PER_SOURCE_MAX);
  expect(rig.events().length).toBeGreaterThan(REPAIR_SENT_PER_SOURCE_MAX);
});

test("[DI17] [DI23] attack 20: a filter brings nothing out for a stranger, under a key we do not speak under, or when it is none", () => {
  const rig = createRig(heldOf(0, 20));
  const filter = filterOf([]);
  rig.repair.hear(voice, { ...asked, device: stranger, ...filter }, from);
  rig.repair.hear({ ...voice, digest: null }, { ...asked, ...filter }, from);
  rig.repair.hear(voice, { ...asked, ...filter, filter: filter.filter.slice().fill(0xff, 17) }, from);
  expect(rig.sent).toEqual([]);
});

test("[DI23] attack 14: filters of many addresses are answered 16 times a second", () => {
  const rig = createRig(heldOf(0, 4));
  for (let host = 0; host < 100; host += 1)
    rig.repair.hear(voice, { ...asked, ...filterOf([]) }, { host: `10.0.2.${host}`, port: 1 });
  expect(rig.sent).toHaveLength(4 * REPAIR_FILTERS_TOTAL_MAX);
});
