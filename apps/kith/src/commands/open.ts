/** `kith open`: a fresh one-time sign-in link. */
import { exitCodes } from "../cli/failure.ts";
import type { Command } from "./context.ts";
import { requireNode } from "./running-node.ts";

export const open: Command = async ({ paths, terminal }) => {
  const { client } = await requireNode(paths);
  const link = await client.signInLink();
  if (terminal.json) terminal.object(link);
  else terminal.line(link.url);
  return exitCodes.done;
};
