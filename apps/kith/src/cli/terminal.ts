/**
 * Where answers go: results to stdout, errors and hints to stderr. Colours only on a terminal, and not where
 * NO_COLOR is set (no-color.org). Names that others chose are stripped of what could steer a terminal.
 */
import { once } from "node:events";
import type { Failure } from "./failure.ts";

export interface Terminal {
  readonly json: boolean;
  /** Whether what is told is read by a person as it comes. */
  readonly isTerminal: boolean;
  /** Whether a person sits at both ends. */
  readonly isInteractive: boolean;
  /** A line of the result. */
  line(text: string): void;
  /** The result as one line of JSON. */
  object(value: unknown): void;
  /** A line that is no result: progress, a hint. */
  note(text: string): void;
  /** Resolves once the reader of stdout has room again. */
  drained(): Promise<void>;
  fail(failure: Failure): void;
  bold(text: string): string;
  dim(text: string): string;
  /** Green, yellow or red, always beside words that say the same. */
  tint(status: "ok" | "warn" | "bad", text: string): string;
}

const tints = { ok: 32, warn: 33, bad: 31 } as const;

export function createTerminal(options: {
  json: boolean;
  stdout?: NodeJS.WriteStream;
  stderr?: NodeJS.WriteStream;
}): Terminal {
  const { json, stdout = process.stdout, stderr = process.stderr } = options;
  const isColoured = stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb";
  const paint =
    (code: number) =>
    (text: string): string =>
      isColoured ? `\u001B[${code}m${text}\u001B[0m` : text;
  return {
    json,
    isTerminal: stdout.isTTY,
    isInteractive: stdout.isTTY && process.stdin.isTTY,
    line: (text) => void stdout.write(`${text}\n`),
    object: (value) => void stdout.write(`${JSON.stringify(value)}\n`),
    note: (text) => void stderr.write(`${json ? JSON.stringify({ note: text }) : text}\n`),
    async drained() {
      if (stdout.writableNeedDrain) await once(stdout, "drain");
    },
    fail(failure) {
      const { code, message, next } = failure;
      if (json) stderr.write(`${JSON.stringify({ error: { code, message, next } })}\n`);
      else stderr.write(`${code}: ${plain(message)}\n${plain(next)}\n`);
    },
    bold: paint(1),
    dim: paint(2),
    tint: (status, text) => paint(tints[status])(text),
  };
}

/** Without what could steer a terminal or reorder a line: for names, and for each line of a text. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, "\uFFFD");
}

/** Columns, each as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, index) => Math.max(all[index] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd((widths[index] ?? 0) + 2)))
      .join(""),
  );
}
