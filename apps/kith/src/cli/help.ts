/** The help texts, made from the table of commands. The first fits one screen of 24 lines. */
import { commonOptions } from "./parse.ts";
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
    holds: /^channel (add|remove)$/,
    usage: "channel add|remove SPACE/CHANNEL PERSON",
    summary: "who is in a private channel",
  },
  { holds: /^space (list|rename|leave)$/, summary: "spaces you are in" },
  { holds: /^device /, summary: "devices of yours; link makes a link for a new one" },
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
  const options = Object.entries({ ...command.options, ...commonOptions }).filter(
    ([, { summary }]) => summary !== "",
  );
  const dash = command.operands.includes("TEXT") ? ["", "Put -- before a text that begins with a dash."] : [];
  return [
    `kith ${usage(command)}: ${command.summary}`,
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

function usage({ name, operands }: CommandSpec): string {
  return [name, ...operands].join(" ");
}
