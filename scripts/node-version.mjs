/**
 * Which Node runs Kith, and where it is. Plain JavaScript that Node 20 can run and that needs no package:
 * it is asked before anything is installed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The oldest Node that strips types without a flag and has the cryptography that the links use. */
export const NODE_MIN = "24.11.0";

/** True when `version` ("24.21.0", a leading v is allowed) is at least `minimum`. */
export function isNodeRecent(version, minimum = NODE_MIN) {
  const have = version.replace(/^v/, "").split(".").map(Number);
  const need = minimum.split(".").map(Number);
  for (let part = 0; part < need.length; part += 1) {
    const difference = (have[part] ?? 0) - need[part];
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** Path of the Node that the install brought for this system; null when there is none. Starts nothing. */
export function packagedNode(root) {
  const system = process.platform === "win32" ? "win" : process.platform;
  const folder = join(root, "node_modules", `node-${system}-${process.arch}`);
  const program = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(program)) return null;
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return isNodeRecent(version) ? program : null;
}

/** Path of a recent enough Node: the running one, else the packaged one. */
export function findNode(root) {
  return isNodeRecent(process.versions.node) ? process.execPath : packagedNode(root);
}

/** Whether a program answers as a recent Node: one built for another C library exists and still does not run. */
export function runsAsNode(program) {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return status === 0 && isNodeRecent(stdout.trim());
}

/** What to tell a person whose system has no packaged Node. */
export function nodeMissing() {
  return [
    `NODE_TOO_OLD: Kith needs Node ${NODE_MIN} or later; this is ${process.versions.node}, and the install brought none`,
    `for ${process.platform}-${process.arch}. Install Node 24 from https://nodejs.org, or (on Linux, Windows and Intel Macs,`,
    "where it comes with the install) remove node_modules, and run the same command again.",
  ].join("\n");
}
