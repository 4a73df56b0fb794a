import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { cellVectors } from "./cell-vectors.ts";
import { syncVectors } from "./sync-vectors.ts";

it("[SY3] every frame, root and session of the examples is made as the vectors say", () => {
  const text = readFileSync(new URL("../../../../spec/vectors/sync.json", import.meta.url), "utf8");
  expect(`${JSON.stringify(syncVectors(), null, 1)}\n`).toBe(text);
});

it("[CE1] [CE5] [BL5] every short id, cell and filter of the examples is made as the vectors say", () => {
  const text = readFileSync(new URL("../../../../spec/vectors/cells.json", import.meta.url), "utf8");
  expect(`${JSON.stringify(cellVectors(), null, 1)}\n`).toBe(text);
});
