/**
 * `npm pack` in a package's own folder. Before it, what others install (pack.mjs) is laid over the sources: a built `dist` and
 * the package.json that names it; after it that is taken away again. What was there lies in `.kith-sources` meanwhile; if
 * npm is ended in between, the next run, or `node scripts/pack-here.mjs postpack` in that folder, puts it back.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stagePackage } from "./pack.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = process.cwd();
const kept = join(folder, ".kith-sources");
const list = join(kept, "added.json");

const filesOf = (directory) =>
  readdirSync(directory, { recursive: true }).filter((name) => statSync(join(directory, name)).isFile());
const isSame = (a, b) => existsSync(b) && readFileSync(a).equals(readFileSync(b));

function lay() {
  const { target, remove } = stagePackage(relative(root, folder));
  try {
    const names = filesOf(target).filter((name) => !isSame(join(target, name), join(folder, name)));
    mkdirSync(kept);
    // Before anything is written: whatever happens then can be taken back.
    writeFileSync(list, JSON.stringify(names));
    for (const name of names) {
      const own = join(folder, name);
      if (existsSync(own)) {
        mkdirSync(dirname(join(kept, name)), { recursive: true });
        renameSync(own, join(kept, name));
      }
      cpSync(join(target, name), own);
    }
  } finally {
    remove();
  }
}

function takeAway() {
  if (!existsSync(list)) return;
  for (const name of JSON.parse(readFileSync(list, "utf8"))) {
    const own = join(folder, name);
    rmSync(own, { force: true });
    if (existsSync(join(kept, name))) renameSync(join(kept, name), own);
    else removeEmpty(dirname(own));
  }
  rmSync(kept, { recursive: true });
}

/** Folders that were made for what is gone now, up to the package's own. */
function removeEmpty(directory) {
  if (directory === folder || !existsSync(directory) || readdirSync(directory).length > 0) return;
  rmdirSync(directory);
  removeEmpty(dirname(directory));
}

takeAway();
if (process.argv[2] === "prepack") lay();
