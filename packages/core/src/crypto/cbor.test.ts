import { decode, encode } from "cborg";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  CBOR_DEPTH_MAX,
  decodeCbor,
  encodeCbor,
  readArray,
  readBool,
  readBytes,
  readId,
  readNullable,
  readText,
  readUint,
} from "./index.ts";
import type { CborValue } from "./index.ts";

const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const code = (name: string): unknown => expect.objectContaining({ code: name });
const { value } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger().map((number) => number + 0),
    fc.integer({ min: -300, max: 70_000 }),
    fc.string({ unit: "binary" }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 30 }),
  ),
}));

test("[CR6] every value survives, in one encoding that cborg reads alike", () => {
  fc.assert(
    fc.property(value, (made) => {
      const bytes = encodeCbor(made);
      const read = decodeCbor(bytes, { bytesMax: bytes.length });
      expect(read).toEqual(made);
      expect(encodeCbor(read)).toEqual(bytes);
      if (!JSON.stringify(made).includes("\uFEFF")) expect(decode(bytes)).toEqual(made);
    }),
    { numRuns: 500 },
  );
});

test("[CR6] the encoding is cborg's, byte for byte, in every length of a head and beyond the first array", () => {
  fc.assert(
    fc.property(value, (made) => {
      expect(hexOf(encodeCbor(made))).toBe(hexOf(encode(made)));
    }),
    { numRuns: 500 },
  );
  const edges = [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];
  const numbers = edges.flatMap((edge) => [edge, -1 - Math.min(edge, Number.MAX_SAFE_INTEGER - 1)]);
  for (const made of [
    numbers,
    new Uint8Array(70_000).fill(7),
    "é".repeat(1_100_000),
    [new Uint8Array(256), 1],
  ]) {
    expect(Buffer.from(encodeCbor(made)).equals(encode(made))).toBe(true);
  }
});

test("[CR6] an encoding is the caller's own: the next one does not change it", () => {
  const first = encodeCbor(["first", 1]);
  const kept = first.slice();
  encodeCbor(["second", 2]);
  decodeCbor(encode([3, 4, 5]), { bytesMax: 100 });
  expect(first).toEqual(kept);
});

test("[CR6] arbitrary bytes are either the encoding of their value or refused with a code", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        expect(encodeCbor(decodeCbor(bytes, { bytesMax: 64 }))).toEqual(bytes);
      } catch (error) {
        expect(error).toEqual(
          expect.objectContaining({
            code: expect.stringMatching(/^CBOR_(SIZE|SYNTAX|TYPE|DEPTH|CANONICAL)$/),
          }),
        );
      }
    }),
    { numRuns: 3000 },
  );
});

test("[CR6] one altered byte of an encoding gives another value or a refusal, never the same value", () => {
  fc.assert(
    fc.property(value, fc.nat(), fc.integer({ min: 1, max: 255 }), (made, at, change) => {
      const bytes = encodeCbor(made);
      const altered = bytes.slice();
      altered[at % bytes.length] = (altered[at % bytes.length] ?? 0) ^ change;
      let read: CborValue;
      try {
        read = decodeCbor(altered, { bytesMax: bytes.length });
      } catch (error) {
        expect(error).toHaveProperty("code");
        return;
      }
      expect(read).not.toEqual(made);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["1801", "CBOR_CANONICAL", "an integer in a longer form"],
  ["1b0000000000000001", "CBOR_CANONICAL", "an integer in the longest form"],
  ["3817", "CBOR_CANONICAL", "a negative integer in a longer form"],
  ["580100", "CBOR_CANONICAL", "a byte string with a longer head"],
  ["980100", "CBOR_CANONICAL", "an array with a longer head"],
  ["1b0020000000000000", "CBOR_TYPE", "2^53"],
  ["3b001fffffffffffff", "CBOR_TYPE", "-2^53"],
  ["5fff", "CBOR_SYNTAX", "an indefinite byte string"],
  ["9fff", "CBOR_SYNTAX", "an indefinite array"],
  ["1c", "CBOR_SYNTAX", "a reserved length"],
  ["a0", "CBOR_TYPE", "a map"],
  ["c001", "CBOR_TYPE", "a tag"],
  ["f7", "CBOR_TYPE", "undefined"],
  ["f97e00", "CBOR_TYPE", "a float"],
  ["f814", "CBOR_TYPE", "false in two bytes"],
  ["ff", "CBOR_TYPE", "a lone break"],
  ["", "CBOR_SYNTAX", "nothing"],
  ["0000", "CBOR_SYNTAX", "two values"],
  ["8201", "CBOR_SYNTAX", "an array that ends early"],
  ["19ff", "CBOR_SYNTAX", "an integer that ends early"],
  ["9bffffffffffffffff", "CBOR_TYPE", "an array of 2^64 - 1 items"],
  ["9b0000010000000000", "CBOR_SYNTAX", "an array of 2^40 items"],
  ["5affffffff00", "CBOR_SYNTAX", "a byte string of 4 GiB"],
  ["62c328", "CBOR_SYNTAX", "a text that is not UTF-8"],
])("[CR6] %s is refused as %s: %s", (bytes, refusal) => {
  expect(() => decodeCbor(unhex(bytes), { bytesMax: 100 })).toThrow(code(refusal));
});

test("[CR6] input beyond its bound is refused unread, nesting beyond the bound both ways", () => {
  expect(() => decodeCbor(new Uint8Array(101), { bytesMax: 100 })).toThrow(code("CBOR_SIZE"));
  const nested = (depth: number): Uint8Array =>
    Uint8Array.from({ length: depth + 1 }, (_, i) => (i < depth ? 0x81 : 0));
  expect(decodeCbor(nested(CBOR_DEPTH_MAX), { bytesMax: 100_000 })).toBeInstanceOf(Array);
  expect(() => decodeCbor(nested(CBOR_DEPTH_MAX + 1), { bytesMax: 100_000 })).toThrow(code("CBOR_DEPTH"));
  expect(() => decodeCbor(nested(90_000), { bytesMax: 100_000 })).toThrow(code("CBOR_DEPTH"));
  const deep = Array.from({ length: CBOR_DEPTH_MAX + 1 }).reduce<CborValue>((inner) => [inner], 0);
  expect(() => encodeCbor(deep)).toThrow(code("CBOR_DEPTH"));
});

test("[CR6] what has no encoding is refused when encoding", () => {
  for (const odd of [
    1.5,
    NaN,
    Infinity,
    -0,
    2 ** 53,
    "\ud800",
    undefined,
    {},
    new Map(),
    1n,
    [undefined],
    [[{}]],
  ]) {
    expect(() => encodeCbor(odd as CborValue)).toThrow(code("CBOR_TYPE"));
  }
});

test("[CR6] decoded byte strings are copies, also from a Buffer", () => {
  const bytes = Buffer.from(encodeCbor([Uint8Array.of(1, 2, 3)]));
  const [inner] = readArray(decodeCbor(bytes, { bytesMax: 10 }), 1, "list");
  bytes.fill(0);
  expect(inner).toEqual(Uint8Array.of(1, 2, 3));
});

test("[CR6] readers take exactly what they name and say what is wrong", () => {
  expect(readArray([1, 2], 2, "pair")).toEqual([1, 2]);
  expect(readArray([], { max: 2 }, "list")).toEqual([]);
  expect(readBytes(new Uint8Array(3), { min: 1, max: 3 }, "key")).toHaveLength(3);
  expect(readId(new Uint8Array(16), 16, "id")).toBe("00".repeat(16));
  expect(readUint(7, "seq", 7)).toBe(7);
  expect(readBool(false, "flag")).toBe(false);
  expect(readText("é", { bytesMax: 2 }, "name")).toBe("é");
  expect(readNullable(null, (inner) => readUint(inner, "seq"))).toBeNull();
  expect(readNullable(3, (inner) => readUint(inner, "seq"))).toBe(3);
  const refusals: (() => unknown)[] = [
    () => readArray([1], 2, "it"),
    () => readArray([1, 2, 3], { max: 2 }, "it"),
    () => readArray([], { min: 1, max: 2 }, "it"),
    () => readArray(new Uint8Array(2), 2, "it"),
    () => readArray(undefined, 0, "it"),
    () => readBytes([1], 1, "it"),
    () => readBytes(new Uint8Array(4), 3, "it"),
    () => readBytes(undefined, 0, "it"),
    () => readId(new Uint8Array(31), 32, "it"),
    () => readUint(-1, "it"),
    () => readUint(8, "it", 7),
    () => readUint("1", "it"),
    () => readBool(0, "it"),
    () => readText("éé", { bytesMax: 3 }, "it"),
    () => readText(null, { bytesMax: 3 }, "it"),
    () => readNullable(undefined, (inner) => readUint(inner, "it")),
  ];
  for (const refusal of refusals)
    expect(refusal).toThrow(
      expect.objectContaining({ code: "MALFORMED", message: expect.stringContaining("it ") }),
    );
});
