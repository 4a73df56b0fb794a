/** A session bus of its own with a keyring that is open, as a desktop brings them; in a folder, and gone with the test. */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";

const POLL_MS = 20;

export interface Session {
  /** What a program of the session has in its environment. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export function canOpenSession(): boolean {
  return ["dbus-daemon", "gnome-keyring-daemon"].every(
    (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0,
  );
}

export async function openSession(folder: string): Promise<Session> {
  const bus = spawn("dbus-daemon", ["--session", "--print-address", "--nofork"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [address] = (await once(createInterface({ input: bus.stdout }), "line")) as [string];
  const env = {
    DBUS_SESSION_BUS_ADDRESS: address,
    HOME: folder,
    XDG_DATA_HOME: folder,
    XDG_RUNTIME_DIR: folder,
    XDG_CACHE_HOME: folder,
  };
  const keyring = spawn("gnome-keyring-daemon", ["--foreground", "--unlock", "--components=secrets"], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "ignore", "ignore"],
  });
  keyring.stdin.end("the password of the session");
  while (!hasKeyring({ ...process.env, ...env })) await setTimeout(POLL_MS);
  return {
    env,
    async close() {
      await end(keyring);
      await end(bus);
    },
  };
}

/** It tells nobody when it is on the bus. */
function hasKeyring(env: NodeJS.ProcessEnv): boolean {
  const question = [
    "--session",
    "--print-reply",
    "--dest=org.freedesktop.DBus",
    "/",
    "org.freedesktop.DBus.NameHasOwner",
  ];
  const { stdout } = spawnSync("dbus-send", [...question, "string:org.freedesktop.secrets"], {
    env,
    encoding: "utf8",
  });
  return stdout.includes("boolean true");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
