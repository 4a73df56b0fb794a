/** `kith direct`, `kith people`, `kith requests`, `kith block`, `kith unblock`, `kith mute`. */
import type { KithClient } from "@kith/client";
import type { Conversation, Space, TalkRequest } from "@kith/contract";
import { CommandError, exitCodes } from "../cli/failure.ts";
import { columns, plain } from "../cli/terminal.ts";
import type { Command } from "./context.ts";
import { tellOfPerson } from "./identity-words.ts";
import { requireNode } from "./running-node.ts";

/** Long enough for one who is near; the joining goes on without it. */
const ACCEPT_WAIT_MS = 5_000;

export const direct: Command = async ({ operands: [person = "", text], paths, terminal }) => {
  const { client } = await requireNode(paths);
  await tellOfPerson(client, terminal, person);
  const space = await client.direct({ person, ...(text === undefined ? null : { text }) });
  if (terminal.json) terminal.object(space);
  else {
    const who = terminal.bold(plain(space.name));
    terminal.line(
      space.direct?.accepted === true
        ? `${text === undefined ? "You talk with" : "Saved here for"} ${who}.`
        : text === undefined && space.direct?.asked !== true
          ? `${who} is asked with your first message: kith direct ${JSON.stringify(person)} TEXT`
          : `Saved here. ${who} is asked as soon as a device of theirs is met, and reads it once they accept.`,
    );
  }
  return exitCodes.done;
};

export const people: Command = async ({ paths, terminal }) => {
  const { client } = await requireNode(paths);
  const known = await client.people();
  if (terminal.json) terminal.object(known);
  else if (known.items.length === 0)
    terminal.line("Nobody yet: members of your spaces are listed here, and people nearby who are visible.");
  else {
    const rows = known.items.map(({ name, person, common, connected, blocked }) => [
      plain(name),
      person.slice(0, 8),
      blocked ? "blocked" : connected ? "connected" : "",
      common.map(plain).join(", "),
    ]);
    for (const line of columns(rows)) terminal.line(line);
  }
  return exitCodes.done;
};

/** Who asks to talk, and who waits to be let into a space. */
export const requests: Command = async ({ paths, terminal }) => {
  const { client } = await requireNode(paths);
  const [list, { items: waiting }] = await Promise.all([client.requests(), client.joinRequests()]);
  if (terminal.json) {
    terminal.object({ ...list, waiting });
    return exitCodes.done;
  }
  if (list.items.length === 0 && waiting.length === 0) terminal.line("Nobody asks.");
  if (list.items.length > 0) {
    const rows = list.items.map(({ id, name, person, title, text, common }) => [
      id.slice(0, 8),
      `${plain(name)} (${person.slice(0, 8)})`,
      title === null ? "direct" : `group ${plain(title)}`,
      common.length === 0 ? "no common space" : common.map(plain).join(", "),
      text === null ? "" : plain(text.replaceAll("\n", " ")),
    ]);
    for (const line of columns(rows)) terminal.line(line);
    terminal.line("kith requests accept REQUEST, kith requests decline REQUEST, or kith block PERSON.");
  }
  if (waiting.length > 0) {
    const { items: spaces } = await client.spaces();
    const rows = waiting.map(({ id, name, person, space, detail }) => [
      id.slice(0, 8),
      `${plain(name)} (${person.slice(0, 8)})`,
      `waits for ${plain(spaces.find((one) => one.id === space)?.name ?? space.slice(0, 8))}`,
      plain(detail),
    ]);
    for (const line of columns(rows)) terminal.line(line);
    terminal.line("kith approve REQUEST lets them in, kith refuse REQUEST does not.");
  }
  return exitCodes.done;
};

export const acceptRequest: Command = async ({ operands: [named = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  const { id, name } = await find(client, named);
  const answer = await client.acceptRequest(id, { waitMs: ACCEPT_WAIT_MS });
  if (terminal.json) terminal.object(answer.done ? answer.space : answer.progress);
  else if (answer.done) terminal.line(`You are in ${terminal.bold(plain(answer.space.name))}.`);
  else
    terminal.line(
      `Accepted. It comes when a device of ${plain(name)} is met: ${plain(answer.progress.detail)}`,
    );
  return exitCodes.done;
};

export const declineRequest: Command = async ({ operands: [named = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  const { id, name } = await find(client, named);
  await client.declineRequest(id);
  if (terminal.json) terminal.object({ declined: true });
  else terminal.line(`Declined. ${plain(name)} is not told.`);
  return exitCodes.done;
};

export const block: Command = async ({ operands: [person = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  await client.block(person);
  if (terminal.json) terminal.object({ blocked: true });
  else terminal.line(`Blocked ${terminal.bold(plain(person))} on this device. They are not told.`);
  return exitCodes.done;
};

export const unblock: Command = async ({ operands: [person = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  await client.unblock(person);
  if (terminal.json) terminal.object({ blocked: false });
  else terminal.line(`${terminal.bold(plain(person))} is not blocked any more.`);
  return exitCodes.done;
};

/** By the beginning of its id, or by the name of who asks, where that tells. */
async function find(client: KithClient, named: string): Promise<TalkRequest> {
  const { items } = await client.requests();
  const found = items.filter(
    ({ id, name, person }) =>
      (named.length >= 4 && id.startsWith(named)) || name === named || person === named,
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1)
    throw new CommandError(
      "AMBIGUOUS_NAME",
      `${found.length} requests are meant by ${plain(named)}`,
      "Give the beginning of the request's id: `kith requests` shows it.",
    );
  throw new CommandError(
    "UNKNOWN_INVITE",
    `no request ${plain(named)} waits here`,
    "`kith requests` shows those that do.",
  );
}

/** A channel as SPACE/CHANNEL, a direct conversation by its person, or a whole space. */
export const mute: Command = async ({ operands: [named = ""], values, paths, terminal }) => {
  const muted = !values.flag("off");
  const { client } = await requireNode(paths);
  const told = (answer: Conversation | Space): number => {
    if (terminal.json) terminal.object(answer);
    else terminal.line(muted ? "Muted: it tells of nothing here." : "It tells of what comes again.");
    return exitCodes.done;
  };
  const [{ items }, spaces] = await Promise.all([client.conversations(), client.spaces()]);
  const found = items.filter(({ channel, direct: other, name, space, spaceName }) =>
    other === null
      ? [`${spaceName}/${name}`, `${space}/${channel}`, channel].includes(named)
      : [other.name, other.person, channel].includes(named),
  );
  const whole = spaces.items.filter(({ id, kind, name }) => kind !== "direct" && [id, name].includes(named));
  const [only, ...others] = [...found, ...whole];
  if (only === undefined || others.length > 0)
    throw new CommandError(
      only === undefined ? "UNKNOWN_CHANNEL" : "AMBIGUOUS_NAME",
      only === undefined
        ? `there is no conversation ${plain(named)}`
        : `${others.length + 1} conversations and spaces are called ${plain(named)}`,
      "Name a channel as SPACE/CHANNEL, a space, or the person of a direct conversation; or any of them by its id.",
    );
  return told(
    await ("channel" in only ? client.mute(only.channel, muted) : client.muteSpace(only.id, muted)),
  );
};
