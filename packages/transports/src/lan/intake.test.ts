import fc from "fast-check";
import { expect, test } from "vitest";
import { createIntake } from "./intake.ts";
import {
  BURST_SOURCE,
  BURST_TOTAL,
  FAVOURED_MAX,
  RATE_SOURCE_PER_S,
  RATE_TOTAL_PER_S,
  RESERVE_TOTAL,
  SOURCES_MAX,
} from "./limits.ts";

test("[LN5] attack 31: one source gets its burst and its rate, and another gets its own", () => {
  const intake = createIntake(0);
  let taken = 0;
  for (let ms = 0; ms < 10_000; ms += 1)
    for (let index = 0; index < 10; index += 1) if (intake.take("flooder", ms)) taken += 1;
  expect(taken).toBeGreaterThanOrEqual(BURST_SOURCE + RATE_SOURCE_PER_S * 9.9);
  expect(taken).toBeLessThanOrEqual(BURST_SOURCE + RATE_SOURCE_PER_S * 10);
  expect(intake.take("friend", 10_000)).toBe(true);
});

test("[LN6] attack 31: forged sources leave room for a favoured one", () => {
  const intake = createIntake(0);
  expect(intake.take("friend", 0)).toBe(true);
  intake.favour("friend");
  let forged = 0;
  let heard = 0;
  for (let ms = 1; ms <= 2_000; ms += 1) {
    for (let index = 0; index < 10; index += 1) if (intake.take(`forged-${ms}-${index}`, ms)) forged += 1;
    if (ms % 500 === 0 && intake.take("friend", ms)) heard += 1;
  }
  expect(heard).toBe(4);
  expect(forged).toBeLessThanOrEqual(BURST_TOTAL - RESERVE_TOTAL + RATE_TOTAL_PER_S * 2);
});

test("[LN6] a favoured source spends its own rate and no more", () => {
  const intake = createIntake(0);
  intake.take("friend", 0);
  intake.favour("friend");
  let taken = 0;
  for (let index = 0; index < 5_000; index += 1) if (intake.take("friend", 0)) taken += 1;
  expect(taken).toBe(BURST_SOURCE - 1);
});

test("[LN6] a host never heard cannot be favoured", () => {
  const intake = createIntake(0);
  intake.favour("unheard");
  expect(intake.sourceCount).toBe(0);
});

test("[LN7] attack 31: sources without end take bounded memory", () => {
  const intake = createIntake(0);
  for (let index = 0; index < 20_000; index += 1) {
    intake.take(`source-${index}`, index);
    if (index % 7 === 0) intake.favour(`source-${index}`);
  }
  expect(intake.sourceCount).toBeLessThanOrEqual(SOURCES_MAX + FAVOURED_MAX);
});

test("[LN5] whatever comes, no second brings more than the total allows", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(20)), { maxLength: 3_000 }), (arrivals) => {
      const intake = createIntake(0);
      let nowMs = 0;
      let taken = 0;
      for (const [source, stepMs] of arrivals) {
        nowMs += stepMs / 10;
        if (intake.take(String(source), nowMs)) taken += 1;
      }
      expect(taken).toBeLessThanOrEqual(BURST_TOTAL + (RATE_TOTAL_PER_S * nowMs) / 1_000);
    }),
    { numRuns: 30 },
  );
});
