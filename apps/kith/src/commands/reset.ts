/** `kith reset`: forgets everything of this device. Asks first: no other device can give its identity back. */
import { CommandError, exitCodes, UsageError } from "../cli/failure.ts";
import { isTyped } from "../cli/question.ts";
import type { DataPaths } from "../data-directory.ts";
import type { Command } from "./context.ts";
import { connectNode, requireNode } from "./running-node.ts";
import type { RunningNode } from "./running-node.ts";

const WORD = "forget";
/** A new store and a new identity take a fraction of a second, even on a busy machine a few. */
const ANEW_MS_MAX = 10_000;
/** Between two looks: less than a person notices. */
const POLL_MS = 50;

export const reset: Command = async ({ values, paths, terminal }) => {
  if (!values.flag("yes")) {
    if (!terminal.isInteractive)
      throw new UsageError(
        "kith reset asks before it forgets, and nobody is here to answer",
        "Add --yes if you are sure.",
      );
    const warning = `This forgets the identity, the spaces and all messages in ${paths.directory}.`;
    if (!(await isTyped(terminal, { word: WORD, warning }))) return exitCodes.failed;
  }
  // A node that was named and does not answer may still be writing.
  const running = paths.apiSocket === null ? await connectNode(paths) : await requireNode(paths);
  const device = running === null ? await wipeHere(paths) : await beginAnew(running, paths);
  if (terminal.json) terminal.object({ reset: true, deviceId: device });
  else
    terminal.line(
      device === null
        ? "Everything is forgotten. The next `kith up` begins as a new device."
        : `Everything is forgotten. This is device ${device.slice(0, 8)} now.`,
    );
  return exitCodes.done;
};

async function wipeHere(paths: DataPaths): Promise<null> {
  const { wipeUnderLock } = await import("../daemon/wipe.ts");
  const { forgetIfReached, openKeychain } = await import("../daemon/keychain.ts");
  await forgetIfReached(openKeychain(paths));
  wipeUnderLock(paths);
  return null;
}

/** Resolves with the new device's id once the node answers as that. */
async function beginAnew({ client, file }: RunningNode, paths: DataPaths): Promise<string> {
  await client.reset();
  for (let waitedMs = 0; waitedMs < ANEW_MS_MAX; waitedMs += POLL_MS) {
    const now = await connectNode(paths);
    if (now !== null && now.file.deviceId !== file.deviceId) return now.file.deviceId;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new CommandError(
    "RESET_SILENT",
    "the node did not come back",
    `Start it again: kith up --data ${paths.directory}`,
  );
}
