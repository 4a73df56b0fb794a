/**
 * Several real nodes in one process, each with its own store on disk and its own HTTP API, on a network and a
 * clock that are given: what `kith sim serve` steers. All of it is gone when it stops.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock, Log } from "@kith/core";
import { createMemoryNetwork } from "@kith/transports/memory";
import type { Conditions } from "@kith/transports/memory";
import { dataPaths } from "../data-directory.ts";
import { startDaemon } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { lockDirectory } from "./lock.ts";
import { systemRandom } from "./system.ts";
import { openVault } from "./vault.ts";

export interface SimulatedNode {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly url: string;
  readonly token: string;
}

export interface SimulatedNodes {
  readonly nodes: readonly SimulatedNode[];
  /** What `conditions` answers has changed. */
  conditionsChanged(): void;
  stop(): Promise<void>;
}

export interface SimulatedOptions {
  readonly names: readonly string[];
  readonly clock: Clock;
  readonly conditions: (from: string, to: string) => Conditions;
  readonly log: Log;
  readonly version: string;
}

export async function startSimulatedNodes(options: SimulatedOptions): Promise<SimulatedNodes> {
  const { names, clock, conditions, log, version } = options;
  const network = createMemoryNetwork({ clock, random: systemRandom, conditions });
  const folder = mkdtempSync(join(tmpdir(), "kith-sim-"));
  const daemons: Daemon[] = [];
  const nodes: SimulatedNode[] = [];
  const stop = async (): Promise<void> => {
    await Promise.allSettled(daemons.map((daemon) => daemon.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const [index, name] of names.entries()) {
      const host = `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}`;
      const paths = dataPaths(join(folder, String(index + 1)));
      mkdirSync(paths.directory, { mode: 0o700 });
      lockDirectory(paths.lock);
      const daemon = await startDaemon(
        {
          paths,
          name,
          host: "127.0.0.1",
          port: 0,
          peerPort: 0,
          lan: true,
          beaconPort: null,
          peers: [],
          visibility: "members",
          historyDays: null,
          allowOrigins: [],
          version,
        },
        {
          log,
          onReset: () => undefined,
          onRestored: () => undefined,
          onLock: () => undefined,
          vault: await openVault(paths, null),
          surroundings: {
            clock,
            openTransport: () => network.transport(host),
            openDiscovery: () => network.discovery(host),
            localHosts: () => [host],
          },
        },
      );
      daemons.push(daemon);
      nodes.push({ id: daemon.file.deviceId, name, host, url: daemon.file.url, token: daemon.apiToken });
    }
    return { nodes, conditionsChanged: () => network.conditionsChanged(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
