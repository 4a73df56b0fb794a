/** One process for a data directory, whatever way the last one ended. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockDirectory } from "./lock.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kith-lock-"));
  path = join(directory, "lock");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A process that takes the lock, says whether it got it, and then holds it. */
async function holdElsewhere(): Promise<{ got: boolean; kill(): Promise<void> }> {
  const program = `
    const { lockDirectory } = await import(${JSON.stringify(new URL("lock.ts", import.meta.url).href)});
    console.log(lockDirectory(process.argv[1]) === null ? "refused" : "held");
    setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return {
    got: said.toString().trim() === "held",
    async kill() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

test("a second holder is refused until the first lets go", () => {
  const first = lockDirectory(path);
  expect(first).not.toBeNull();
  expect(lockDirectory(path)).toBeNull();
  first?.release();
  const second = lockDirectory(path);
  expect(second).not.toBeNull();
  second?.release();
  expect(readdirSync(directory)).toEqual(["lock"]);
});

test("the lock of a process that is killed ends with it", async () => {
  const other = await holdElsewhere();
  expect(other.got).toBe(true);
  expect(lockDirectory(path)).toBeNull();
  await other.kill();
  const lock = lockDirectory(path);
  expect(lock).not.toBeNull();
  const refused = await holdElsewhere();
  expect(refused.got).toBe(false);
  await refused.kill();
  lock?.release();
});
