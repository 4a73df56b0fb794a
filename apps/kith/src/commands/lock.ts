/** `kith lock` and `kith unlock`: closing a running node's store, and opening it again. */
import { KithApiError } from "@kith/client";
import type { KithClient } from "@kith/client";
import { CommandError, exitCodes } from "../cli/failure.ts";
import { readPassphrase } from "../cli/secret.ts";
import type { DataPaths } from "../data-directory.ts";
import type { Command } from "./context.ts";
import { connectNode, findLocked, requireNode } from "./running-node.ts";

/** A program that begins anew takes a fraction of a second, on a busy machine a few. */
const TURN_MS_MAX = 30_000;
/** Between two looks: less than a person notices. */
const POLL_MS = 50;

export const lock: Command = async ({ paths, terminal }) => {
  if ((await findLocked(paths)) === null) {
    const { client } = await requireNode(paths);
    await client.lock();
    await until(paths, async () => (await findLocked(paths)) !== null);
  }
  if (terminal.json) terminal.object({ locked: true });
  else terminal.line("Locked. `kith unlock`, or the passphrase in its page, opens it again.");
  return exitCodes.done;
};

export const unlock: Command = async ({ paths, terminal, values }) => {
  const locked = await findLocked(paths);
  if (locked === null) {
    await requireNode(paths);
    terminal.note("This node is not locked.");
  } else await unlockNode(locked, paths, await readPassphrase(values, terminal));
  if (terminal.json) terminal.object({ locked: false });
  else terminal.line("Unlocked.");
  return exitCodes.done;
};

/** Rejects with WRONG_PASSPHRASE. */
export async function unlockNode(locked: KithClient, paths: DataPaths, passphrase: string): Promise<void> {
  await locked.unlock(passphrase);
  // It answers once the node runs; its token may lie where this command cannot look.
  if (paths.apiSocket === null) await until(paths, async () => (await connectNode(paths)) !== null);
}

async function until(paths: DataPaths, isSo: () => Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + TURN_MS_MAX; performance.now() < endMs;) {
    try {
      if (await isSo()) return;
    } catch (error) {
      // Between one and the other: it answers as what it no longer is.
      if (!(error instanceof KithApiError) && !(error instanceof CommandError)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new CommandError(
    "NODE_SILENT",
    "the node did not come back",
    `Start it: kith up --data ${paths.directory}`,
  );
}
