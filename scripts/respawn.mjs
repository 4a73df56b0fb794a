/**
 * Running Kith on another Node than the one we were started with. Plain JavaScript for Node 20. The outer
 * process passes signals inwards and the way of ending outwards; an inner one whose outer was killed outright
 * ends the same way, so that nobody is left with a node that belongs to nothing.
 */
import { spawn } from "node:child_process";

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];
const MARK = "KITH_RESPAWNED";

/** Runs `program` in our place. Never returns: this process ends as the inner one does. */
export async function respawn(program, options) {
  const child = spawn(program, options, {
    // The channel carries nothing: its closing tells the inner process that we are gone.
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, [MARK]: "1" },
  });
  const forward = (signal) => {
    // A terminal sends Ctrl-C to the whole group: passing it on would deliver it twice.
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  const { code, signal } = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }));
  });
  for (const each of FORWARDED) process.off(each, forward);
  if (signal !== null) process.kill(process.pid, signal);
  process.exit(code ?? 1);
}

/** In the inner process: dies with the outer one. Does nothing in a process that was started directly. */
export function leaveWithParent() {
  if (process.env[MARK] === undefined || process.channel === undefined) return;
  delete process.env[MARK];
  // The outer one ends before us only when it was killed, and then that was meant for us.
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  // Listening must not keep a finished command alive.
  process.channel.unref();
}

/** How soon a node notices that npm has gone: leaves most of the 2 s it has for a clean stop. */
const ORPHAN_POLL_MS = 500;

/**
 * For a long-lived command under `npm start`: npm passes signals on, but one that is killed outright cannot.
 * Its end shows in the id of our parent, and asks us to stop in order. Windows keeps the old id for ever.
 */
export function stopWithNpm() {
  if (process.env.npm_lifecycle_event === undefined || process.platform === "win32") return;
  const parent = process.ppid;
  const poll = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(poll);
    process.kill(process.pid, "SIGTERM");
  }, ORPHAN_POLL_MS);
  poll.unref();
}
