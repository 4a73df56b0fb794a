/** A command with a person at both its ends, as far as it can tell: `script` gives it a terminal. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

const program = fileURLToPath(new URL("../../apps/kith/bin/kith.mjs", import.meta.url));

export interface AtTerminal {
  /** All that is on the screen so far. */
  shown(): string;
  readonly exited: Promise<number>;
  /** Types it once the screen ends so. */
  answer(question: RegExp, typed: string): Promise<void>;
  end(): void;
}

export function onTerminal(words: readonly string[], env: Record<string, string> = {}): AtTerminal {
  const quoted = [process.execPath, program, ...words].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qefc", quoted, "/dev/null"], { env: { ...process.env, ...env } });
  let shown = "";
  child.stdout.on("data", (chunk: Buffer) => (shown += chunk.toString()));
  const exited = once(child, "exit").then(([code]) => code as number);
  return {
    shown: () => shown,
    exited,
    async answer(question, typed) {
      await expect.poll(() => shown, { timeout: 60_000 }).toMatch(question);
      child.stdin.write(`${typed}\r`);
    },
    end: () => child.kill("SIGTERM"),
  };
}
