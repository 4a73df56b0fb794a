import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNodeBox } from "../crypto/index.ts";
import { controlScope, deriveEpochKeys, kinds, publicScope } from "../event/index.ts";
import type { Body, Header } from "../event/index.ts";
import { createDeviceKeys, createPersonRoot, createPrekey } from "../identity/index.ts";
import type { DeviceId, EpochId, EventId, PrekeyId, ScopeId, SpaceId } from "../ids.ts";
import type { Random } from "../ports/index.ts";
import { BOX_BYTES, boxName, createEpochSecrets, openBox, sealBoxes } from "./boxes.ts";
import { chooseEpoch } from "./choose-epoch.ts";
import type { EpochInfo } from "./choose-epoch.ts";
import { createEpochBook } from "./epoch-book.ts";

const box = createNodeBox();

function countingRandom(seed: number): Random {
  let state = seed;
  return {
    bytes: (length) =>
      Uint8Array.from({ length }, () => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return state >>> 24;
      }),
  };
}

const random = countingRandom(7);
const space = "5a".repeat(32) as SpaceId;
const scope = publicScope(space);

function newDevice() {
  const device = createDeviceKeys(random);
  const { person } = createPersonRoot(random);
  return { ...device, prekey: createPrekey({ person, device, box, random, expiresMs: 2 ** 41 }) };
}

const bea = newDevice();
const cid = newDevice();

function newEpoch(at: ScopeId = scope) {
  return deriveEpochKeys(createEpochSecrets({ space, scope: at, random }));
}

describe("boxes", () => {
  const keys = newEpoch();
  const { recipients, boxes } = sealBoxes(keys, [bea.prekey.bundle, cid.prekey.bundle], box);
  const blob = boxes[0]?.blob ?? new Uint8Array(0);
  const binding = { space, scope, epoch: keys.epoch, device: bea.device, prekey: bea.prekey.bundle.id };
  const own = { ...binding, blob, secretSeed: bea.prekey.secretSeed, box };

  it("[EP5] [EP8] each recipient opens its own box and has the epoch's keys", () => {
    expect(openBox(own).epoch).toBe(keys.epoch);
    expect(openBox(own).headerKey).toEqual(keys.headerKey);
    expect(openBox(own).contentKeyOf(bea.device)).toEqual(keys.contentKeyOf(bea.device));
    const second = {
      ...binding,
      device: cid.device,
      prekey: cid.prekey.bundle.id,
      blob: boxes[1]?.blob ?? blob,
      secretSeed: cid.prekey.secretSeed,
      box,
    };
    expect(openBox(second).epoch).toBe(keys.epoch);
  });

  it("[EP5] every box has one length, and two of the same secrets have nothing in common", () => {
    expect(boxes.map((sealed) => sealed.blob.length)).toEqual([BOX_BYTES, BOX_BYTES]);
    const again = sealBoxes(keys, [bea.prekey.bundle], box).boxes[0];
    expect(again?.name).toBe(boxes[0]?.name);
    expect(Buffer.from(again?.blob ?? blob).equals(blob)).toBe(false);
  });

  it("[EP6] a box's name follows from prekey and epoch alone, and is another for every other pair", () => {
    expect(recipients).toEqual([
      { device: bea.device, prekey: bea.prekey.bundle.id, box: boxName(bea.prekey.bundle.id, keys.epoch) },
      { device: cid.device, prekey: cid.prekey.bundle.id, box: boxName(cid.prekey.bundle.id, keys.epoch) },
    ]);
    expect(
      new Set([...boxes.map(({ name }) => name), boxName(bea.prekey.bundle.id, newEpoch().epoch)]).size,
    ).toBe(3);
  });

  it.each([
    ["space", { space: "5b".repeat(32) as SpaceId }],
    ["scope", { scope: controlScope(space) }],
    ["epoch", { epoch: "5b".repeat(32) as EpochId }],
    ["device", { device: cid.device }],
    ["prekey", { prekey: cid.prekey.bundle.id }],
  ])("[EP7] attack 6: a box replayed for another %s does not open", (_, change) => {
    expect(() => openBox({ ...own, ...change })).toThrow(expect.objectContaining({ code: "BOX_SEALED" }));
  });

  it("[EP8] attack 13: no altered byte, no other length and no other device's seed opens a box", () => {
    fc.assert(
      fc.property(fc.nat(BOX_BYTES - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const altered = Uint8Array.from(blob, (byte, index) => (index === at ? byte ^ flip : byte));
        expect(() => openBox({ ...own, blob: altered })).toThrow(
          expect.objectContaining({ code: "BOX_SEALED" }),
        );
      }),
      { numRuns: 60 },
    );
    expect(() => openBox({ ...own, blob: blob.subarray(1) })).toThrow(
      expect.objectContaining({ code: "BOX_SEALED" }),
    );
    expect(() => openBox({ ...own, blob: new Uint8Array(0) })).toThrow(
      expect.objectContaining({ code: "BOX_SEALED" }),
    );
    expect(() => openBox({ ...own, secretSeed: cid.prekey.secretSeed })).toThrow(
      expect.objectContaining({ code: "BOX_SEALED" }),
    );
  });

  it("[EP9] attack 19: a member cannot slip in secrets that are not the epoch's", () => {
    const planted = { ...newEpoch(), epoch: keys.epoch };
    const forged = sealBoxes(planted, [bea.prekey.bundle], box).boxes[0]?.blob ?? blob;
    expect(() => openBox({ ...own, blob: forged })).toThrow(
      expect.objectContaining({ code: "BOX_COMMITMENT" }),
    );
  });

  it("[EP10] a prekey named twice gets one box", () => {
    expect(sealBoxes(keys, [bea.prekey.bundle, bea.prekey.bundle], box).boxes.length).toBe(1);
  });

  it("[EP4] attack 21: each epoch and each scope has secrets of its own", () => {
    const epochs = [newEpoch(), newEpoch(), newEpoch(controlScope(space))];
    expect(new Set(epochs.map(({ epoch }) => epoch)).size).toBe(3);
    expect(new Set(epochs.map(({ headerKey }) => Buffer.from(headerKey).toString("hex"))).size).toBe(3);
  });
});

describe("sender rule", () => {
  const removal = "0e".repeat(32) as EventId;
  const current = new Set<DeviceId>([bea.device, cid.device]);
  const gone = newDevice().device;
  const info = (changes: Partial<EpochInfo> = {}): EpochInfo => ({
    keys: newEpoch(),
    holders: new Set([bea.device]),
    depth: 1,
    removalsFollowed: new Set(),
    ...changes,
  });
  const choose = (epochs: EpochInfo[], removals: EventId[] = []) =>
    chooseEpoch({ epochs, removals, isCurrentDevice: (device) => current.has(device) });

  it("[EP12] an epoch that a device of no current member holds is not used, boxed or re-boxed alike", () => {
    expect(choose([info({ holders: new Set([bea.device, gone]) })])).toBeNull();
    const fit = info({ holders: new Set([bea.device, cid.device]) });
    expect(choose([info({ holders: new Set([gone]), depth: 9 }), fit])).toBe(fit.keys);
  });

  it("[EP13] attack 30: an epoch that does not follow every known removal is not used, however new", () => {
    const stale = info({ depth: 9 });
    const fit = info({ removalsFollowed: new Set([removal]) });
    expect(choose([stale, fit], [removal])).toBe(fit.keys);
    expect(choose([stale], [removal])).toBeNull();
  });

  it("[EP14] among fit epochs the greatest depth holds, then the lowest id, in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }), fc.nat(), (depths, turn) => {
        const epochs = depths.map((depth) => info({ depth }));
        const best = epochs.toSorted(
          (a, b) => b.depth - a.depth || (a.keys.epoch < b.keys.epoch ? -1 : 1),
        )[0];
        const at = turn % epochs.length;
        expect(choose([...epochs.slice(at), ...epochs.slice(0, at)])).toBe(best?.keys);
      }),
      { numRuns: 50 },
    );
  });

  it("[EP14] without a fit epoch there is none to send under", () => {
    expect(choose([])).toBeNull();
  });
});

describe("epoch book", () => {
  const epoch = newEpoch().epoch;
  const recipient = (device: DeviceId) => ({
    device,
    prekey: "12".repeat(16) as PrekeyId,
    box: boxName("12".repeat(16) as PrekeyId, epoch),
  });

  function event(number: number, device: DeviceId, body: Body, changes: Partial<Header> = {}) {
    const id = number.toString(16).padStart(64, "0") as EventId;
    const header: Header = {
      space,
      scope,
      device,
      seq: 1,
      prev: null,
      parents: [],
      auth: [removalId],
      time: { ms: 1, count: 0 },
      epoch,
      kind: kinds[body.type],
      ratchet: null,
      bodyHash: new Uint8Array(32),
      contentHash: new Uint8Array(32),
      ...changes,
    };
    return { id, header, body };
  }
  const removalId = "0a".repeat(32) as EventId;
  const created = event(1, bea.device, {
    type: "epoch.create",
    profile: "archive",
    recipients: [recipient(bea.device)],
  });
  const reboxed = event(2, bea.device, { type: "epoch.rebox", epoch, recipients: [recipient(cid.device)] });

  it("[EP2] [EP11] holders are the author, the boxed and the re-boxed, in either order of arrival", () => {
    for (const order of [
      [created, reboxed],
      [reboxed, created, created],
    ]) {
      const book = createEpochBook();
      for (const one of order) book.note(one);
      expect(book.get(epoch)).toEqual({
        epoch,
        scope,
        announcements: [
          {
            event: created.id,
            author: bea.device,
            cites: [removalId],
            recipients: [recipient(bea.device)],
          },
        ],
        holders: new Set([bea.device, cid.device]),
      });
      expect(book.ofScope(scope).length).toBe(1);
      expect(book.ofScope(controlScope(space))).toEqual([]);
    }
  });

  it("[EP15] attack 3: a holder who announces an old epoch again becomes a holder of it and hides nobody", () => {
    const book = createEpochBook();
    book.note(
      event(
        0,
        cid.device,
        { type: "epoch.create", profile: "archive", recipients: [] },
        { auth: [], prev: removalId },
      ),
    );
    book.note(created);
    const facts = book.get(epoch);
    expect(facts?.announcements.map(({ author }) => author)).toEqual([cid.device, bea.device]);
    expect(facts?.announcements[0]?.cites).toEqual([removalId]);
    expect(facts?.holders).toEqual(new Set([bea.device, cid.device]));
  });

  it("[EP11] an unknown epoch has no facts, even after a re-box of it", () => {
    const book = createEpochBook();
    book.note(reboxed);
    book.note(event(3, bea.device, { type: "merge" }));
    expect(book.get(epoch)).toBeNull();
    expect(book.ofScope(scope)).toEqual([]);
  });
});
