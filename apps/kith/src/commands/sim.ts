/** `kith sim run` and `kith sim list`: what the simulator can do, and one run of it. The room is loaded when asked for. */
import { describeRun, findScenario, run, scenarios } from "@kith/sim";
import { exitCodes, UsageError } from "../cli/failure.ts";
import { columns } from "../cli/terminal.ts";
import { readSeed } from "../cli/values.ts";
import type { Command } from "./context.ts";

export const simRun: Command = async ({ operands: [name = ""], values, terminal }) => {
  const scenario = findScenario(name);
  if (scenario === null) {
    throw new UsageError(
      `there is no scenario "${name}"`,
      `Give one of ${scenarios.map((each) => each.name).join(", ")}.`,
    );
  }
  const report = await run(scenario, readSeed(values, "seed", 1));
  if (terminal.json) terminal.object(report);
  else for (const line of describeRun(report)) terminal.line(line);
  return report.breaches.length > 0 ? exitCodes.failed : exitCodes.done;
};

export const simList: Command = async ({ terminal }) => {
  if (terminal.json) terminal.object({ items: scenarios.map(({ name, about }) => ({ name, about })) });
  else for (const line of columns(scenarios.map(({ name, about }) => [name, about]))) terminal.line(line);
  return exitCodes.done;
};
