import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compareBytes,
  concatBytes,
  equalBytes,
  hkdfSha256,
  hkdfSha3,
  hmacSha256,
  labelled,
  labels,
  readUtf8,
  sha256,
  sha256Labelled,
  utf8,
} from "./index.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const bytes = fc.uint8Array({ maxLength: 300 });

test("[CR2] SHA-256 of parts is SHA-256 of the parts joined", () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 4 }), (parts) => {
      expect(hex(sha256(...parts))).toBe(
        createHash("sha256")
          .update(concatBytes(...parts))
          .digest("hex"),
      );
    }),
  );
});

test("[CR1] the hash of labelled parts is that of the labelled message, whatever its length", () => {
  const long = fc.uint8Array({ minLength: 4_000, maxLength: 4_100 });
  fc.assert(
    fc.property(fc.array(fc.oneof(bytes, long), { maxLength: 3 }), (parts) => {
      expect(hex(sha256Labelled(labels.eventId, ...parts))).toBe(
        hex(sha256(labelled(labels.eventId, ...parts))),
      );
      expect(hex(hmacSha256(utf8("key"), ...parts))).toBe(
        createHmac("sha256", "key")
          .update(concatBytes(...parts))
          .digest("hex"),
      );
      expect(hex(sha256(...parts))).toBe(
        createHash("sha256")
          .update(concatBytes(...parts))
          .digest("hex"),
      );
    }),
  );
});

test("[CR3] HMAC-SHA-256 agrees with node's own for keys and messages of every length", () => {
  fc.assert(
    fc.property(bytes, fc.array(bytes, { maxLength: 3 }), (key, parts) => {
      expect(hex(hmacSha256(key, ...parts))).toBe(
        createHmac("sha256", key)
          .update(concatBytes(...parts))
          .digest("hex"),
      );
    }),
  );
});

test("[CR3] HMAC-SHA-256 gives the result of RFC 4231, case 2", () => {
  expect(hex(hmacSha256(utf8("Jefe"), utf8("what do ya want for nothing?")))).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

test("[CR3] HKDF-SHA-256 gives the result of RFC 5869, A.1", () => {
  const okm = hkdfSha256(new Uint8Array(22).fill(0x0b), {
    salt: unhex("000102030405060708090a0b0c"),
    info: unhex("f0f1f2f3f4f5f6f7f8f9"),
    length: 42,
  });
  expect(hex(okm)).toBe(
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  );
});

test("[CR3] HKDF-SHA3-512 is HKDF over node's HMAC with SHA3-512", () => {
  const ikm = utf8("secret");
  const info = utf8("info");
  const prk = createHmac("sha3-512", new Uint8Array(64)).update(ikm).digest();
  const round = createHmac("sha3-512", prk).update(info).update(Uint8Array.of(1)).digest();
  expect(hex(hkdfSha3(ikm, { info, length: 32 }))).toBe(hex(round.subarray(0, 32)));
});

test("[CR3] HKDF refuses more bytes than it can give, with a code", () => {
  expect(() => hkdfSha256(utf8("k"), { info: utf8("i"), length: 255 * 32 + 1 })).toThrow(
    expect.objectContaining({ code: "HKDF_LENGTH" }),
  );
  expect(() => hkdfSha256(utf8("k"), { info: new Uint8Array(1025), length: 32 })).toThrow(
    expect.objectContaining({ code: "HKDF_LENGTH" }),
  );
});

test("[CR2] hashes own their bytes: nothing else lies in the same buffer", () => {
  for (const out of [
    sha256(utf8("a")),
    hmacSha256(utf8("k"), utf8("a")),
    hkdfSha256(utf8("k"), { info: utf8("i"), length: 32 }),
  ]) {
    expect(out.buffer.byteLength).toBe(out.length);
  }
});

test("[CR2] comparison is by contents and length", () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(equalBytes(a, b)).toBe(hex(a) === hex(b));
      expect(Math.sign(compareBytes(a, b))).toBe(hex(a) < hex(b) ? -1 : hex(a) > hex(b) ? 1 : 0);
      expect(equalBytes(a, a.slice())).toBe(true);
    }),
  );
});

test("[CR2] text survives UTF-8 both ways, a byte order mark too; what is not text is refused", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(readUtf8(utf8(`\uFEFF${text}`))).toBe(`\uFEFF${text}`);
    }),
  );
  expect(() => readUtf8(Uint8Array.of(0xc3, 0x28))).toThrow(
    expect.objectContaining({ code: "TEXT_NOT_UTF8" }),
  );
  expect(() => utf8("\ud800")).toThrow(expect.objectContaining({ code: "TEXT_NOT_UNICODE" }));
});
