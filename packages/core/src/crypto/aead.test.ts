import fc from "fast-check";
import { expect, test } from "vitest";
import { aeadOpen, aeadSeal, utf8 } from "./index.ts";

const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const key = Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i);
const nonce = Uint8Array.from({ length: 24 }, (_, i) => 0x40 + i);

test("[CR5] XChaCha20-Poly1305 gives the result of its draft, A.3.1", () => {
  const aad = unhex("50515253c0c1c2c3c4c5c6c7");
  const plaintext = utf8(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  );
  const sealed = Buffer.from(aeadSeal(key, nonce, plaintext, aad)).toString("hex");
  expect(sealed.startsWith("bd6d179d3e83d43b9576579493c0e939")).toBe(true);
  expect(sealed.endsWith("c0875924c1c7987947deafd8780acf49")).toBe(true);
});

test("[CR5] what was sealed opens, and no altered byte of ciphertext, nonce, aad or key does", () => {
  const flip = (bytes: Uint8Array, at: number): Uint8Array =>
    bytes.map((byte, i) => (i === at % bytes.length ? byte ^ 1 : byte));
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ minLength: 1, maxLength: 50 }),
      fc.nat(),
      (plaintext, aad, at) => {
        const sealed = aeadSeal(key, nonce, plaintext, aad);
        expect(aeadOpen(key, nonce, sealed, aad)).toEqual(plaintext);
        expect(aeadOpen(key, nonce, flip(sealed, at), aad)).toBeNull();
        expect(aeadOpen(key, flip(nonce, at), sealed, aad)).toBeNull();
        expect(aeadOpen(key, nonce, sealed, flip(aad, at))).toBeNull();
        expect(aeadOpen(flip(key, at), nonce, sealed, aad)).toBeNull();
        expect(aeadOpen(key, nonce, sealed.subarray(0, at % sealed.length), aad)).toBeNull();
      },
    ),
  );
});

test("[CR5] keys and nonces of other lengths are our own mistake and throw", () => {
  const none = new Uint8Array(0);
  expect(() => aeadSeal(key.subarray(1), nonce, none, none)).toThrow(
    expect.objectContaining({ code: "AEAD_KEY" }),
  );
  expect(() => aeadOpen(key, nonce.subarray(1), new Uint8Array(16), none)).toThrow(
    expect.objectContaining({ code: "AEAD_KEY" }),
  );
});
