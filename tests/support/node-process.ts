/**
 * A node as a process of its own together with its surface, for tests that come in by odd ways: from another
 * host, or with bytes that no client would send. What it costs the system is read from /proc.
 */
import { readdirSync, readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { startNode } from "./kith-process.ts";
import type { ReadyLine, StartOptions } from "./kith-process.ts";
import { openSurface } from "./surface.ts";
import type { Connect, Surface } from "./surface.ts";

export interface NodeProcess extends Surface {
  readonly ready: ReadyLine;
  readonly pid: number;
  readonly person: string;
  /** SIGTERM; how it ended and after how long. */
  stop(): Promise<{ readonly code: number | null; readonly tookMs: number }>;
  /** Open file descriptors. */
  fdCount(): number;
  rssBytes(): number;
}

export interface NodeProcessOptions extends Omit<StartOptions, "dataDir"> {
  readonly data: string;
  /** How to reach the node's own loopback. Default: it is ours. */
  readonly connect?: Connect;
}

export const connectHere: Connect = (host, port) => connectTcp({ host, port });

/** Ready when it resolves. Rejects with what the process wrote when it ends instead. */
export async function startNodeProcess(options: NodeProcessOptions): Promise<NodeProcess> {
  const { connect = connectHere, data, ...rest } = options;
  const { ready, pid, stop } = await startNode({ ...rest, dataDir: data });
  const surface = await openSurface({ connect, port: ready.port, token: ready.apiToken });
  const { person } = await surface.ask<{ person: string }>("GET", "/api/me");
  return {
    ...surface,
    ready,
    pid,
    person,
    stop() {
      surface.close();
      return stop();
    },
    fdCount: () => readdirSync(`/proc/${pid}/fd`).length,
    rssBytes() {
      const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      return Number(kilobytes) * 1_024;
    },
  };
}

export interface MemoryWatch {
  /** Largest resident set seen, bytes. */
  readonly peak: number;
  stop(): void;
}

const WATCH_MS = 50;

/** Looks until it is stopped or the process is gone. */
export function watchMemory(node: NodeProcess): MemoryWatch {
  let peak = node.rssBytes();
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, node.rssBytes());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      clearInterval(timer);
    }
  }, WATCH_MS);
  return {
    get peak() {
      return peak;
    },
    stop: () => clearInterval(timer),
  };
}
