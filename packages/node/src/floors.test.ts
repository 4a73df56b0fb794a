import { bucketOf, publicScope } from "@kith/core";
import type { SpaceId } from "@kith/core";
import { createManualClock } from "@kith/core/testing";
import { expect, test } from "vitest";
import { floorMeta, historySince, readFloor } from "./floors.ts";

const space = "5a".repeat(32) as SpaceId;
const scope = publicScope(space);
const DAY_MS = 86_400_000;

/** A store that holds so many events of the scope, and small values. */
function createRig(events: number) {
  const clock = createManualClock();
  const kept = new Map<string, Uint8Array>();
  const store = {
    buckets: () => (events === 0 ? [] : [{ bucket: 1, count: events }]),
    meta: (key: string) => kept.get(key) ?? null,
  };
  const join = (historyDays: number | null): number => {
    for (const { key, value } of floorMeta({ store, clock }, space, historyDays)) {
      if (value === null) kept.delete(key);
      else kept.set(key, value);
    }
    return readFloor(store, scope);
  };
  return { clock, join };
}

test("[SY58] a join fixes the floor by the days asked for then, and one that keeps all takes an earlier join's away", () => {
  const { clock, join } = createRig(0);
  expect(join(null)).toBe(0);
  const floor = join(30);
  expect(floor).toBe(bucketOf(clock.nowMs() - 30 * DAY_MS));
  const sinceMs = historySince(floor) ?? 0;
  expect(clock.nowMs() - 30 * DAY_MS - sinceMs).toBeLessThan(2 ** 22);
  expect(bucketOf(sinceMs)).toBe(floor);
  expect(join(null)).toBe(0);
  expect(historySince(0)).toBeNull();
  // Longer than there was time.
  expect(join(100_000)).toBe(0);
});

test("[SY58] where history is here already, a new invitation changes nothing of it", () => {
  const { join } = createRig(3);
  expect(join(30)).toBe(0);
});
