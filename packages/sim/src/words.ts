/** What a run came to, in words. */
import type { RunReport } from "./run.ts";

/** Replays the run exactly. */
export function replayCommand({ scenario, seed }: Pick<RunReport, "scenario" | "seed">): string {
  return `./kith sim run ${scenario} --seed ${seed}`;
}

/** A line on the whole, and one for each broken invariant; then how to see it again. */
export function describeRun(report: RunReport): string[] {
  const { scenario, seed, breaches, events, answered, faults, steps, virtualMs, convergedMs, latency } =
    report;
  const lines = [
    `${scenario}, seed ${seed}: ${events} events, ${answered} messages answered, ${faults} faults, ` +
      `${(virtualMs / 60_000).toFixed(1)} virtual minutes in ${steps} steps, ` +
      (convergedMs === null
        ? "never the same"
        : `the same ${(convergedMs / 1_000).toFixed(2)} s after the last fault`),
  ];
  if (latency.count > 0) {
    const { p50Ms, p99Ms, maxMs } = latency;
    lines.push(
      `To another device: half within ${p50Ms} ms, 99 of 100 within ${p99Ms} ms, all within ${maxMs} ms`,
    );
  }
  for (const { invariant, atMs, detail } of breaches) {
    lines.push(`BROKEN "${invariant}" at ${(atMs / 1_000).toFixed(3)} s: ${detail}`);
  }
  if (breaches.length > 0) lines.push(`Again: ${replayCommand(report)}`);
  return lines;
}
