import { expect, test } from "vitest";
import {
  LINKING_STEPS,
  describeLinkingWait,
  describeOutcome,
  guessDeviceName,
  linkingStepsDone,
  readDeviceLink,
} from "./linking-words.ts";

test("linking counts its steps forward, and a failed one has none behind it", () => {
  const steps = ["looking", "asking", "confirming", "receiving", "done"] as const;
  expect(steps.map(linkingStepsDone)).toEqual([0, 1, 2, 3, LINKING_STEPS]);
  expect(linkingStepsDone("failed")).toBe(0);
});

test("while the other device is looked for, a wait is told after 10 s and what to do after 30 s", () => {
  expect(describeLinkingWait("looking", 9_999)).toBeNull();
  expect(describeLinkingWait("looking", 10_000)).toContain("longer than usual");
  expect(describeLinkingWait("asking", 30_000)).toContain("same network");
  expect(describeLinkingWait("done", 60_000)).toBeNull();
});

test("why digits are compared is said as long as they are shown", () => {
  expect(describeLinkingWait("confirming", 0)).toContain("stands between");
  expect(describeLinkingWait("confirming", 60_000)).toContain("stands between");
});

test("each end of a link has words of its own", () => {
  const ends = (["expired", "ended", "gone", "wrong-codes"] as const).map(describeOutcome);
  expect(new Set(ends).size).toBe(4);
});

test("a link is found in the message that it came in, and an invitation is told from it", () => {
  expect(readDeviceLink("here: kith://link#AbC-_9\nthanks")).toEqual({ link: "kith://link#AbC-_9" });
  expect(readDeviceLink("kith://join#AbC")).toMatchObject({ fault: expect.stringContaining("invitation") });
  expect(readDeviceLink("hello")).toMatchObject({ fault: expect.stringContaining("kith://link#") });
});

test("a machine is called what it is", () => {
  expect(guessDeviceName("Mozilla/5.0 (Linux; Android 15) Mobile")).toBe("Android phone");
  expect(guessDeviceName("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)")).toBe("iPhone");
  expect(guessDeviceName("Mozilla/5.0 (X11; Linux x86_64)")).toBe("Linux computer");
  expect(guessDeviceName("something else")).toBe("My device");
});
