/**
 * One install at a time in one clone. Plain JavaScript for Node 20. The lock is a folder, because making one
 * is atomic everywhere; inside lie the ids of the processes that work under it, so that a lock left behind by
 * a killed install is told from one in use.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = ".kith-install";
/** How often a waiting start looks whether the other install has ended. */
const POLL_MS = 200;
/** A lock whose holder has not named itself within this time died in between. */
const UNNAMED_MS_MAX = 10_000;
/** An install over a slow line takes minutes; beyond this, something is wrong and waiting helps nobody. */
const WAIT_MS_MAX = 15 * 60_000;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function readHolders(folder) {
  try {
    const text = readFileSync(join(folder, "pids"), "utf8");
    return text.split("\n").filter(Boolean).map(Number);
  } catch {
    // Not written yet, or the holder has just let go: isStale looks at the folder's age.
    return [];
  }
}

function isStale(folder) {
  const holders = readHolders(folder);
  if (holders.length > 0) return !holders.some(isAlive);
  try {
    return Date.now() - statSync(folder).mtimeMs > UNNAMED_MS_MAX;
  } catch {
    // Gone meanwhile: the next attempt to make it will tell.
    return false;
  }
}

/** Takes a stale lock away. Two may try: renaming is atomic, and whoever catches a live lock puts it back. */
function removeStale(folder) {
  const aside = `${folder}-stale-${process.pid}`;
  try {
    renameSync(folder, aside);
  } catch (error) {
    if (error.code === "ENOENT") return;
    throw error;
  }
  if (isStale(aside)) rmSync(aside, { recursive: true, force: true });
  else renameSync(aside, folder);
}

function take(folder) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(join(folder, "pids"), `${process.pid}\n`);
  return true;
}

/**
 * Waits for the lock. `onWait` is called once, with the holder's process id, when there is a wait.
 * Throws INSTALL_LOCKED when the holder neither ends nor dies.
 */
export async function lockInstall(root, onWait) {
  const folder = join(root, FOLDER);
  const began = Date.now();
  let told = false;
  while (!take(folder)) {
    if (isStale(folder)) {
      removeStale(folder);
      continue;
    }
    if (!told) onWait(readHolders(folder)[0] ?? 0);
    told = true;
    if (Date.now() - began > WAIT_MS_MAX) {
      throw new Error(
        `INSTALL_LOCKED: another install has held ${folder} for too long. End it, remove that folder and try again.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return {
    /** Names a child that goes on writing even if this process is killed. */
    addHolder(pid) {
      writeFileSync(join(folder, "pids"), `${process.pid}\n${pid}\n`);
    },
    release() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
