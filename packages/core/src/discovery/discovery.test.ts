import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  aeadSeal,
  concatBytes,
  CoreError,
  encodeCbor,
  hkdfSha256,
  labelled,
  labels,
  sha256,
  sipHashInto,
  utf8,
} from "../crypto/index.ts";
import type { DeviceId, ShortId } from "../ids.ts";
import { idBytes, toId } from "../ids.ts";
import { createSeededRandom } from "../testing/seeded-random.ts";
import { coverBeacon, createBeaconTable, nearbyBeaconKey, sealBeacon } from "./beacon.ts";
import { createFreshness, createReplayWindow } from "./freshness.ts";
import { BEACON_BYTES, BEACON_KEYS_MAX, BEACON_PLAIN_BYTES } from "./limits.ts";
import type { BloomDatagram, EventDatagram, MemberBeacon, NearbyBeacon, WantDatagram } from "./payload.ts";

const random = createSeededRandom("discovery");
const key = sha256(utf8("club"));
const device = toId<DeviceId>(sha256(utf8("device")));

function member(changes: Partial<MemberBeacon> = {}): MemberBeacon {
  return {
    kind: "member",
    device,
    boot: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    count: 1,
    peerPort: 4_710,
    answer: false,
    root: new Uint8Array(16).fill(5),
    digest: { events: 3, day: 20_648, cells: new Uint8Array(1_040).fill(9) },
    ...changes,
  };
}

function nearby(changes: Partial<NearbyBeacon> = {}): NearbyBeacon {
  return {
    kind: "nearby",
    count: 1,
    peerPort: 9,
    answer: false,
    name: "Zoë",
    key: sha256(utf8("nearby")),
    ...changes,
  };
}

const boot = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const shorts = ["0011223344556677", "8899aabbccddeeff"] as ShortId[];

function want(changes: Partial<WantDatagram> = {}): WantDatagram {
  return { kind: "want", device, boot, count: 1, to: device, day: 20_648, shorts, ...changes };
}

function event(changes: Partial<EventDatagram> = {}): EventDatagram {
  return { kind: "event", device, boot, count: 1, outer: new Uint8Array(700).fill(3), ...changes };
}

function bloom(changes: Partial<BloomDatagram> = {}): BloomDatagram {
  const filter = new Uint8Array(200).fill(3);
  return {
    kind: "bloom",
    device,
    boot,
    count: 1,
    to: device,
    sinceMs: 1_700_000_000_000,
    filter,
    ...changes,
  };
}

function tableOf(...keys: Uint8Array[]): ReturnType<typeof createBeaconTable<number>> {
  const table = createBeaconTable<number>();
  table.set(keys.map((each, ref) => ({ key: each, ref })));
  return table;
}

function tagOf(nonce: Uint8Array): Uint8Array {
  const tag = new Uint8Array(8);
  sipHashInto(tag, hkdfSha256(key, { info: utf8(labels.beaconTag), length: 16 }), nonce);
  return tag;
}

/** A beacon whose plaintext is the caller's: what a holder of the key could send. */
function sealPlain(plain: Uint8Array): Uint8Array {
  const nonce = random.bytes(24);
  const tag = tagOf(nonce);
  const sealKey = hkdfSha256(key, { info: utf8(labels.beaconKey), length: 32 });
  return concatBytes(nonce, tag, aeadSeal(sealKey, nonce, plain, new Uint8Array(0)));
}

function plainOf(cbor: Uint8Array): Uint8Array {
  const plain = new Uint8Array(BEACON_PLAIN_BYTES);
  plain.set([cbor.length >> 8, cbor.length & 255]);
  plain.set(cbor, 2);
  return plain;
}

describe("beacons", () => {
  it("[DI4] what a member says comes back under its key, with the key's reference", () => {
    const payloads = [
      member(),
      member({ digest: null, answer: true, peerPort: 0, count: 2 ** 40, root: new Uint8Array(16) }),
    ];
    const table = tableOf(sha256(utf8("choir")), key);
    for (const payload of payloads)
      expect(table.open(sealBeacon(payload, { key, random }))).toEqual({ ref: 1, payload });
  });

  it("[DI1] every datagram has 1,200 bytes, and others are dropped", () => {
    const said = [
      sealBeacon(member(), { key, random }),
      sealBeacon(nearby(), { key, random }),
      coverBeacon(random),
    ];
    expect(said.map((datagram) => datagram.length)).toEqual([1_200, 1_200, 1_200]);
    const table = tableOf(key);
    for (const length of [0, 1, BEACON_BYTES - 1, BEACON_BYTES + 1, 65_507])
      expect(table.open(new Uint8Array(length))).toBeNull();
  });

  it("[DI2] tag and seal are made as the rule says, by keys that serve nothing else", () => {
    const payload = member();
    const { boot, root } = payload;
    const digest = [3, 20_648, new Uint8Array(1_040).fill(9)];
    const cbor = encodeCbor([2, 1, 4_710, 0, idBytes(device), boot, root, digest]);
    expect(tableOf(key).open(sealPlain(plainOf(cbor)))).toEqual({ ref: 0, payload });
    const sealed = sealBeacon(payload, { key, random });
    expect(sealed.subarray(24, 32)).toEqual(tagOf(sealed.subarray(0, 24)));
  });

  it("[DI3] no position of a beacon keeps a value, and no bit is biased", () => {
    const count = 400;
    const ones = new Uint32Array(BEACON_BYTES);
    const values = Array.from({ length: BEACON_BYTES }, () => new Set<number>());
    for (let n = 0; n < count; n += 1) {
      sealBeacon(member({ count: n }), { key, random }).forEach((byte, at) => {
        values[at]?.add(byte);
        ones[at] = (ones[at] as number) + (byte & 1) + ((byte >> 7) & 1);
      });
    }
    expect(Math.min(...values.map((set) => set.size))).toBeGreaterThan(150);
    // 800 fair bits a position: 400, and 120 away is more than eight standard deviations.
    expect(Math.max(...ones) - count).toBeLessThan(120);
    expect(count - Math.min(...ones)).toBeLessThan(120);
  });

  it("[DI8] attack 16: two beacons of one device share no four bytes in place, and nothing of its device or name", () => {
    const [a, b] = [1, 1].map(() => Buffer.from(sealBeacon(member(), { key, random })));
    if (a === undefined || b === undefined) throw new Error("two beacons");
    for (let at = 0; at + 4 <= BEACON_BYTES; at += 1)
      expect(a.subarray(at, at + 4).equals(b.subarray(at, at + 4))).toBe(false);
    for (const secret of [idBytes(device), key, member().boot, member().root])
      expect(a.includes(Buffer.from(secret))).toBe(false);
    expect(tableOf(sha256(utf8("observer"))).open(a)).toBeNull();
  });

  it("[DI5] attack 13: nonsense of a key's holder, another layout and dirty padding are noise, never an error", () => {
    const table = tableOf(key);
    const good = [2, 1, 4_710, 0, idBytes(device), new Uint8Array(8), new Uint8Array(16), null] as const;
    const dirty = plainOf(encodeCbor([...good]));
    dirty[BEACON_PLAIN_BYTES - 1] = 1;
    const beyond = plainOf(encodeCbor([...good]));
    beyond.set([255, 255]);
    const bad = [
      dirty,
      beyond,
      plainOf(encodeCbor([1, ...good.slice(1)])),
      plainOf(encodeCbor([5, ...good.slice(1)])),
      plainOf(encodeCbor(good.slice(0, 7))),
      plainOf(encodeCbor([])),
      plainOf(encodeCbor([2, 1, 65_536, ...good.slice(3)])),
      plainOf(encodeCbor([2, 1, 1, 2, ...good.slice(4)])),
      plainOf(encodeCbor([2, 1, 1, 0, null, new Uint8Array(31), "name"])),
      new Uint8Array(BEACON_PLAIN_BYTES),
    ];
    expect(table.open(sealPlain(plainOf(encodeCbor([...good]))))).not.toBeNull();
    for (const plain of bad) expect(table.open(sealPlain(plain))).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void table.open(sealPlain(plainOf(bytes)))),
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: BEACON_BYTES, maxLength: BEACON_BYTES }),
        (bytes) => table.open(bytes) === null,
      ),
      { numRuns: 50 },
    );
  });

  it("[DI6] any altered byte makes a beacon noise", () => {
    const table = tableOf(key);
    const datagram = sealBeacon(member(), { key, random });
    for (const at of [0, 23, 24, 31, 32, 600, BEACON_BYTES - 1]) {
      const altered = datagram.slice();
      altered[at] = (altered[at] as number) ^ 1;
      expect(table.open(altered)).toBeNull();
    }
  });

  it("[DI7] 512 keys are listened for and one more is refused", () => {
    const keys = Array.from({ length: BEACON_KEYS_MAX }, (_, ref) => ({
      key: sha256(Uint8Array.of(ref >> 8, ref & 255)),
      ref,
    }));
    const table = createBeaconTable<number>();
    table.set(keys);
    expect(table.open(sealBeacon(member(), { key: keys[511]?.key as Uint8Array, random }))?.ref).toBe(511);
    expect(() => table.set([...keys, { key, ref: 512 }])).toThrow(CoreError);
    table.set([]);
    expect(table.open(sealBeacon(member(), { key, random }))).toBeNull();
  });

  it("[DI4] values that do not fit a beacon are refused before they are sent", () => {
    for (const payload of [
      member({ boot: new Uint8Array(7) }),
      member({ root: new Uint8Array(32) }),
      member({ digest: { events: 1, day: 1, cells: new Uint8Array(1_039) } }),
      nearby({ name: "n".repeat(321), key }),
      nearby({ name: "n", key: new Uint8Array(16) }),
    ]) {
      expect(() => sealBeacon(payload, { key, random })).toThrow(CoreError);
    }
  });
});

describe("freshness", () => {
  it("[DI9] attack 31: a recorded beacon has an effect at most once, and counts never go back", () => {
    const freshness = createFreshness();
    expect([5, 5, 4, 6, 5, 6, 100, 7].map((count) => freshness.isFresh(member({ count })))).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
      true,
      false,
    ]);
    const restarted = member({ boot: new Uint8Array(8), count: 1 });
    expect([
      freshness.isFresh(restarted),
      freshness.isFresh(restarted),
      freshness.isFresh(member({ count: 100 })),
    ]).toEqual([true, false, false]);
  });

  it("[DI9] attack 31: an answer says that it is one, and is no longer than the question", () => {
    const [question, answer] = [false, true].map((flag) =>
      sealBeacon(member({ answer: flag }), { key, random }),
    );
    expect(answer?.length).toBe(question?.length);
    expect(tableOf(key).open(answer as Uint8Array)?.payload).toMatchObject({ answer: true });
  });

  it("[DI10] attack 14: invented senders push out the longest unheard, not the one heard now", () => {
    const freshness = createFreshness({ sendersMax: 10 });
    for (let n = 1; n <= 100; n += 1) {
      expect(freshness.isFresh(member({ count: n }))).toBe(true);
      freshness.isFresh(member({ device: toId<DeviceId>(sha256(Uint8Array.of(n))), count: 1 }));
    }
    expect(freshness.isFresh(member({ count: 100 }))).toBe(false);
    expect(freshness.isFresh(member({ device: toId<DeviceId>(sha256(Uint8Array.of(1))), count: 1 }))).toBe(
      true,
    );
  });
});

describe("repair", () => {
  it("[DI13] a beacon has one size with a digest of any set, and without", () => {
    const digests = [
      null,
      { events: 0, day: 0, cells: new Uint8Array(1_040) },
      { events: 2 ** 32 - 1, day: 2 ** 32 - 1, cells: random.bytes(1_040) },
    ];
    for (const digest of digests) {
      const payload = member({ digest, count: 2 ** 53 - 1, peerPort: 65_535 });
      const datagram = sealBeacon(payload, { key, random });
      expect(datagram).toHaveLength(BEACON_BYTES);
      expect(tableOf(key).open(datagram)?.payload).toEqual(payload);
    }
  });

  it("[DI14] [DI15] [DI22] wants, events and filters come back under their key, at the same size", () => {
    const many = Array.from({ length: 80 }, (_, at) => at.toString(16).padStart(16, "0") as ShortId);
    const said = [
      want(),
      want({ shorts: many, count: 2 ** 53 - 1, day: 2 ** 32 - 1 }),
      event(),
      event({ outer: random.bytes(1_093), count: 2 ** 53 - 1 }),
      bloom(),
      bloom({ filter: random.bytes(1_050), count: 2 ** 53 - 1, sinceMs: 2 ** 48 - 1 }),
      bloom({ filter: random.bytes(81), sinceMs: 0 }),
    ];
    for (const payload of said) {
      const datagram = sealBeacon(payload, { key, random });
      expect(datagram).toHaveLength(BEACON_BYTES);
      expect(tableOf(key).open(datagram)?.payload).toEqual(payload);
    }
  });

  it("[DI14] [DI15] [DI22] what is no want, no event and no filter is refused before it is sent, and is noise when it comes", () => {
    const [low, high] = shorts as [ShortId, ShortId];
    for (const payload of [
      want({ shorts: [] }),
      want({ shorts: [high, low] }),
      want({ shorts: [low, low] }),
      want({ boot: new Uint8Array(7) }),
      event({ outer: new Uint8Array(0) }),
      event({ outer: new Uint8Array(1_094) }),
      bloom({ filter: new Uint8Array(80) }),
      bloom({ filter: new Uint8Array(1_051) }),
      bloom({ boot: new Uint8Array(9) }),
    ])
      expect(() => sealBeacon(payload, { key, random })).toThrow(CoreError);
    const id = idBytes(device);
    const bad = [
      [3, 1, id, boot, id, 1, new Uint8Array(0)],
      [3, 1, id, boot, id, 1, new Uint8Array(9)],
      [3, 1, id, boot, id, 1, new Uint8Array(16)],
      [3, 1, id, boot, id, 1, new Uint8Array(648)],
      [3, 1, id, boot, id, 2 ** 32, new Uint8Array(8)],
      [3, 1, id, boot, null, 1, new Uint8Array(8)],
      [3, 1, id, boot, id, 1, new Uint8Array(8), 0],
      [4, 1, id, boot, new Uint8Array(0)],
      [4, 1, id, boot, new Uint8Array(1_094)],
      [4, 1, null, boot, new Uint8Array(1)],
      [4, 1, id, boot, new Uint8Array(1), 0],
      [5, 1, id, boot, id, 1, new Uint8Array(80)],
      [5, 1, id, boot, id, 1, new Uint8Array(1_051)],
      [5, 1, id, boot, id, 2 ** 48, new Uint8Array(81)],
      [5, 1, id, boot, 1, new Uint8Array(81)],
      [2, 1, 0, 0, id, boot, new Uint8Array(16), [1, 1, new Uint8Array(1_039)]],
      [2, 1, 0, 0, id, boot, new Uint8Array(16), [1, 2 ** 32, new Uint8Array(1_040)]],
      [2, 1, 0, 0, id, boot, new Uint8Array(16), [1, new Uint8Array(1_040)]],
    ];
    for (const fields of bad) expect(tableOf(key).open(sealPlain(plainOf(encodeCbor(fields))))).toBeNull();
    const good = [3, 1, id, boot, id, 1, new Uint8Array(8)];
    expect(tableOf(key).open(sealPlain(plainOf(encodeCbor(good))))).not.toBeNull();
  });

  it("[DI5] attack 13: whatever a key's holder seals is opened as what it encodes to, or is noise", () => {
    const table = tableOf(key);
    const anyField = fc.oneof(
      fc.nat(),
      fc.constant(null),
      fc.constant(idBytes(device)),
      fc.constant(boot),
      fc.uint8Array({ maxLength: 1_100 }),
      fc.string({ maxLength: 40 }),
      fc.tuple(fc.nat(), fc.nat(), fc.uint8Array({ minLength: 1_040, maxLength: 1_040 })),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 6 }),
        fc.nat(),
        fc.array(anyField, { maxLength: 8 }),
        (layout, count, fields) => {
          const cbor = encodeCbor([layout, count, ...fields]);
          fc.pre(cbor.length <= BEACON_PLAIN_BYTES - 2);
          const opened = table.open(sealPlain(plainOf(cbor)));
          if (opened === null) return;
          const again = table.open(sealBeacon(opened.payload, { key, random }));
          expect(again).toEqual(opened);
        },
      ),
    );
    const outers = fc.uint8Array({ minLength: 1, maxLength: 1_093 });
    fc.assert(
      fc.property(outers, fc.maxSafeNat(), (outer, count) => {
        const payload = event({ outer, count });
        expect(table.open(sealBeacon(payload, { key, random }))?.payload).toEqual(payload);
      }),
      { numRuns: 50 },
    );
  });

  it("[DI16] attack 31: a recorded want or event has an effect at most once, in whatever order they come", () => {
    const window = createReplayWindow();
    const fresh = (count: number): boolean => window.isFresh(event({ count }));
    expect([7, 5, 6, 7, 5, 9, 8, 9].map(fresh)).toEqual([true, true, true, false, false, true, true, false]);
    expect([600, 600, 89, 88, 9, 601].map(fresh)).toEqual([true, false, true, false, false, true]);
    expect(window.isFresh(want({ count: 601 }))).toBe(false);
    expect(window.isFresh(want({ count: 601, boot: new Uint8Array(8) }))).toBe(true);
    fc.assert(
      fc.property(fc.array(fc.nat(2_000)), (counts) => {
        const other = createReplayWindow();
        const taken = counts.filter((count) => other.isFresh(event({ count })));
        expect(new Set(taken).size).toBe(taken.length);
      }),
    );
  });

  it("[DI10] [DI16] invented senders of events push out the longest unheard", () => {
    const window = createReplayWindow({ sendersMax: 10 });
    for (let n = 1; n <= 100; n += 1) {
      expect(window.isFresh(event({ count: n }))).toBe(true);
      window.isFresh(event({ device: toId<DeviceId>(sha256(Uint8Array.of(n))), count: 1 }));
    }
    expect(window.isFresh(event({ count: 100 }))).toBe(false);
  });
});

describe("nearby", () => {
  it("[DI11] the nearby discovery key is public and derived from its label alone", () => {
    expect(nearbyBeaconKey()).toEqual(sha256(labelled(labels.nearbyKey)));
  });

  it("[DI12] attack 16: a nearby beacon carries name and rotating key, and no device, boot, root or digest", () => {
    const payload = nearby({ answer: true });
    const opened = tableOf(nearbyBeaconKey()).open(sealBeacon(payload, { key: nearbyBeaconKey(), random }));
    expect(opened).toEqual({ ref: 0, payload });
    const smuggled = { ...payload, device, boot: new Uint8Array(8) } as unknown as NearbyBeacon;
    expect(tableOf(nearbyBeaconKey()).open(sealBeacon(smuggled, { key: nearbyBeaconKey(), random }))).toEqual(
      opened,
    );
  });

  it("[DI12] freshness of nearby beacons is counted by the nearby key", () => {
    const freshness = createFreshness();
    const later = nearby({ key: sha256(utf8("later")) });
    expect([nearby(), nearby(), later].map((payload) => freshness.isFresh(payload))).toEqual([
      true,
      false,
      true,
    ]);
  });
});
