/**
 * Beginning again, locked, in the same process id: the system throws the whole memory of this program away and starts it anew, so
 * that no copy of a key, wherever a runtime has put one, outlives the lock. spec/store, ST28.
 */
import { spawn } from "node:child_process";
import { exitCodes } from "../cli/failure.ts";

/** Set for the program that begins again: it asks for no passphrase and reads no file for one, and keeps its ports. */
const MARK = "KITH_LOCKED_AT";

export interface KeptPorts {
  readonly port: number;
  readonly peerPort: number;
}

/** What this process was told to keep when it began locked; null: it was not told to. */
export function readKeptPorts(): KeptPorts | null {
  const [, port, peerPort] = /^(\d{1,5}):(\d{1,5})$/.exec(process.env[MARK] ?? "") ?? [];
  delete process.env[MARK];
  return port === undefined ? null : { port: Number(port), peerPort: Number(peerPort) };
}

/** Everything is closed already. Returns only where the system cannot replace a program: with the exit code, a new one running. */
export function restartLocked({ port, peerPort }: KeptPorts): number {
  const [, script = "", ...rest] = process.argv;
  const args = [...process.execArgv, script, ...withoutName(rest)];
  const env = { ...process.env, [MARK]: `${port}:${peerPort}` };
  if (process.platform !== "win32" && typeof process.execve === "function") {
    // Node says with each call that this is new to it; our users need not hear that.
    process.removeAllListeners("warning");
    process.execve(process.execPath, [process.execPath, ...args], env);
  }
  spawn(process.execPath, args, { env, stdio: "inherit", detached: true }).unref();
  return exitCodes.done;
}

/** Every process of the machine can read a command line, and the name on it is for a new device alone. */
function withoutName(args: readonly string[]): string[] {
  return args.filter(
    (arg, at) => arg !== "--name" && args[at - 1] !== "--name" && !arg.startsWith("--name="),
  );
}
