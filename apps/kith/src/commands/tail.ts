/** `kith tail [SPACE/CHANNEL]`: messages as they come, until it is stopped or nobody reads on. */
import type { KithClient } from "@kith/client";
import type { Message } from "@kith/contract";
import { CommandError, exitCodes } from "../cli/failure.ts";
import { plain } from "../cli/terminal.ts";
import { readPlace } from "../cli/values.ts";
import type { Command } from "./context.ts";
import { createNames } from "./names.ts";
import { requireNode } from "./running-node.ts";

export const tail: Command = async ({ operands: [target], paths, terminal }) => {
  const place = target === undefined ? null : readPlace(target);
  const { client } = await requireNode(paths);
  const channel = place === null ? null : await findChannel(client, place);
  const names = await createNames(client);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  client.on("connect", () => terminal.note(`Following ${target ?? "all channels"}. Ctrl+C ends it.`));
  for await (const entry of client.entries({ signal: stop.signal })) {
    if (entry.type !== "message") continue;
    const message = entry.data as Message | null;
    if (message === null) continue;
    if (channel !== null && message.channel !== channel) continue;
    if (terminal.json) terminal.object(message);
    else {
      const where = channel === null ? `${terminal.dim(await names.place(message))}  ` : "";
      const text = message.blocked === true ? "(blocked)" : message.text;
      const [first = "", ...more] = text.split("\n").map(plain);
      terminal.line(
        `${terminal.dim(clockTime(message.at))}  ${where}${terminal.bold(plain(message.authorName))}  ${first}`,
      );
      for (const line of more) terminal.line(`       ${line}`);
    }
    await terminal.drained();
  }
  return exitCodes.done;
};

async function findChannel(
  client: KithClient,
  { space, channel }: { space: string; channel: string },
): Promise<string> {
  const { name, channels } = await client.space(space);
  const byId = channels.find(({ id }) => id === channel);
  const named = channels.filter((each) => each.name === channel);
  if (byId === undefined && named.length > 1) {
    throw new CommandError(
      "AMBIGUOUS_NAME",
      `${plain(name)} has ${named.length} channels named ${plain(channel)}`,
      "Give the channel's id: `kith space list --json` shows it.",
    );
  }
  const found = byId ?? named[0];
  if (found === undefined) {
    throw new CommandError(
      "UNKNOWN_CHANNEL",
      `${plain(name)} has no channel ${plain(channel)}`,
      `It has: ${channels.map((each) => plain(each.name)).join(", ")}.`,
    );
  }
  return found.id;
}

function clockTime(at: string): string {
  return new Date(at).toTimeString().slice(0, 5);
}
