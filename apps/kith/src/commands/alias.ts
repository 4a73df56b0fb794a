/** `kith alias NAME`: what others see you as. */
import { exitCodes } from "../cli/failure.ts";
import { plain } from "../cli/terminal.ts";
import type { Command } from "./context.ts";
import { requireNode } from "./running-node.ts";

export const alias: Command = async ({ operands: [name = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  const me = await client.changeMe({ name });
  if (terminal.json) terminal.object(me);
  else terminal.line(`You are ${terminal.bold(plain(me.name))} now.`);
  return exitCodes.done;
};
