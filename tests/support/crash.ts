/**
 * Nodes that are meant to die: started on a given data directory, killed without a word, started again. What
 * is left over when the tests of a file end is killed by endCrashable().
 */
import { readFileSync, readdirSync } from "node:fs";
import { endEverything, ownBeaconPort, runKith } from "./kith-process.ts";
import { startNodeProcess } from "./node-process.ts";
import type { NodeProcess } from "./node-process.ts";

export interface CrashableNode extends NodeProcess {
  /** From the start of the process to its ready line. */
  readonly startedMs: number;
  /** SIGSTOP; resolves when no thread of it runs any more: calls into the system that were under way have ended. */
  freeze(): Promise<void>;
  /** SIGCONT. */
  thaw(): void;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly events: number;
  readonly messages: number;
  readonly problems: readonly { readonly subject: string; readonly code: string; readonly detail: string }[];
}

export interface Checked {
  readonly code: number | null;
  readonly stderr: string;
  /** Null where the command could not even begin to look. */
  readonly report: VerifyReport | null;
}

function isStopped(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((task) => {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, "latin1");
    // The state follows the name, which stands in brackets and may hold anything.
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
  });
}

const alive = new Set<CrashableNode>();

export async function startCrashable(
  data: string,
  name: string,
  options: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<CrashableNode> {
  const env = { KITH_BEACON_PORT: String(await ownBeaconPort()), ...options.env };
  const beganMs = performance.now();
  const node = await startNodeProcess({
    data,
    name,
    env,
    args: ["--port", "0", "--peer-port", "0", ...(options.args ?? [])],
  });
  const crashable: CrashableNode = {
    ...node,
    startedMs: performance.now() - beganMs,
    async stop() {
      alive.delete(crashable);
      return node.stop();
    },
    async freeze() {
      process.kill(node.pid, "SIGSTOP");
      while (!isStopped(node.pid)) await new Promise((resolve) => setImmediate(resolve));
    },
    thaw: () => void process.kill(node.pid, "SIGCONT"),
    async kill() {
      alive.delete(crashable);
      process.kill(node.pid, "SIGKILL");
      await node.stop();
    },
  };
  alive.add(crashable);
  return crashable;
}

export async function endCrashable(): Promise<void> {
  await Promise.all([...alive].map((node) => node.kill()));
  await endEverything();
}

/** `kith verify --json` on a data directory, whether a node runs on it or not. */
export async function verify(data: string): Promise<Checked> {
  const { code, stdout, stderr } = await runKith(["verify", "--json", "--data", data]);
  return { code, stderr, report: stdout.trim() === "" ? null : (JSON.parse(stdout) as VerifyReport) };
}
