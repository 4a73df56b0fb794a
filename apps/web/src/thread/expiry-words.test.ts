import { expect, test } from "vitest";
import { disappearsWords, lifetimeShort, lifetimeWords } from "./expiry-words.ts";

test("[HT112] a time is told in the largest unit that says it exactly", () => {
  for (const [seconds, words] of [
    [60, "1 minute"],
    [5_400, "90 minutes"],
    [3_600, "1 hour"],
    [86_400, "1 day"],
    [604_800, "1 week"],
    [2_419_200, "4 weeks"],
    [31_536_000, "365 days"],
    [61, "61 seconds"],
  ] as const)
    expect(lifetimeWords(seconds)).toBe(words);
  expect([5_400, 3_600, 86_400, 2_419_200].map(lifetimeShort)).toEqual(["90m", "1h", "1d", "4w"]);
});

test("[HT113] when a message disappears is told to the minute", () => {
  expect(disappearsWords(Date.UTC(2_030, 4, 3, 12, 5))).toMatch(/^Disappears .*2030.*05/);
});
