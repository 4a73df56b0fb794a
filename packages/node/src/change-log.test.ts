import type { EventStore, LogRow } from "@kith/core";
import { expect, test } from "vitest";
import { ChangeLog } from "./change-log.ts";

const row = (cursor: number): LogRow => ({ cursor, type: "network", atMs: cursor, data: "{}", ref: null });

/** A store whose writer is ahead of what it has told: only what the log reads. */
function openLog(stored: LogRow[]): ChangeLog {
  const store: Pick<EventStore, "logAfter" | "logBounds" | "message"> = {
    logAfter: (cursor, limit) => stored.filter((each) => each.cursor > cursor).slice(0, limit),
    logBounds: () => ({ oldest: stored[0]?.cursor ?? 0, newest: stored.at(-1)?.cursor ?? 0 }),
    message: () => null,
  };
  const render = (): never => {
    throw new Error("no entry here names a message");
  };
  return new ChangeLog({ store: store as EventStore, logId: "0a0b0c0d", render });
}

test("[HT10] a reader amid a burst is given nothing ahead of what has been told, and its cursor stays known", () => {
  const stored = [row(1)];
  const log = openLog(stored);
  const told: string[] = [];
  log.onEntries((entries) => told.push(...entries.map(({ cursor }) => cursor)));
  // On disk already; the writer's word about it is still under way.
  stored.push(row(2), row(3));
  const page = log.after("0a0b0c0d-0", 10);
  expect(page.map(({ cursor }) => cursor)).toEqual(["0a0b0c0d-1"]);
  expect(log.after("0a0b0c0d-1", 10)).toEqual([]);
  log.publish([row(2), row(3)], new Map());
  expect(told).toEqual(["0a0b0c0d-2", "0a0b0c0d-3"]);
  expect(log.after("0a0b0c0d-1", 10).map(({ cursor }) => cursor)).toEqual(told);
  expect(() => log.after("0a0b0c0d-4", 10)).toThrow(expect.objectContaining({ code: "CURSOR_UNKNOWN" }));
});
