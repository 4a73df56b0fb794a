/** One simulated device: a disk and an address that last, and a process on them that comes and goes. The node in it is the production node. */
import { createSeededBox } from "@kith/core/seeded-box";
import type { Log, SignatureVerifier } from "@kith/core";
import { createNode } from "@kith/node";
import type { KithNode, KithService } from "@kith/node";
import type { MemoryNetwork } from "@kith/transports/memory";
import type { Circumstances } from "./circumstances.ts";
import { createDeviceClock } from "./device-clock.ts";
import type { DeviceClock } from "./device-clock.ts";
import { createSimDisk } from "./disk.ts";
import type { SimDisk } from "./disk.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { Timeline } from "./timeline.ts";
import type { Wire } from "./wire.ts";

const PEER_PORT = 5_484;

export interface DeviceOptions {
  readonly name: string;
  readonly host: string;
  readonly timeline: Timeline;
  readonly network: MemoryNetwork;
  readonly wire: Wire;
  readonly random: SeededRandom;
  readonly verifier: SignatureVerifier;
  readonly log: Log;
  readonly circumstances: Circumstances;
  /** Of a space it joins; left out: all. */
  readonly historyDays?: number | undefined;
}

export type DeviceState = "off" | "starting" | "running" | "suspended";

export class Device {
  readonly name: string;
  readonly host: string;
  readonly disk: SimDisk;
  readonly #options: DeviceOptions;
  #clock: DeviceClock | null = null;
  #node: KithNode | null = null;
  #state: DeviceState = "off";
  #skewMs = 0;
  #id: string | null = null;
  #person: string | null = null;
  /** Lives of the process so far. */
  #lives = 0;

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.name = options.name;
    this.host = options.host;
    this.disk = createSimDisk(options.random.fork("disk"));
  }

  get state(): DeviceState {
    return this.#state;
  }

  /** null before it came up for the first time. */
  get id(): string | null {
    return this.#id;
  }

  get person(): string | null {
    return this.#person;
  }

  get lives(): number {
    return this.#lives;
  }

  /** null while there is no process, or one that has not come up yet. */
  get service(): KithService | null {
    return this.#state === "running" || this.#state === "suspended" ? (this.#node?.service ?? null) : null;
  }

  get pendingCalls(): number {
    return this.#clock?.pending ?? 0;
  }

  /** Resolves when the node is on the network; never, when it crashes on the way. */
  async start(): Promise<void> {
    if (this.#state !== "off") return;
    const { timeline, network, wire, random, verifier, log, name, historyDays } = this.#options;
    const { ways, lan = true } = this.#options.circumstances;
    const { host } = this;
    this.#lives += 1;
    this.#state = "starting";
    const own = random.fork(`life ${this.#lives}`);
    const clock = createDeviceClock(timeline, this.#skewMs);
    this.#clock = clock;
    const node = await createNode({
      clock,
      random: own,
      log,
      store: this.disk.open(clock),
      box: createSeededBox(own.fork("box")),
      verifier,
      // Beacons tell a new port. Without them it stays the same, as that of an installed node does.
      openTransport: () => wire.watch(network.transport(host, lan ? undefined : PEER_PORT), host),
      openDiscovery: lan ? () => network.discovery(host) : null,
      localHosts: () => [host],
      hostFacts: () => ({
        freeDiskBytes: this.disk.isFull ? 0 : 1e9,
        interfaces: [{ name: "eth0", address: host, loopback: false }],
      }),
      version: "0.0.0",
      name,
      peers: [],
      visibility: "members",
      ...(ways && { ways }),
      ...(historyDays !== undefined && { historyDays }),
    });
    await node.start();
    // A crash in between has ended this process.
    if (this.#clock !== clock) return;
    this.#node = node;
    this.#state = "running";
    this.noteOwner();
  }

  /** Whose device it is, which linking changes. */
  noteOwner(): void {
    if (this.service === null) return;
    this.#id = this.service.nodeId;
    this.#person = this.service.status().person;
  }

  /** The process ends where it is. powerCut: its neighbours hear nothing of it. Either way the disk keeps what was synced. */
  crash({ powerCut }: { powerCut: boolean }): void {
    if (this.#state === "off") return;
    this.#clock?.end();
    this.#clock = null;
    this.#node = null;
    this.#state = "off";
    this.disk.crash();
    this.#options.network.crash(this.host, { silent: powerCut });
  }

  /** The process stands still, as behind a closed lid; its network does too. */
  suspend(): void {
    if (this.#state !== "running") return;
    this.#state = "suspended";
    this.#clock?.suspend();
  }

  resume(): void {
    if (this.#state !== "suspended") return;
    this.#state = "running";
    this.#clock?.resume();
  }

  /** The wall clock is wrong by so much from now on; it survives the process. */
  setSkew(skewMs: number): void {
    this.#skewMs = skewMs;
    this.#clock?.setSkew(skewMs);
  }
}
