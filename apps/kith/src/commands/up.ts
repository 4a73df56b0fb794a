/** `kith up`: from its options to a running node, and what is told when it runs. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { exitCodes, UsageError } from "../cli/failure.ts";
import type { Terminal } from "../cli/terminal.ts";
import type { Values } from "../cli/parse.ts";
import { askSecret, checkNewPassphrase, readPassphraseFile } from "../cli/secret.ts";
import { readCount, readHostPort, readOrigin, readPort, readSwitch } from "../cli/values.ts";
import type { Daemon, DaemonSettings } from "../daemon/daemon.ts";
import { readNodeFile } from "../data-directory.ts";
import type { NodeFile } from "../data-directory.ts";
import { defaultName } from "../daemon/host.ts";
import { readKeptPorts } from "../daemon/restart.ts";
import { openBrowser } from "./browser.ts";
import type { Command, CommandContext } from "./context.ts";
import { readWays } from "./ways.ts";

const PORT_DEFAULT = 8_888;
const PEER_PORT_DEFAULT = 5_484;
/** Ten years: who wants more wants all. */
const HISTORY_DAYS = { fallback: 3_650, max: 3_650 };
const HOST_DEFAULT = "127.0.0.1";

export const up: Command = async (context) => {
  const { terminal, paths } = context;
  refuseWhatIsToCome(context.values);
  // Begun again to be locked: the passphrase is not read, for what is read stays in memory.
  const kept = readKeptPorts();
  const settings = { ...readSettings(context), ...kept };
  // After the options: what is wrong with them is told before the whole node is read.
  const passphrase = kept === null ? readGivenPassphrase(context) : null;
  const { runUp } = await import("../daemon/up.ts");
  let wasLocked = false;
  return runUp({
    settings,
    passphrase,
    mayOpenByKeychain: kept === null,
    askPassphrase: kept === null && terminal.isInteractive && !terminal.json ? askAtStart : null,
    onLocked: (file) => {
      wasLocked = true;
      tellLocked(terminal, file, paths.directory);
      if (kept === null) void showPage(context, file.url);
    },
    onReady: (daemon) => {
      const signIn = daemon.signInLink();
      tellReady(terminal, { ...daemon, signIn }, paths.directory);
      // Whoever unlocked it sees the page.
      if (!wasLocked) void showPage(context, signIn);
    },
    onRunning: async () => {
      const { findLocked, findRunningNode } = await import("./running-node.ts");
      // By its address: of a socket it may know nothing.
      const byAddress = { ...paths, apiSocket: null };
      const locked = await findLocked(byAddress);
      const file = readNodeFile(paths);
      if (locked !== null && passphrase !== null) {
        const { unlockNode } = await import("./lock.ts");
        await unlockNode(locked, byAddress, passphrase);
      } else if (locked !== null && file !== null) {
        tellLocked(terminal, file, paths.directory);
        await showPage(context, file.url);
        return exitCodes.done;
      }
      const node = await findRunningNode(byAddress);
      tellRunning(terminal, node, paths.directory);
      await showPage(context, node.signIn);
      return exitCodes.done;
    },
  });
};

function readGivenPassphrase({ values, paths }: CommandContext): string | null {
  const path = values.text("passphrase-file");
  if (path === null) return null;
  const passphrase = readPassphraseFile(path);
  if (!existsSync(paths.key)) checkNewPassphrase(passphrase);
  return passphrase;
}

/** Null for an empty line. */
async function askAtStart(): Promise<string | null> {
  const typed = await askSecret("Passphrase (nothing: begin locked): ");
  return typed === "" ? null : typed;
}

function refuseWhatIsToCome(values: Values): void {
  const lacking = [
    values.text("hub") !== null && "--hub (store and forward by a hub)",
    readSwitch(values, "tor", false) && "--tor on (links through Tor)",
  ].find((each) => each !== false);
  if (lacking !== undefined)
    throw new UsageError(`${lacking} is not part of this version`, "Start without it.");
}

function readSettings({ values, paths, version }: CommandContext): DaemonSettings {
  const ways = readWays(process.env);
  const socketPath = values.text("socket");
  return {
    paths,
    version,
    name: values.text("name") ?? defaultName(),
    host: values.text("host") ?? HOST_DEFAULT,
    port: readPort(values, "port", PORT_DEFAULT),
    peerPort: readPort(values, "peer-port", PEER_PORT_DEFAULT),
    lan: readSwitch(values, "lan", true),
    beaconPort: readBeaconPort(process.env["KITH_BEACON_PORT"]),
    peers: values.texts("peer").map((text) => readHostPort(text, "peer")),
    historyDays: values.text("history") === null ? null : readCount(values, "history", HISTORY_DAYS),
    visibility: values.flag("visible") ? "nearby" : "members",
    isMoved: values.flag("moved"),
    allowOrigins: values.texts("allow-origin").map(readOrigin),
    graphqlIntrospection: readSwitch(values, "graphql-introspection", true),
    ...(socketPath !== null && { socketPath: resolve(socketPath) }),
    ...(ways && { ways }),
  };
}

/** Nodes on another beacon port neither hear nor are heard by the rest: for tests and labs. */
function readBeaconPort(text: string | undefined): number | null {
  if (text === undefined || text === "") return null;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535)
    throw new UsageError(`KITH_BEACON_PORT is "${text}"`, "Set it to a port from 1 to 65535, or unset it.");
  return port;
}

/** A person at a terminal is shown the page; a script, or who said --no-open, is not. */
async function showPage({ terminal, values }: CommandContext, signIn: string): Promise<void> {
  if (!terminal.isTerminal || terminal.json || values.flag("no-open")) return;
  if (!(await openBrowser(signIn)))
    terminal.note("No browser could be opened here: open this address yourself.");
}

function tellReady(
  terminal: Terminal,
  { file, apiToken, signIn }: Pick<Daemon, "file" | "apiToken"> & { readonly signIn: string },
  dataDir: string,
): void {
  const { url, port, peerPort, deviceId, beaconAt } = file;
  if (terminal.json) {
    terminal.object({
      ready: true,
      url,
      port,
      peerPort,
      deviceId,
      dataDir,
      apiToken,
      beaconAt,
      signIn,
    });
    return;
  }
  terminal.line(`Kith is running at ${terminal.bold(url)}`);
  terminal.line(`Sign in (once, within 10 minutes): ${signIn}`);
  terminal.line(terminal.dim(`Data in ${dataDir}, other devices on port ${peerPort}. Ctrl+C stops it.`));
}

function tellLocked(terminal: Terminal, { url, port }: NodeFile, dataDir: string): void {
  if (terminal.json) {
    terminal.object({
      ready: true,
      locked: true,
      url,
      port,
      peerPort: null,
      deviceId: null,
      dataDir,
      apiToken: null,
      beaconAt: null,
      signIn: null,
    });
    return;
  }
  terminal.line(`Kith is locked at ${terminal.bold(url)}`);
  terminal.line("Type the passphrase there, or run `kith unlock`. Until then nothing is sent or received.");
  terminal.line(terminal.dim(`Data in ${dataDir}. Ctrl+C stops it.`));
}

interface RunningNode {
  readonly file: Daemon["file"];
  readonly token: string;
  readonly signIn: string;
}

function tellRunning(terminal: Terminal, { file, token, signIn }: RunningNode, dataDir: string): void {
  const { url, port, peerPort, deviceId, beaconAt } = file;
  if (terminal.json) {
    terminal.object({
      ready: true,
      running: true,
      url,
      port,
      peerPort,
      deviceId,
      dataDir,
      apiToken: token,
      beaconAt,
      signIn,
    });
  } else {
    terminal.line(`Kith is running here already, at ${terminal.bold(url)}`);
    terminal.line(`Sign in (once, within 10 minutes): ${signIn}`);
  }
}
