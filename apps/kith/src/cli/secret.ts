/**
 * Passphrases as they come to a command: from a file, or typed at a terminal without being shown. Never an argument, which every
 * process of the machine can read, and never the environment.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { PASSPHRASE_CHARS_MAX, PASSPHRASE_CHARS_MIN } from "@kith/contract";
import { CommandError, exitCodes, UsageError } from "./failure.ts";
import type { Values } from "./parse.ts";
import type { Terminal } from "./terminal.ts";

/** Bytes that are read of a passphrase's file: the longest in UTF-8, and an end of line. */
const FILE_BYTES_MAX = PASSPHRASE_CHARS_MAX * 4 + 2;
/** Below it a passphrase of letters is in reach of who has hardware for guessing; told, and left to the person. */
const ADVISED_CHARS = 14;

export type SecretOption = "passphrase-file" | "new-passphrase-file";

/** The first line's end is no part of it. Throws PASSPHRASE_FILE. */
export function readPassphraseFile(path: string): string {
  const fail = (message: string, cause?: unknown): CommandError =>
    new CommandError(
      "PASSPHRASE_FILE",
      `${path} ${message}`,
      "Give a file that holds the passphrase and nothing else.",
      {
        cause,
      },
    );
  const bytes = Buffer.alloc(FILE_BYTES_MAX + 1);
  let length = 0;
  try {
    const file = openSync(path, "r");
    try {
      for (let read = -1; read !== 0 && length < bytes.length; length += read)
        read = readSync(file, bytes, length, bytes.length - length, null);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fail(`cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`, error);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length)).replace(/\r?\n$/, "");
  } catch (error) {
    throw fail("is not UTF-8", error);
  } finally {
    bytes.fill(0);
  }
  if (text === "") throw fail("is empty");
  if (text.length > PASSPHRASE_CHARS_MAX) throw fail(`holds more than ${PASSPHRASE_CHARS_MAX} characters`);
  if (/[\r\n]/.test(text)) throw fail("holds more than one line");
  return text;
}

/** The passphrase that is set. Rejects with PASSPHRASE_FILE, or a UsageError where nobody is here to type it. */
export async function readPassphrase(
  values: Values,
  terminal: Terminal,
  {
    option = "passphrase-file",
    prompt = "Passphrase: ",
  }: { readonly option?: SecretOption; readonly prompt?: string } = {},
): Promise<string> {
  const path = values.text(option);
  if (path !== null) return readPassphraseFile(path);
  if (!terminal.isInteractive)
    throw new UsageError("a passphrase is needed, and nobody is here to type it", `Give --${option} FILE.`);
  return askSecret(prompt);
}

/** A new passphrase: long enough, and typed twice. Rejects as above, and with PASSPHRASE_SHORT or PASSPHRASE_DIFFERS. */
export async function readNewPassphrase(
  values: Values,
  terminal: Terminal,
  option: SecretOption,
): Promise<string> {
  const passphrase = await readPassphrase(values, terminal, { option, prompt: "New passphrase: " });
  checkNewPassphrase(passphrase);
  if (values.text(option) === null && (await askSecret("Again: ")) !== passphrase)
    throw new CommandError(
      "PASSPHRASE_DIFFERS",
      "the two were not the same",
      "Try again; nothing was changed.",
    );
  if (passphrase.length < ADVISED_CHARS)
    terminal.note("This one is short: four or five words that have nothing to do with each other are safer.");
  return passphrase;
}

/** Throws PASSPHRASE_SHORT. */
export function checkNewPassphrase(passphrase: string): void {
  if (passphrase.length >= PASSPHRASE_CHARS_MIN) return;
  throw new CommandError(
    "PASSPHRASE_SHORT",
    `a passphrase has ${PASSPHRASE_CHARS_MIN} characters or more`,
    "Take four or five words that have nothing to do with each other.",
  );
}

/** A line of the terminal that is not shown as it is typed. */
export function askSecret(prompt: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  // Asked once the terminal shows nothing any more: who answers at once would be seen.
  process.stderr.write(prompt);
  return new Promise((resolve) => {
    lines.once("line", (text) => {
      lines.close();
      process.stderr.write("\n");
      resolve(text);
    });
    // The terminal is in raw mode while it asks, so that its own Ctrl-C comes here.
    lines.once("SIGINT", () => {
      lines.close();
      process.stderr.write("\n");
      process.exit(exitCodes.failed);
    });
  });
}
