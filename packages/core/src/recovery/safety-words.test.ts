import { createHash } from "node:crypto";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createPersonRoot } from "../identity/index.ts";
import { safetyWords } from "./safety-words.ts";

const personOf = (seed: Uint8Array) => createPersonRoot({ bytes: () => seed }).person;
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** Half of the words, worked out from the rule's words alone. */
function halfOf(person: string): string[] {
  const label = Buffer.from("kith/v1/identity/safety-words");
  const bits = [
    ...createHash("sha256")
      .update(Buffer.from([label.length]))
      .update(label)
      .update(Buffer.from(person, "hex"))
      .digest(),
  ]
    .map((byte) => byte.toString(2).padStart(8, "0"))
    .join("");
  return Array.from(
    { length: 9 },
    (_, at) => wordlist[Number.parseInt(bits.slice(at * 11, at * 11 + 11), 2)] ?? "",
  );
}

test("[ID61] attack 17: 18 words over both roots, the same on both sides, and others for any other root", () => {
  fc.assert(
    fc.property(seeds, seeds, (a, b) => {
      const [one, other] = [personOf(a), personOf(b)];
      fc.pre(one !== other);
      const words = safetyWords(one, other);
      expect(words).toEqual(safetyWords(other, one));
      expect(words).toEqual([one, other].sort().flatMap(halfOf));
    }),
    { numRuns: 40 },
  );
  const [ann, bob, eve] = [1, 2, 3].map((byte) => personOf(new Uint8Array(32).fill(byte))) as [
    ReturnType<typeof personOf>,
    ReturnType<typeof personOf>,
    ReturnType<typeof personOf>,
  ];
  expect(safetyWords(ann, bob)).not.toEqual(safetyWords(ann, eve));
  expect(() => safetyWords(ann, ann)).toThrow(RangeError);
});
