import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketOf, compareTimes, createHybridClock, followsInTime, REMOTE_AHEAD_MS } from "./time.ts";
import type { HybridTime } from "./time.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const START_MS = 1_760_000_000_000;
const LAST: HybridTime = { ms: 2 ** 48 - 1, count: 2 ** 20 - 1 };

function createWall(startMs = START_MS) {
  const wall = { ms: startMs };
  const clock = { nowMs: () => wall.ms, monotonicMs: () => wall.ms, after: () => () => {} };
  return { wall, clock: createHybridClock(clock) };
}

const anyTime = fc.record({ ms: fc.nat(2 ** 48 - 1), count: fc.nat(2 ** 20 - 1) });

describe("hybrid time", () => {
  test("[EV16] times order by milliseconds, then count", () => {
    expect(compareTimes({ ms: 1, count: 9 }, { ms: 2, count: 0 })).toBeLessThan(0);
    expect(compareTimes({ ms: 2, count: 1 }, { ms: 2, count: 0 })).toBeGreaterThan(0);
    expect(compareTimes({ ms: 2, count: 1 }, { ms: 2, count: 1 })).toBe(0);
  });

  test("[EV16] a bucket is 2^22 milliseconds", () => {
    expect([0, 2 ** 22 - 1, 2 ** 22, START_MS].map(bucketOf)).toEqual([
      0,
      0,
      1,
      Math.floor(START_MS / 2 ** 22),
    ]);
  });

  test("[EV17] an event is later than each event that it follows", () => {
    const past = [
      { ms: 5, count: 1 },
      { ms: 6, count: 0 },
    ];
    expect(followsInTime({ ms: 6, count: 1 }, past)).toBe(true);
    expect(followsInTime({ ms: 6, count: 0 }, past)).toBe(false);
    expect(followsInTime({ ms: 5, count: 2 }, past)).toBe(false);
    expect(followsInTime({ ms: 0, count: 0 }, [])).toBe(true);
  });

  test("[EV17] the last time of the format ends no chain: what follows it takes it too", () => {
    const { clock } = createWall();
    expect(clock.next([LAST])).toEqual(LAST);
    expect(followsInTime(LAST, [LAST])).toBe(true);
  });

  test("[EV18] attack 26: an event from a clock that is days ahead is followed at once, and moves this clock at most 5 minutes", () => {
    const { wall, clock } = createWall();
    const ahead = { ms: START_MS + 3 * DAY_MS, count: 0 };
    clock.observe(ahead);
    expect(followsInTime(clock.next([ahead]), [ahead])).toBe(true);
    const free = clock.next([]);
    expect(free.ms).toBeLessThanOrEqual(START_MS + REMOTE_AHEAD_MS);
    wall.ms += REMOTE_AHEAD_MS + 1;
    expect(clock.next([])).toEqual({ ms: wall.ms, count: 0 });
  });

  test("[EV18] attack 26: an event from a clock that is days behind changes nothing", () => {
    const { clock } = createWall();
    clock.observe({ ms: START_MS - 3 * DAY_MS, count: 7 });
    expect(clock.next([])).toEqual({ ms: START_MS, count: 0 });
  });

  test("[EV19] a wall clock that jumps back does not take the device's own times back", () => {
    const { wall, clock } = createWall();
    const before = clock.next([]);
    wall.ms -= DAY_MS;
    expect(compareTimes(clock.next([]), before)).toBeGreaterThan(0);
  });

  test("[EV19] a wall clock that jumps back beyond the cap still gives no time twice", () => {
    const { wall, clock } = createWall(300_001);
    const times = [clock.next([])];
    wall.ms = 0;
    times.push(clock.next([]), clock.next([]));
    expect(times.map(({ count }) => count)).toEqual([0, 1, 2]);
  });

  test("[EV19] a full count carries into the millisecond", () => {
    const { clock } = createWall();
    expect(clock.next([{ ms: START_MS + 1, count: 2 ** 20 - 1 }])).toEqual({ ms: START_MS + 2, count: 0 });
  });

  test("[EV19] whatever a device follows and hears, its event follows in time and is not before its wall", () => {
    const step = fc.record({
      after: fc.array(anyTime, { maxLength: 4 }),
      heard: anyTime,
      wallMs: fc.nat(2 ** 42),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const { wall, clock } = createWall();
        let ownFree: HybridTime | null = null;
        for (const { after, heard, wallMs } of steps) {
          wall.ms = wallMs;
          clock.observe(heard);
          const time = clock.next(after);
          expect(followsInTime(time, after)).toBe(true);
          expect(time.ms).toBeGreaterThanOrEqual(wallMs);
          const free = clock.next([]);
          if (ownFree !== null) expect(compareTimes(free, ownFree)).toBeGreaterThan(0);
          ownFree = free;
        }
      }),
    );
  });
});
