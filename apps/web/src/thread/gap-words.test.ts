import { expect, test } from "vitest";
import { gapWords } from "./gap-words.ts";

test("says how far the history has come, and what it waits for when nobody sends it", () => {
  expect(gapWords({ have: 12_400, of: 80_000 })).toBe(
    "Older messages are on their way: 12,400 of 80,000, newest first",
  );
  expect(gapWords(null)).toContain("when a device that has them is reachable");
});
