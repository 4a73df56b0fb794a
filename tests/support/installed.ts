/**
 * Packages that only a test needs, of exact versions, in a folder of its own: what the workspace installs is what Kith
 * is built on, and another TypeScript or Node beside it would be taken for that.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./kith-process.ts";

/** `npm` as the tests were started by it, else the one on the path. */
export function runNpm(
  args: readonly string[],
  folder: string,
): { readonly status: number | null; readonly said: string } {
  const own = process.env["npm_execpath"];
  const [program, ...before] = own?.endsWith(".js") ? [process.execPath, own] : ["npm"];
  const { status, stdout, stderr } = spawnSync(program ?? "npm", [...before, ...args], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { status, said: `${stdout}${stderr}` };
}

/** In a folder that has a package.json of its own; no script of what is installed runs. Throws with npm's words. */
export function install(what: readonly string[], folder: string): void {
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, said } = runNpm(["install", ...options, ...what], folder);
  if (status !== 0) throw new Error(said);
}

/** The folder in which they lie; no script of theirs has run. Throws with npm's words. */
export function installPackages(versions: Readonly<Record<string, string>>): string {
  const folder = temporaryDirectory();
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, type: "module", dependencies: versions }),
  );
  install([], folder);
  return folder;
}
