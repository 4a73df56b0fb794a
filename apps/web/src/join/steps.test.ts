import { expect, test } from "vitest";
import { STEPS, describeWait, readInvitation, stepsDone } from "./steps.ts";

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

test("an invitation is found in the message that it came in, and the link of a device is told from it", () => {
  expect(readInvitation("Come: kith://join#AbC-_9\nsoon")).toEqual({ link: "kith://join#AbC-_9" });
  expect(readInvitation("kith://link#AbC")).toMatchObject({ fault: expect.stringContaining("new device") });
  expect(readInvitation("hello")).toMatchObject({ fault: expect.stringContaining("kith://join#") });
});
