import { expect, test } from "vitest";
import { meets, summarize } from "./summary.ts";

test("statistics are values that were seen, by nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(summarize(hundred)).toEqual({
    count: 100,
    min: 1,
    p25: 25,
    median: 50,
    p75: 75,
    p95: 95,
    p99: 99,
    max: 100,
  });
  expect(summarize([7])).toMatchObject({ min: 7, median: 7, p99: 7, max: 7 });
});

test("nothing measured is an error and not a zero", () => {
  expect(() => summarize([])).toThrow("nothing was measured");
});

test("a target is met at its bound and missed beyond it", () => {
  const summary = summarize([1, 2, 3]);
  expect(meets(summary, { statistic: "median", atMost: 2 })).toBe(true);
  expect(meets(summary, { statistic: "p95", atMost: 2 })).toBe(false);
  expect(meets(summary, { statistic: "min", atLeast: 2 })).toBe(false);
});
