import { expect, test } from "vitest";
import { STEPS, describeWait, stepsDone } from "./steps.ts";

test("joining counts its steps forward, and a failed one has none behind it", () => {
  expect(
    ["looking-for-inviter", "connecting", "asking", "receiving-members", "receiving-messages", "done"].map(
      (step) => stepsDone(step as "done"),
    ),
  ).toEqual([0, 1, 2, 3, 4, STEPS]);
  expect(stepsDone("failed")).toBe(0);
});

test("a wait is told after 10 s, and what to do after 30 s", () => {
  expect(describeWait("asking", 9_999)).toBeNull();
  expect(describeWait("asking", 10_000)).toContain("longer than usual");
  expect(describeWait("looking-for-inviter", 30_000)).toContain("same network");
  expect(describeWait("asking", 30_000)).toContain("does not answer");
  expect(describeWait("done", 60_000)).toBeNull();
});
