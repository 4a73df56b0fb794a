/** What a set of samples says: order statistics by nearest rank, so that every figure told was one that was seen. */

export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Throws on an empty set: a figure without samples must not look like one. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    if (value === undefined) throw new Error("nothing was measured");
    return value;
  };
  return {
    count: sorted.length,
    min: at(0),
    p25: at(0.25),
    median: at(0.5),
    p75: at(0.75),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
  };
}

export interface Target {
  readonly statistic: "median" | "p95" | "min" | "max";
  readonly atMost?: number;
  readonly atLeast?: number;
}

export function meets(
  summary: Summary,
  { statistic, atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY }: Target,
): boolean {
  return summary[statistic] <= atMost && summary[statistic] >= atLeast;
}

export type Unit = "s" | "ms" | "us" | "1/s" | "us CPU" | "% of a core" | "MB" | "KB" | "bytes" | "x";

/** One measured quantity. */
export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly samples: readonly number[];
  readonly targets?: readonly Target[];
}
