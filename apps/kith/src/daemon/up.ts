/**
 * `kith up`: owns the process while a node runs in it. Takes the directory's lock, starts the node, says so
 * once, and stops it in time when it is told to.
 */
import { mkdirSync, rmSync } from "node:fs";
import type { Log } from "@kith/core";
import { exitCodes } from "../cli/failure.ts";
import { startDaemon } from "./daemon.ts";
import type { Daemon, DaemonSettings } from "./daemon.ts";
import { lockDirectory } from "./lock.ts";
import type { DirectoryLock } from "./lock.ts";
import { createLog } from "./log.ts";
import { returnIdleMemory } from "./memory.ts";
import { systemClock } from "./system.ts";
import { wipe } from "./wipe.ts";

/** The contract allows 2 s: a node that hangs is ended just before; what was acknowledged is on disk anyway. */
const STOP_MS_MAX = 1_800;

export interface UpOptions {
  readonly settings: DaemonSettings;
  /** Told once, when the node is ready. */
  readonly onReady: (daemon: Daemon) => void;
  /** Another process runs a node on this directory already. */
  readonly onRunning: () => Promise<number>;
}

export async function runUp({ settings, onReady, onRunning }: UpOptions): Promise<number> {
  const log = createLog({ level: process.env["KITH_LOG"], isTerminal: process.stderr.isTTY });
  const { paths } = settings;
  mkdirSync(paths.directory, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(paths.lock);
  if (lock === null) return onRunning();
  dieLoudly(log);
  // What a killed node left behind would send others to an address where nobody is.
  rmSync(paths.node, { force: true });
  const asked = listenForSignals();
  returnIdleMemory(systemClock);
  return run(settings, { log, lock, onReady, asked });
}

interface Asked {
  /** Resolves with the signal that asked for the end. */
  readonly stop: Promise<NodeJS.Signals>;
}

interface RunParts {
  readonly log: Log;
  readonly lock: DirectoryLock;
  readonly onReady: (daemon: Daemon) => void;
  readonly asked: Asked;
}

async function run(settings: DaemonSettings, { log, lock, onReady, asked }: RunParts): Promise<number> {
  let current = settings;
  for (let first = true; ; first = false) {
    let onReset = (): void => {};
    const reset = new Promise<"reset">((resolve) => {
      onReset = () => resolve("reset");
    });
    const daemon = await startDaemon(current, { log, onReset });
    if (first) onReady(daemon);
    else log.info("daemon:begun-anew", { device: daemon.file.deviceId });
    // From here on the port is promised: a reset comes back to the same ones.
    current = { ...current, port: daemon.file.port, peerPort: daemon.file.peerPort };
    const why = await Promise.race([asked.stop, reset]);
    if (why !== "reset") setTimeout(() => process.exit(exitCodes.done), STOP_MS_MAX).unref();
    await daemon.stop();
    if (why === "reset") wipe(settings.paths);
    else {
      lock.release();
      return exitCodes.done;
    }
  }
}

function listenForSignals(): Asked {
  return {
    stop: new Promise((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        process.on(signal, () => resolve(signal));
      }
    }),
  };
}

/** An error nobody expected leaves a node in a state nobody knows: it ends, and the next start reads the disk. */
function dieLoudly(log: Log): void {
  const die =
    (kind: string) =>
    (error: unknown): void => {
      log.error(kind, { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      process.exit(exitCodes.failed);
    };
  process.on("unhandledRejection", die("process:unhandled-rejection"));
  process.on("uncaughtException", die("process:uncaught-exception"));
}
