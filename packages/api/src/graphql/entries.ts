/**
 * The log of changes as a source for a subscription: a position that is read on when its reader asks for more,
 * so a slow one holds one page and nothing is buffered for it. Spec: http, HT42.
 */
import type { KithService, LogEntry } from "@kith/node";
import { setImmediate } from "node:timers/promises";
import { GRAPHQL_PASSING_MAX, LOG_PAGE_ENTRIES } from "../limits.ts";
import { spaceOfEntry } from "../log-feed.ts";

/** Everything after `since` (default: from now on), of the space of that id alone if one is given, oldest first. Ends with the signal, or when it is returned. */
export function followLog(
  service: KithService,
  options: {
    since: string | undefined;
    space?: string | undefined;
    signal: AbortSignal;
    beforeEach: () => void;
  },
): AsyncIterableIterator<LogEntry> {
  const { beforeEach, signal, space } = options;
  let position = options.since ?? service.cursor();
  // At once: an unknown cursor is told to who subscribes, not to who reads.
  let page = service.log(position, LOG_PAGE_ENTRIES);
  let at = 0;
  let ended = signal.aborted;
  let wake: (() => void) | null = null;
  const stir = (): void => {
    wake?.();
    wake = null;
  };
  /** Told and not kept: the log does not have them, so they wait here. */
  const passing: LogEntry[] = [];
  const hear = (entries: readonly LogEntry[]): void => {
    for (const entry of entries)
      if (entry.type === "typing" && passing.length < GRAPHQL_PASSING_MAX) passing.push(entry);
    stir();
  };
  const unsubscribe = ended ? () => undefined : service.onLog(hear);
  const end = (): void => {
    if (ended) return;
    ended = true;
    signal.removeEventListener("abort", end);
    unsubscribe();
    stir();
  };
  signal.addEventListener("abort", end);

  const isMeant = (entry: LogEntry): boolean => space === undefined || spaceOfEntry(entry) === space;

  async function next(): Promise<IteratorResult<LogEntry>> {
    // oxlint-disable-next-line no-unmodified-loop-condition -- end() sets it
    while (!ended) {
      if (at >= page.length) {
        page = service.log(position, LOG_PAGE_ENTRIES);
        at = 0;
      }
      const entry = page[at++];
      if (entry !== undefined) {
        position = entry.cursor;
        if (isMeant(entry)) {
          beforeEach();
          return { done: false, value: entry };
        }
        // Between pages of others' entries everybody else gets their turn.
        // oxlint-disable-next-line no-await-in-loop -- one page after another
        if (at >= page.length) await setImmediate();
        continue;
      }
      const told = passing.shift();
      if (told !== undefined) {
        // It stands where the log stood when it was told: from elsewhere a reader would resume at the wrong place.
        if (told.cursor === position && isMeant(told)) return { done: false, value: told };
        continue;
      }
      // Nothing can be logged between the look and the wait: both are in one turn.
      // oxlint-disable-next-line no-await-in-loop -- one wait after another is what following is
      await new Promise<void>((resolve) => (wake = resolve));
    }
    return { done: true, value: undefined };
  }

  return {
    async next() {
      try {
        return await next();
      } catch (error) {
        end();
        throw error;
      }
    },
    async return() {
      end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
