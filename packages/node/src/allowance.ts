/** How often something may be done for each source and for all together: buckets that fill up again with time. */
import type { Clock } from "@kith/core";
import { trimOldest } from "./bounded.ts";
import { ANSWER_SOURCES_MAX } from "./limits.ts";

export interface AllowanceOptions {
  readonly clock: Clock;
  /** In a second, and at once after a pause. */
  readonly perSource: number;
  readonly inTotal: number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

export class Allowance {
  readonly #options: AllowanceOptions;
  /** The one longest unused first. */
  readonly #sources = new Map<string, Bucket>();
  readonly #total: Bucket;

  constructor(options: AllowanceOptions) {
    this.#options = options;
    this.#total = { tokens: options.inTotal, filledMs: options.clock.monotonicMs() };
  }

  /** True: do it. Counts it against its source and the total. */
  take(source: string): boolean {
    const { clock, perSource, inTotal } = this.#options;
    const nowMs = clock.monotonicMs();
    const bucket = this.#sources.get(source) ?? { tokens: perSource, filledMs: nowMs };
    this.#sources.delete(source);
    this.#sources.set(source, bucket);
    trimOldest(this.#sources, ANSWER_SOURCES_MAX);
    fill(bucket, nowMs, perSource);
    fill(this.#total, nowMs, inTotal);
    if (bucket.tokens < 1 || this.#total.tokens < 1) return false;
    bucket.tokens -= 1;
    this.#total.tokens -= 1;
    return true;
  }
}

function fill(bucket: Bucket, nowMs: number, perSecond: number): void {
  bucket.tokens = Math.min(perSecond, bucket.tokens + ((nowMs - bucket.filledMs) * perSecond) / 1_000);
  bucket.filledMs = nowMs;
}
