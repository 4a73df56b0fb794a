/** `kith approve`, `kith refuse`: who came one too many over an invitation is let in, or not. */
import type { KithClient } from "@kith/client";
import type { JoinRequest } from "@kith/contract";
import { CommandError, exitCodes } from "../cli/failure.ts";
import { plain } from "../cli/terminal.ts";
import type { Command } from "./context.ts";
import { requireNode } from "./running-node.ts";

export const approve: Command = async ({ operands: [named = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  const { space, person, name } = await find(client, named);
  await client.admitWaiting({ space, person });
  if (terminal.json) terminal.object({ approved: true });
  else terminal.line(`${terminal.bold(plain(name))} is let in.`);
  return exitCodes.done;
};

export const refuse: Command = async ({ operands: [named = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  const { id, name } = await find(client, named);
  await client.refuseWaiting(id);
  if (terminal.json) terminal.object({ refused: true });
  else terminal.line(`Refused. ${terminal.bold(plain(name))} is told that it was you.`);
  return exitCodes.done;
};

/** By the beginning of its id, or by who waits, where that tells. */
async function find(client: KithClient, named: string): Promise<JoinRequest> {
  const { items } = await client.joinRequests();
  const found = items.filter(
    ({ id, name, person }) =>
      (named.length >= 4 && id.startsWith(named)) || name === named || person === named,
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1)
    throw new CommandError(
      "AMBIGUOUS_NAME",
      `${found.length} who wait are meant by ${plain(named)}`,
      "Give the beginning of the request's id: `kith requests` shows it.",
    );
  throw new CommandError(
    "UNKNOWN_PERSON",
    `nobody called ${plain(named)} waits to be let in`,
    "`kith requests` shows who does.",
  );
}
