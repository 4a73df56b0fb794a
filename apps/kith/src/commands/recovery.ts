/** `kith recovery [show|check|forget]`: the words that bring a person back. */
import { randomInt } from "node:crypto";
import { createInterface } from "node:readline/promises";
import type { Recovery } from "@kith/contract";
import { CommandError, exitCodes, UsageError } from "../cli/failure.ts";
import { columns } from "../cli/terminal.ts";
import { isTyped } from "../cli/question.ts";
import type { Terminal } from "../cli/terminal.ts";
import type { Command } from "./context.ts";
import { requireNode } from "./running-node.ts";

const WORDS = 24;
/** How many are asked for. */
const ASKED = 3;
/** Six rows of four fit a narrow terminal and a small sheet of paper. */
const WORDS_A_ROW = 4;
const SHOW = "show";
const FORGET = "forget";

export const recovery: Command = async ({ paths, terminal }) => {
  const { client } = await requireNode(paths);
  tell(terminal, await client.recovery());
  return exitCodes.done;
};

export const showWords: Command = async ({ values, paths, terminal }) => {
  const { client } = await requireNode(paths);
  const warning =
    "Whoever reads these 24 words can become you. See that nobody looks on; write them on paper, not into a file.";
  if (!(await isMeant(terminal, { yes: values.flag("yes"), word: SHOW, warning }))) return exitCodes.failed;
  const { words } = await client.recoveryWords();
  if (terminal.json) terminal.object({ words });
  else {
    const cells = words.map((word, at) => `${String(at + 1).padStart(2)}. ${word}`);
    const rows = Array.from({ length: WORDS / WORDS_A_ROW }, (_, row) =>
      cells.slice(row * WORDS_A_ROW, (row + 1) * WORDS_A_ROW),
    );
    for (const line of columns(rows)) terminal.line(line);
    terminal.note("Then prove that they are written down: kith recovery check");
  }
  return exitCodes.done;
};

export const checkWords: Command = async ({ operands: [given], paths, terminal }) => {
  const { client } = await requireNode(paths);
  const words = given === undefined ? await askWords() : readGiven(given);
  const state = await client.checkRecoveryWords({ words });
  if (terminal.json) terminal.object(state);
  else terminal.line("They are the words. With them you come back on any device: keep the paper safe.");
  return exitCodes.done;
};

export const forgetWords: Command = async ({ values, paths, terminal }) => {
  const { client } = await requireNode(paths);
  const warning =
    "From then on the words are on your paper alone. Whoever takes this device cannot become you elsewhere; if the paper is lost, nobody can bring you back.";
  if (!(await isMeant(terminal, { yes: values.flag("yes"), word: FORGET, warning }))) return exitCodes.failed;
  const state = await client.forgetRecoveryWords();
  if (terminal.json) terminal.object(state);
  else terminal.line("The words are on this device no more. Backups need a passphrase now.");
  return exitCodes.done;
};

function tell(terminal: Terminal, state: Recovery): void {
  if (terminal.json) {
    terminal.object(state);
    return;
  }
  const { rootHere, checked, backup, restored } = state;
  const day = (time: string): string => time.slice(0, 10);
  terminal.line(
    checked === null
      ? rootHere
        ? "Your recovery words were not written down yet: kith recovery show, then kith recovery check"
        : "Your recovery words are not on this device: look on your first one, or at what you wrote down."
      : `Your recovery words were checked on ${day(checked)}.`,
  );
  if (checked !== null && rootHere)
    terminal.line("They are still on this device: kith recovery forget takes them off it.");
  terminal.line(
    backup === null ? "No backup was made here: kith backup FILE" : `A backup was made on ${day(backup)}.`,
  );
  if (restored !== null) terminal.line(`This device was restored from a backup of ${day(restored)}.`);
}

interface Question {
  readonly yes: boolean;
  /** What is to be typed. */
  readonly word: string;
  readonly warning: string;
}

async function isMeant(terminal: Terminal, { yes, word, warning }: Question): Promise<boolean> {
  if (yes) return true;
  if (!terminal.isInteractive)
    throw new UsageError("this is asked first, and nobody is here to answer", "Add --yes if you are sure.");
  return isTyped(terminal, { word, warning });
}

/** A line each, from whoever sits there or from a program. */
async function askWords(): Promise<{ at: number; word: string }[]> {
  const places = new Set<number>();
  while (places.size < ASKED) places.add(randomInt(1, WORDS + 1));
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const words: { at: number; word: string }[] = [];
    for (const at of [...places].toSorted((a, b) => a - b))
      words.push({ at, word: (await lines.question(`Word ${at}: `)).trim() });
    return words;
  } finally {
    lines.close();
  }
}

/** "3=abandon 11=zoo 24=art" */
function readGiven(given: string): { at: number; word: string }[] {
  return given
    .trim()
    .split(/[\s,]+/)
    .map((part) => {
      const match = /^(\d{1,2})[=:](\p{L}+)$/u.exec(part);
      if (match === null)
        throw new CommandError(
          "BAD_INPUT",
          "the words are not given as PLACE=WORD",
          "For example: kith recovery check '3=apple 11=river 24=stone'",
        );
      return { at: Number(match[1]), word: match[2] ?? "" };
    });
}
