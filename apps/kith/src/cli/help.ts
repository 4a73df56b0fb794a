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

/** Commands that share a row, so that all fits. */
const families = [
  {
    of: ["status", "peers"],
    usage: "status|peers",
    summary: "what the node is doing; devices it is linked to",
  },
  {
    of: ["channel add", "channel remove"],
    usage: "channel add|remove SPACE/CHANNEL PERSON",
    summary: "who is in a private channel",
  },
  {
    of: ["sim run", "sim serve", "sim list"],
    usage: "sim run|serve|list",
    summary: "the same code on a simulated network, with faults",
  },
];

function rowsOf(commands: readonly CommandSpec[]): string[][] {
  return commands.flatMap((command) => {
    const family = families.find(({ of }) => of.includes(command.name));
    if (family === undefined) return [[`  ${usage(command)}`, command.summary]];
    return family.of[0] === command.name ? [[`  ${family.usage}`, family.summary]] : [];
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
