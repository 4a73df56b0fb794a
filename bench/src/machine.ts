/** The machine that figures were taken on, and whether it had other things to do. */
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, tmpdir } from "node:os";
import { join } from "node:path";
import { machineBusyMs, ownCpuMs, cpuMs } from "./lab/proc.ts";
import { summarize } from "./lab/summary.ts";

export interface MachineFacts {
  readonly at: string;
  readonly cores: number;
  readonly cpu: string;
  readonly kernel: string;
  readonly node: string;
  /** One minute, before the run. */
  readonly loadAverage: number;
  /** Median of appending 4 KiB and having it on the disk, in the folder that the nodes use. */
  readonly diskSyncMs: number;
}

const SYNCS = 50;
const BLOCK_BYTES = 4_096;
/** Above this share of a core, waiting for others is a part of every figure. */
const QUIET_LOAD_MAX = 0.3;

export function readMachine(): MachineFacts {
  return {
    at: new Date().toISOString(),
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? "unknown",
    kernel: release(),
    node: process.version,
    loadAverage: loadavg()[0] ?? 0,
    diskSyncMs: measureDiskSync(),
  };
}

export function warnings({ cores, loadAverage }: MachineFacts): string[] {
  const said: string[] = [];
  if (loadAverage > QUIET_LOAD_MAX)
    said.push(
      `The machine is not quiet: load average ${loadAverage.toFixed(2)} before the run. Read the figures as ratios to the echoes.`,
    );
  if (cores < 3)
    said.push(
      `${cores} cores carry two nodes and this program: bursts measure the machine as much as the nodes.`,
    );
  return said;
}

/** Runs it and tells which share of all cores went to neither this program nor its nodes meanwhile. */
export async function withOthersShare<T>(
  pids: () => readonly number[],
  run: () => Promise<T>,
): Promise<{ result: T; share: number }> {
  const own = (): number => ownCpuMs() + pids().reduce((sum, pid) => sum + cpuMs(pid), 0);
  const before = { busyMs: machineBusyMs(), ownMs: own(), atMs: performance.now() };
  const result = await run();
  const allMs = (performance.now() - before.atMs) * availableParallelism();
  const othersMs = machineBusyMs() - before.busyMs - (own() - before.ownMs);
  return { result, share: Math.max(0, othersMs / allMs) };
}

function measureDiskSync(): number {
  const path = join(tmpdir(), `kith-bench-sync-${process.pid}`);
  const file = openSync(path, "w", 0o600);
  try {
    const block = Buffer.alloc(BLOCK_BYTES, 1);
    const samples = Array.from({ length: SYNCS }, () => {
      const beganMs = performance.now();
      writeSync(file, block);
      fsyncSync(file);
      return performance.now() - beganMs;
    });
    return summarize(samples).median;
  } finally {
    closeSync(file);
    rmSync(path);
  }
}
