/** Many seeds of one scenario on all cores. */
import { Worker } from "node:worker_threads";
import type { RunReport } from "./run.ts";

export interface SoakOptions {
  readonly scenario: string;
  readonly runs: number;
  /** The first; the others follow. */
  readonly seed: number;
  /** After so many runs with a broken invariant no more are begun. */
  readonly brokenMax: number;
  /** Seeds run at once, each on a thread of its own. */
  readonly threads: number;
  /** Aborted, no more are begun; those under way end. */
  readonly signal?: AbortSignal;
  readonly onReport: (report: RunReport) => void;
}

export interface SoakSummary {
  readonly runs: number;
  readonly events: number;
  readonly answered: number;
  readonly faults: number;
  /** Runs in which at least one invariant was broken. */
  readonly brokenRuns: number;
  readonly brokenInvariants: number;
}

export async function soak(options: SoakOptions): Promise<SoakSummary> {
  const summary = { runs: 0, events: 0, answered: 0, faults: 0, brokenRuns: 0, brokenInvariants: 0 };
  let next = options.seed;
  const end = options.seed + options.runs;

  function work(worker: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      const more = (): void => {
        const isEnough = options.signal?.aborted === true;
        if (isEnough || next >= end || summary.brokenRuns >= options.brokenMax) {
          void worker.terminate().then(() => resolve());
          return;
        }
        worker.postMessage({ scenario: options.scenario, seed: next });
        next += 1;
      };
      worker.on("message", (report: RunReport) => {
        summary.runs += 1;
        summary.events += report.events;
        summary.answered += report.answered;
        summary.faults += report.faults;
        summary.brokenRuns += report.breaches.length > 0 ? 1 : 0;
        summary.brokenInvariants += report.breaches.length;
        options.onReport(report);
        more();
      });
      worker.on("error", reject);
      more();
    });
  }

  const count = Math.max(1, Math.min(options.threads, options.runs));
  const program = new URL("./soak-worker.ts", import.meta.url);
  await Promise.all(Array.from({ length: count }, () => work(new Worker(program))));
  return summary;
}
