/** Reads the project for the tests that judge it: its own texts, neither packages nor what is built. */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PackageExports, SourceFile } from "./walls.ts";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** No text of ours is that long; what is, was made by a machine. */
const TEXT_BYTES_MAX = 1_000_000;

function walk(folder: string, prefix: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (["node_modules", "dist", ".git", "results", "coverage"].includes(entry.name)) return [];
    const path = prefix + entry.name;
    return entry.isDirectory() ? walk(join(folder, entry.name), `${path}/`) : [path];
  });
}

/** Tracked and about to be: what git does not ignore. A tree without git (an archive) is walked. */
export function projectPaths(): string[] {
  try {
    const options = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const listed = execFileSync("git", options, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return listed.split("\0").filter((path) => path !== "");
  } catch {
    return walk(root, "");
  }
}

/** Every text of the project. Binary files are left out by their first zero byte. */
export function readProject(): SourceFile[] {
  const files: SourceFile[] = [];
  for (const path of projectPaths()) {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile() || stat.size > TEXT_BYTES_MAX) continue;
    const bytes = readFileSync(join(root, path));
    if (!bytes.includes(0)) files.push({ path, text: bytes.toString("utf8") });
  }
  return files;
}

/** Export keys of our packages, read from their package.json. */
export function readExports(files: readonly SourceFile[]): PackageExports {
  const found: Record<string, readonly string[]> = {};
  for (const { path, text } of files) {
    if (!/^(?:(?:packages|apps)\/[^/]+|bench)\/package\.json$/.test(path)) continue;
    const manifest = JSON.parse(text) as { name: string; exports?: Record<string, unknown> };
    found[manifest.name] = Object.keys(manifest.exports ?? {});
  }
  return found;
}
