import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readVarint, VARINT_BYTES, varintBytes, writeVarint } from "./varint.ts";

const numbers = fc.oneof(fc.maxSafeNat(), fc.nat(300), fc.constant(2 ** 53), fc.constant(2 ** 32));

function write(value: number): Uint8Array {
  const target = new Uint8Array(VARINT_BYTES);
  return target.subarray(0, writeVarint(value, target, 0));
}

describe("numbers", () => {
  it("[RB1] a number is written with its most significant digit first, also beyond 32 bits", () => {
    const hex = (value: number): string => Buffer.from(write(value)).toString("hex");
    expect([0, 1, 127, 128, 300, 16_384].map(hex)).toEqual(["00", "01", "7f", "8100", "822c", "818000"]);
    expect(hex(2 ** 32)).toBe("9080808000");
    expect(hex(1_760_000_000_123)).toBe("b39cc1b3807b");
    expect(hex(2 ** 53)).toBe("9080808080808000");
  });

  it("[RB1] every number up to 2^53 is read as it was written", () => {
    fc.assert(
      fc.property(numbers, fc.uint8Array({ maxLength: 3 }), (value, behind) => {
        const bytes = write(value);
        expect(bytes.length).toBe(varintBytes(value));
        expect(readVarint(Uint8Array.of(...bytes, ...behind), 0)).toEqual({ value, end: bytes.length });
      }),
    );
  });

  it("[RB1] what is cut short, beyond 2^53, or longer than it need be is no number", () => {
    const refused = [
      "",
      "80",
      "ff",
      "8000",
      "8001",
      "9080808080808001",
      "a080808080808000",
      "ffffffffffffffffff7f",
    ];
    expect(refused.map((hex) => readVarint(Buffer.from(hex, "hex"), 0))).toEqual(refused.map(() => null));
  });

  it("[RB1] whatever bytes come, at most eight of them are a number, and written again they are the same", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const read = readVarint(bytes, 0);
        if (read === null) return;
        expect(read.end).toBeLessThanOrEqual(VARINT_BYTES);
        expect(write(read.value)).toEqual(bytes.slice(0, read.end));
      }),
    );
  });
});
