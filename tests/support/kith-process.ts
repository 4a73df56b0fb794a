/**
 * Nodes and commands of this host as processes, for tests of the command line: started as a person starts
 * them, spoken to through the client, stopped by signals. Nothing waits by the clock: what is printed is what
 * is awaited. Every process and directory made here is gone when the test process is. Hosts of their own: lan.ts.
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

const program = fileURLToPath(new URL("../../apps/kith/bin/kith.mjs", import.meta.url));

/** What has not been printed by then is not coming. A first start compiles every source, on a machine that others share. */
const LINE_MS_MAX = 120_000;

export interface SpawnOptions {
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** What stands before the program, for example `ip netns exec HOST`. */
  readonly before?: readonly string[];
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface KithProcess {
  readonly pid: number;
  readonly exited: Promise<Ended>;
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  /** The first line of that stream, printed already or yet to come, that matches and was not returned before. */
  line(match: (line: string) => boolean, from?: "stdout" | "stderr"): Promise<string>;
  write(text: string): void;
  endInput(): void;
  signal(signal: NodeJS.Signals): void;
}

export interface ReadyLine {
  readonly ready: true;
  /** Only when another process runs the node already. */
  readonly running?: true;
  readonly url: string;
  readonly port: number;
  readonly peerPort: number;
  readonly deviceId: string;
  readonly dataDir: string;
  readonly apiToken: string;
  readonly beaconAt: number | null;
  readonly signIn: string;
}

export interface StartOptions extends SpawnOptions {
  /** Default: a fresh one, removed at the end. Give that of a stopped node to start it again. */
  readonly dataDir?: string;
  readonly name?: string;
  /** Added to `kith up`. */
  readonly args?: readonly string[];
}

export interface RunningKith {
  readonly ready: ReadyLine;
  readonly dataDir: string;
  readonly client: KithClient;
  readonly pid: number;
  readonly process: KithProcess;
  /** SIGTERM; resolves with how it ended and how long that took. */
  stop(): Promise<Ended & { readonly tookMs: number }>;
  /** SIGKILL: a crash. */
  kill(): Promise<void>;
}

const children = new Set<ChildProcess>();
const directories = new Set<string>();

/** Ends what is left over of this test file; call it in afterAll. */
export async function endEverything(): Promise<void> {
  const running = [...children].filter((child) => child.exitCode === null && child.signalCode === null);
  const ends = running.map((child) => once(child, "exit"));
  killAll();
  await Promise.all(ends);
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  directories.clear();
}

function killAll(): void {
  for (const child of children) child.kill("SIGKILL");
}

process.once("exit", () => {
  killAll();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "kith-test-"));
  directories.add(directory);
  return directory;
}

let beaconPort: Promise<number> | null = null;

/** A UDP port of this test file's own, so that nodes of files that run side by side do not hear each other. */
export function ownBeaconPort(): Promise<number> {
  beaconPort ??= (async () => {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, resolve));
    const { port } = socket.address();
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    return port;
  })();
  return beaconPort;
}

/** `kith ARGS`, with everything that it prints kept. */
export async function spawnKith(args: readonly string[], options: SpawnOptions = {}): Promise<KithProcess> {
  const env = { ...process.env, KITH_BEACON_PORT: String(await ownBeaconPort()), ...options.env };
  const [first = "", ...rest] = [...(options.before ?? []), process.execPath, program, ...args];
  const child = spawn(first, rest, { env, stdio: ["pipe", "pipe", "pipe"] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return follow(child);
}

/** `kith ARGS` to its end. `input` is all of its standard input. */
export async function runKith(
  args: readonly string[],
  options: SpawnOptions & { readonly input?: string } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const command = await spawnKith(args, options);
  command.write(options.input ?? "");
  command.endInput();
  const { code } = await command.exited;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

/** A running node. Rejects with what it printed when it does not become ready. */
export async function startNode(options: StartOptions = {}): Promise<RunningKith> {
  const { dataDir = join(temporaryDirectory(), "data"), name, args = [] } = options;
  const own = ["up", "--json", "--no-open", "--data", dataDir, "--port", "0", "--peer-port", "0"];
  const child = await spawnKith([...own, ...(name === undefined ? [] : ["--name", name]), ...args], options);
  const ready = JSON.parse(await child.line((line) => line.startsWith("{"))) as ReadyLine;
  return {
    ready,
    dataDir,
    client: createKithClient({ url: ready.url, token: ready.apiToken }),
    pid: child.pid,
    process: child,
    async stop() {
      const beganMs = performance.now();
      child.signal("SIGTERM");
      const ended = await child.exited;
      return { ...ended, tookMs: performance.now() - beganMs };
    },
    async kill() {
      child.signal("SIGKILL");
      await child.exited;
    },
  };
}

/** A stopped node once more: its directory and its port. */
export function startAgain({ dataDir, ready }: RunningKith): Promise<RunningKith> {
  return startNode({ dataDir, args: ["--port", String(ready.port)] });
}

function follow(child: ChildProcess): KithProcess {
  const { stdin, stdout, stderr, pid } = child;
  if (stdin === null || stdout === null || stderr === null || pid === undefined)
    throw new Error("the command could not be started");
  const streams = { stdout: keepLines(stdout), stderr: keepLines(stderr) };
  // A command that ends early closes its input; what it says about that is in its exit code.
  stdin.on("error", () => {});
  const exited = once(child, "close").then(([code, signal]): Ended => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  return {
    pid,
    exited,
    stdout: () => streams.stdout.text(),
    stderr: () => streams.stderr.text(),
    line: (match, from = "stdout") =>
      streams[from].find(
        match,
        () =>
          `pid ${pid} printed no such line\nstdout: ${streams.stdout.text()}\nstderr: ${streams.stderr.text()}`,
      ),
    write: (text) => void stdin.write(text),
    endInput: () => void stdin.end(),
    signal: (signal) => void child.kill(signal),
  };
}

interface KeptLines {
  text(): string;
  find(match: (line: string) => boolean, describe: () => string): Promise<string>;
}

function keepLines(stream: NodeJS.ReadableStream): KeptLines {
  const all: string[] = [];
  const fresh: string[] = [];
  const seekers = new Set<() => void>();
  let ended = false;
  const tell = (): void => {
    for (const seek of seekers) seek();
  };
  createInterface({ input: stream })
    .on("line", (line) => {
      all.push(line);
      fresh.push(line);
      tell();
    })
    .once("close", () => {
      ended = true;
      tell();
    });
  return {
    text: () => all.map((line) => `${line}\n`).join(""),
    find: (match, describe) =>
      new Promise((resolve, reject) => {
        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          seekers.delete(seek);
          settle();
        };
        const seek = (): void => {
          const at = fresh.findIndex(match);
          const [line] = at === -1 ? [] : fresh.splice(at, 1);
          if (line !== undefined) finish(() => resolve(line));
          else if (ended) finish(() => reject(new Error(describe())));
        };
        const timer = setTimeout(() => finish(() => reject(new Error(describe()))), LINE_MS_MAX);
        seekers.add(seek);
        seek();
      }),
  };
}
