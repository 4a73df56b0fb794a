/** `kith edit MESSAGE TEXT`, `kith delete MESSAGE` and `kith pin MESSAGE [--off]`. */
import { exitCodes } from "../cli/failure.ts";
import type { Command } from "./context.ts";
import { requireNode } from "./running-node.ts";

export const editMessage: Command = async ({ operands: [id = "", text = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  const message = await client.editMessage(id, text);
  if (terminal.json) terminal.object(message);
  else terminal.line("Changed here; other devices show it as they hear of it.");
  return exitCodes.done;
};

export const deleteMessage: Command = async ({ operands: [id = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  const message = await client.deleteMessage(id);
  if (terminal.json) terminal.object(message);
  else terminal.line("Deleted here; the text goes from other devices as they hear of it.");
  return exitCodes.done;
};

export const pinMessage: Command = async ({ operands: [id = ""], values, paths, terminal }) => {
  const { client } = await requireNode(paths);
  const isOff = values.flag("off");
  const message = isOff ? await client.unpin(id) : await client.pin(id);
  if (terminal.json) terminal.object(message);
  else terminal.line(isOff ? "No longer pinned." : "Pinned for everybody in the channel.");
  return exitCodes.done;
};
