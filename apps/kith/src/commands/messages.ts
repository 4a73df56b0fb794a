/** `kith edit MESSAGE TEXT`, `kith history MESSAGE`, `kith delete MESSAGE`, `kith pin MESSAGE [--off]`, `kith pins SPACE/CHANNEL`. */
import { exitCodes } from "../cli/failure.ts";
import { plain } from "../cli/terminal.ts";
import { readPlace } from "../cli/values.ts";
import type { Command } from "./context.ts";
import { requireNode } from "./running-node.ts";
import { minuteOf } from "./times.ts";

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

/** What it has said, oldest first, the text that stands last. */
export const history: Command = async ({ operands: [id = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  const versions = await client.messageVersions(id);
  if (terminal.json) terminal.object(versions);
  else
    for (const { at, text } of versions.items)
      terminal.line(`${terminal.dim(minuteOf(at))}  ${oneLine(text)}`);
  return exitCodes.done;
};

export const pins: Command = async ({ operands: [target = ""], paths, terminal }) => {
  const { space, channel } = readPlace(target);
  const { client } = await requireNode(paths);
  const list = await client.pins(space, channel);
  if (terminal.json) terminal.object(list);
  else if (list.items.length === 0) terminal.line("Nothing is pinned there: kith pin MESSAGE");
  else
    for (const { message, byName } of list.items) {
      const { id, at, authorName, text, blocked } = message;
      const said = blocked === true ? "(blocked)" : oneLine(text);
      terminal.line(
        `${terminal.dim(minuteOf(at))}  ${terminal.bold(plain(authorName))}  ${said}  ${terminal.dim(`(${id}, pinned by ${plain(byName)})`)}`,
      );
    }
  return exitCodes.done;
};

const oneLine = (text: string): string => plain(text.replaceAll("\n", " "));
