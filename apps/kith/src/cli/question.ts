/** Questions before something that cannot be taken back: answered by a word, so that no slip of a key does. */
import { createInterface } from "node:readline/promises";
import type { Values } from "./parse.ts";
import type { Terminal } from "./terminal.ts";

interface Question {
  /** What is to be typed. */
  readonly word: string;
  readonly warning: string;
}

/** Says so when it was not. */
export async function isTyped(terminal: Terminal, { word, warning }: Question): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${warning}\nType ${word} to go on: `);
    if (answer.trim() === word) return true;
  } finally {
    lines.close();
  }
  terminal.note("Nothing was changed.");
  return false;
}

/** Where a person sits at the terminal; programs have always run these commands without a question. */
export async function isMeantHere(terminal: Terminal, values: Values, question: Question): Promise<boolean> {
  return values.flag("yes") || !terminal.isInteractive || (await isTyped(terminal, question));
}
