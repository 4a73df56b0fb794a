/** `kith backup FILE`, `kith backup check FILE`, `kith restore [FILE]`: a person's history as one encrypted file, and back. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openAsBlob,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import type { KithClient } from "@kith/client";
import type { BackupReport } from "@kith/contract";
import { countOf } from "../cli/count-words.ts";
import { CommandError, exitCodes, UsageError } from "../cli/failure.ts";
import type { Values } from "../cli/parse.ts";
import { plain } from "../cli/terminal.ts";
import type { Terminal } from "../cli/terminal.ts";
import type { Command } from "./context.ts";
import { connectNode, requireNode } from "./running-node.ts";

/** How often is told how far it is. */
const TOLD_BYTES = 64 * 1_048_576;
/** A node that was restored starts anew over what it has now. */
const ANEW_MS_MAX = 60_000;
/** Between two looks: less than a person notices. */
const POLL_MS = 100;

export const backup: Command = async ({ operands: [target = ""], values, paths, terminal }) => {
  const { client } = await requireNode(paths);
  const path = resolve(target);
  if (existsSync(path) && !values.flag("force"))
    throw new CommandError("FILE_EXISTS", `there is ${path} already`, "Name another file, or add --force.");
  const secrets = readPassphrase(values);
  const draft = `${path}.part`;
  try {
    await writeFile(draft, await client.backup(secrets), terminal);
    // What cannot be opened again is none: it is read back before it counts.
    const report = await check(client, draft, secrets);
    renameSync(draft, path);
    tellReport(terminal, report, { file: path });
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  if (secrets.passphrase === undefined)
    terminal.note("It opens with your 24 recovery words, and with nothing else: kith recovery check");
  return exitCodes.done;
};

export const checkBackup: Command = async ({ operands: [target = ""], values, paths, terminal }) => {
  const { client } = await requireNode(paths);
  const secrets = { ...readPassphrase(values), ...(await readWords(values)) };
  const report = await check(client, resolve(target), secrets);
  tellReport(terminal, report, { file: resolve(target) });
  return report.refused === 0 ? exitCodes.done : exitCodes.failed;
};

export const restore: Command = async ({ operands: [target], values, paths, terminal }) => {
  const running = await requireNode(paths);
  const { client } = running;
  const secrets = { ...readPassphrase(values), ...(await readWords(values)) };
  if (target === undefined && !("words" in secrets))
    throw new UsageError(
      "kith restore needs a FILE, --words, or both",
      "`kith restore --help` shows how it is used.",
    );
  const upload = target === undefined ? {} : { upload: (await bring(client, resolve(target))).id };
  const answer = await client.restore({ ...upload, ...secrets });
  if (answer.restarting) await comeBack(paths, answer.person);
  if (answer.backup !== null) tellReport(terminal, answer.backup, { restored: true });
  else if (terminal.json) terminal.object(answer);
  else {
    terminal.line("This is a device of yours now.");
    terminal.note(
      "It has no spaces yet. Link it from another device of yours (there: kith device link), or join by any invitation: you have your name and your role again.",
    );
  }
  return exitCodes.done;
};

/** The first line of a file, or of standard input where that is `-`: never an argument, which others on this machine could read. */
function readPassphrase(values: Values): { passphrase?: string } {
  const file = values.text("passphrase-file");
  if (file === null) return {};
  const [line = ""] = readFileSync(file === "-" ? 0 : file, "utf8").split(/\r?\n/, 1);
  if (line === "")
    throw new CommandError("BAD_INPUT", "the passphrase is empty", "Put it into the file's first line.");
  return { passphrase: line };
}

/** From standard input, over as many lines as there are until all have come. */
async function readWords(values: Values): Promise<{ words?: string }> {
  if (!values.flag("words")) return {};
  if (process.stdin.isTTY) process.stderr.write("The 24 words, in their order; an empty line ends them:\n");
  const lines = createInterface({ input: process.stdin });
  const words: string[] = [];
  for await (const line of lines) {
    if (line.trim() === "" && words.length > 0) break;
    words.push(line);
  }
  lines.close();
  return { words: words.join(" ").trim() };
}

async function writeFile(
  path: string,
  pieces: ReadableStream<Uint8Array>,
  terminal: Terminal,
): Promise<void> {
  rmSync(path, { force: true });
  const file = openSync(path, "wx", 0o600);
  let bytes = 0;
  try {
    for await (const piece of pieces as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) {
      writeSync(file, piece);
      const told = Math.floor(bytes / TOLD_BYTES);
      bytes += piece.length;
      if (Math.floor(bytes / TOLD_BYTES) > told) terminal.note(`${sizeOf(bytes)} so far`);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

async function bring(client: KithClient, path: string): Promise<{ id: string }> {
  if (!existsSync(path))
    throw new CommandError("FILE_MISSING", `there is no file ${path}`, "Check its name.");
  return client.uploadBackup(await openAsBlob(path));
}

async function check(
  client: KithClient,
  path: string,
  secrets: { readonly passphrase?: string; readonly words?: string },
): Promise<BackupReport> {
  const { id } = await bring(client, path);
  return client.checkBackup({ upload: id, ...secrets });
}

async function comeBack(paths: Parameters<typeof connectNode>[0], person: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < ANEW_MS_MAX; waitedMs += POLL_MS) {
    const now = await connectNode(paths);
    // Between the answer and its stop it is still the one from before.
    if (now !== null && (await now.client.me().catch(() => null))?.person === person) return;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  throw new CommandError(
    "RESTORE_SILENT",
    "the node did not come back",
    `Start it again: kith up --data ${paths.directory}`,
  );
}

function tellReport(
  terminal: Terminal,
  report: BackupReport,
  how: { readonly file?: string; readonly restored?: true },
): void {
  if (terminal.json) {
    terminal.object({ ...report, ...how });
    return;
  }
  const { name, made, spaces, events, refused, rootInside, bytes } = report;
  const holds = `${countOf(spaces, "space")} and ${countOf(events, "event")} of ${terminal.bold(plain(name))}`;
  terminal.line(
    how.restored
      ? `Restored ${holds}, from ${made.slice(0, 16).replace("T", " ")}.`
      : `${holds}, ${sizeOf(bytes)}, made ${made.slice(0, 16).replace("T", " ")}: it opens, and all in it was checked.`,
  );
  if (refused > 0)
    terminal.note(
      refused === 1
        ? "1 event in it does not verify, and is left out."
        : `${refused} events in it do not verify, and are left out.`,
    );
  if (!rootInside) terminal.note("Restoring it needs the 24 recovery words beside the passphrase.");
  if (how.restored)
    terminal.note(
      "This is a new device of yours. End the lost one: kith device list, kith device remove DEVICE",
    );
}

function sizeOf(bytes: number): string {
  return bytes < 1_048_576 ? `${Math.ceil(bytes / 1_024)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
