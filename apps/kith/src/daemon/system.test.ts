import { expect, test } from "vitest";
import { systemRandom } from "./system.ts";

test("short draws are of the length that was asked for, and none is handed out twice", () => {
  const seen = new Set<string>();
  // Past the end of a block several times, and in lengths that do not fill one.
  for (let n = 0; n < 3_000; n += 1) {
    const length = [16, 24, 12, 31][n % 4] ?? 16;
    const bytes = systemRandom.bytes(length);
    expect(bytes).toHaveLength(length);
    seen.add(Buffer.from(bytes).toString("hex"));
  }
  expect(seen.size).toBe(3_000);
  expect([...seen].some((hex) => /^0+$/.test(hex))).toBe(false);
  expect(systemRandom.bytes(0)).toHaveLength(0);
});

test("what was handed out is its holder's: no later draw changes it", () => {
  const first = systemRandom.bytes(16);
  const copy = Uint8Array.from(first);
  for (let n = 0; n < 1_000; n += 1) systemRandom.bytes(16);
  expect(first).toEqual(copy);
});

test("every bit comes up about as often as not", () => {
  let ones = 0;
  const draws = 20_000;
  for (let n = 0; n < draws; n += 1)
    for (const byte of systemRandom.bytes(2)) for (let bit = 0; bit < 8; bit += 1) ones += (byte >> bit) & 1;
  // Of 320,000 bits 160,000 with a standard deviation of 283: beyond ten of them only by a fault.
  expect(Math.abs(ones - draws * 8)).toBeLessThan(2_830);
});
