/**
 * Nodes and helper programs as processes of their own in one temporary folder, heard by nobody else on the
 * machine. Whatever the run ends with, they end with it and the folder is removed.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createKithClient } from "@kith/client";
import type { KithClient } from "@kith/client";
import type { Door } from "./line.ts";

const program = fileURLToPath(new URL("../../../apps/kith/bin/kith.mjs", import.meta.url));

/**
 * As `./kith` starts a node. KITH_BENCH_NODE_ARGS comes after it, for example --cpu-prof: to look into a figure,
 * not to take one.
 */
const nodeArgs = `--v8-pool-size=1 --single-threaded-gc ${process.env["KITH_BENCH_NODE_ARGS"] ?? ""}`
  .split(" ")
  .filter((arg) => arg !== "");
const MALLOC_ARENAS = { MALLOC_ARENA_MAX: "2" };

/** The first start after a change compiles every source. */
const READY_MS_MAX = 60_000;
/** A node must stop within 2 s; later it is killed, and the run fails. */
const STOP_MS_MAX = 4_000;

interface ReadyLine {
  readonly url: string;
  readonly port: number;
  readonly deviceId: string;
  readonly apiToken: string;
  readonly beaconAt: number;
}

export interface KithNode extends Door {
  readonly ready: ReadyLine;
  readonly pid: number;
  readonly data: string;
  readonly client: KithClient;
  /** From before the process was made to its ready line. */
  readonly readyMs: number;
  /** SIGTERM, and its end. */
  stop(): Promise<void>;
}

export interface Lab {
  /** A folder of its own for a node's data. */
  folder(): string;
  start(options?: { data?: string; args?: readonly string[] }): Promise<KithNode>;
  /** A program of ours that prints its port. */
  helper(file: URL): Promise<{ port: number; pid: number; stop(): Promise<void> }>;
  pids(): number[];
  /** Ends every process that still runs. */
  stopAll(): Promise<void>;
  close(): Promise<void>;
}

export async function createLab(): Promise<Lab> {
  const root = mkdtempSync(join(tmpdir(), "kith-bench-"));
  const children = new Set<ChildProcess>();
  const env = { ...process.env, KITH_BEACON_PORT: String(await freeUdpPort()) };
  let folders = 0;
  const killAll = (): void => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(root, { recursive: true, force: true });
  };
  process.once("exit", killAll);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

  async function run(args: readonly string[]): Promise<{ child: ChildProcess; line: string; pid: number }> {
    const child = spawn(process.execPath, args, {
      env: { ...MALLOC_ARENAS, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.add(child);
    child.once("exit", () => children.delete(child));
    return { child, line: await firstLine(child), pid: child.pid ?? 0 };
  }

  async function stop(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
    child.kill("SIGTERM");
    await ended;
    clearTimeout(timer);
    if (child.signalCode === "SIGKILL")
      throw new Error(`process ${child.pid} did not stop within ${STOP_MS_MAX} ms`);
  }

  const lab: Lab = {
    folder: () => join(root, `node-${++folders}`),
    async start({ data = lab.folder(), args = [] } = {}) {
      const beganMs = performance.now();
      const { child, line, pid } = await run([
        ...nodeArgs,
        program,
        "up",
        "--json",
        "--no-open",
        "--data",
        data,
        "--port",
        "0",
        "--peer-port",
        "0",
        ...args,
      ]);
      const readyMs = performance.now() - beganMs;
      const ready = JSON.parse(line) as ReadyLine;
      const client = createKithClient({ url: ready.url, token: ready.apiToken });
      return {
        ready,
        pid,
        data,
        client,
        readyMs,
        port: ready.port,
        token: ready.apiToken,
        stop: () => stop(child),
      };
    },
    async helper(file) {
      const { child, line, pid } = await run([fileURLToPath(file)]);
      return { port: Number(line), pid, stop: () => stop(child) };
    },
    pids: () => [...children].map(({ pid }) => pid ?? 0),
    async stopAll() {
      await Promise.all([...children].map(stop));
    },
    async close() {
      await lab.stopAll();
      process.off("exit", killAll);
      rmSync(root, { recursive: true, force: true });
    },
  };
  return lab;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null || child.stderr === null)
      throw new Error("the output of the process is not piped");
    let told = "";
    child.stderr.on("data", (chunk: Buffer) => {
      told = (told + chunk.toString("utf8")).slice(-4_096);
    });
    const fail = (what: string): void => reject(new Error(`${what}\n${told}`));
    const timer = setTimeout(() => fail(`no line within ${READY_MS_MAX} ms`), READY_MS_MAX);
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(timer);
      resolve(line);
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(timer);
      fail(`the process ended with ${code} before it was ready`);
    });
  });
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}
