import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { readLastLine } from "./last-line.ts";

const folder = mkdtempSync(join(tmpdir(), "kith-lines-"));
const path = join(folder, "a.part");
afterAll(() => rmSync(folder, { recursive: true }));

test("a file that is not there has no line, and is not made", () => {
  expect(readLastLine(path)).toBeNull();
  expect(existsSync(path)).toBe(false);
});

test("the last whole line is found, and what was cut off behind it is gone, wherever the file was broken off", () => {
  const line = fc.oneof(
    fc.constantFrom("{}", "x".repeat(65_535), "y".repeat(65_536)),
    fc.string({ unit: "grapheme" }),
  );
  const lines = fc.array(
    line.map((text) => text.replaceAll("\n", " ")),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(
      lines,
      fc.string({ maxLength: 20 }).map((text) => text.replaceAll("\n", " ")),
      (all, rest) => {
        const whole = all.map((text) => `${text}\n`).join("");
        writeFileSync(path, whole + rest);
        const found = readLastLine(path);
        expect(found).toEqual(all.length === 0 ? null : { text: all.at(-1), lines: all.length });
        expect(readFileSync(path, "utf8")).toBe(whole);
      },
    ),
    { numRuns: 100 },
  );
});
