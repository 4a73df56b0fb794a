/** What a device remembers of the care taken for its person's recovery: times, and nothing secret. */
import { readUtf8, utf8 } from "@kith/core";
import type { EventStore } from "@kith/core";
import type { MetaWrite } from "../kept.ts";

const PREFIX = "recovery/";

export interface RecoveryTimes {
  readonly checkedMs: number | null;
  readonly backupMs: number | null;
  readonly restoredMs: number | null;
  readonly dismissedMs: number | null;
}

export function readRecoveryTimes(store: Pick<EventStore, "meta">): RecoveryTimes {
  const timeOf = (name: keyof RecoveryTimes): number | null => {
    const value = store.meta(PREFIX + name);
    return value && Number(readUtf8(value));
  };
  return {
    checkedMs: timeOf("checkedMs"),
    backupMs: timeOf("backupMs"),
    restoredMs: timeOf("restoredMs"),
    dismissedMs: timeOf("dismissedMs"),
  };
}

export function recoveryMeta(times: Partial<RecoveryTimes>): MetaWrite[] {
  return Object.entries(times).map(([name, atMs]) => ({
    key: PREFIX + name,
    value: atMs === null ? null : utf8(String(atMs)),
  }));
}
