/** The node's log: pino on stderr, at the level of KITH_LOG. A line of words for a person, JSON for a program. */
import type { Log, LogFacts } from "@kith/core";
import { destination, pino } from "pino";
import { UsageError } from "../cli/failure.ts";

const levels = ["debug", "info", "warn", "error", "silent"] as const;
type Level = (typeof levels)[number];

export function createLog(options: { level: string | undefined; isTerminal: boolean }): Log {
  const level = readLevel(options.level);
  // Synchronous, so that the last words of a process that dies are written.
  const stream = options.isTerminal ? { write: writeForPeople } : destination({ dest: 2, sync: true });
  const logger = pino(
    { level, base: null, timestamp: () => `,"at":"${new Date().toISOString()}"`, messageKey: "event" },
    stream,
  );
  const writer =
    (name: Exclude<Level, "silent">) =>
    (event: string, facts?: LogFacts): void => {
      logger[name](facts ?? {}, event);
    };
  return { debug: writer("debug"), info: writer("info"), warn: writer("warn"), error: writer("error") };
}

function readLevel(text: string | undefined): Level {
  if (text === undefined || text === "") return "warn";
  const level = levels.find((each) => each === text);
  if (level === undefined)
    throw new UsageError(`KITH_LOG is "${text}"`, `Set it to one of ${levels.join(", ")}.`);
  return level;
}

const levelNames: Readonly<Record<number, string>> = { 20: "debug", 30: "info", 40: "warn", 50: "error" };

function writeForPeople(line: string): void {
  const { level, at, event, ...facts } = JSON.parse(line) as { level: number; at: string; event: string };
  const told = Object.entries(facts).map(([name, value]) => ` ${name}=${String(value)}`);
  process.stderr.write(`${at.slice(11, 19)} ${levelNames[level] ?? level} ${event}${told.join("")}\n`);
}
