/** The help texts, made from the table of commands. The first fits one screen of 24 lines. */
import { allOptions } from "./parse.ts";
import type { CommandSpec } from "./parse.ts";
import { columns } from "./terminal.ts";

export function helpOfAll(commands: readonly CommandSpec[], version: string): string {
  return [
    `Kith ${version}: private group messaging without servers. Usage: kith COMMAND [--data DIR] [--json]`,
    "",
    ...columns(rowsOf(commands)),
    "kith COMMAND --help tells more. Exit codes: 0 done, 1 failed, 2 wrong usage.",
  ].join("\n");
}

/** Commands that stand in one row, so that all fits. */
const families: readonly {
  readonly holds: RegExp;
  /** Left out: the verbs of the noun that the first word is. */
  readonly usage?: string;
  readonly summary: string;
}[] = [
  {
    holds: /^(status|peers)$/,
    usage: "status|peers",
    summary: "what the node is doing; devices it is linked to",
  },
  {
    holds: /^(doctor|verify|verify-person)$/,
    usage: "doctor, verify [PERSON]",
    summary: "what is wrong; check the store, or who somebody is",
  },
  { holds: /^space /, summary: "create one; those you are in" },
  { holds: /^channel /, summary: "channels; --private is for a few" },
  {
    holds: /^(direct|people)$/,
    usage: "direct PERSON [TEXT], people",
    summary: "write to one person, who is asked; whom there is",
  },
  {
    holds: /^(requests|approve|refuse)/,
    usage: "requests [accept|decline ID], approve, refuse",
    summary: "who asks to talk to you, or to be let in",
  },
  {
    holds: /^invites?$/,
    usage: "invite SPACE, invites SPACE",
    summary: "make an invite link; those there are, and revoke",
  },
  {
    holds: /^(block|unblock|mute)$/,
    usage: "block|unblock PERSON, mute SPACE[/CHANNEL]",
    summary: "hear of somebody, of a conversation, no more",
  },
  {
    holds: /^(remove|role)$/,
    usage: "remove|role SPACE PERSON [ROLE]",
    summary: "end a membership, with new keys; change a rank",
  },
  { holds: /^joins?$/, usage: "join LINK, joins", summary: "join a space by a link; where you wait" },
  {
    holds: /^(send|edit|delete|pins?|history|delivery|reports?)$/,
    usage: "send SPACE/CHANNEL TEXT, edit, history",
    summary: "send a message; change, pin, report; who has it",
  },
  {
    holds: /^(tail|search|export)$/,
    usage: "tail [SPACE/CHANNEL], search, export",
    summary: "messages as they come; find some; all to files",
  },
  { holds: /^device /, summary: "devices of yours; link makes a link for a new one" },
  {
    holds: /^(open|token \w+)$/,
    usage: "open, token create|list|revoke",
    summary: "a sign-in link for the browser; tokens for programs",
  },
  {
    holds: /^(recovery|backup|restore)/,
    usage: "recovery, backup FILE, restore [FILE]",
    summary: "be yourself again after a device was lost",
  },
  {
    holds: /^(alias|profile|reset)$/,
    usage: "alias NAME, profile, reset",
    summary: "change your name; forget everything, begin anew",
  },
  {
    holds: /^(lock|unlock|passphrase [\w-]+)$/,
    usage: "lock, unlock, passphrase set|change|...",
    summary: "close the store until a passphrase is given",
  },
  { holds: /^sim /, summary: "the same code on a simulated network, with faults" },
];

function rowsOf(commands: readonly CommandSpec[]): string[][] {
  return commands.flatMap((command) => {
    const family = families.find(({ holds }) => holds.test(command.name));
    if (family === undefined) return [[`  ${usage(command)}`, command.summary]];
    const names = commands.map(({ name }) => name).filter((name) => family.holds.test(name));
    // Where the first of them stands.
    if (command.name !== names[0]) return [];
    const [noun = ""] = command.name.split(" ");
    const verbs = names.map((name) => name.slice(noun.length + 1)).join("|");
    return [[`  ${family.usage ?? `${noun} ${verbs}`}`, family.summary]];
  });
}

export function helpOf(command: CommandSpec): string {
  const options = Object.entries(allOptions(command)).filter(([, { summary }]) => summary !== "");
  const dash = command.operands.includes("TEXT") ? ["", "Put -- before a text that begins with a dash."] : [];
  return [
    `kith ${usage(command)}: ${command.summary}`,
    ...(command.means ?? []),
    "",
    ...columns(
      options.map(([name, { value, summary }]) => [
        `  --${name}${value === undefined ? "" : ` ${value}`}`,
        summary,
      ]),
    ),
    ...dash,
  ].join("\n");
}

/** Of commands that begin with the same word. */
export function helpOfGroup(group: readonly CommandSpec[]): string {
  return columns(group.map((command) => [`kith ${usage(command)}`, command.summary])).join("\n");
}

function usage({ name, operands }: CommandSpec): string {
  return [name, ...operands].join(" ");
}
