/**
 * The composition root: one node with its store, its links, its local discovery and its HTTP server, in one
 * data directory whose lock the caller holds. Owns the order of starting and stopping, and nothing else.
 */
import { hkdfSync } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createApiServer, createAuth } from "@kith/api";
import type { ApiServer, Auth } from "@kith/api";
import { createNodeBox, normalizeName } from "@kith/core";
import type { Clock, Discovery, Log, PeerAddress, Transport } from "@kith/core";
import { createNode } from "@kith/node";
import type { KithNode, Visibility, Ways } from "@kith/node";
import { createKeyFile, readKeyFile } from "@kith/store";
import { openSqliteStore } from "@kith/store/sqlite";
import { createLanDiscovery } from "@kith/transports/lan";
import { createTlsTransport } from "@kith/transports/tls";
import type { DataPaths, NodeFile } from "../data-directory.ts";
import { readToken } from "../data-directory.ts";
import { localHosts, readHostFacts } from "./host.ts";
import { createSteppingTransport, findFreePort, isAddressTaken, openOnFreePort } from "./ports.ts";
import { writePrivateFile } from "./private-file.ts";
import { systemClock, systemRandom } from "./system.ts";
import { createWorkerVerifier } from "./verifier.ts";
import { readWebApp } from "./web-app.ts";

/** Where the build puts the web app. Only its files are known here. */
const webAppFolder = fileURLToPath(new URL("../../../web/dist", import.meta.url));

export interface DaemonSettings {
  readonly paths: DataPaths;
  /** Used when the device is new. */
  readonly name: string;
  readonly host: string;
  /** Preferred; the next free one if taken; 0: any. */
  readonly port: number;
  readonly peerPort: number;
  readonly lan: boolean;
  /** Where beacons are heard; null: the port that all nodes share. */
  readonly beaconPort: number | null;
  readonly peers: readonly PeerAddress[];
  readonly visibility: Visibility;
  /** Days before a join whose messages are kept; null: all. */
  readonly historyDays: number | null;
  readonly allowOrigins: readonly string[];
  readonly version: string;
  /** Left out: messages travel by all ways. */
  readonly ways?: Ways;
}

export interface Daemon {
  readonly file: NodeFile;
  readonly apiToken: string;
  /** A fresh one-time link each time. */
  signInLink(): string;
  stop(): Promise<void>;
}

/** Time and the ways to other devices: the machine's own, or those of a simulation. */
export interface Surroundings {
  readonly clock: Clock;
  readonly openTransport: (preferredPort: number | null) => Transport;
  readonly openDiscovery: (() => Discovery) | null;
  readonly localHosts: () => readonly string[];
}

export interface DaemonDeps {
  readonly log: Log;
  /** Default: the machine's own. */
  readonly surroundings?: Surroundings;
  /** Somebody asked this node to forget everything. */
  readonly onReset: () => void;
}

/** Ready when it resolves: the server answers and the node is on the network. */
export async function startDaemon(settings: DaemonSettings, deps: DaemonDeps): Promise<Daemon> {
  const { log, onReset, surroundings = machineOf(settings, deps.log) } = deps;
  const { clock } = surroundings;
  const { paths, version } = settings;
  const ends: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    // Last opened, first closed; one that fails must not keep the others open.
    const results = [];
    for (const end of ends.splice(0).reverse()) results.push(...(await Promise.allSettled([end()])));
    for (const result of results)
      if (result.status === "rejected") log.error("daemon:stop-failed", { error: String(result.reason) });
  };
  try {
    const key = existsSync(paths.key)
      ? readKeyFile(paths.key)
      : createKeyFile(paths.key, { random: systemRandom });
    const store = await openSqliteStore({ directory: paths.directory, key, log });
    ends.push(() => store.close());
    const node = await createNode({
      clock,
      random: systemRandom,
      log,
      store,
      box: createNodeBox(),
      verifier: createWorkerVerifier({ clock: systemClock, log }),
      openTransport: surroundings.openTransport,
      openDiscovery: surroundings.openDiscovery,
      localHosts: surroundings.localHosts,
      hostFacts: () => readHostFacts(paths.directory),
      version,
      name: normalizeName(settings.name),
      peers: settings.peers,
      visibility: settings.visibility,
      historyDays: settings.historyDays,
      ...(settings.ways && { ways: settings.ways }),
    });
    ends.push(() => node.stop());
    const auth = createAuth({
      secret: deriveApiSecret(key),
      nodeId: node.service.nodeId,
      clock: systemClock,
      random: systemRandom,
    });
    const apiToken = await keepToken(auth, paths);
    const server = await openServer(settings, { node, auth, log, onReset });
    ends.push(() => server.close());
    await node.start();
    const file: NodeFile = {
      url: server.url,
      port: server.port,
      peerPort: node.peerPort ?? 0,
      deviceId: node.service.nodeId,
      pid: process.pid,
      beaconAt: node.beaconAtMs,
    };
    writePrivateFile(paths.node, `${JSON.stringify(file)}\n`);
    ends.push(async () => rmSync(paths.node, { force: true }));
    return {
      file,
      apiToken,
      signInLink: () => `${server.url}/sign-in?code=${auth.issueSignIn().code}`,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function machineOf(settings: DaemonSettings, log: Log): Surroundings {
  return {
    clock: systemClock,
    openTransport: (last) =>
      createSteppingTransport(last ?? settings.peerPort, (port) =>
        createTlsTransport({ clock: systemClock, random: systemRandom, log, port }),
      ),
    openDiscovery: settings.lan ? () => openDiscovery(settings, log) : null,
    localHosts,
  };
}

function openDiscovery({ beaconPort }: DaemonSettings, log: Log) {
  return createLanDiscovery({
    clock: systemClock,
    log,
    ...(beaconPort === null ? null : { port: beaconPort }),
  });
}

interface ServerParts {
  readonly node: KithNode;
  readonly auth: Auth;
  readonly log: Log;
  readonly onReset: () => void;
}

async function openServer(
  settings: DaemonSettings,
  { node, auth, log, onReset }: ServerParts,
): Promise<ApiServer> {
  const { host, allowOrigins, version } = settings;
  const staticHandler = readWebApp(webAppFolder);
  const free = await findFreePort(settings.port, host);
  // Somebody may take it between the look and the listening.
  return openOnFreePort(
    free,
    (port) =>
      createApiServer({
        service: node.service,
        auth,
        clock: systemClock,
        log,
        host,
        port,
        allowOrigins,
        onReset,
        version,
        ...(staticHandler && { staticHandler }),
      }),
    isAddressTaken,
  );
}

/** Apart from the store's key, so that neither tells anything about the other. */
function deriveApiSecret(key: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, "", "kith api secret v1", 32));
}

/** The owner's token stays the same over restarts: programs may have copied it. */
async function keepToken(auth: Auth, paths: DataPaths): Promise<string> {
  const known = readToken(paths);
  if (known !== null && (await auth.verifyToken(known))?.scope === "admin") return known;
  const fresh = await auth.ownerToken();
  writePrivateFile(paths.token, `${fresh}\n`);
  return fresh;
}
