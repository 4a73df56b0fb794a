import { createHash, hkdfSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idBytes } from "../ids.ts";
import type { DeviceId } from "../ids.ts";
import { decodeBody } from "./bodies.ts";
import {
  commitToContent,
  deriveEpochKeys,
  epochKeysOf,
  epochParts,
  sealedSecrets,
  withoutContent,
  withSealedSource,
} from "./epoch-keys.ts";
import type { EpochKeys } from "./epoch-keys.ts";
import {
  alice,
  bob,
  draft,
  epoch,
  forge,
  id32,
  post,
  refusal,
  salt,
  scope,
  seeded,
  space,
} from "./event-fixtures.ts";
import { kinds } from "./kinds.ts";
import { RATCHET_MAX } from "./limits.ts";
import { openEvent } from "./open.ts";
import { decodeOuter, shedBody } from "./outer.ts";
import { advanceChain, bodyKeyAt, startOfChain } from "./ratchet.ts";
import { sealEvent } from "./seal.ts";

const contentSecret = seeded("sealed content");
const keys = deriveEpochKeys(
  sealedSecrets({ space, scope, headerSecret: seeded("sealed header"), contentSecret }),
);
const nothing = { bodyOf: () => null, keyOf: () => null };
const seal = (ratchet: number, text = "hello") =>
  sealEvent(draft({ body: post(text), ratchet }), { keys, secretKey: alice.secretKey, salt });
const open = (outer: Uint8Array, under: EpochKeys = keys) => openEvent(decodeOuter(outer), under);

describe("chains of keys", () => {
  test("[EP96] a key is what HKDF and SHA-256 of the labels give, and each number has its own", () => {
    const info = Buffer.concat([Buffer.from("kith/v1/epoch/sealed/chain"), idBytes(alice.device)]);
    let chain = Buffer.from(hkdfSync("sha3-512", contentSecret, idBytes(keys.epoch), info, 32));
    const hash = (key: Buffer, label: string) =>
      createHash("sha256")
        .update(Buffer.from([label.length]))
        .update(label)
        .update(key)
        .digest();
    for (let index = 0; index < 4; index += 1) {
      const key = hash(chain, "kith/v1/epoch/sealed/key");
      expect(keys.contentKeyOf(alice.device, kinds["message.post"], index)).toEqual(new Uint8Array(key));
      chain = hash(chain, "kith/v1/epoch/sealed/next");
    }
  });

  test("[EP96] from a place on, the same keys follow, in whatever order they are asked for; devices share none", () => {
    const start = startOfChain(contentSecret, keys.epoch, alice.device);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.nat(RATCHET_MAX)), { minLength: 1, maxLength: 8 }),
        fc.nat(200),
        (asked, from) => {
          const place = advanceChain(start, from);
          const given = new Set<string>();
          for (const [isBob, number] of asked) {
            const index = number % 300;
            const device: DeviceId = isBob ? bob.device : alice.device;
            const key = keys.contentKeyOf(device, kinds["message.post"], index) ?? new Uint8Array();
            given.add(`${Buffer.from(key).toString("hex")} ${device} ${index}`);
            if (!isBob && index >= from) expect(bodyKeyAt(advanceChain(place, index))).toEqual(key);
          }
          const distinct = new Set(asked.map(([isBob, number]) => `${isBob} ${number % 300}`));
          expect(new Set([...given].map((line) => line.split(" ")[0])).size).toBe(distinct.size);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("[EP96] a chain gives nothing of what was before a place", () => {
    expect(() => advanceChain({ index: 3, key: seeded("chain") }, 2)).toThrow("does not go back");
  });
});

describe("events of a sealed scope", () => {
  test("[EP96] an event opens under the key of its number, and its body is there to be kept", () => {
    const event = seal(7);
    const opened = open(event.outer);
    expect(decodeBody(opened.header.kind, opened.body as Uint8Array)).toEqual(post("hello"));
    expect(opened.padded).toEqual(event.padded);
    expect(opened.isClosed).toBe(false);
  });

  test("[EP96] exactly bodies that may be shed have a number, in sealed scopes alone", () => {
    const sealed = (body: Parameters<typeof draft>[0], under = keys) =>
      refusal(() => sealEvent(draft(body), { keys: under, secretKey: alice.secretKey, salt }));
    expect(sealed({ ratchet: 0 })).toBe("accepted");
    expect(sealed({})).toBe("EVENT_RATCHET");
    expect(sealed({ ratchet: 0 }, epoch)).toBe("EVENT_RATCHET");
    expect(sealed({ body: { type: "merge" }, ratchet: 0 })).toBe("EVENT_RATCHET");
    expect(sealed({ body: { type: "merge" } })).toBe("accepted");
    expect(refusal(() => openEvent(forge({ fields: (fields) => void (fields[12] = 0) }), epoch))).toBe(
      "EVENT_RATCHET",
    );
  });

  test("[EV21] a number beyond the bound is refused before any key is derived", () => {
    const forged = (index: number) =>
      refusal(() => openEvent(forge({ fields: (fields) => void (fields[12] = index) }), epoch));
    expect(forged(RATCHET_MAX)).toBe("EVENT_RATCHET");
    expect(forged(RATCHET_MAX + 1)).toBe("MALFORMED");
  });

  test("[EP98] without the content secret headers and announcements open, and bodies by the source alone", () => {
    const event = seal(2);
    const left = withoutContent(keys);
    expect(left.epoch).toBe(keys.epoch);
    expect(open(event.outer, left)).toMatchObject({ body: null, isClosed: true, padded: null });
    expect(left.contentKeyOf(alice.device, kinds["epoch.create"])).toEqual(
      keys.contentKeyOf(alice.device, kinds["epoch.create"]),
    );
    const chain = advanceChain(startOfChain(contentSecret, keys.epoch, alice.device), 2);
    const byChain = withSealedSource(left, { ...nothing, keyOf: () => bodyKeyAt(chain) });
    expect(open(event.outer, byChain).body).toEqual(open(event.outer).body);
    const byBody = withSealedSource(left, { ...nothing, bodyOf: () => event.padded });
    expect(open(event.outer, byBody)).toMatchObject({ body: open(event.outer).body, isClosed: false });
  });

  test("[EP96] a body that does not open is closed for who has its key too, and its event taken; in an archive it is refused", () => {
    const event = seal(7);
    const other = withSealedSource(withoutContent(keys), { ...nothing, keyOf: () => seeded("another key") });
    expect(open(event.outer, other)).toMatchObject({ body: null, isClosed: true, padded: null });
    const commitment = commitToContent(contentSecret);
    const joinOnly = deriveEpochKeys({
      space,
      scope,
      headerSecret: seeded("header"),
      contentSecret,
      commitment,
    });
    const rubbish = { sealedBody: (honest: Uint8Array) => honest.map((byte) => byte ^ 1) };
    expect(openEvent(forge({ ...rubbish, keys: joinOnly }), joinOnly)).toMatchObject({
      body: null,
      isClosed: true,
    });
    expect(refusal(() => openEvent(forge({ ...rubbish, keys: epoch }), epoch))).toBe("EVENT_BODY");
  });

  test("[EP99] a body that is not what was signed is refused, whoever kept it", () => {
    const event = seal(2);
    for (const other of [seal(3, "another text").padded, new Uint8Array(event.padded?.length ?? 0)]) {
      const lying = withSealedSource(withoutContent(keys), { ...nothing, bodyOf: () => other });
      expect(refusal(() => open(event.outer, lying))).toBe("EVENT_BODY");
    }
  });

  test("[EP98] one that came without its body is missing it as long as its key is here, and closed after that", () => {
    const bare = shedBody(seal(1).outer);
    expect(open(bare)).toMatchObject({ body: null, isClosed: false });
    expect(open(bare, withSealedSource(withoutContent(keys), nothing))).toMatchObject({
      body: null,
      isClosed: true,
    });
  });
});

describe("an epoch of a sealed scope", () => {
  test("[EV37] its id is its own, whole, with its headers alone, and when its content secret is destroyed", () => {
    const { space: of, scope: at } = keys.secrets;
    const place = { space: of, scope: at, epoch: keys.epoch };
    const whole = epochKeysOf(place, epochParts(keys.secrets));
    expect(whole).toMatchObject({ epoch: keys.epoch, profile: "sealed" });
    expect(whole?.secrets).toEqual(keys.secrets);
    const destroyed = epochKeysOf(place, epochParts(withoutContent(keys).secrets));
    expect(destroyed?.secrets).toEqual({ ...keys.secrets, contentSecret: null });
    const [headerSecret, commitment] = epochParts(withoutContent(keys).secrets);
    expect(epochKeysOf(place, [headerSecret, commitment])?.secrets.sealed).toEqual({ readerKey: null });
    expect(epochKeysOf({ ...place, epoch: id32("another epoch") }, epochParts(keys.secrets))).toBeNull();
    const joinOnly = deriveEpochKeys({ ...keys.secrets, sealed: undefined } as never);
    expect(joinOnly.epoch).not.toBe(keys.epoch);
  });
});
