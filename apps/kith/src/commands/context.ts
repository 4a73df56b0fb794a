/** What every command is given. */
import type { Values } from "../cli/parse.ts";
import type { Terminal } from "../cli/terminal.ts";
import type { DataPaths } from "../data-directory.ts";

export interface CommandContext {
  readonly operands: readonly string[];
  readonly values: Values;
  readonly terminal: Terminal;
  readonly paths: DataPaths;
  readonly version: string;
}

/** Resolves with the exit code; rejects with what went wrong. */
export type Command = (context: CommandContext) => Promise<number>;
