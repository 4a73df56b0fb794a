import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openBrowser } from "./browser.ts";

const url = "http://127.0.0.1:8888/sign-in?code=a&b=c";
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kith-opener-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An opener of that name which notes what it was given. */
function opener(name: string, code = 0): NodeJS.ProcessEnv {
  writeFileSync(join(folder, name), `#!/bin/sh\necho "$@" > "${folder}/asked"\nexit ${code}\n`);
  chmodSync(join(folder, name), 0o700);
  return { PATH: `${folder}:/usr/bin:/bin`, DISPLAY: ":0" };
}

const asked = (): string => readFileSync(join(folder, "asked"), "utf8").trim();

test.each([
  ["linux", "xdg-open", url],
  ["darwin", "open", url],
  ["win32", "rundll32", `url.dll,FileProtocolHandler ${url}`],
] as const)("on %s the address goes to %s as it is", async (platform, name, words) => {
  expect(await openBrowser(url, { platform, env: opener(name) })).toBe(true);
  expect(asked()).toBe(words);
});

test("an opener that fails, or that is not there, is told apart from one that opened", async () => {
  expect(await openBrowser(url, { platform: "linux", env: opener("xdg-open", 3) })).toBe(false);
  expect(await openBrowser(url, { platform: "darwin", env: { PATH: folder } })).toBe(false);
});

test("without a screen nothing is started in the terminal", async () => {
  const { DISPLAY: _, ...env } = opener("xdg-open");
  expect(await openBrowser(url, { platform: "linux", env })).toBe(false);
});
