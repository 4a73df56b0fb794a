/**
 * A node as a process of its own, started through the command line on its own data directory: directly, or
 * on a host of a laboratory network. What it costs the system is read from /proc.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openSurface } from "./surface.ts";
import type { Connect, Surface } from "./surface.ts";

export const kithProgram = fileURLToPath(new URL("../../apps/kith/bin/kith.mjs", import.meta.url));

export interface Ready {
  readonly url: string;
  readonly port: number;
  readonly peerPort: number;
  readonly deviceId: string;
  readonly dataDir: string;
  readonly apiToken: string;
  readonly beaconAt: number;
}

export interface NodeProcess extends Surface {
  readonly ready: Ready;
  readonly pid: number;
  readonly person: string;
  /** SIGTERM; how it ended and after how long. */
  stop(): Promise<{ readonly code: number | null; readonly tookMs: number }>;
  /** Open file descriptors. */
  fdCount(): number;
  rssBytes(): number;
}

export interface NodeProcessOptions {
  readonly data: string;
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What stands before `node` on the command line, for example `ip netns exec HOST`. */
  readonly before?: readonly string[];
  readonly connect?: Connect;
}

const READY_MS = 20_000;
const direct: Connect = (host, port) => connectTcp({ host, port });

/** Ready when it resolves. Rejects with what the process wrote when it ends instead. */
export async function startNodeProcess(options: NodeProcessOptions): Promise<NodeProcess> {
  const { data, name, args = [], env = {}, before = [], connect = direct } = options;
  const [program = process.execPath, ...rest] = [
    ...before,
    process.execPath,
    kithProgram,
    "up",
    "--json",
    "--no-open",
    "--data",
    data,
    "--name",
    name,
    ...args,
  ];
  const child = spawn(program, rest, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  try {
    const ready = await readReady(child);
    const surface = await openSurface({ connect, port: ready.port, token: ready.apiToken });
    const { person } = await surface.ask<{ person: string }>("GET", "/api/me");
    return toNode(child, { ready, surface, person });
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

function toNode(child: ChildProcess, parts: { ready: Ready; surface: Surface; person: string }): NodeProcess {
  const { ready, surface, person } = parts;
  const pid = child.pid ?? 0;
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  return {
    ...surface,
    log: surface.log,
    ready,
    pid,
    person,
    async stop() {
      const began = performance.now();
      child.kill("SIGTERM");
      const code = child.exitCode ?? (await ended);
      surface.close();
      return { code, tookMs: performance.now() - began };
    },
    fdCount: () => readdirSync(`/proc/${pid}/fd`).length,
    rssBytes() {
      const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      return Number(kilobytes) * 1_024;
    },
  };
}

function readReady(child: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null || child.stderr === null) throw new Error("the node's output is not piped");
    let told = "";
    child.stderr.on("data", (chunk: Buffer) => {
      told = (told + chunk.toString("utf8")).slice(-4_096);
    });
    const timer = setTimeout(
      () => reject(new Error(`no ready line within ${READY_MS} ms: ${told}`)),
      READY_MS,
    );
    const lines = createInterface({ input: child.stdout });
    lines.once("line", (line) => {
      clearTimeout(timer);
      resolve(JSON.parse(line) as Ready);
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`the node ended with ${code} before it was ready: ${told}`));
    });
  });
}
