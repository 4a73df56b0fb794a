import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { syncVectors } from "./sync-vectors.ts";

it("[SY3] every frame, root and session of the examples is made as the vectors say", () => {
  const text = readFileSync(new URL("../../../../spec/vectors/sync.json", import.meta.url), "utf8");
  expect(`${JSON.stringify(syncVectors(), null, 1)}\n`).toBe(text);
});
