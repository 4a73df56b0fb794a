/** docs/LIMITS.md says what the sources say, and every bound says why it is what it is. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { limitsPath, readBounds, renderLimits } from "../scripts/limits.mjs";

test("every bound has a reason beside it", () => {
  const bounds = readBounds();
  expect(bounds.length).toBeGreaterThan(50);
  const bare = bounds.filter(({ why }: { why: string }) => why === "");
  expect(bare.map(({ path, name }: { path: string; name: string }) => `${path} ${name}`)).toEqual([]);
});

test("docs/LIMITS.md is what `npm run limits` writes", () => {
  expect(readFileSync(limitsPath, "utf8") === renderLimits(), "run `npm run limits`").toBe(true);
});
