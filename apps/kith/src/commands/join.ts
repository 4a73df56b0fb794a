/** `kith join LINK`: asks to be let in and tells the real steps. The node goes on trying when this ends. */
import { CommandError, exitCodes } from "../cli/failure.ts";
import { plain } from "../cli/terminal.ts";
import type { Command } from "./context.ts";
import { requireNode } from "./running-node.ts";

/** How often the step is asked for while it waits. */
const STEP_WAIT_MS = 400;
/** Somebody who could let us in is either reachable within this time, or the wait is a long one. */
const WAIT_MS_MAX = 120_000;
/** From here on it helps to say what the person can do. */
const HINT_AFTER_MS = 10_000;

const steps: Readonly<Record<string, string>> = {
  "looking-for-inviter": "Looking for a device of the space",
  connecting: "Connecting",
  asking: "Asking to be let in",
  "receiving-members": "Receiving who is in the space",
  "receiving-messages": "Receiving messages",
};

export const join: Command = async ({ operands: [link = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  const beganMs = performance.now();
  let told = "";
  let hinted = false;
  for (;;) {
    const answer = await client.join(link, { waitMs: STEP_WAIT_MS });
    if (answer.done) {
      if (terminal.json) terminal.object(answer.space);
      else terminal.line(`You are in ${terminal.bold(plain(answer.space.name))}.`);
      return exitCodes.done;
    }
    const { step, detail } = answer.progress;
    const line = `${steps[step] ?? step}: ${plain(detail)}`;
    if (line !== told) terminal.note(line);
    told = line;
    const waitedMs = performance.now() - beganMs;
    if (waitedMs > HINT_AFTER_MS && !hinted) {
      hinted = true;
      terminal.note(
        "Both devices must be on, and on the same network or reachable by --peer HOST:PORT. Ctrl+C ends the waiting, not the joining.",
      );
    }
    if (waitedMs > WAIT_MS_MAX) {
      throw new CommandError(
        "JOIN_WAITING",
        detail,
        "The node goes on trying by itself; `kith space list` shows when you are in.",
      );
    }
  }
};
