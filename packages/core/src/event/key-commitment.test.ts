/**
 * XChaCha20-Poly1305 does not commit to its key: here is one ciphertext that opens under two, and the tag
 * that keeps it from being two events.
 */
import sodium from "sodium-native";
import { expect, test } from "vitest";
import { aeadOpen, concatBytes } from "../crypto/index.ts";
import { createEpoch, epoch, forge, refusal, scope, seeded, space, START_MS } from "./event-fixtures.ts";
import { createKeyTable } from "./key-table.ts";
import { openEvent } from "./open.ts";
import { encodeOuter, outerContext } from "./outer.ts";
import { bucketOf } from "./time.ts";

const bucket = bucketOf(START_MS);
const second = createEpoch("second", space, scope);

test("[EV8] attack 7: an event sealed by one epoch under another's tag is refused, and the table never finds its key", () => {
  const twoFaced = forge({ keys: second, tagKeys: epoch });
  const table = createKeyTable();
  table.add(second);
  expect(table.find(twoFaced.tag, twoFaced.bucket)).toBeNull();
  expect(refusal(() => openEvent(twoFaced, second))).toBe("EVENT_TAG");
});

test("[EV8] attack 7: a ciphertext that opens under two keys is let near one of them only", () => {
  const nonce = seeded("nonce").subarray(0, 24);
  const tag = epoch.tagOf(bucket);
  const aad = outerContext(tag, bucket);
  const sealedHeader = collide([epoch.headerKey, second.headerKey], nonce, aad);
  expect(aeadOpen(epoch.headerKey, nonce, sealedHeader, aad)).not.toBeNull();
  expect(aeadOpen(second.headerKey, nonce, sealedHeader, aad)).not.toBeNull();
  const outer = encodeOuter({
    tag,
    bucket,
    nonce,
    sealedHeader,
    sealedBody: new Uint8Array(272),
    contentHash: seeded("any"),
  });
  expect(refusal(() => openEvent(outer, second))).toBe("EVENT_TAG");
});

const P = 2n ** 130n - 5n;
const WORD = 2n ** 128n;
const CIPHERTEXT_BYTES = 160;

interface OneTimeKey {
  readonly r: bigint;
  readonly s: bigint;
}

/**
 * Poly1305 is a polynomial in r. The last block of the ciphertext, whose coefficient is r^2, is solved so that
 * both keys give one tag; the first four bytes count up until the solution fits a block.
 */
function collide(keys: readonly [Uint8Array, Uint8Array], nonce: Uint8Array, aad: Uint8Array): Uint8Array {
  const [a, b] = [oneTimeKey(keys[0], nonce), oneTimeKey(keys[1], nonce)];
  const inverse = power(mod(a.r * a.r - b.r * b.r), P - 2n);
  const ciphertext = new Uint8Array(CIPHERTEXT_BYTES);
  const view = new DataView(ciphertext.buffer);
  for (let count = 0; count < 1_000; count += 1) {
    ciphertext.fill(0, CIPHERTEXT_BYTES - 16);
    view.setUint32(0, count);
    const input = authenticated(aad, ciphertext);
    const difference = evaluate(input, b.r) - evaluate(input, a.r) + b.s - a.s;
    for (let carry = -5n; carry <= 5n; carry += 1n) {
      const block = mod((difference + carry * WORD) * inverse);
      if (block >= WORD) continue;
      ciphertext.set(littleEndian(block), CIPHERTEXT_BYTES - 16);
      const solved = authenticated(aad, ciphertext);
      const tag = (evaluate(solved, a.r) + a.s) % WORD;
      if (tag === (evaluate(solved, b.r) + b.s) % WORD) return concatBytes(ciphertext, littleEndian(tag));
    }
  }
  throw new Error("no collision found");
}

/** RFC 8439 §2.8: what the tag covers. */
function authenticated(aad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const lengths = new Uint8Array(16);
  const view = new DataView(lengths.buffer);
  view.setUint32(0, aad.length, true);
  view.setUint32(8, ciphertext.length, true);
  return concatBytes(aad, new Uint8Array((16 - (aad.length % 16)) % 16), ciphertext, lengths);
}

function evaluate(input: Uint8Array, r: bigint): bigint {
  let sum = 0n;
  for (let at = 0; at < input.length; at += 16) {
    sum = mod((sum + readLittleEndian(input.subarray(at, at + 16)) + WORD) * r);
  }
  return sum;
}

/** The first block of the key stream, r clamped. RFC 8439 §2.5, §2.6. */
function oneTimeKey(key: Uint8Array, nonce: Uint8Array): OneTimeKey {
  const stream = sodium as unknown as {
    crypto_stream_xchacha20(out: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
  };
  const block = new Uint8Array(32);
  stream.crypto_stream_xchacha20(block, nonce, key);
  const r = readLittleEndian(block.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  return { r, s: readLittleEndian(block.subarray(16)) };
}

function readLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString("hex")}`);
}

function littleEndian(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(32, "0"), "hex").toReversed();
}

function mod(value: bigint): bigint {
  return ((value % P) + P) % P;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = mod(square * square)) {
    if ((rest & 1n) === 1n) result = mod(result * square);
  }
  return result;
}
