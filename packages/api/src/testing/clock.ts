/** A clock of real time that a test can push forward, and randomness and logs for tests. */
import type { Clock, Log, LogFacts, Random } from "@kith/core";
import { randomBytes } from "node:crypto";

export interface TestClock extends Clock {
  /** Moves wall and monotonic time forward; pending `after` calls keep their real delay. */
  advance(ms: number): void;
}

export function createTestClock(): TestClock {
  let offsetMs = 0;
  return {
    nowMs: () => Date.now() + offsetMs,
    monotonicMs: () => performance.now() + offsetMs,
    after(delayMs, call) {
      const timer = setTimeout(call, delayMs).unref();
      return () => clearTimeout(timer);
    },
    advance(ms) {
      offsetMs += ms;
    },
  };
}

export const testRandom: Random = { bytes: (length) => randomBytes(length) };

export interface RecordedLog extends Log {
  readonly lines: string[];
}

/** Keeps every line, so that a test can look for what must not be there. */
export function createRecordedLog(): RecordedLog {
  const lines: string[] = [];
  const record = (level: string) => (event: string, facts?: LogFacts) => {
    lines.push(`${level} ${event} ${JSON.stringify(facts ?? {})}`);
  };
  return { lines, debug: record("debug"), info: record("info"), warn: record("warn"), error: record("error") };
}
