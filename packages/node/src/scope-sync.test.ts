import type { DeviceId, ScopeId } from "@kith/core";
import { createManualClock } from "@kith/core/testing";
import { expect, test } from "vitest";
import { createCpuBudgets } from "./cpu-budget.ts";
import { createLoneSync } from "./testing/lone-sync.ts";

const scope = "5c".repeat(32) as ScopeId;
const ben = "b".repeat(64) as DeviceId;

test("[SY72] where both sides began at once the dialer's session alone goes on, and what was wished for meanwhile comes after it", () => {
  const clock = createManualClock();
  const { sync, sent } = createLoneSync(ben, clock, createCpuBudgets(clock));
  const begun = () => sent.flatMap((frame) => (frame.type === "syncRoot" ? frame.session : []));
  sync.want(scope);
  // Asked for once more while it runs, as after a disk that was full.
  sync.want(scope);
  expect(begun()).toEqual([2]);
  const root = { type: "syncRoot", scope, root: new Uint8Array(32), count: 9, day: 1 } as const;
  sync.onFrame({ ...root, session: 1, rung: "cells" });
  expect(begun()).toEqual([2]);
  sync.onFrame({ type: "syncDone", scope, session: 1, state: "ended" });
  expect(begun()).toEqual([2, 4]);
});
