/** `kith report MESSAGE`, `kith reports SPACE [--handled REPORT]`: what members say to owners and admins about a message. */
import type { KithClient } from "@kith/client";
import type { Report } from "@kith/contract";
import { CommandError, exitCodes } from "../cli/failure.ts";
import { plain } from "../cli/terminal.ts";
import type { Command } from "./context.ts";
import { requireNode } from "./running-node.ts";

export const reportMessage: Command = async ({ operands: [id = ""], values, paths, terminal }) => {
  const { client } = await requireNode(paths);
  const sent = await client.report(id, values.text("reason") ?? undefined);
  if (terminal.json) terminal.object(sent);
  else
    terminal.line("Reported: owners and admins of the space see it as they hear of it, and nobody else can.");
  return exitCodes.done;
};

export const reports: Command = async ({ operands: [space = ""], values, paths, terminal }) => {
  const { client } = await requireNode(paths);
  const handled = values.text("handled");
  if (handled !== null) {
    await client.handleReport((await find(client, space, handled)).id);
    if (terminal.json) terminal.object({ handled: true });
    else terminal.line("Handled: it is off the list of this device.");
    return exitCodes.done;
  }
  const list = await client.reports(space);
  if (terminal.json) terminal.object(list);
  else if (list.items.length === 0) terminal.line("Nothing is reported.");
  else for (const report of list.items) for (const line of lines(report)) terminal.line(line);
  return exitCodes.done;
};

function lines({ id, byName, reason, messageId, message }: Report): string[] {
  const said =
    message === null
      ? `message ${messageId.slice(0, 8)}, which is not on this device`
      : `${plain(message.authorName)}: ${plain(message.text)}  (${messageId})`;
  return [
    `${id.slice(0, 8)}  reported by ${plain(byName)}${reason === null ? "" : `: ${plain(reason)}`}`,
    `          ${said}`,
  ];
}

/** By the beginning of its id. */
async function find(client: KithClient, space: string, named: string): Promise<Report> {
  const { items } = await client.reports(space);
  const [only, ...others] = named.length >= 4 ? items.filter(({ id }) => id.startsWith(named)) : [];
  if (only !== undefined && others.length === 0) return only;
  throw new CommandError(
    "UNKNOWN_REPORT",
    `no single report is meant by ${plain(named)}`,
    "Give the beginning of its id: `kith reports SPACE` shows it.",
  );
}
