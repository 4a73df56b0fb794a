import fc from "fast-check";
import { expect, test } from "vitest";
import { nextStep } from "./window-steps.ts";

const rows = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => ({ key: String(from + at) }));
const keys = (items: readonly { key: string }[] | undefined) => items?.map(({ key }) => Number(key));

test("older rows that push out the newest come in two steps, the first at the start alone", () => {
  const shown = rows(100, 400);
  const wanted = rows(0, 300);
  const first = nextStep(shown, wanted);
  expect(first?.kind).toBe("start");
  expect(keys(first?.items)).toEqual(keys(rows(0, 400)));
  const second = nextStep(first?.items ?? [], wanted);
  expect(second).toEqual({ kind: "end", items: wanted });
});

test("a new row in a full window takes the oldest away first", () => {
  const first = nextStep(rows(0, 300), rows(1, 301));
  expect(first?.kind).toBe("start");
  expect(keys(first?.items)).toEqual(keys(rows(1, 300)));
  expect(nextStep(first?.items ?? [], rows(1, 301))?.kind).toBe("end");
});

test("from any stretch to any other it ends there, and no step changes the count by nothing while the start moves", () => {
  const stretch = fc
    .tuple(fc.nat(60), fc.integer({ min: 1, max: 40 }))
    .map(([from, count]) => rows(from, from + count));
  fc.assert(
    fc.property(stretch, stretch, (from, wanted) => {
      let shown: readonly { key: string }[] = from;
      for (let steps = 0; steps < 3; steps += 1) {
        const step = nextStep(shown, wanted);
        if (step === null) break;
        if (step.kind === "start") expect(step.items.length).not.toBe(shown.length);
        shown = step.items;
      }
      expect(keys(shown)).toEqual(keys(wanted));
    }),
  );
});
