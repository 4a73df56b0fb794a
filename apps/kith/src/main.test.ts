import { expect, test } from "vitest";
import { main } from "./main.ts";
import { describeToCome, meantWords } from "./cli/to-come.ts";

test("[HT107] commands that are still to come say so; a command that there is none of is named by its words alone", () => {
  expect(describeToCome("hub")).toContain("is not part of this version");
  expect(describeToCome("send")).toBeNull();
  expect(meantWords(["hub", "--data", "x"])).toBe("hub");
  expect(meantWords(["frob", "nicate", "more"])).toBe("frob nicate");
  expect(meantWords(["--data", "x"])).toBe("");
});

test("[HT107] each of them is wrong usage, and not a crash", async () => {
  for (const argv of [["hub", "status"], ["frob"], ["send", "a/b", "c", "--file", "f"]])
    expect(await main(argv), argv.join(" ")).toBe(2);
});
