/**
 * Makes a clone ready to run: installs what package-lock.json names when that has changed, checks that a recent
 * Node is there, and has the web app built. Plain JavaScript that Node 20 can run, with no package of its own. Run before
 * `npm start` and `npm test`, and by ./kith. Says nothing and costs a few milliseconds when nothing is to do.
 */
import { spawn } from "node:child_process";
import { realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { lockInstall } from "./install-lock.mjs";
import { isInstalledByNpm, readStamp, removeStamp, wantedState, writeStamp } from "./install-state.mjs";
import { ensureWebApp } from "./web-build.mjs";
import { findNode, isNodeRecent, nodeMissing, packagedNode, runsAsNode } from "./node-version.mjs";

export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Told on stderr: stdout belongs to the command that follows (`--json` is read by programs). */
function say(line) {
  process.stderr.write(`${line}\n`);
}

/** How to start npm: the very one that runs us, else the one on the PATH. */
function npmCommand() {
  const script = process.env.npm_execpath;
  if (script?.endsWith(".js")) {
    return { program: process.env.npm_node_execpath ?? process.execPath, first: [script], shell: false };
  }
  // npm is a .cmd file on Windows, and those run through a shell only.
  return { program: "npm", first: [], shell: process.platform === "win32" };
}

/** Resolves with npm's exit code. A signal to us goes to npm, and we leave after it. */
function runNpm(root, onStart) {
  const { program, first, shell } = npmCommand();
  // Scripts of packages are never run: everything we need comes prebuilt.
  const options = [...first, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  return new Promise((resolve, reject) => {
    const child = spawn(program, options, {
      cwd: root,
      shell,
      stdio: ["ignore", process.stderr, process.stderr],
    });
    const forward = (signal) => child.kill(signal);
    for (const signal of FORWARDED) process.on(signal, forward);
    const settle = (act) => {
      for (const signal of FORWARDED) process.off(signal, forward);
      act();
    };
    child.on("spawn", () => onStart(child.pid));
    child.on("error", (cause) => settle(() => reject(npmMissing(cause))));
    child.on("exit", (code, signal) => settle(() => resolve({ code, signal })));
  });
}

function npmMissing(cause) {
  return new Error(
    "NPM_MISSING: npm could not be started. It comes with Node: install Node from https://nodejs.org and try again.",
    { cause },
  );
}

function installFailed({ code, signal }) {
  const how = signal === null ? `npm ended with ${code}` : `npm was ended by ${signal}`;
  return new Error(
    `INSTALL_FAILED: ${how}; its own words are above. A first start needs the network, to fetch packages. ` +
      "Check the connection (and `npm config get registry`), then run the same command again: it begins afresh.",
  );
}

async function install(root, wanted) {
  const lock = await lockInstall(root, (pid) =>
    say(`Another install is running here (process ${pid}); waiting for it.`),
  );
  try {
    // While we waited, the other one may have done it.
    if (readStamp(root) === wanted) return;
    if (!isInstalledByNpm(root)) {
      say(
        "Kith is fetching what it is built on (first start, or the list has changed). This takes a minute or so.",
      );
      removeStamp(root);
      const result = await runNpm(root, (pid) => lock.addHolder(pid));
      if (result.code !== 0) throw installFailed(result);
      say("Everything is in place.");
    }
    settleNode(root);
    teachExec(root);
    writeStamp(root, wanted);
  } finally {
    lock.release();
  }
}

/**
 * Tries the packaged Node once, and leaves a link by which ./kith starts it at once from then on.
 * Throws NODE_TOO_OLD when neither it nor the running Node will do.
 */
function settleNode(root) {
  const link = join(root, "node_modules", ".kith-node");
  rmSync(link, { force: true });
  const packaged = packagedNode(root);
  if (packaged !== null && runsAsNode(packaged)) {
    // Windows has kith.cmd, which needs no link, and asks for a privilege to make one.
    if (process.platform !== "win32") symlinkSync(relative(dirname(link), packaged), link);
  } else if (!isNodeRecent(process.versions.node)) {
    throw new Error(nodeMissing());
  }
}

/**
 * `npm start` runs "exec node ...", so that no shell stands between npm and the node and swallows its signals.
 * The shell of Windows has no exec: there it becomes a command that runs its arguments.
 */
function teachExec(root) {
  if (process.platform === "win32") writeFileSync(join(root, "node_modules", ".bin", "exec.cmd"), "@%*\r\n");
}

/** Installs if needed and returns the path of a recent Node. Throws an error whose message says what to do. */
export async function ensureReady(root = projectRoot) {
  const wanted = wantedState(root);
  if (readStamp(root) !== wanted) await install(root, wanted);
  const node = findNode(root);
  if (node === null) throw new Error(nodeMissing());
  return node;
}

/** Waits for `ready`; on failure tells the person and ends the process with 1. */
export async function orExplain(ready) {
  try {
    return await ready;
  } catch (error) {
    say(`\n${error.message}`);
    process.exit(1);
  }
}

const startedHere =
  process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (startedHere) {
  const node = await orExplain(ensureReady());
  await orExplain(ensureWebApp(projectRoot, node));
}
