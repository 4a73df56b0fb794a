/** A clock of real time that a test can push forward, and randomness and logs for tests. */
import { randomBytes } from "node:crypto";
import type { Clock, Log, LogFacts, Random } from "@kith/core";

export interface TestClock extends Clock {
  /** Moves wall and monotonic time forward and makes the calls that have become due. */
  advance(ms: number): void;
}

export function createTestClock(): TestClock {
  let offsetMs = 0;
  const pending = new Set<{ readonly dueMs: number; readonly fire: () => void }>();
  const monotonicMs = (): number => performance.now() + offsetMs;
  return {
    nowMs: () => Date.now() + offsetMs,
    monotonicMs,
    after(delayMs, call) {
      const fire = (): void => {
        cancel();
        call();
      };
      const timer = setTimeout(fire, delayMs).unref();
      const entry = { dueMs: monotonicMs() + delayMs, fire };
      const cancel = (): void => {
        clearTimeout(timer);
        pending.delete(entry);
      };
      pending.add(entry);
      return cancel;
    },
    advance(ms) {
      offsetMs += ms;
      for (const { dueMs, fire } of pending) if (dueMs <= monotonicMs()) fire();
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
  return {
    lines,
    debug: record("debug"),
    info: record("info"),
    warn: record("warn"),
    error: record("error"),
  };
}
