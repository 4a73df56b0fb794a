/**
 * Node's compile cache, which also keeps sources whose types are stripped. With it a start costs what plain
 * JavaScript costs; without it the compiler that strips types stays in memory (43 MB on 12,700 lines, measured
 * in docs/decisions/0001-house.md). Needs Node 24; only loaded there.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import module from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Long after a start has loaded what it needs. */
const FLUSH_AFTER_MS = 5_000;

const cacheFolder = (root) => join(root, "node_modules", ".cache", "kith");

/** From here on modules of this process and of its worker threads are read from, and kept in, the cache. */
export function useCompileCache(root) {
  const folder = cacheFolder(root);
  // Worker threads read the setting from the environment.
  process.env.NODE_COMPILE_CACHE = folder;
  module.enableCompileCache(folder);
  // Node writes the cache when it ends in order; a node that is cut off should have left it too.
  setTimeout(() => module.flushCompileCache(), FLUSH_AFTER_MS).unref();
}

/** Rooms that run in a browser, after a build of their own. */
const BROWSER_ROOMS = [join("packages", "react"), join("apps", "web")];

/** Sources that a node runs in production: not tests, and not the rooms that only the lab and the benches load. */
function sourceFiles(root) {
  const files = [];
  for (const group of ["packages", "apps"]) {
    for (const name of readdirSync(join(root, group))) {
      const room = join(group, name);
      if (!BROWSER_ROOMS.includes(room)) collect(join(root, room, "src"), files);
    }
  }
  return files.sort();
}

function collect(folder, files) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOENT") return;
    throw error;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "testing") collect(path, files);
    else if (entry.name.endsWith(".ts") && !/\.(test|d)\.ts$/.test(entry.name)) files.push(path);
  }
}

/** Changes when a source does. Sizes and times are enough: a wrong guess costs memory once, nothing else. */
function fingerprint(files) {
  const hash = createHash("sha256").update(process.version);
  for (const path of files) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

function readOr(path, fallback) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // No record yet means: not warm. Whatever else keeps it from being read is told by the write that follows.
    return fallback;
  }
}

/** Fills the cache in a process of its own when a source has changed since. Some 5 ms when none has. */
export async function warmCompileCache(root) {
  const files = sourceFiles(root);
  const state = fingerprint(files);
  const record = join(cacheFolder(root), "warm");
  if (readOr(record, "") === state) return;
  mkdirSync(cacheFolder(root), { recursive: true });
  const self = fileURLToPath(import.meta.url);
  const code = await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [self, root], { stdio: "ignore" });
    child.on("error", reject);
    child.on("exit", resolve);
  });
  // A source that does not compile is told better by the start that follows than here.
  if (code === 0) writeFileSync(record, state);
}

const STOP = "kith: compiled";

/**
 * Compiles every source and runs none: modules are compiled while their graph is linked, and the first one of
 * this graph throws as soon as evaluation begins. Needed because some sources are entries of worker threads.
 */
async function compileAll(root) {
  useCompileCache(root);
  const stop = `data:text/javascript,${encodeURIComponent(`throw ${JSON.stringify(STOP)}`)}`;
  const imports = [stop, ...sourceFiles(root).map((path) => pathToFileURL(path).href)];
  const graph = imports.map((specifier) => `import ${JSON.stringify(specifier)};`).join("\n");
  try {
    await import(`data:text/javascript,${encodeURIComponent(graph)}`);
  } catch (error) {
    if (error !== STOP) throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await compileAll(process.argv[2]);
