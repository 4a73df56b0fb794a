/**
 * From an argument vector to a command with its values. node:util's parseArgs does the reading: texts stay
 * texts ("007" is no number), "-" is an argument, and what is unknown is refused.
 */
import { parseArgs } from "node:util";
import { UsageError } from "./failure.ts";

export interface OptionSpec {
  /** What stands after it in the help; without it the option is a switch. */
  readonly value?: string;
  readonly repeatable?: boolean;
  readonly summary: string;
}

export interface CommandSpec<Name extends string = string> {
  /** One word or two: "up", "space create". */
  readonly name: Name;
  readonly summary: string;
  /** Lines of the help under the summary, of what cannot be taken back. */
  readonly means?: readonly string[];
  /** "SPACE" is required, "[SPACE]" is not. Required ones come first. */
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, OptionSpec>>;
}

export interface Values {
  /** Value of an option; null when it was not given. */
  text(option: string): string | null;
  texts(option: string): readonly string[];
  flag(option: string): boolean;
}

export interface Invocation {
  readonly command: CommandSpec;
  readonly operands: readonly string[];
  readonly values: Values;
  readonly wantsHelp: boolean;
}

/** Understood by every command. */
export const commonOptions: Readonly<Record<string, OptionSpec>> = {
  data: { value: "DIR", summary: "data directory (default ~/.kith)" },
  socket: { value: "PATH", summary: "reach the node by this Unix socket (or KITH_SOCKET)" },
  json: { summary: "answers as JSON" },
  help: { summary: "this text" },
};

/** Its own, then those that every command has; a command may mean something of its own by one of those. */
export function allOptions({ options }: CommandSpec): Readonly<Record<string, OptionSpec>> {
  return { ...options, ...commonOptions, ...options };
}

/** The command that the first words name; null when they name none. */
export function findCommand(
  argv: readonly string[],
  commands: readonly CommandSpec[],
): { command: CommandSpec; rest: readonly string[] } | null {
  for (const words of [2, 1]) {
    const command = commands.find(
      ({ name }) => name.split(" ").length === words && name === argv.slice(0, words).join(" "),
    );
    if (command !== undefined) return { command, rest: argv.slice(words) };
  }
  return null;
}

/** Throws UsageError for an unknown option, a missing value or argument, and for one too many. */
export function parseCommand(command: CommandSpec, rest: readonly string[]): Invocation {
  const specs = allOptions(command);
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { value, repeatable }]) => [
      name,
      {
        type: value === undefined ? ("boolean" as const) : ("string" as const),
        multiple: repeatable === true,
        ...(name === "help" ? { short: "h" } : null),
      },
    ]),
  );
  const next = `\`kith ${command.name} --help\` shows how it is used.`;
  const read = readOptions(
    () => parseArgs({ args: [...rest], options, allowPositionals: true, strict: true }),
    next,
  );
  const values = read.values as Record<string, string | boolean | (string | boolean)[] | undefined>;
  const wantsHelp = values["help"] === true;
  if (!wantsHelp) checkOperands(command, read.positionals, next);
  return {
    command,
    operands: read.positionals,
    wantsHelp,
    values: {
      text: (option) => (typeof values[option] === "string" ? values[option] : null),
      texts: (option) =>
        Array.isArray(values[option]) ? values[option].filter((value) => typeof value === "string") : [],
      flag: (option) => values[option] === true,
    },
  };
}

function readOptions<Result>(read: () => Result, next: string): Result {
  try {
    return read();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code?.startsWith("ERR_PARSE_ARGS") !== true) throw error;
    // Node's second sentence explains "--", which our help does too.
    throw new UsageError(message.split(". ")[0] ?? message, next);
  }
}

function checkOperands(command: CommandSpec, operands: readonly string[], next: string): void {
  const missing = command.operands.slice(operands.length).find((name) => !name.startsWith("["));
  if (missing !== undefined) throw new UsageError(`kith ${command.name} needs ${missing}`, next);
  const surplus = operands[command.operands.length];
  if (surplus !== undefined)
    throw new UsageError(
      `kith ${command.name} does not take "${surplus}" (quote a text of several words)`,
      next,
    );
}
