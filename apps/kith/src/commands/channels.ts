/** `kith channel create|add|remove|expire`. */
import { parseDuration } from "@kith/contract";
import { exitCodes, UsageError } from "../cli/failure.ts";
import { plain } from "../cli/terminal.ts";
import { readChoice, readPlace } from "../cli/values.ts";
import type { Command } from "./context.ts";
import { requireNode } from "./running-node.ts";

export const createChannel: Command = async (context) => {
  const { operands, values, paths, terminal } = context;
  const [space = "", name = ""] = operands;
  const isPrivate = values.flag("private");
  const people = values.texts("with");
  if (people.length > 0 && !isPrivate)
    throw new UsageError("--with is for private channels", "Add --private; everybody is in an open channel.");
  if (values.text("history") !== null && !isPrivate)
    throw new UsageError(
      "--history is for private channels",
      "Add --private; of open channels it was chosen with the space.",
    );
  const history = readChoice(values, "history", ["all", "from-joining"], "all");
  const { client } = await requireNode(paths);
  const options = isPrivate ? { private: true, people: [...people], history } : {};
  const channel = await client.createChannel(space, { name, ...options });
  if (terminal.json) terminal.object(channel);
  else {
    const place = terminal.bold(`${plain(space)}/${plain(channel.name)}`);
    terminal.line(
      isPrivate
        ? `Created ${place}. Nobody but its members learns of it. Add somebody: kith channel add "${plain(space)}/${plain(channel.name)}" PERSON`
        : `Created ${place}.`,
    );
  }
  return exitCodes.done;
};

export const addToChannel: Command = async ({ operands: [place = "", person = ""], paths, terminal }) => {
  const { space, channel } = readPlace(place);
  const { client } = await requireNode(paths);
  await client.addChannelMember(space, channel, person);
  const { items } = await client.channels(space);
  const isAll = items.find(({ id, name }) => id === channel || name === channel)?.history !== "from-joining";
  if (terminal.json) terminal.object({ added: true });
  else
    terminal.line(
      `Added ${terminal.bold(plain(person))} to ${terminal.bold(plain(place))}, with ${isAll ? "all that was written there" : "what is written from now on"}.`,
    );
  return exitCodes.done;
};

export const removeFromChannel: Command = async ({
  operands: [place = "", person = ""],
  paths,
  terminal,
}) => {
  const { space, channel } = readPlace(place);
  const { client } = await requireNode(paths);
  await client.removeChannelMember(space, channel, person);
  if (terminal.json) terminal.object({ removed: true });
  else
    terminal.line(
      `Removed ${terminal.bold(plain(person))} from ${terminal.bold(plain(place))}. Its keys are new: what is written from now on they cannot read.`,
    );
  return exitCodes.done;
};

export const expireIn: Command = async ({ operands, paths, terminal }) => {
  const [space = "", name = "", time = ""] = operands;
  const ms = time === "off" ? null : parseDuration(time);
  if (ms === null && time !== "off")
    throw new UsageError(`"${time}" is no time`, "Give one such as 30m, 24h or 7d, or off.");
  const { client } = await requireNode(paths);
  const channel = await client.changeChannel(space, name, { expiry: ms === null ? null : ms / 1_000 });
  const place = terminal.bold(`${plain(space)}/${plain(channel.name)}`);
  if (terminal.json) terminal.object(channel);
  else
    terminal.line(
      channel.expiry === null
        ? `Messages in ${place} stay, from now on.`
        : `What is posted in ${place} from now on disappears everywhere after ${plain(time)}. What a member has kept elsewhere stays.`,
    );
  return exitCodes.done;
};
