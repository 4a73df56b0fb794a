import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { handshakeVectors } from "./handshake-vectors.ts";

it("[HS13] every frame of the examples is made as the vectors say", () => {
  const text = readFileSync(new URL("../../../../spec/vectors/handshake.json", import.meta.url), "utf8");
  expect(`${JSON.stringify(handshakeVectors(), null, 1)}\n`).toBe(text);
});
