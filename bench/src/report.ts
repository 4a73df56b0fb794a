/** The table for a person and the JSON for a program. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MachineFacts } from "./machine.ts";
import { meets, summarize } from "./lab/summary.ts";
import type { Figure, Target } from "./lab/summary.ts";

export interface CaseReport {
  readonly name: string;
  /** Share of all cores that others used meanwhile, 0-1. */
  readonly othersShare: number;
  readonly figures: readonly Figure[];
  /** What ended the case before its time. */
  readonly error: string | null;
}

const folder = fileURLToPath(new URL("../results/", import.meta.url));

export function formatTable(reports: readonly CaseReport[]): string {
  const rows = [["", "n", "median", "p95", "p99", "min", "max", "unit", "target"]];
  for (const { figures } of reports) {
    for (const figure of figures) {
      const { count, median, p95, p99, min, max } = summarize(figure.samples);
      const values = [median, p95, p99, min, max].map(round);
      rows.push([figure.name, String(count), ...values, figure.unit, describeTargets(figure)]);
    }
  }
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const isText = (column: number): boolean => column === 0 || column >= 7;
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The path of the file. */
export function writeResults(machine: MachineFacts, reports: readonly CaseReport[]): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${machine.at.replace(/[:.]/g, "-")}.json`);
  const cases = reports.map((report) => ({
    ...report,
    figures: report.figures.map((figure) => ({
      ...figure,
      summary: summarize(figure.samples),
      met: figure.targets?.every((target) => meets(summarize(figure.samples), target)) ?? null,
    })),
  }));
  writeFileSync(path, `${JSON.stringify({ machine, cases }, null, 2)}\n`);
  return path;
}

function describeTargets({ samples, targets = [] }: Figure): string {
  const summary = summarize(samples);
  return targets
    .map((target) => `${describe(target)} ${meets(summary, target) ? "met" : "MISSED"}`)
    .join(", ");
}

function describe({ statistic, atMost, atLeast }: Target): string {
  return atMost === undefined ? `${statistic} >= ${atLeast}` : `${statistic} <= ${atMost}`;
}

/** Three figures that matter; nobody reads more. */
function round(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toFixed(value >= 10 ? 1 : 2);
}
