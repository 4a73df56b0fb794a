/**
 * Hosts with addresses of their own in one machine, the nodes on them, and the cables between. All of it is
 * gone after close(), also when a test failed half way.
 */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectUnix } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { endEverything, runKith } from "./kith-process.ts";
import { startNodeProcess } from "./node-process.ts";
import type { NodeProcess } from "./node-process.ts";
import type { Connect } from "./surface.ts";

const script = fileURLToPath(new URL("../lab/lan.sh", import.meta.url));
const doorProgram = fileURLToPath(new URL("../lab/door.ts", import.meta.url));

export interface LanHost {
  readonly index: number;
  readonly address: string;
  /** A connection that begins on this host; "127.0.0.1" is its own loopback. */
  readonly connect: Connect;
  /** A program on this host; killed at the end if it still runs. */
  spawn(program: string, args: readonly string[]): ChildProcess;
  /** One finished `kith` command on this host. */
  kith(...args: string[]): ReturnType<typeof runKith>;
  /** On a data directory that is kept by name: the same name again is the same device. */
  startNode(name: string, ...args: string[]): Promise<NodeProcess>;
  dataOf(name: string): string;
  /** Takes another address in place of the present one. */
  readdress(address: string): void;
}

export interface Lan {
  readonly hosts: readonly LanHost[];
  host(index: number): LanHost;
  /** The namespace of the switch: what every cable carries passes through it. */
  readonly switchName: string;
  readonly folder: string;
  cut(index: number): void;
  heal(index: number): void;
  /** These hosts reach each other and nobody else; none: all are together again. */
  partition(apart: readonly number[]): void;
  /** So many of 100 packets, chosen at random, never arrive. Needs "packet-loss". */
  lose(percent: number): void;
  /** Isolated hosts reach those that are not, and no other isolated one. */
  isolate(index: number, isolated: boolean): void;
  close(): Promise<void>;
}

let made = 0;

/** env: added to that of every node. */
export async function openLan(
  count: number,
  { env = {} }: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Lan> {
  made += 1;
  // Short: names of network devices and namespaces are.
  const prefix = `ke${process.pid}${String.fromCharCode(96 + made)}`;
  const switchName = `${prefix}-sw`;
  const folder = mkdtempSync(join(tmpdir(), "kith-lan-"));
  const children = new Set<ChildProcess>();
  const nodes = new Set<NodeProcess>();

  function launch(host: number, program: string, args: readonly string[]): ChildProcess {
    const child = spawn("ip", ["netns", "exec", `${prefix}${host}`, program, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    children.add(child);
    child.once("exit", () => children.delete(child));
    return child;
  }

  async function openHost(index: number): Promise<LanHost> {
    const path = join(folder, `door${index}`);
    const door = launch(index, process.execPath, [doorProgram, path]);
    if (door.stdout) await once(door.stdout, "data");
    const before = ["ip", "netns", "exec", `${prefix}${index}`];
    const connect: Connect = (host, port) => {
      const socket = connectUnix(path);
      socket.write(`${host} ${port}\n`);
      return socket;
    };
    let address = `10.77.0.${index}`;
    const dataOf = (name: string): string => join(folder, `${index}-${name}`);
    return {
      index,
      get address() {
        return address;
      },
      connect,
      spawn: (program, args) => launch(index, program, args),
      kith: (...args) => runKith(args, { before }),
      dataOf,
      async startNode(name, ...args) {
        const node = await startNodeProcess({ data: dataOf(name), name, before, connect, args, env });
        nodes.add(node);
        return node;
      },
      readdress(next) {
        run("ip", "-n", `${prefix}${index}`, "addr", "flush", "dev", "eth0");
        run("ip", "-n", `${prefix}${index}`, "addr", "add", `${next}/24`, "brd", "+", "dev", "eth0");
        address = next;
      },
    };
  }

  async function close(): Promise<void> {
    await Promise.all([...nodes].map((node) => node.stop()));
    await endEverything();
    for (const child of children) child.kill("SIGKILL");
    spawnSync(script, ["down", prefix]);
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    run(script, "up", String(count), prefix);
    const hosts = await Promise.all(Array.from({ length: count }, (_, index) => openHost(index + 1)));
    return {
      hosts,
      host(index) {
        const host = hosts[index - 1];
        if (!host) throw new Error(`the network has ${count} hosts, not ${index}`);
        return host;
      },
      switchName,
      folder,
      cut: (index) => run(script, "cut", String(index), prefix),
      heal: (index) => run(script, "heal", String(index), prefix),
      partition: (apart) => {
        for (const { index } of hosts)
          run(script, apart.includes(index) ? "apart" : "back", String(index), prefix);
      },
      lose: (percent) => run(script, "lose", String(percent), prefix),
      isolate: (index, isolated) =>
        run(
          "ip",
          "netns",
          "exec",
          switchName,
          "bridge",
          "link",
          "set",
          "dev",
          `port${index}`,
          "isolated",
          isolated ? "on" : "off",
        ),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function run(program: string, ...args: string[]): void {
  const done = spawnSync(program, args, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${done.stderr}`);
}
