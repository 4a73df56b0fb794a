import { createHash } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, test } from "vitest";
import { createSeededRandom } from "../testing/seeded-random.ts";
import {
  createInlineVerifier,
  labels,
  sign,
  signatureMessage,
  signingKeyFromSeed,
  utf8,
  verify,
  verifyMessage,
} from "./index.ts";

const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const random = createSeededRandom("sign");
const key = signingKeyFromSeed(random.bytes(32));
const message = utf8("message");
const signature = sign(labels.prekey, message, key.secretKey);

test("[CR4] key and signature are those of RFC 8032, test 1", () => {
  const { publicKey } = signingKeyFromSeed(
    unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
  );
  expect(publicKey).toEqual(unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
  expect(
    verifyMessage(
      new Uint8Array(0),
      unhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
      ),
      publicKey,
    ),
  ).toBe(true);
});

test("[CR4] a signature covers label and message, and another implementation agrees", () => {
  expect(verify(labels.prekey, message, signature, key.publicKey)).toBe(true);
  expect(ed25519.verify(signature, signatureMessage(labels.prekey, message), key.publicKey)).toBe(true);
  expect(verify(labels.prekey, utf8("massage"), signature, key.publicKey)).toBe(false);
});

test("[CR4] every altered bit of a signature is refused", () => {
  for (let bit = 0; bit < signature.length * 8; bit += 1) {
    const altered = signature.slice();
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(verify(labels.prekey, message, altered, key.publicKey)).toBe(false);
  }
});

test("[CR4] wrong lengths from outside are refused without an error, our own are an error", () => {
  expect(verify(labels.prekey, message, signature.subarray(1), key.publicKey)).toBe(false);
  expect(verify(labels.prekey, message, signature, key.publicKey.subarray(1))).toBe(false);
  expect(verify(labels.prekey, message, new Uint8Array(0), new Uint8Array(0))).toBe(false);
  expect(() => sign(labels.prekey, message, key.secretKey.subarray(32))).toThrow(
    expect.objectContaining({ code: "SIGN_KEY" }),
  );
  expect(() => signingKeyFromSeed(new Uint8Array(31))).toThrow(expect.objectContaining({ code: "SIGN_KEY" }));
});

describe("crafted points and scalars", () => {
  const point = ed25519.Point;
  const order = point.Fn.ORDER;
  const small = point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
  const fromLittle = (bytes: Uint8Array): bigint =>
    BigInt(
      `0x${Buffer.from(bytes)
        .toReversed()
        .reduce((text, byte) => text + byte.toString(16).padStart(2, "0"), "")}`,
    );
  const toLittle = (value: bigint): Uint8Array =>
    Uint8Array.from(Buffer.from(value.toString(16).padStart(64, "0"), "hex")).toReversed();
  const challenge = (r: Uint8Array, a: Uint8Array, text: Uint8Array): bigint =>
    fromLittle(createHash("sha512").update(r).update(a).update(text).digest()) % order;
  type Point = typeof small;
  const secret = 1_234_567n;
  const nonce = 7_654_321n;
  const A = point.BASE.multiply(secret);
  const R = point.BASE.multiply(nonce);
  /** A signature that satisfies 8sB = 8R + 8kA, whatever small parts R and A have. */
  function forge(
    r: Point,
    rScalar: bigint,
    a: Point,
    text: Uint8Array,
  ): { signature: Uint8Array; challenge: bigint } {
    const k = challenge(r.toBytes(), a.toBytes(), text);
    return {
      signature: Uint8Array.of(...r.toBytes(), ...toLittle((rScalar + k * secret) % order)),
      challenge: k,
    };
  }

  test("[CR4] the honest case of this construction holds", () => {
    expect(verifyMessage(message, forge(R, nonce, A, message).signature, A.toBytes())).toBe(true);
  });

  test("[CR4] a scalar s + L is refused, so a signature has no second form", () => {
    const twin = forge(R, nonce, A, message).signature;
    twin.set(toLittle(fromLittle(twin.subarray(32)) + order), 32);
    expect(verifyMessage(message, twin, A.toBytes())).toBe(false);
  });

  test("[CR4] a public key of small order, which would sign everything, is refused", () => {
    const everything = Uint8Array.of(...point.BASE.toBytes(), ...toLittle(1n));
    expect(verifyMessage(message, everything, point.ZERO.toBytes())).toBe(false);
    for (const encoding of [
      "0100000000000000000000000000000000000000000000000000000000000000",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "0000000000000000000000000000000000000000000000000000000000000000",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]) {
      for (let i = 0; i < 16; i += 1)
        expect(verifyMessage(Uint8Array.of(i), everything, unhex(encoding))).toBe(false);
    }
  });

  test("[CR4] an R of small order is refused", () => {
    expect(verifyMessage(message, forge(point.ZERO, 0n, A, message).signature, A.toBytes())).toBe(false);
  });

  test("[CR4] the check is without cofactor: a small part in R or in the key is refused", () => {
    expect(verifyMessage(message, forge(R.add(small), nonce, A, message).signature, A.toBytes())).toBe(false);
    const mixed = A.add(small);
    for (let i = 0; i < 16; i += 1) {
      const forged = forge(R, nonce, mixed, Uint8Array.of(i));
      expect(verifyMessage(Uint8Array.of(i), forged.signature, mixed.toBytes())).toBe(
        forged.challenge % 8n === 0n,
      );
    }
  });
});

test("[CR10] the inline verifier answers each check in order as a single check would", async () => {
  const verifier = createInlineVerifier();
  const good = { publicKey: key.publicKey, message: signatureMessage(labels.prekey, message), signature };
  const answers = await verifier.verify([
    good,
    { ...good, signature: random.bytes(64) },
    { ...good, message: signatureMessage(labels.eventBody, message) },
    { ...good, publicKey: new Uint8Array(3) },
    good,
  ]);
  expect(answers).toEqual([true, false, false, false, true]);
  await verifier.close();
});
