import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPersonRoot } from "./person.ts";
import { groupSafetyNumber, SAFETY_DIGITS, safetyNumber } from "./safety-number.ts";

const personOf = (seed: Uint8Array) => createPersonRoot({ bytes: () => seed }).person;
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** Half of the number, worked out from the rule's words alone. */
function halfOf(person: string): string {
  const label = Buffer.from("kith/v1/identity/safety-number");
  const hash = createHash("sha256")
    .update(Buffer.from([label.length]))
    .update(label)
    .update(Buffer.from(person, "hex"))
    .digest();
  let digits = "";
  for (let at = 0; at < 30; at += 5)
    digits += (BigInt(`0x${hash.subarray(at, at + 5).toString("hex")}`) % 100_000n)
      .toString()
      .padStart(5, "0");
  return digits;
}

describe("attack 17", () => {
  test("[ID40] a safety number is 60 digits over both roots, and the same on both sides", () => {
    fc.assert(
      fc.property(seeds, seeds, (a, b) => {
        const [one, other] = [personOf(a), personOf(b)];
        fc.pre(one !== other);
        const number = safetyNumber(one, other);
        expect(number).toMatch(/^\d{60}$/);
        expect(number).toBe(safetyNumber(other, one));
        expect(number).toBe([halfOf(one), halfOf(other)].sort().join(""));
      }),
      { numRuns: 50 },
    );
  });

  test("[ID41] another root of either, however alike, is another number: who stands between the two shows each a wrong one", () => {
    const seed = new Uint8Array(32).fill(7);
    const [ann, bob] = [personOf(seed), personOf(new Uint8Array(32).fill(9))];
    const number = safetyNumber(ann, bob);
    const seen = new Set([number]);
    for (let bit = 0; bit < 256; bit += 1) {
      const root = Buffer.from(bob, "hex");
      root[bit >> 3] = (root[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      seen.add(safetyNumber(ann, root.toString("hex") as typeof bob));
    }
    expect(seen.size).toBe(257);
    // Mallory with a root for each side: neither number is the other's.
    const [forAnn, forBob] = [personOf(new Uint8Array(32).fill(1)), personOf(new Uint8Array(32).fill(2))];
    expect(safetyNumber(ann, forAnn)).not.toBe(safetyNumber(forBob, bob));
    expect(safetyNumber(ann, forAnn)).not.toBe(safetyNumber(forAnn, bob));
  });

  test("[ID40] it is read in groups of five; a person has none with itself", () => {
    const ann = personOf(new Uint8Array(32));
    const groups = groupSafetyNumber("1".repeat(SAFETY_DIGITS)).split(" ");
    expect(groups.map(({ length }) => length)).toEqual(Array.from({ length: 12 }, () => 5));
    expect(() => safetyNumber(ann, ann)).toThrow(RangeError);
  });
});
