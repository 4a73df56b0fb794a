/**
 * A locked node: its port is held by the gatekeeper until somebody brings the passphrase; then the node takes the port over
 * and whoever unlocked it hears that it runs. Nothing of the store is open meanwhile. Spec: http, HT78-HT80.
 */
import { ApiFault, createGatekeeper } from "@kith/api";
import type { Gatekeeper } from "@kith/api";
import type { Log } from "@kith/core";
import { KeyFileError } from "@kith/store";
import type { NodeFile } from "../data-directory.ts";
import { webAppFolder } from "./daemon.ts";
import type { DaemonSettings } from "./daemon.ts";
import { findFreePort, isAddressTaken, openOnFreePort } from "./ports.ts";
import { writePrivateFile } from "./private-file.ts";
import { systemClock } from "./system.ts";
import { openVault } from "./vault.ts";
import type { KeyVault } from "./vault.ts";
import { readWebApp } from "./web-app.ts";

export interface Gate {
  readonly file: NodeFile;
  /** Resolves with the first right passphrase; the port is free then. */
  readonly opened: Promise<KeyVault>;
  /** The node runs: answers whoever unlocked it, and goes. */
  welcome(setCookie: string): Promise<void>;
  /** The node could not start: says so, and goes. */
  regret(error: unknown): Promise<void>;
  close(): Promise<void>;
}

export async function openGate(settings: DaemonSettings, { log }: { readonly log: Log }): Promise<Gate> {
  const { allowOrigins, host, paths, socketPath } = settings;
  const staticHandler = readWebApp(webAppFolder);
  const opened = Promise.withResolvers<KeyVault>();
  const started = Promise.withResolvers<{ readonly setCookie: string }>();
  // Nobody may be waiting for it any more.
  started.promise.catch(() => undefined);

  async function unlock(passphrase: string): Promise<{ readonly setCookie: string } | null> {
    let vault: KeyVault;
    try {
      vault = await openVault(paths, passphrase);
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      if (error.code === "WRONG_PASSPHRASE") return null;
      throw new ApiFault("STORE_FAILED", error.message, "mend the key file, then try again", {
        cause: error,
      });
    }
    await keeper.leave();
    opened.resolve(vault);
    return started.promise;
  }

  const keeper: Gatekeeper = await openOnFreePort(
    await findFreePort(settings.port, host),
    (port) =>
      createGatekeeper({
        clock: systemClock,
        log,
        host,
        port,
        allowOrigins,
        unlock,
        ...(staticHandler && { staticHandler }),
        ...(socketPath !== undefined && { socketPath }),
      }),
    isAddressTaken,
  );
  const file: NodeFile = {
    url: keeper.url,
    port: keeper.port,
    peerPort: 0,
    deviceId: "",
    pid: process.pid,
    beaconAt: null,
    locked: true,
  };
  writePrivateFile(paths.node, `${JSON.stringify(file)}\n`);
  return {
    file,
    opened: opened.promise,
    async welcome(setCookie) {
      started.resolve({ setCookie });
      await keeper.close();
    },
    async regret(error) {
      started.reject(error);
      await keeper.close();
    },
    close: () => keeper.close(),
  };
}
