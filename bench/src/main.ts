/**
 * `npm run bench`: measures nodes as their users meet them, real processes driven through the public surface,
 * beside echoes that do less on the same machine in the same run. How the figures are taken and read stands
 * in docs/decisions/0007-measurements.md. Linux only: costs are read from /proc.
 */
import { parseArgs } from "node:util";
import { burst } from "./cases/burst.ts";
import type { Case } from "./cases/case.ts";
import { catchUp } from "./cases/catch-up.ts";
import { discovery } from "./cases/discovery.ts";
import { echo } from "./cases/echo.ts";
import { history } from "./cases/history.ts";
import { idle } from "./cases/idle.ts";
import { latency } from "./cases/latency.ts";
import { load } from "./cases/load.ts";
import { membership } from "./cases/membership.ts";
import { startUp } from "./cases/start-up.ts";
import { createLab } from "./lab/lab.ts";
import type { Lab } from "./lab/lab.ts";
import type { Figure } from "./lab/summary.ts";
import { readMachine, warnings, withOthersShare } from "./machine.ts";
import { formatTable, writeResults } from "./report.ts";
import type { CaseReport } from "./report.ts";

const cases: readonly Case[] = [
  echo,
  discovery,
  latency,
  burst,
  catchUp,
  startUp,
  idle,
  membership,
  load,
  history,
];

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    quick: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const names = cases.map(({ name }) => name).join(", ");
const only = values.only?.flatMap((text) => text.split(","));
const unknown = only?.find((name) => !cases.some((each) => each.name === name));

if (values.help) {
  process.stdout.write(`npm run bench -- [--only NAME] [--quick]\n  NAME: ${names}\n`);
} else if (unknown !== undefined) {
  process.stderr.write(`There is no case "${unknown}"; choose of ${names}.\n`);
  process.exitCode = 2;
} else if (process.platform !== "linux") {
  process.stderr.write("The bench reads /proc, so it runs on Linux only.\n");
  process.exitCode = 1;
} else {
  await main(
    cases.filter(({ name, isRunWhenNamed }) =>
      only === undefined ? isRunWhenNamed !== true : only.includes(name),
    ),
  );
}

async function main(chosen: readonly Case[]): Promise<void> {
  const machine = readMachine();
  const { cores, cpu, node, kernel, loadAverage, diskSyncMs } = machine;
  process.stdout.write(
    `${cores} cores (${cpu}), Linux ${kernel}, Node ${node}, load average ${loadAverage.toFixed(2)}, a disk sync ${diskSyncMs.toFixed(2)} ms\n`,
  );
  for (const warning of warnings(machine)) process.stdout.write(`! ${warning}\n`);
  const lab = await createLab();
  const reports: CaseReport[] = [];
  try {
    for (const each of chosen) reports.push(await runCase(each, lab));
  } finally {
    await lab.close();
  }
  process.stdout.write(`\n${formatTable(reports)}\n\n`);
  const shares = reports
    .map(({ name, othersShare }) => `${name} ${(othersShare * 100).toFixed(0)}%`)
    .join(", ");
  process.stdout.write(`Others used meanwhile, of all cores: ${shares}\n`);
  for (const { name, error } of reports)
    if (error !== null) process.stdout.write(`! ${name} did not end: ${error}\n`);
  process.stdout.write(`Written to ${writeResults(machine, reports)}\n`);
  if (reports.some(({ error }) => error !== null)) process.exitCode = 1;
}

async function runCase({ name, run }: Case, lab: Lab): Promise<CaseReport> {
  const tell = (text: string): void => void process.stderr.write(`${name}: ${text}\n`);
  const figures: Figure[] = [];
  tell("begins");
  const { result: error, share } = await withOthersShare(lab.pids, async () => {
    try {
      for await (const figure of run({ lab, quick: values.quick, tell })) figures.push(figure);
      return null;
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause);
    } finally {
      // Each case begins on a machine without nodes.
      await lab.stopAll();
    }
  });
  return { name, othersShare: share, figures, error };
}
