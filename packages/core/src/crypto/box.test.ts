import { readFileSync } from "node:fs";
import fc from "fast-check";
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from "hpke";
import { describe, expect, test } from "vitest";
import { createSeededRandom } from "../testing/seeded-random.ts";
import { createSeededBox } from "./box-noble.ts";
import {
  BOX_ENC_BYTES,
  BOX_PUBLIC_KEY_BYTES,
  BOX_SEED_BYTES,
  BOX_TAG_BYTES,
  concatBytes,
  createNodeBox,
  utf8,
} from "./index.ts";
import type { Box } from "./index.ts";

const random = createSeededRandom("box");
const info = utf8("info");
const aad = utf8("aad");
const text = utf8("a box's content");

const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
/** The independent implementation, in the Box's shape but for its promises. */
const outsider = {
  async publicKeyOf(seed: Uint8Array): Promise<Uint8Array> {
    const vault = createNodeBox().generateKeyPair({ bytes: () => seed });
    return suite.SerializePublicKey(await suite.DeserializePublicKey(vault.publicKey));
  },
  async seal(publicKey: Uint8Array): Promise<Uint8Array> {
    const { encapsulatedSecret, ciphertext } = await suite.Seal(
      await suite.DeserializePublicKey(publicKey),
      text,
      { info, aad },
    );
    return concatBytes(encapsulatedSecret, ciphertext);
  },
  async open(seed: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> {
    const key = await suite.DeserializePrivateKey(seed, true);
    return suite.Open(key, sealed.subarray(0, BOX_ENC_BYTES), sealed.subarray(BOX_ENC_BYTES), { info, aad });
  },
};

const boxes: readonly (readonly [string, Box])[] = [
  ["node", createNodeBox()],
  ["seeded", createSeededBox(random)],
];

test("[CR7] the independent implementation has our suite: KEM 0x647a, KDF 0x0001, AEAD 0x0002 and its sizes", () => {
  expect([suite.KEM.id, suite.KDF.id, suite.AEAD.id]).toEqual([0x647a, 1, 2]);
  expect([suite.KEM.Npk, suite.KEM.Nsk, suite.KEM.Nenc]).toEqual([
    BOX_PUBLIC_KEY_BYTES,
    BOX_SEED_BYTES,
    BOX_ENC_BYTES,
  ]);
});

test("[CR8] one seed gives one public key in both boxes", () => {
  for (let i = 0; i < 8; i += 1) {
    const seed = random.bytes(32);
    const [first, second] = boxes.map(([, box]) => box.generateKeyPair({ bytes: () => seed }).publicKey);
    expect(first).toHaveLength(BOX_PUBLIC_KEY_BYTES);
    expect(first).toEqual(second);
  }
});

describe.each(boxes)("the %s box", (_, box) => {
  const { publicKey, secretSeed } = box.generateKeyPair(random);
  const sealed = box.seal(publicKey, info, aad, text);

  test("[CR7] seals what the independent implementation opens, and the other way round", async () => {
    expect(await outsider.open(secretSeed, sealed)).toEqual(text);
    expect(box.open(secretSeed, info, aad, await outsider.seal(publicKey))).toEqual(text);
    expect(await outsider.publicKeyOf(secretSeed)).toEqual(publicKey);
  });

  test.each(boxes)("[CR7] seals what the %s box opens", (__, other) => {
    expect(other.open(secretSeed, info, aad, sealed)).toEqual(text);
    expect(sealed).toHaveLength(BOX_ENC_BYTES + text.length + BOX_TAG_BYTES);
  });

  test("[CR7] carries contents of any length, none too", () => {
    for (const length of [0, 1, 64, 5000]) {
      const content = random.bytes(length);
      expect(box.open(secretSeed, info, aad, box.seal(publicKey, info, aad, content))).toEqual(content);
    }
  });

  test("[CR7] does not open with another info, aad or key", () => {
    const other = box.generateKeyPair(random);
    expect(box.open(secretSeed, utf8("infO"), aad, sealed)).toBeNull();
    expect(box.open(secretSeed, info, utf8("aaD"), sealed)).toBeNull();
    expect(box.open(other.secretSeed, info, aad, sealed)).toBeNull();
  });

  test("[CR7] does not open once a byte is altered or missing, wherever it lies", () => {
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const altered = sealed.slice();
        altered[at] = (altered[at] ?? 0) ^ change;
        // X25519 masks the top bit of its point: the ephemeral key has a second spelling, which the combiner hashes.
        expect(box.open(secretSeed, info, aad, altered)).toBeNull();
        expect(box.open(secretSeed, info, aad, sealed.subarray(0, at))).toBeNull();
      }),
      { numRuns: 40, examples: [[BOX_ENC_BYTES - 1, 0x80]] },
    );
  });

  test("[CR7] answers garbage and an ephemeral key of small order with null", () => {
    const small = sealed.slice();
    small.fill(0, BOX_ENC_BYTES - 32, BOX_ENC_BYTES);
    for (const garbage of [
      small,
      new Uint8Array(0),
      new Uint8Array(BOX_ENC_BYTES + BOX_TAG_BYTES),
      random.bytes(2000),
    ]) {
      expect(box.open(secretSeed, info, aad, garbage)).toBeNull();
    }
  });

  test("[CR7] refuses to seal to what is no public key", () => {
    const smallOrder = publicKey.slice();
    smallOrder.fill(0, 1184);
    const notReduced = publicKey.slice();
    notReduced.fill(0xff, 0, 3);
    for (const bad of [publicKey.subarray(1), smallOrder, notReduced, new Uint8Array(0)]) {
      expect(() => box.seal(bad, info, aad, text)).toThrow(
        expect.objectContaining({ code: "BOX_PUBLIC_KEY" }),
      );
    }
    expect(() => box.open(secretSeed.subarray(1), info, aad, sealed)).toThrow(
      expect.objectContaining({ code: "BOX_SEED" }),
    );
  });
});

test("[CR8] [CR9] the seeded box repeats itself from its seed and never between two boxes of one run", () => {
  const seal = (seed: string, times: number): Uint8Array[] => {
    const source = createSeededRandom(seed);
    const box = createSeededBox(source);
    const { publicKey } = box.generateKeyPair(source);
    return Array.from({ length: times }, () => box.seal(publicKey, info, aad, text));
  };
  expect(seal("a", 2)).toEqual(seal("a", 2));
  const [one, two] = seal("a", 2);
  expect(one).not.toEqual(two);
  expect(seal("b", 1)[0]).not.toEqual(one);
});

interface HpkeVector {
  readonly seed: string;
  readonly coins: string;
  readonly info: string;
  readonly aad: string;
  readonly plaintext: string;
  readonly publicKey: string;
  readonly sealed: string;
}
const vectorFile = new URL("../../../../spec/vectors/hpke.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(vectorFile, "utf8")) as {
  readonly vectors: readonly HpkeVector[];
};

test.each(vectors.map((vector, at) => [at, vector] as const))(
  "[CR8] vector %i of spec/vectors/hpke.json holds",
  (_, vector) => {
    const raw = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, "hex"));
    const box = createSeededBox({ bytes: () => raw(vector.coins) });
    const { publicKey } = box.generateKeyPair({ bytes: () => raw(vector.seed) });
    expect(Buffer.from(publicKey).toString("hex")).toBe(vector.publicKey);
    const sealed = box.seal(publicKey, raw(vector.info), raw(vector.aad), raw(vector.plaintext));
    expect(Buffer.from(sealed).toString("hex")).toBe(vector.sealed);
    expect(createNodeBox().open(raw(vector.seed), raw(vector.info), raw(vector.aad), sealed)).toEqual(
      raw(vector.plaintext),
    );
  },
);
