/**
 * Whether node_modules is what package-lock.json says. Plain JavaScript for Node 20. Two proofs are taken:
 * our stamp (a hash of the lockfile and of every package.json, written after an install has ended), or, where
 * someone ran npm by hand, npm's own record of what it installed, which npm writes last.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const STAMP = join("node_modules", ".kith-stamp");

/** Paths of the package.json files of the workspace, the root's first. */
function manifestPaths(root) {
  const { workspaces = [] } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const folders = workspaces.flatMap((entry) => {
    if (!entry.endsWith("/*")) return [entry];
    const parent = entry.slice(0, -2);
    if (!existsSync(join(root, parent))) return [];
    return readdirSync(join(root, parent)).map((name) => `${parent}/${name}`);
  });
  const manifests = folders.map((folder) => join(root, folder, "package.json"));
  return [join(root, "package.json"), ...manifests.filter((path) => existsSync(path)).sort()];
}

/** Hash of everything that decides what an install brings. */
export function wantedState(root) {
  const hash = createHash("sha256");
  for (const path of [join(root, "package-lock.json"), ...manifestPaths(root)]) {
    const bytes = readFileSync(path);
    hash.update(`${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

export function readStamp(root) {
  try {
    return readFileSync(join(root, STAMP), "utf8").trim();
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw error;
  }
}

export function writeStamp(root, state) {
  writeFileSync(join(root, STAMP), `${state}\n`);
}

/** Called before an install begins, so that one cut short never passes for a finished one. */
export function removeStamp(root) {
  rmSync(join(root, STAMP), { force: true });
}

function usesGlibc() {
  return Boolean(process.report?.getReport().header.glibcVersionRuntime);
}

/**
 * Whether a package was made for this very system. npm leaves out those for others, and with them what only
 * they need, which names no system; neither may be missed here.
 */
function isForThisSystem({ os, cpu, libc }) {
  if (!os?.includes(process.platform) || !cpu?.includes(process.arch)) return false;
  if (libc === undefined || process.platform !== "linux") return true;
  return libc.includes(usesGlibc() ? "glibc" : "musl");
}

/** True when npm's own record holds every package of the lockfile (those for other systems aside) and no other. */
export function isInstalledByNpm(root) {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const found = JSON.parse(readFileSync(record, "utf8")).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.includes("node_modules/")) continue;
    const have = found[path];
    if (have === undefined) {
      // npm also succeeds when the download of an optional package failed: that is no finished install.
      if (!entry.optional || isForThisSystem(entry)) return false;
      continue;
    }
    if (have.version !== entry.version || have.integrity !== entry.integrity) return false;
  }
  return Object.keys(found).every((path) => wanted[path] !== undefined);
}
