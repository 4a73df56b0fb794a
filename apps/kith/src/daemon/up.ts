/**
 * `kith up`: owns the process while a node runs in it. Takes the directory's lock, opens it or waits for its passphrase,
 * starts the node, says so, and stops or locks it in time when it is told to.
 */
import { mkdirSync, rmSync } from "node:fs";
import type { SignInCode } from "@kith/api";
import type { Log } from "@kith/core";
import { KeyFileError } from "@kith/store";
import { exitCodes } from "../cli/failure.ts";
import type { DataPaths, NodeFile } from "../data-directory.ts";
import { adoptRestored } from "./backups.ts";
import { startDaemon } from "./daemon.ts";
import type { Daemon, DaemonSettings } from "./daemon.ts";
import { openGate } from "./gate.ts";
import type { Gate } from "./gate.ts";
import { forgetIfReached, isUnavailable, openKeychain } from "./keychain.ts";
import { lockDirectory } from "./lock.ts";
import type { DirectoryLock } from "./lock.ts";
import { createLog } from "./log.ts";
import { returnIdleMemory } from "./memory.ts";
import { restartLocked } from "./restart.ts";
import { systemClock } from "./system.ts";
import { openByKeychain, openVault, tidyDirectory } from "./vault.ts";
import type { KeyVault } from "./vault.ts";
import { wipe } from "./wipe.ts";

/** The contract allows 2 s: a node that hangs is ended just before; what was acknowledged is on disk anyway. */
const STOP_MS_MAX = 1_800;
/** How often the terminal asks: who has forgotten it needs no fourth. */
const PROMPTS_MAX = 3;

export interface UpOptions {
  readonly settings: DaemonSettings;
  /** From --passphrase-file; null: none was given. */
  readonly passphrase: string | null;
  /** False for a node that was locked by its person, or by itself: a passphrase was to be asked for. */
  readonly mayOpenByKeychain: boolean;
  /** Asks a person at the terminal; null where none is asked. Resolves with null to begin locked. */
  readonly askPassphrase: (() => Promise<string | null>) | null;
  /** Told when the node is ready. */
  readonly onReady: (daemon: Daemon) => void;
  /** Told when it waits for its passphrase instead; `onReady` follows once it has it. */
  readonly onLocked: (file: NodeFile) => void;
  /** Another process runs a node on this directory already. */
  readonly onRunning: () => Promise<number>;
}

export async function runUp(options: UpOptions): Promise<number> {
  const log = createLog({ level: process.env["KITH_LOG"], isTerminal: process.stderr.isTTY });
  const { paths } = options.settings;
  mkdirSync(paths.directory, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(paths.lock);
  if (lock === null) return options.onRunning();
  dieLoudly(log);
  // What a killed node left behind would send others to an address where nobody is.
  rmSync(paths.node, { force: true });
  const isLocked = tidyDirectory(paths) === "locked";
  let vault: KeyVault | null = null;
  if (!isLocked || options.passphrase !== null) vault = await openVault(paths, options.passphrase);
  else if (options.mayOpenByKeychain) vault = await openWithoutAsking(paths, log);
  if (vault === null && options.askPassphrase !== null)
    vault = await askForVault(paths, options.askPassphrase);
  const asked = listenForSignals();
  returnIdleMemory(systemClock);
  const { settings } = options;
  return vault === null
    ? runLocked(settings, { ...options, log, lock, asked })
    : run(settings, { ...options, log, lock, asked, vault, gate: null });
}

/** Null where the keychain does not open it: then a person is asked, or it begins locked. */
async function openWithoutAsking(paths: DataPaths, log: Log): Promise<KeyVault | null> {
  try {
    return await openByKeychain(paths);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    log.warn("keychain:unavailable", { reason: String((error as Error).cause) });
    return null;
  }
}

/** Null when nothing was typed: to begin locked. Rejects with WRONG_PASSPHRASE after three. */
async function askForVault(paths: DataPaths, ask: () => Promise<string | null>): Promise<KeyVault | null> {
  for (let left = PROMPTS_MAX; ; left -= 1) {
    const passphrase = await ask();
    if (passphrase === null) return null;
    try {
      return await openVault(paths, passphrase);
    } catch (error) {
      if (left === 1 || !(error instanceof KeyFileError) || error.code !== "WRONG_PASSPHRASE") throw error;
    }
  }
}

interface Asked {
  /** Resolves with the signal that asked for the end. */
  readonly stop: Promise<NodeJS.Signals>;
}

interface LockedParts extends Pick<UpOptions, "onReady" | "onLocked" | "passphrase"> {
  readonly log: Log;
  readonly lock: DirectoryLock;
  readonly asked: Asked;
}

interface RunParts extends LockedParts {
  readonly vault: KeyVault;
  /** Where whoever unlocked the node waits for it. */
  readonly gate: Gate | null;
}

async function runLocked(settings: DaemonSettings, parts: LockedParts): Promise<number> {
  const gate = await openGate(settings, parts);
  parts.onLocked(gate.file);
  const why = await Promise.race([parts.asked.stop, gate.opened]);
  if (typeof why !== "string")
    return run({ ...settings, port: gate.file.port }, { ...parts, vault: why, gate });
  await gate.close();
  rmSync(settings.paths.node, { force: true });
  parts.lock.release();
  return exitCodes.done;
}

async function run(settings: DaemonSettings, parts: RunParts): Promise<number> {
  const { log, lock, onReady, asked, gate } = parts;
  let { vault } = parts;
  let current = settings;
  let drawn: SignInCode | null = null;
  for (let first = true; ; first = false) {
    // Left by a restore that was whole when the power failed; or, further down, just made.
    if (adoptRestored(settings.paths)) log.info("daemon:restored", {});
    const { promise: turn, resolve: take } = Promise.withResolvers<"reset" | "restored" | "lock">();
    const signIn: SignInCode | null = drawn;
    drawn = null;
    const daemon = await startOrRegret(first ? gate : null, () =>
      startDaemon(current, {
        log,
        signIn,
        onReset(next) {
          drawn = next;
          take("reset");
        },
        onRestored: () => take("restored"),
        onLock: () => take("lock"),
        vault,
      }),
    );
    if (first) onReady(daemon);
    else log.info("daemon:begun-anew", { device: daemon.file.deviceId });
    // From here on the port is promised: a reset comes back to the same ones.
    current = { ...current, port: daemon.file.port, peerPort: daemon.file.peerPort };
    const why = await Promise.race([asked.stop, turn]);
    if (why !== "reset" && why !== "restored" && why !== "lock")
      setTimeout(() => process.exit(exitCodes.done), STOP_MS_MAX).unref();
    await daemon.stop({ isLocking: why === "lock" });
    if (why === "reset") {
      await forgetIfReached(openKeychain(settings.paths));
      wipe(settings.paths);
      // As a first start with the same command would make it.
      vault = await openVault(settings.paths, parts.passphrase);
    } else if (why !== "restored") {
      lock.release();
      return why === "lock" ? restartLocked(current) : exitCodes.done;
    }
  }
}

async function startOrRegret(gate: Gate | null, start: () => Promise<Daemon>): Promise<Daemon> {
  let daemon: Daemon;
  try {
    daemon = await start();
  } catch (error) {
    await gate?.regret(error);
    throw error;
  }
  await gate?.welcome(await daemon.issueCookie());
  return daemon;
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
