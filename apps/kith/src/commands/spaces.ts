/** `kith space create|list|ask|rename|leave`, `kith members`, `kith role`, `kith remove`. */
import { countOf } from "../cli/count-words.ts";
import { exitCodes, UsageError } from "../cli/failure.ts";
import { meaning } from "../cli/meaning.ts";
import { isMeantHere } from "../cli/question.ts";
import { columns, plain } from "../cli/terminal.ts";
import { readChoice, readPlace } from "../cli/values.ts";
import type { Member } from "@kith/contract";
import type { Command } from "./context.ts";
import { changedWords, countVerified, verificationWords } from "./identity-words.ts";
import { closedWords, waitingWords } from "./waiting-words.ts";
import { requireNode } from "./running-node.ts";

const histories = ["all", "from-joining"] as const;
const roles = ["owner", "admin", "member", "reader"] as const;

export const createSpace: Command = async ({ operands: [name = ""], values, paths, terminal }) => {
  const kind = readChoice(values, "kind", ["community", "group"], "community");
  const history = readChoice(values, "history", histories, "all");
  const { client } = await requireNode(paths);
  const people = values.texts("with");
  const space = await client.createSpace({
    name,
    kind,
    history,
    ...(people.length > 0 && { people: [...people] }),
  });
  if (terminal.json) terminal.object(space);
  else {
    const channels = space.channels.map((channel) => plain(channel.name)).join(", ");
    terminal.line(
      `Created ${terminal.bold(plain(space.name))}${space.asked.length > 0 ? `, asked ${space.asked.map(({ name: who }) => plain(who)).join(", ")},` : ""} with the channel ${channels}. Invite somebody: kith invite "${plain(space.name)}"`,
    );
  }
  return exitCodes.done;
};

export const listSpaces: Command = async ({ paths, terminal }) => {
  const { client } = await requireNode(paths);
  const spaces = await client.spaces();
  if (terminal.json) terminal.object(spaces);
  else if (spaces.items.length === 0)
    terminal.line("In no space yet. Create one: kith space create NAME, or join one: kith join LINK");
  else {
    const rows = spaces.items.map(
      ({ name, id, kind, direct, role, state, historySince, members: count, channels }) => [
        plain(name),
        id.slice(0, 8),
        role ?? state,
        kind === "direct" ? `direct${direct?.accepted === true ? "" : ", asked"}` : countOf(count, "member"),
        channels
          .map(({ name: of, private: isPrivate }) => `${plain(of)}${isPrivate ? " (private)" : ""}`)
          .join(", "),
        historySince === null ? "" : `messages since ${historySince.slice(0, 10)}`,
      ],
    );
    for (const line of columns(rows)) terminal.line(line);
    for (const { name, waiting } of spaces.items)
      for (const one of waiting) terminal.line(`${plain(name)}: ${waitingWords(one)}`);
    for (const { name, closed } of spaces.items)
      if (closed > 0) terminal.line(`${plain(name)}: ${closedWords(closed)}`);
  }
  return exitCodes.done;
};

/** Who is in it, or was asked already, is not asked again. */
export const askInto: Command = async ({ operands: [space = "", person = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  const group = await client.askInto(space, { people: [person] });
  if (terminal.json) terminal.object(group);
  else {
    const isAsked = group.asked.some(({ person: id, name }) => id === person || name === person);
    const [who, where] = [terminal.bold(plain(person)), terminal.bold(plain(group.name))];
    terminal.line(
      isAsked
        ? `${who} is asked into ${where} as soon as a device of theirs is met. They come in when they accept, if this device or another member's is on then.`
        : `${who} is in ${where} already.`,
    );
  }
  return exitCodes.done;
};

export const renameSpace: Command = async ({ operands: [space = "", name = ""], paths, terminal }) => {
  const { client } = await requireNode(paths);
  const renamed = await client.renameSpace(space, { name });
  if (terminal.json) terminal.object(renamed);
  else terminal.line(`It is called ${terminal.bold(plain(renamed.name))} now.`);
  return exitCodes.done;
};

export const leaveSpace: Command = async ({ operands: [space = ""], values, paths, terminal }) => {
  const { client } = await requireNode(paths);
  const warning = [`Leave ${plain(space)}?`, ...meaning.leave].join("\n");
  if (!(await isMeantHere(terminal, values, { word: "leave", warning }))) return exitCodes.failed;
  await client.leaveSpace(space);
  if (terminal.json) terminal.object({ left: true });
  else
    terminal.line(
      `You have left ${terminal.bold(plain(space))}. What it held stays on this device until a reset, and what you wrote there with the others.`,
    );
  return exitCodes.done;
};

export const removeMember: Command = async (context) => {
  const { operands, values, paths, terminal } = context;
  const [space = "", person = ""] = operands;
  const { client } = await requireNode(paths);
  const warning = [`Remove ${plain(person)} from ${plain(space)}?`, ...meaning.remove].join("\n");
  if (!(await isMeantHere(terminal, values, { word: "remove", warning }))) return exitCodes.failed;
  await client.removeMember(space, person);
  if (terminal.json) terminal.object({ removed: true });
  else
    terminal.line(
      `Removed ${terminal.bold(plain(person))}. The keys are new: what is written from now on they cannot read. What they have read they have.`,
    );
  return exitCodes.done;
};

export const changeRole: Command = async (context) => {
  const { operands, paths, terminal } = context;
  const [space = "", person = "", role = ""] = operands;
  const known = roles.find((one) => one === role);
  if (known === undefined) throw new UsageError(`"${role}" is no role`, `Give one of ${roles.join(", ")}.`);
  const { client } = await requireNode(paths);
  const member = await client.changeMember(space, person, { role: known });
  if (terminal.json) terminal.object(member);
  else terminal.line(`${terminal.bold(plain(member.name))} is ${member.role} now.`);
  return exitCodes.done;
};

/** What somebody decided about a member and a senior's decision undid: this person may repeat it. */
function overturnedWords({ name, overturned }: Member): string {
  const who = plain(overturned?.byName ?? "somebody");
  const [what, again] =
    overturned?.kind === "demotion"
      ? [
          `made ${plain(name)} ${overturned.role ?? "member"}`,
          `kith role SPACE ${plain(name)} ${overturned.role ?? "member"}`,
        ]
      : [`removed ${plain(name)}`, `kith remove SPACE ${plain(name)}`];
  return `Undone: ${who} had ${what}, and lost the right to it at the same time. To repeat it: ${again}. To leave it so: kith members SPACE --keep ${plain(name)}`;
}

export const members: Command = async ({ operands: [named = ""], values, paths, terminal }) => {
  const { client } = await requireNode(paths);
  const place = named.includes("/") ? readPlace(named) : null;
  const kept = values.text("keep");
  if (kept !== null) {
    if (place !== null) throw new UsageError("--keep is about a member of a space", "Give the space alone.");
    await client.letOverturnedBe(named, kept);
    if (terminal.json) terminal.object({ kept: true });
    else
      terminal.line(`${terminal.bold(plain(kept))} stays as they are; it is not told again on this device.`);
    return exitCodes.done;
  }
  const list = place ? await client.channelMembers(place.space, place.channel) : await client.members(named);
  if (terminal.json) terminal.object(list);
  else {
    const rows = list.items.map(({ name, person, role, devices, self, verification }) => [
      `${plain(name)}${self ? " (you)" : ""}`,
      person.slice(0, 8),
      role,
      countOf(devices.length, "device"),
      verificationWords[verification],
    ]);
    for (const line of columns(rows)) terminal.line(line.trimEnd());
    const verified = countVerified(list.items);
    if (verified !== null) terminal.line(`${verified}: kith verify PERSON`);
    for (const { verification, person } of list.items)
      if (verification === "changed") terminal.line(changedWords(await client.verification(person)));
    for (const member of list.items) if (member.overturned !== null) terminal.line(overturnedWords(member));
    for (const { name, suspended } of list.items)
      for (const { device, name: called } of suspended)
        terminal.line(
          `Suspended: ${plain(called ?? `device ${device.slice(0, 8)}`)} of ${plain(name)} told two different stories; its key may be in two places.`,
        );
  }
  return exitCodes.done;
};
