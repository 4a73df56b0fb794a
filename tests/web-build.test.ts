/** When the web app is built, and what becomes of one that cannot be. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { root } from "./tidy/project.ts";

let clone = "";

/** Stands in for Vite: notes each call, takes its time, and fails half-way when told to. */
const fakeVite = `
const fs = require("node:fs");
fs.appendFileSync("../../builds", "one\\n");
const out = process.argv[process.argv.indexOf("--outDir") + 1];
fs.mkdirSync(out + "/assets", { recursive: true });
fs.writeFileSync(out + "/index.html", "<title>" + fs.readFileSync("src/main.tsx", "utf8") + "</title>");
if (fs.existsSync("broken")) { console.error("error in main.tsx"); process.exit(1); }
fs.writeFileSync(out + "/assets/a-1.js", "x;".repeat(2_000));
fs.writeFileSync(out + "/assets/a-1.woff2", "w".repeat(2_000));
setTimeout(() => {}, 300);
`;

const path = (...parts: string[]): string => join(clone, ...parts);
const builds = (): number =>
  existsSync(path("builds")) ? readFileSync(path("builds"), "utf8").length / 4 : 0;
const pageBuilt = (): string => readFileSync(path("apps/web/dist/index.html"), "utf8");

const program = `
import { ensureWebApp } from ${JSON.stringify(pathToFileURL(join(root, "scripts/web-build.mjs")).href)};
await ensureWebApp(process.argv[1], process.execPath);
`;
const words = (): string[] => ["--input-type=module", "-e", program, clone];

function ensure() {
  const { status, stderr, stdout } = spawnSync(process.execPath, words(), { encoding: "utf8" });
  return { status, stderr, stdout };
}

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "kith-build-"));
  for (const folder of [
    "apps/web/src",
    "packages/react/src",
    "packages/client/src",
    "packages/contract/src",
    "scripts",
    "node_modules/vite/bin",
  ])
    mkdirSync(path(folder), { recursive: true });
  writeFileSync(path("node_modules/vite/bin/vite.js"), fakeVite);
  writeFileSync(path("package-lock.json"), "{}");
  writeFileSync(path("scripts/web-build.mjs"), "");
  writeFileSync(path("apps/web/index.html"), "");
  writeFileSync(path("apps/web/src/main.tsx"), "one");
  writeFileSync(path("packages/client/src/client.ts"), "");
});

afterEach(() => rmSync(clone, { recursive: true, force: true }));

test("it is built once, said on stderr, and packed; then nothing is said or done", () => {
  const first = ensure();
  expect(first).toMatchObject({ status: 0, stdout: "" });
  expect(first.stderr).toContain("Building the web app");
  expect(pageBuilt()).toBe("<title>one</title>");
  const packed = readFileSync(path("apps/web/dist/assets/a-1.js.gz"));
  expect(gunzipSync(packed).toString()).toBe("x;".repeat(2_000));
  expect(existsSync(path("apps/web/dist/assets/a-1.woff2.gz"))).toBe(false);
  expect(ensure()).toEqual({ status: 0, stderr: "", stdout: "" });
  expect(builds()).toBe(1);
});

test("it is built again when the app, a package in it or the lockfile has changed, and for no test", () => {
  ensure();
  writeFileSync(path("apps/web/src/main.test.tsx"), "a test");
  writeFileSync(path("apps/web/tsconfig.tsbuildinfo"), "what the check of types remembers");
  writeFileSync(path("packages/other.ts"), "elsewhere");
  ensure();
  expect(builds()).toBe(1);
  const changes = ["apps/web/src/main.tsx", "packages/client/src/client.ts", "package-lock.json"];
  for (const [index, file] of changes.entries()) {
    writeFileSync(path(file), "changed");
    ensure();
    expect(builds(), file).toBe(index + 2);
  }
  expect(pageBuilt()).toBe("<title>changed</title>");
});

test("one that fails leaves the one before in place, says so, and is tried again", () => {
  ensure();
  writeFileSync(path("apps/web/src/main.tsx"), "two");
  writeFileSync(path("apps/web/broken"), "");
  const failed = ensure();
  expect(failed.status).toBe(0);
  expect(failed.stderr).toMatch(/error in main\.tsx[^]*WEB_BUILD_FAILED[^]*built before/);
  expect(pageBuilt()).toBe("<title>one</title>");
  expect(readdirSync(path("apps/web")).toSorted()).toEqual(["broken", "dist", "index.html", "src"]);
  rmSync(path("apps/web/broken"));
  expect(ensure().status).toBe(0);
  expect(pageBuilt()).toBe("<title>two</title>");
});

test("one that fails before there was any says how to go on", () => {
  writeFileSync(path("apps/web/broken"), "");
  expect(ensure().stderr).toMatch(/WEB_BUILD_FAILED[^]*goes on without one/);
  expect(existsSync(path("apps/web/dist"))).toBe(false);
});

test("several that start at once build it once", async () => {
  const start = () => spawn(process.execPath, words(), { stdio: "ignore" });
  const codes = await Promise.all([start(), start(), start()].map((child) => once(child, "exit")));
  expect(codes.map(([code]) => code)).toEqual([0, 0, 0]);
  expect(builds()).toBe(1);
});

test("where there is no web app nothing is built", () => {
  rmSync(path("apps/web/index.html"));
  expect(ensure()).toEqual({ status: 0, stderr: "", stdout: "" });
  expect(builds()).toBe(0);
});
