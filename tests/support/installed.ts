/**
 * Packages that only a test needs, of exact versions, in a folder of its own: what the workspace installs is what Kith
 * is built on, and another TypeScript or Node beside it would be taken for that.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./kith-process.ts";

/** `npm` as the tests were started by it, else the one on the path. */
function npm(args: readonly string[], folder: string): void {
  const own = process.env["npm_execpath"];
  const [program, ...before] = own?.endsWith(".js") ? [process.execPath, own] : ["npm"];
  execFileSync(program ?? "npm", [...before, ...args], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
}

/** The folder in which they lie; no script of theirs has run. Throws with npm's words. */
export function installPackages(versions: Readonly<Record<string, string>>): string {
  const folder = temporaryDirectory();
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, type: "module", dependencies: versions }),
  );
  npm(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder);
  return folder;
}
