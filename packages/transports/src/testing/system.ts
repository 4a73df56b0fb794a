/** Clock, randomness and log of the real system, for this room's tests. */
import { randomBytes } from "node:crypto";
import type { Clock, Log, LogFacts, Random } from "@kith/core/ports";

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs).unref();
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };

export interface Entry {
  readonly level: keyof Log;
  readonly event: string;
  readonly facts: LogFacts;
}

/** A log that keeps what it is told. */
export function createKeptLog(): Log & { readonly entries: Entry[] } {
  const entries: Entry[] = [];
  const keep =
    (level: keyof Log) =>
    (event: string, facts: LogFacts = {}) => {
      entries.push({ level, event, facts });
    };
  return { entries, debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") };
}
