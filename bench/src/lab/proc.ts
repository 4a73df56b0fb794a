/** What processes cost, read from /proc (Linux). CPU in milliseconds, memory in bytes. proc(5). */
import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ: fixed at 100 for what /proc shows on every Linux that Node runs on. */
const MS_PER_TICK = 10;
export const BYTES_PER_MB = 1_048_576;
/** Positions after the command's name in /proc/PID/stat: user and system time, own and of children that ended. */
const FIELDS = { user: 11, system: 12, childUser: 13, childSystem: 14 };

function readStat(path: string): { name: string; fields: string[] } {
  const text = readFileSync(path, "utf8");
  // The name may hold spaces and brackets; the last bracket ends it.
  const end = text.lastIndexOf(")");
  return { name: text.slice(text.indexOf("(") + 1, end), fields: text.slice(end + 2).split(" ") };
}

function ticks(fields: readonly string[], ...positions: readonly number[]): number {
  return positions.reduce((sum, position) => sum + Number(fields[position]), 0) * MS_PER_TICK;
}

export function cpuMs(pid: number): number {
  return ticks(readStat(`/proc/${pid}/stat`).fields, FIELDS.user, FIELDS.system);
}

/** This process and its children that have ended. */
export function ownCpuMs(): number {
  return ticks(
    readStat("/proc/self/stat").fields,
    FIELDS.user,
    FIELDS.system,
    FIELDS.childUser,
    FIELDS.childSystem,
  );
}

/** By the thread's name; threads of one name together. A thread that ends meanwhile is left out. */
export function cpuMsByThread(pid: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const { name, fields } = readStat(`/proc/${pid}/task/${thread}/stat`);
      const key = thread === String(pid) ? "main" : name;
      found.set(key, (found.get(key) ?? 0) + ticks(fields, FIELDS.user, FIELDS.system));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "ESRCH") throw error;
    }
  }
  return found;
}

/** Resident: all of it, or only what no file stands behind. Node's own program is some 55 MB of files. */
export function rssBytes(pid: number, part: "VmRSS" | "RssAnon" = "VmRSS"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${part}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1_024;
}

/** Busy time of all cores since the machine started, of whomever. */
export function machineBusyMs(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
  const [user, nice, system, , , irq, softIrq, steal] = line.trim().split(/\s+/).slice(1).map(Number);
  return (
    [user, nice, system, irq, softIrq, steal].reduce<number>((sum, each) => sum + (each ?? 0), 0) *
    MS_PER_TICK
  );
}
