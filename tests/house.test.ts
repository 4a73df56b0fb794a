/** The way in, from any Node: what is installed when, what is said when it cannot be, and who stops whom. */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isNodeRecent } from "../scripts/node-version.mjs";
import { afterSecondTry, countVitest, secondTries, summaryLines } from "../scripts/test-summary.mjs";
import { root } from "./tidy/project.ts";

let clone = "";

/** Stands in for npm: notes each call, fails when told to, and takes its time over what it installs. */
const fakeNpm = `
const fs = require("node:fs");
fs.appendFileSync("npm-calls", process.argv.slice(2).join(" ") + "\\n");
if (fs.existsSync("network-is-down")) { console.error("npm error network"); process.exit(1); }
fs.rmSync("node_modules", { recursive: true, force: true });
fs.mkdirSync("node_modules");
setTimeout(() => {}, 200);
`;

const fakeMain = `
export async function main(argv: string[]): Promise<number> {
  const stopped = new Promise((resolve) => process.once("SIGTERM", resolve));
  console.log(JSON.stringify({ argv, cwd: process.cwd(), pid: process.pid }));
  if (argv[0] === "fail") return 3;
  if (argv[0] !== "up") return 0;
  const idle = setInterval(() => {}, 1_000);
  await stopped;
  clearInterval(idle);
  return 7;
}
`;

const lockfile = (packages: Record<string, object> = {}): string =>
  JSON.stringify({ packages: { "": {}, ...packages } });
const path = (...parts: string[]): string => join(clone, ...parts);
const npmCalls = (): number =>
  existsSync(path("npm-calls")) ? readFileSync(path("npm-calls"), "utf8").trim().split("\n").length : 0;
const environment = (): NodeJS.ProcessEnv => {
  const { npm_lifecycle_event: _, ...rest } = process.env;
  return { ...rest, npm_execpath: path("npm.js"), npm_node_execpath: process.execPath };
};

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "kith-house-"));
  cpSync(join(root, "scripts"), path("scripts"), { recursive: true });
  copyFileSync(join(root, "kith"), path("kith"));
  for (const folder of ["apps/kith/bin", "apps/kith/src", "packages/core"])
    mkdirSync(path(folder), { recursive: true });
  copyFileSync(join(root, "apps/kith/bin/kith.mjs"), path("apps/kith/bin/kith.mjs"));
  writeFileSync(path("apps/kith/src/main.ts"), fakeMain);
  writeFileSync(path("npm.js"), fakeNpm);
  writeFileSync(path("package.json"), JSON.stringify({ workspaces: ["packages/*"] }));
  writeFileSync(path("packages/core/package.json"), "{}");
  writeFileSync(path("apps/kith/package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(path("package-lock.json"), lockfile());
});

afterEach(() => {
  rmSync(clone, { recursive: true, force: true });
});

function ensure() {
  const { status, stderr } = spawnSync(process.execPath, [path("scripts/ensure.mjs")], {
    env: environment(),
    encoding: "utf8",
  });
  return { status, stderr };
}

describe("installing", () => {
  test("happens once, and again when the lockfile or a package.json changes", () => {
    expect(ensure().stderr).toContain("Everything is in place.");
    expect(readFileSync(path("npm-calls"), "utf8")).toContain("ci --ignore-scripts");
    expect(ensure()).toEqual({ status: 0, stderr: "" });
    expect(npmCalls()).toBe(1);
    writeFileSync(path("package-lock.json"), lockfile({ "node_modules/a": { version: "1.0.0" } }));
    ensure();
    expect(npmCalls()).toBe(2);
    writeFileSync(path("packages/core/package.json"), '{"name":"x"}');
    ensure();
    expect(npmCalls()).toBe(3);
  });

  test("is not repeated where npm itself has just installed what is wanted", () => {
    const entry = { version: "1.0.0", integrity: "sha512-x" };
    const elsewhere = { version: "1.0.0", optional: true, os: ["plan9"], cpu: ["mips"] };
    writeFileSync(
      path("package-lock.json"),
      lockfile({ "node_modules/a": entry, "node_modules/b": elsewhere }),
    );
    mkdirSync(path("node_modules"));
    writeFileSync(
      path("node_modules/.package-lock.json"),
      JSON.stringify({ packages: { "node_modules/a": entry } }),
    );
    expect(ensure()).toEqual({ status: 0, stderr: "" });
    expect(npmCalls()).toBe(0);
  });

  test("is repeated where a package for this very system is missing, though npm took that for success", () => {
    const native = { version: "1.0.0", optional: true, os: [process.platform], cpu: [process.arch] };
    writeFileSync(path("package-lock.json"), lockfile({ "node_modules/native": native }));
    mkdirSync(path("node_modules"));
    writeFileSync(path("node_modules/.package-lock.json"), JSON.stringify({ packages: {} }));
    ensure();
    expect(npmCalls()).toBe(1);
  });

  test("without a network fails with a next step, leaves no lock, and begins afresh the next time", () => {
    writeFileSync(path("network-is-down"), "");
    const failed = ensure();
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain("INSTALL_FAILED");
    expect(failed.stderr).toContain("run the same command again");
    expect(existsSync(path(".kith-install"))).toBe(false);
    rmSync(path("network-is-down"));
    expect(ensure().status).toBe(0);
  });

  test("is done by one of several that start at once", async () => {
    const start = (): ChildProcess =>
      spawn(process.execPath, [path("scripts/ensure.mjs")], { env: environment(), stdio: "ignore" });
    const codes = await Promise.all([start(), start(), start()].map((child) => once(child, "exit")));
    expect(codes.map(([code]) => code)).toEqual([0, 0, 0]);
    expect(npmCalls()).toBe(1);
  });

  test("takes over the lock of an install that was killed", () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    mkdirSync(path(".kith-install"));
    writeFileSync(path(".kith-install/pids"), `${pid}\n`);
    expect(ensure().status).toBe(0);
    expect(existsSync(path(".kith-install"))).toBe(false);
  });
});

test.each([
  ["v24.11.0", true],
  ["24.21.0", true],
  ["26.0.0", true],
  ["24.10.9", false],
  ["v20.20.2", false],
])("Node %s is recent enough: %s", (version, expected) => {
  expect(isNodeRecent(version)).toBe(expected);
});

interface Started {
  readonly outer: ChildProcess;
  readonly line: { argv: string[]; cwd: string; pid: number };
}

/** Starts a program of the clone and waits for the line that main prints. */
async function start(program: string, options: string[], from = clone): Promise<Started> {
  const outer = spawn(program, options, {
    cwd: from,
    env: environment(),
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [first] = (await once(createInterface(outer.stdout), "line")) as [string];
  return { outer, line: JSON.parse(first) as Started["line"] };
}

describe("starting", () => {
  test("passes arguments, works from any folder and through a link, and hands out main's exit code", async () => {
    ensure();
    symlinkSync(path("kith"), path("packages/core/link"));
    const { outer, line } = await start(path("packages/core/link"), ["fail", "a b"], tmpdir());
    expect(line.argv).toEqual(["fail", "a b"]);
    expect(line.cwd).toBe(tmpdir());
    expect(await once(outer, "exit")).toEqual([3, null]);
  });

  test("takes no second process when the Node at hand will do, and a signal stops it in order", async () => {
    ensure();
    const { outer, line } = await start(path("kith"), ["up"]);
    expect(line.pid).toBe(outer.pid);
    outer.kill("SIGTERM");
    expect(await once(outer, "exit")).toEqual([7, null]);
  });

  test("fills the compile cache before a node comes up, and only then", async () => {
    ensure();
    const record = path("node_modules/.cache/kith/warm");
    const quick = await start(path("kith"), ["status"]);
    await once(quick.outer, "exit");
    expect(existsSync(record)).toBe(false);
    const { outer } = await start(path("kith"), ["up"]);
    expect(existsSync(record)).toBe(true);
    outer.kill("SIGTERM");
    await once(outer, "exit");
  });
});

describe("on another Node", () => {
  const inner = `
    import { leaveWithParent } from "./scripts/respawn.mjs";
    leaveWithParent();
    const idle = setInterval(() => {}, 1_000);
    process.once("SIGTERM", () => { clearInterval(idle); process.exitCode = 7; process.exit(); });
    if (process.argv[2] === "die") process.kill(process.pid, "SIGABRT");
    console.log(JSON.stringify({ pid: process.pid }));
  `;
  const outer = `
    import { respawn } from "./scripts/respawn.mjs";
    await respawn(process.execPath, ["inner.mjs", ...process.argv.slice(2)]);
  `;

  beforeEach(() => {
    writeFileSync(path("inner.mjs"), inner);
    writeFileSync(path("outer.mjs"), outer);
  });

  test("a signal reaches the inner process, and its exit code comes out", async () => {
    const started = await start(process.execPath, ["outer.mjs"]);
    expect(started.line.pid).not.toBe(started.outer.pid);
    started.outer.kill("SIGTERM");
    expect(await once(started.outer, "exit")).toEqual([7, null]);
  });

  test("the inner process's death by a signal is the outer one's", async () => {
    const child = spawn(process.execPath, ["outer.mjs", "die"], { cwd: clone, stdio: "ignore" });
    expect(await once(child, "exit")).toEqual([null, "SIGABRT"]);
  });

  test("the outer process's violent death is the inner one's", async () => {
    const started = await start(process.execPath, ["outer.mjs"]);
    started.outer.kill("SIGKILL");
    // They share one standard output, which closes when both have ended.
    expect(await once(started.outer, "close")).toEqual([null, "SIGKILL"]);
  });
});

describe("the summary of a test run", () => {
  const place = (file: string): string => file;
  const result = (status: string, fullName: string): object => ({ status, fullName });
  const report = {
    testResults: [
      {
        name: "a.test.ts",
        status: "passed",
        assertionResults: [result("passed", "one"), result("skipped", "two")],
      },
      { name: "b.test.ts", status: "failed", assertionResults: [] },
    ],
  };
  const clean = {
    testResults: [{ name: "a.test.ts", status: "passed", assertionResults: [result("passed", "one")] }],
  };
  const last = (tests: object, isStrict = false): { line: string | undefined; ok: boolean } => {
    const { lines, ok } = summaryLines({
      checks: [{ name: "lint", ok: true, seconds: 1 }],
      tests,
      isStrict,
      isPicked: false,
    });
    return { line: lines.at(-1), ok };
  };

  test("ends with the counts alone on a line", () => {
    expect(last(countVitest({ code: 0, text: "", report: clean, place }))).toEqual({
      line: "2 passed, 0 failed",
      ok: true,
    });
  });

  test("counts a file that could not be run, and names a skip", () => {
    const tests = countVitest({ code: 1, text: "", report, place });
    expect(last(tests)).toEqual({ line: "2 passed, 1 failed, 1 skipped", ok: false });
    expect(tests.skips).toEqual(["a.test.ts: two"]);
  });

  test("makes a skip a failure where everything is required, also one that is only printed", () => {
    const text = "\u001B[32mSKIPPED (needs root): three\u001B[39m\n";
    const tests = countVitest({ code: 0, text, report: clean, place });
    expect(last(tests)).toEqual({ line: "2 passed, 0 failed, 1 skipped", ok: true });
    expect(last(tests, true)).toEqual({ line: "2 passed, 1 failed", ok: false });
  });

  describe("what failed once in a file that a busy machine may hold up", () => {
    const failing = (file: string, status = "failed") => ({
      testResults: [
        {
          name: file,
          status,
          assertionResults: [
            { status: "passed", fullName: "one" },
            { status, fullName: "two" },
          ],
        },
      ],
    });
    const count = (report: unknown, code = 1) =>
      countVitest({ code, text: "", report, place: (file: string) => file });
    const file = "tests/e2e/lan.test.ts";

    test("is run once more, and told when it passes", () => {
      const first = count(failing(file));
      expect(secondTries(first)).toEqual([file]);
      const tests = afterSecondTry(first, count(failing(file, "passed"), 0));
      expect(last(tests)).toEqual({ line: "3 passed, 0 failed", ok: true });
      expect(tests.unsteady).toEqual([`${file}: two`]);
      expect(last(afterSecondTry(first, first)).ok).toBe(false);
    });

    test("is the only thing that is", () => {
      expect(secondTries(count(failing("packages/core/src/a.test.ts")))).toEqual([]);
      expect(secondTries(count(null))).toEqual([]);
      const many = ["a", "b", "c", "d"].flatMap((name) => failing(`tests/e2e/${name}.test.ts`).testResults);
      expect(secondTries(count({ testResults: many }))).toEqual([]);
    });
  });

  test("counts a run without a report, or that fails with no failing test, as a failure", () => {
    expect(last(countVitest({ code: null, text: "", report: null, place })).ok).toBe(false);
    expect(last(countVitest({ code: 1, text: "", report: clean, place })).ok).toBe(false);
  });
});
