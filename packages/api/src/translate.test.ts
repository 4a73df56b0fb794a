import fc from "fast-check";
import { expect, test } from "vitest";
import { isoTime } from "./translate.ts";

test("times are told in ISO 8601 to the millisecond, whatever was told before", () => {
  const near = fc.integer({ min: 0, max: 180_000 }).map((ms) => 1_790_000_000_000 + ms);
  const any = fc.integer({ min: 0, max: 253_402_300_799_999 });
  fc.assert(
    fc.property(fc.array(fc.oneof(near, any), { minLength: 1, maxLength: 20 }), (times) => {
      for (const ms of times) expect(isoTime(ms)).toBe(new Date(ms).toISOString());
    }),
  );
});
