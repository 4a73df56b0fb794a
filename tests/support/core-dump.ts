/**
 * Core dumps of our own processes: what the kernel writes of one that is told to abort. Where the kernel hands dumps to a
 * program of the system's, out of reach of a test, a debugger takes them. Nothing of the machine's settings is changed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./kith-process.ts";
import type { KithProcess } from "./kith-process.ts";

/** A name without a place: the file lies where the process runs. */
function writesHere(): boolean {
  return /^[^|/]+$/.test(readFileSync("/proc/sys/kernel/core_pattern", "utf8").trim());
}

export function canDumpCores(): boolean {
  if (process.platform !== "linux") return false;
  const words = writesHere() ? ["prlimit", "--version"] : ["gdb", "--version"];
  const [program = "", ...args] = words;
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}

export interface Dumped {
  /** What stands before a program whose core is to be taken. */
  readonly before: readonly string[];
  /** Ends the process; the file that its memory and registers were written to. */
  take(process: KithProcess): Promise<string>;
}

/** For one process. */
export function prepareDump(): Dumped {
  const folder = mkdtempSync(join(temporaryDirectory(), "core-"));
  const isKernels = writesHere();
  return {
    before: isKernels ? ["env", "-C", folder, "prlimit", "--core=unlimited"] : [],
    async take(process) {
      if (!isKernels)
        spawnSync("gcore", ["-o", join(folder, "core"), String(process.pid)], { stdio: "ignore" });
      process.signal(isKernels ? "SIGABRT" : "SIGKILL");
      await process.exited;
      const [file, ...others] = readdirSync(folder);
      if (file === undefined || others.length > 0) throw new Error("no core was dumped, or more than one");
      return join(folder, file);
    },
  };
}
