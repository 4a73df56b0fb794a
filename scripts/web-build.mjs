/**
 * Builds the web app when what it is made of has changed since. Plain JavaScript for Node 20; the build itself runs
 * on Node 24. A few milliseconds when nothing is to do. A build that fails leaves the one before it in place, and the
 * node starts all the same: the command line and other programs do not wait for a web page.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { lockInstall } from "./install-lock.mjs";

const APP = join("apps", "web");
/** What ends up in the page: the app and the packages it is built from. */
const SOURCES = [
  APP,
  join("packages", "react", "src"),
  join("packages", "client", "src"),
  join("packages", "contract", "src"),
];
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];
/** Beside the old build, so that putting the new one in its place is one renaming on one file system. */
const BUILDING = ".kith-build";
const STAMP = ".kith-stamp";
/** Pictures and fonts are packed already. */
const PACKED = new Set([".html", ".js", ".css", ".svg", ".json", ".webmanifest"]);
/** Below this, packing saves less than its header costs. */
const PACK_BYTES_MIN = 1_024;

/** Told on stderr: stdout belongs to the command that follows (`--json` is read by programs). */
function say(line) {
  process.stderr.write(`${line}\n`);
}

function listFiles(root, folder, files) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const isMade = ["dist", "node_modules"].includes(entry.name) || entry.name.startsWith(BUILDING);
      if (!isMade) listFiles(root, path, files);
    } else if (!/\.test\.tsx?$|\.tsbuildinfo$/.test(entry.name)) files.push(path);
  }
  return files;
}

/** Changes when a source does. Sizes and times are enough: a wrong guess costs one build, nothing else. */
function wantedStamp(root) {
  const sources = SOURCES.filter((folder) => existsSync(join(root, folder)));
  const files = sources.flatMap((folder) => listFiles(root, folder, [])).sort();
  const hash = createHash("sha256");
  for (const path of [...files, "package-lock.json", join("scripts", "web-build.mjs")]) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

function readStamp(root) {
  try {
    return readFileSync(join(root, APP, "dist", STAMP), "utf8");
  } catch {
    // None means: not built. What else keeps it from being read is told by the build that follows.
    return null;
  }
}

/** Resolves with whether it went well. Into a folder of its own, so that what is there stays whole meanwhile. */
function runVite(root, { node, output, onStart }) {
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const options = [vite, "build", "--outDir", output, "--emptyOutDir", "--logLevel", "warn"];
  return new Promise((resolve) => {
    const child = spawn(node, options, {
      cwd: join(root, APP),
      env: { ...process.env, NODE_ENV: "production" },
      stdio: ["ignore", process.stderr, process.stderr],
    });
    let stopped = null;
    const stop = (signal) => {
      stopped = signal;
      child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, stop);
    const settle = (ok) => {
      for (const signal of FORWARDED) process.off(signal, stop);
      // Whoever asked us to end meant all of us, not only the build.
      if (stopped !== null) process.kill(process.pid, stopped);
      resolve(ok);
    };
    child.on("spawn", () => onStart(child.pid));
    child.on("error", (error) => {
      say(String(error));
      settle(false);
    });
    child.on("exit", (code) => settle(code === 0));
  });
}

function pack(folder) {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    if (!PACKED.has(extname(name)) || statSync(path).size < PACK_BYTES_MIN) continue;
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
  }
}

/** Puts the new build where the old one was. A kill in between leaves none, and the next start builds again. */
function exchange(root, output) {
  const place = join(root, APP, "dist");
  const aside = join(output, "..", `${BUILDING}-before`);
  rmSync(aside, { recursive: true, force: true });
  if (existsSync(place)) renameSync(place, aside);
  renameSync(output, place);
  rmSync(aside, { recursive: true, force: true });
}

async function build(root, node, wanted) {
  const lock = await lockInstall(root, (pid) =>
    say(`The web app is being built here already (process ${pid}); waiting for it.`),
  );
  const output = join(root, APP, BUILDING);
  try {
    // While we waited, the other one may have done it.
    if (readStamp(root) === wanted) return;
    say("Building the web app (first start, or it has changed). This takes a few seconds.");
    if (await runVite(root, { node, output, onStart: (pid) => lock.addHolder(pid) })) {
      pack(output);
      writeFileSync(join(output, STAMP), wanted);
      exchange(root, output);
    } else tellFailure(root);
  } finally {
    rmSync(output, { recursive: true, force: true });
    lock.release();
  }
}

function tellFailure(root) {
  const instead = existsSync(join(root, APP, "dist", "index.html"))
    ? "Kith goes on with the one that was built before."
    : "Kith goes on without one: the command line works, the page at its address says how to go on.";
  say(
    `\nWEB_BUILD_FAILED: the web app could not be built; the reason is above. ${instead} ` +
      "Correct it and run the same command again.",
  );
}

/** Builds if needed. Never fails for a build: what went wrong is said. */
export async function ensureWebApp(root, node) {
  if (!existsSync(join(root, APP, "index.html"))) return;
  const wanted = wantedStamp(root);
  if (readStamp(root) !== wanted) await build(root, node, wanted);
}
