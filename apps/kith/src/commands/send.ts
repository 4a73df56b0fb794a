/** `kith send SPACE/CHANNEL TEXT|-`: a message, or each line of standard input as one. */
import type { KithClient } from "@kith/client";
import type { BatchItem } from "@kith/contract";
import { countOf } from "../cli/count-words.ts";
import { CommandError, exitCodes, UsageError } from "../cli/failure.ts";
import type { Terminal } from "../cli/terminal.ts";
import { readPlace } from "../cli/values.ts";
import type { Command } from "./context.ts";
import { tellOfReaders } from "./identity-words.ts";
import { readLines } from "./lines.ts";
import { requireNode } from "./running-node.ts";

/** What the API takes at once (contract BATCH_MESSAGES_MAX). */
const BATCH_MESSAGES_MAX = 256;

interface Place {
  readonly space: string;
  readonly channel: string;
}

export const send: Command = async ({ operands: [target = "", text = ""], values, paths, terminal }) => {
  if (values.text("file") !== null)
    throw new UsageError(
      "--file (files beside a message) is not part of this version",
      "Send the text alone.",
    );
  const place = readPlace(target);
  const { client } = await requireNode(paths);
  await tellOfReaders(client, terminal, place);
  if (text === "-") return sendLines(client, place, terminal);
  const message = await client.post({ ...place, text });
  if (terminal.json) terminal.object(message);
  else {
    const { devices, of } = message.delivery;
    terminal.line(`Saved here${of === 0 ? "" : `, on ${devices} of ${countOf(of, "other device")} so far`}.`);
  }
  return exitCodes.done;
};

/** One batch in flight, the next is what has come meanwhile: reading never runs ahead of the disk. */
async function sendLines(client: KithClient, place: Place, terminal: Terminal): Promise<number> {
  let sent = 0;
  let refused = 0;
  for await (const lines of readLines(process.stdin, BATCH_MESSAGES_MAX)) {
    const answers = await client.postBatch(lines.map(({ text }) => ({ ...place, text })));
    for (const [index, answer] of answers.entries()) {
      if (tellAnswer(terminal, answer, lines[index]?.number ?? 0)) sent += 1;
      else refused += 1;
    }
    await terminal.drained();
  }
  if (!terminal.json) terminal.line(`Saved ${countOf(sent, "message")} here.`);
  if (refused === 0) return exitCodes.done;
  throw new CommandError(
    "LINES_REFUSED",
    `${refused} of ${countOf(sent + refused, "line")} ${refused === 1 ? "was" : "were"} not sent`,
    "See the reasons above, correct those lines and send them again.",
  );
}

/** True for a message that is saved. */
function tellAnswer(terminal: Terminal, answer: BatchItem, line: number): boolean {
  if ("error" in answer) {
    terminal.fail({ ...answer.error, message: `line ${line}: ${answer.error.message}` });
    return false;
  }
  if (terminal.json) terminal.object(answer);
  return true;
}
