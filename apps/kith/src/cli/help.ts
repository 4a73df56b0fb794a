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

/** The simulator's commands are for few: one row, so that all fits. */
function rowsOf(commands: readonly CommandSpec[]): string[][] {
  const sims = commands.filter(({ name }) => name.startsWith("sim "));
  const rows = commands
    .filter((command) => !sims.includes(command))
    .map((command) => [`  ${usage(command)}`, command.summary]);
  const verbs = sims.map(({ name }) => name.slice("sim ".length)).join("|");
  return [...rows, [`  sim ${verbs}`, "the same code on a simulated network, with faults"]];
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
