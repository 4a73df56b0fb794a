import type { Log } from "@kith/core";

/** A log for tests that look at behaviour, not at words. */
export const quietLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
