/** `kith join LINK`: asks to be let in and tells the real steps. The node goes on trying when this ends; `kith joins` says how far it is. */
import { CommandError, exitCodes } from "../cli/failure.ts";
import { columns, plain } from "../cli/terminal.ts";
import type { Command } from "./context.ts";
import { meantInvite } from "./invite-words.ts";
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
        "The node goes on trying by itself: `kith joins` shows how far it is, and --give-up ends it.",
      );
    }
  }
};

/** What one waits for or was refused; what has come is a space, and listed there. */
export const joins: Command = async ({ values, paths, terminal }) => {
  const named = values.text("give-up");
  const { client } = await requireNode(paths);
  const list = await client.joins();
  if (named !== null) {
    const { invite } = meantInvite(list.items, named, ({ invite: id }) => id, "`kith joins` shows it.");
    await client.giveUpJoin(invite);
    if (terminal.json) terminal.object({ givenUp: true, invite });
    else
      terminal.line("Given up: nothing is asked by that link any more. Who let you in already has done so.");
    return exitCodes.done;
  }
  const open = list.items.filter(({ step }) => step !== "done");
  if (terminal.json) terminal.object(list);
  else if (open.length === 0) terminal.line("You wait to be let in nowhere: kith join LINK");
  else {
    const rows = open.map(({ invite, step, detail }) => [
      invite.slice(0, 8),
      step === "failed" ? "Not let in" : (steps[step] ?? step),
      plain(detail),
    ]);
    for (const line of columns(rows)) terminal.line(line);
    terminal.line("kith joins --give-up INVITE ends one, by the beginning of its id.");
  }
  return exitCodes.done;
};
