/**
 * `npm test`: types, lint, format and every test, with one summary at the end. Arguments go to vitest
 * (`npm test -- packages/core`), and then only the tests they pick are run. Every skip is named;
 * KITH_REQUIRE=all makes each one a failure.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { ensureReady, orExplain, projectRoot } from "./ensure.mjs";
import { afterSecondTry, countVitest, secondTries, summaryLines } from "./test-summary.mjs";

const picked = process.argv.slice(2);
const isStrict = process.env.KITH_REQUIRE === "all";

/** Resolves with how the tool ended; its output is shown as it comes, and handed to `onText` as well. */
function runTool(tool, options, onText = () => {}) {
  const path = [join(projectRoot, "node_modules", ".bin"), dirname(node), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}) };
  const child = spawn(tool, options, {
    cwd: projectRoot,
    env,
    shell: process.platform === "win32",
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.on("data", (chunk) => {
    process.stdout.write(chunk);
    onText(chunk.toString());
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
}

async function runCheck(name, tool, options) {
  const began = performance.now();
  process.stdout.write(`\n> ${name}\n`);
  const { code } = await runTool(tool, options);
  return { name, ok: code === 0, seconds: (performance.now() - began) / 1_000 };
}

/** Each failure of one that a busy machine may have held up is looked into once more, and told either way. */
async function runTests() {
  const first = await runVitest(picked);
  const files = picked.length === 0 ? secondTries(first) : [];
  return files.length === 0 ? first : afterSecondTry(first, await runVitest(files));
}

async function runVitest(files) {
  const folder = mkdtempSync(join(tmpdir(), "kith-test-"));
  const report = join(folder, "report.json");
  let text = "";
  try {
    process.stdout.write(`\n> ${["tests", ...files].join(" ")}\n`);
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const { code } = await runTool("vitest", ["run", ...reporters, ...files], (chunk) => (text += chunk));
    return countVitest({
      code,
      text,
      report: readReport(report),
      place: (file) => relative(projectRoot, file),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** null when vitest ended before it could write one, which countVitest takes for a failure. */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

const node = await orExplain(ensureReady());
const checks = [];
if (picked.length === 0) {
  checks.push(await runCheck("typecheck", "tsc", ["-b", ".", "apps/web"]));
  checks.push(await runCheck("lint", "oxlint", ["--type-aware"]));
  checks.push(await runCheck("format", "oxfmt", ["--check", "."]));
}
const tests = await runTests();
const { lines, ok } = summaryLines({ checks, tests, isStrict, isPicked: picked.length > 0 });
process.stdout.write(`\n${lines.join("\n")}\n`);
process.exitCode = ok ? 0 : 1;
