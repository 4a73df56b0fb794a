/** `kith bench ...`: the benchmarks of a clone, with their own options. An installed kith has none. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CommandError } from "../cli/failure.ts";

const entry = fileURLToPath(new URL("../../../../bench/src/main.ts", import.meta.url));

/** Resolves with their exit code. */
export async function runBench(args: readonly string[]): Promise<number> {
  if (!existsSync(entry))
    throw new CommandError(
      "NO_BENCH",
      "The benchmarks are not part of an installed kith.",
      "Run `./kith bench` in a clone of its repository.",
    );
  const child = spawn(process.execPath, [entry, ...args], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
