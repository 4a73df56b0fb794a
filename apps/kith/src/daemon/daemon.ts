/**
 * The composition root: one node with its store, its links, its local discovery and its HTTP server, in one
 * data directory whose lock the caller holds. Owns the order of starting and stopping, and nothing else.
 */
import { hkdfSync } from "node:crypto";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createApiServer, createAuth } from "@kith/api";
import type { ApiServer, Auth, BackupPlace, SignInCode } from "@kith/api";
import { createNodeBox, normalizeName } from "@kith/core";
import type { Clock, Discovery, Log, PeerAddress, Transport } from "@kith/core";
import { createNode, readIdentity } from "@kith/node";
import type { KithNode, Visibility, Ways } from "@kith/node";
import { openSqliteStore } from "@kith/store/sqlite";
import { createLanDiscovery } from "@kith/transports/lan";
import { createTlsTransport } from "@kith/transports/tls";
import type { DataPaths, NodeFile } from "../data-directory.ts";
import { readToken } from "../data-directory.ts";
import { createAutoLock } from "./auto-lock.ts";
import { createBackupPlace } from "./backups.ts";
import { localHosts, readHostFacts, readStorePlace } from "./host.ts";
import { createSteppingTransport, findFreePort, isAddressTaken, openOnFreePort } from "./ports.ts";
import { writePrivateFile } from "./private-file.ts";
import { systemClock, systemRandom } from "./system.ts";
import { createFileShelf } from "./token-shelf.ts";
import { createWorkerVerifier } from "./verifier.ts";
import type { KeyVault } from "./vault.ts";
import { readWebApp } from "./web-app.ts";

/** Where the build puts the web app. Only its files are known here. */
export const webAppFolder = fileURLToPath(new URL("../../../web/dist", import.meta.url));

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
  /** Where the API is answered besides, as a Unix socket. */
  readonly socketPath?: string;
  readonly allowOrigins: readonly string[];
  /** Default true. */
  readonly graphqlIntrospection?: boolean;
  readonly version: string;
  /** The data directory was moved here, and nothing was written elsewhere since. */
  readonly isMoved?: boolean;
  /** Left out: messages travel by all ways. */
  readonly ways?: Ways;
}

export interface Daemon {
  readonly file: NodeFile;
  readonly apiToken: string;
  /** A fresh one-time link each time. */
  signInLink(): string;
  /** Value of a Set-Cookie header that signs a browser in. */
  issueCookie(): Promise<string>;
  stop(options?: { readonly isLocking?: boolean }): Promise<void>;
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
  readonly onReset: (signIn: SignInCode | null) => void;
  /** Given out by the node that was reset just before, to who had it reset. */
  readonly signIn?: SignInCode | null;
  /** A backup was restored beside this node's store: it is to stop, and to be started anew over that. */
  readonly onRestored: () => void;
  readonly vault: KeyVault;
  /** This node is to be locked. */
  readonly onLock: () => void;
}

/** Ready when it resolves: the server answers and the node is on the network. */
export async function startDaemon(settings: DaemonSettings, deps: DaemonDeps): Promise<Daemon> {
  const { log, onRestored, surroundings = machineOf(settings, deps.log), vault } = deps;
  const { key } = vault;
  const { clock } = surroundings;
  const { paths, version } = settings;
  const ends: (() => Promise<void>)[] = [];
  let isLocking = false;
  const stop = async (options?: { readonly isLocking?: boolean }): Promise<void> => {
    isLocking = options?.isLocking === true;
    // Last opened, first closed; one that fails must not keep the others open.
    const results = [];
    for (const end of ends.splice(0).reverse()) results.push(...(await Promise.allSettled([end()])));
    for (const result of results)
      if (result.status === "rejected") log.error("daemon:stop-failed", { error: String(result.reason) });
  };
  try {
    const store = await openSqliteStore({ directory: paths.directory, key, log });
    ends.push(() => store.close());
    const verifier = createWorkerVerifier({ clock: systemClock, log });
    const node = await createNode({
      clock,
      random: systemRandom,
      log,
      store,
      box: createNodeBox(),
      verifier,
      openTransport: surroundings.openTransport,
      openDiscovery: surroundings.openDiscovery,
      localHosts: surroundings.localHosts,
      hostFacts: () => readHostFacts(paths.directory),
      version,
      name: normalizeName(settings.name),
      peers: settings.peers,
      visibility: settings.visibility,
      historyDays: settings.historyDays,
      storePlace: readStorePlace(paths.directory),
      isMoved: settings.isMoved === true,
      ...(settings.ways && { ways: settings.ways }),
    });
    ends.push(() => node.stop());
    const auth = createAuth({
      secret: deriveApiSecret(key),
      nodeId: node.service.nodeId,
      clock: systemClock,
      random: systemRandom,
      shelf: createFileShelf(paths.tokens, { key, random: systemRandom }),
      signIn: deps.signIn ?? null,
    });
    const apiToken = await keepToken(auth, paths);
    ends.push(async () => {
      if (vault.isSet()) rmSync(paths.token, { force: true });
    });
    const backups = createBackupPlace({
      paths,
      key,
      device: () => readIdentity(store)?.device ?? noDevice(),
      verifier,
      log,
      onRestored,
    });
    ends.push(async () => backups.close());
    const server = await openServer(settings, { ...deps, node, auth, backups });
    ends.push(() => server.close({ isLocking }));
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
      issueCookie: () => auth.issueCookie(),
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

interface ServerParts extends DaemonDeps {
  readonly node: KithNode;
  readonly auth: Auth;
  readonly backups: BackupPlace;
}

async function openServer(
  settings: DaemonSettings,
  { node, auth, log, onReset, onLock, vault, backups }: ServerParts,
): Promise<ApiServer> {
  const { host, allowOrigins, graphqlIntrospection = true, socketPath, version } = settings;
  const staticHandler = readWebApp(webAppFolder);
  const { service } = node;
  const minutes = (): number | null => (vault.isSet() ? service.settings().autoLockMinutes : null);
  const autoLock = createAutoLock({ clock: systemClock, minutes, onDue: onLock });
  const free = await findFreePort(settings.port, host);
  // Somebody may take it between the look and the listening.
  const server = await openOnFreePort(
    free,
    (port) =>
      createApiServer({
        service,
        vault: {
          ...vault,
          autoLockMinutes: () => service.settings().autoLockMinutes,
          async setAutoLock(autoLockMinutes) {
            await service.changeSettings({ autoLockMinutes });
          },
          touch: autoLock.touch,
          lock: onLock,
        },
        auth,
        clock: systemClock,
        log,
        host,
        port,
        allowOrigins,
        graphqlIntrospection,
        onReset,
        backups,
        version,
        ...(staticHandler && { staticHandler }),
        ...(socketPath !== undefined && { socketPath }),
      }),
    isAddressTaken,
  );
  return {
    ...server,
    close(options) {
      autoLock.stop();
      return server.close(options);
    },
  };
}

function noDevice(): never {
  throw new Error("IDENTITY_INVARIANT: a node runs without an identity in its store");
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
