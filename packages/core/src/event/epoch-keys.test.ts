import { describe, expect, test } from "vitest";
import { hkdfSha256, hmacSha256, utf8 } from "../crypto/index.ts";
import { idBytes } from "../ids.ts";
import type { DeviceId, SpaceId } from "../ids.ts";
import { commitToContent, deriveEpochKeys, epochKeysOf, epochParts, uint32Bytes } from "./epoch-keys.ts";
import { kinds } from "./kinds.ts";
import {
  alice,
  bob,
  control,
  createEpoch,
  epoch,
  id32,
  refusal,
  scope,
  seeded,
  space,
} from "./event-fixtures.ts";
import { createKeyTable } from "./key-table.ts";

const { secrets } = epoch;

describe("epoch keys", () => {
  test("[EV7] [EV8] an epoch's id, and with it every tag, changes with its space, scope and either secret", () => {
    const variants = [
      secrets,
      { ...secrets, space: id32<SpaceId>("another space") },
      { ...secrets, scope: control },
      { ...secrets, headerSecret: seeded("another header") },
      { ...secrets, contentSecret: seeded("another content") },
    ].map(deriveEpochKeys);
    expect(new Set(variants.map((keys) => keys.epoch)).size).toBe(5);
    expect(new Set(variants.map((keys) => Buffer.from(keys.tagOf(1)).toString("hex"))).size).toBe(5);
  });

  test("[EV32] an epoch of a join-only scope opens headers and state without its content secret, and nothing else", () => {
    const contentSecret = seeded("content");
    const commitment = commitToContent(contentSecret);
    const whole = deriveEpochKeys({ ...secrets, contentSecret, commitment });
    const headers = deriveEpochKeys({ ...secrets, contentSecret: null, commitment });
    expect(headers.epoch).toBe(whole.epoch);
    expect(whole.epoch).not.toBe(deriveEpochKeys({ ...secrets, contentSecret }).epoch);
    expect(headers.headerKey).toEqual(whole.headerKey);
    for (const kind of [kinds["epoch.create"], kinds["channel.add"], kinds.merge])
      expect(headers.contentKeyOf(alice.device, kind)).toEqual(whole.contentKeyOf(alice.device, kind));
    expect(headers.contentKeyOf(alice.device, kinds["message.post"])).toBeNull();
    expect(whole.contentKeyOf(alice.device, kinds["message.post"])).not.toEqual(
      whole.contentKeyOf(alice.device, kinds["epoch.create"]),
    );
    // As they lie in a box or in the store: the parts say which form they are of.
    for (const keys of [whole, headers, epoch]) {
      const again = epochKeysOf({ space, scope, epoch: keys.epoch }, epochParts(keys.secrets));
      expect(again?.epoch).toBe(keys.epoch);
      expect(again?.secrets.contentSecret).toEqual(keys.secrets.contentSecret);
    }
    const other = [seeded("header"), seeded("second")] as const;
    expect(epochKeysOf({ space, scope, epoch: whole.epoch }, other)).toBeNull();
    const refused = refusal(() => deriveEpochKeys({ ...secrets, contentSecret: seeded("lie"), commitment }));
    expect(refused).toBe("EPOCH_SECRETS");
    expect(refusal(() => deriveEpochKeys({ ...secrets, contentSecret: null }))).toBe("EPOCH_SECRETS");
  });

  test("[EV7] attack 20: every key of an epoch is another, and none is a secret", () => {
    const { headerKey, tagKey, nonceKey, discoveryKey, topicKey } = epoch;
    const contents = [alice, bob].map(({ device }) => epoch.contentKeyOf(device));
    const all = [
      secrets.headerSecret,
      secrets.contentSecret,
      headerKey,
      tagKey,
      nonceKey,
      discoveryKey,
      topicKey,
      ...contents,
    ];
    expect(new Set(all.map((key) => Buffer.from(key ?? []).toString("hex"))).size).toBe(all.length);
  });

  test("[EV7] the keys are the labelled HKDF of the header secret, salted by the epoch id", () => {
    const info = utf8("kith/v1/epoch/header-key");
    expect(epoch.headerKey).toEqual(
      hkdfSha256(secrets.headerSecret, { salt: idBytes(epoch.epoch), info, length: 32 }),
    );
  });

  test("[EV8] a tag is the whole HMAC of the bucket", () => {
    expect(epoch.tagOf(7)).toEqual(hmacSha256(epoch.tagKey, Uint8Array.of(0, 0, 0, 7)));
    expect(uint32Bytes(0x01020304)).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  test("[EV7] secrets of another length are refused", () => {
    expect(refusal(() => deriveEpochKeys({ ...secrets, headerSecret: new Uint8Array(31) }))).toBe(
      "EPOCH_SECRETS",
    );
  });

  test("[EV22] content keys stay right after more devices were named than the cache holds", () => {
    const before = epoch.contentKeyOf(alice.device);
    for (let i = 0; i < 1_100; i += 1) epoch.contentKeyOf(id32<DeviceId>(`made up ${i}`));
    expect(epoch.contentKeyOf(alice.device)).toEqual(before);
    expect(epoch.contentKeyOf(alice.device)).not.toBe(before);
  });
});

describe("the key table", () => {
  const epochs = Array.from({ length: 5 }, (_, i) => createEpoch(`table ${i}`, space, scope));

  test("[EV8] finds each epoch by its tag in any bucket, and no epoch by a foreign tag", () => {
    const table = createKeyTable();
    epochs.forEach(table.add);
    for (const keys of epochs) {
      for (const bucket of [0, 1, 419_616]) expect(table.find(keys.tagOf(bucket), bucket)).toBe(keys);
    }
    expect(table.find(epoch.tagOf(1), 1)).toBeNull();
    expect(table.find(epochs[0]?.tagOf(1) as Uint8Array, 2)).toBeNull();
  });

  test("[EV8] finds an epoch that came after its bucket was asked for", () => {
    const table = createKeyTable();
    expect(table.find(epoch.tagOf(9), 9)).toBeNull();
    table.add(epoch);
    expect(table.find(epoch.tagOf(9), 9)).toBe(epoch);
  });

  test("[EV8] lists the epochs of a scope in the order of adding, each once", () => {
    const table = createKeyTable();
    [...epochs, ...epochs].forEach(table.add);
    expect(table.ofScope(scope)).toEqual(epochs);
    expect(table.ofScope(control)).toEqual([]);
    expect(table.get(epochs[2]?.epoch as typeof epoch.epoch)).toBe(epochs[2]);
    expect(table.get(epoch.epoch)).toBeNull();
  });

  test("[EV22] still finds every epoch after a peer has named many more buckets than are remembered", () => {
    const table = createKeyTable();
    epochs.forEach(table.add);
    for (let bucket = 0; bucket < 14_000; bucket += 1) table.find(seeded("noise"), bucket);
    expect(table.find(epochs[4]?.tagOf(0) as Uint8Array, 0)).toBe(epochs[4]);
  });
});
