/** Where the list of programs' tokens lies. spec/store ST28. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemRandom } from "./system.ts";
import { createFileShelf } from "./token-shelf.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kith-tokens-"));
  path = join(directory, "tokens.json");
});

afterEach(() => rmSync(directory, { recursive: true }));

const key = new Uint8Array(32).fill(7);
const list = '[{"id":"1","name":"lighthouse-bot"}]\n';
const shelf = (of = key) => createFileShelf(path, { key: of, random: systemRandom });
const inFile = () => readFileSync(path, "utf8");

test("[ST28] the list is read as it was written, and its file says no word of it and differs each time", () => {
  expect(shelf().read()).toBeNull();
  shelf().write(list);
  const first = inFile();
  expect(first).not.toMatch(/lighthouse|name|id/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(shelf().read()).toBe(list);
  shelf().write(list);
  expect(inFile()).not.toBe(first);
});

test("[ST28] a list that an earlier version wrote as it is is read, and sealed with that", () => {
  writeFileSync(path, list);
  expect(shelf().read()).toBe(list);
  expect(inFile()).not.toContain("lighthouse");
  expect(shelf().read()).toBe(list);
});

test("[ST28] a list that was changed, cut or sealed under another key is none", () => {
  shelf().write(list);
  const whole = inFile();
  expect(() => shelf(new Uint8Array(32).fill(8)).read()).toThrow();
  const { sealed } = JSON.parse(whole) as { sealed: string };
  const bytes = Buffer.from(sealed, "base64");
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  const short = Buffer.from(sealed, "base64").subarray(0, 27);
  for (const text of [
    "",
    "{}",
    whole.slice(0, -9),
    ...[bytes, short].map((box) => `${JSON.stringify({ sealed: box.toString("base64") })}\n`),
  ]) {
    writeFileSync(path, text);
    expect(() => shelf().read()).toThrow();
  }
});
