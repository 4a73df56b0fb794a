import { expect, test } from "vitest";
import { describeStrength } from "./strength.ts";

test("what is worth little is called so, in words", () => {
  const levelOf = (text: string) => describeStrength(text)?.level ?? null;
  expect(levelOf("")).toBeNull();
  expect(levelOf("seven77")).toBe("bad");
  for (const text of [
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "12345678901234567890",
    "abcabcabcabcabcabcabcabc",
    "password",
  ])
    expect([text, levelOf(text)]).toEqual([text, "warn"]);
  expect(levelOf("kettle herons weir")).toBe("warn");
  expect(levelOf("kettle herons weir moss")).toBe("idle");
  expect(levelOf("kettle herons weir moss lantern")).toBe("ok");
});
