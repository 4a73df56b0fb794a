/** The last so many durations of one kind of work, and what they amount to. */
import { LATENCIES_KEPT } from "./limits.ts";

export interface Times {
  /** Of all, also those that are no longer kept. */
  readonly count: number;
  readonly medianMs: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

export function sumTimes(samples: readonly number[], count = samples.length): Times {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number | null => {
    const ms = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
    return ms === undefined ? null : Math.round(ms * 1_000) / 1_000;
  };
  return { count, medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

export class Latencies {
  readonly #samples: number[] = [];
  #count = 0;

  note(ms: number): void {
    this.#samples[this.#count % LATENCIES_KEPT] = ms;
    this.#count += 1;
  }

  sum(): Times {
    return sumTimes(this.#samples, this.#count);
  }
}
