import { expect, test } from "vitest";
import { createCells } from "./cell.ts";
import { createManualHost } from "./testing/manual-host.ts";

test("whatever happens between two frames is told once", () => {
  const host = createManualHost();
  const cell = createCells(host).create(0);
  let told = 0;
  cell.subscribe(() => (told += 1));
  for (let n = 1; n <= 1_000; n += 1) cell.set(n);
  expect(told).toBe(0);
  host.frame();
  expect(told).toBe(1);
  expect(cell.get()).toBe(1_000);
  expect(host.pending()).toBe(0);
});

test("a hidden page, which gets no frames, is told by a timer; so is one that is hidden before its frame", async () => {
  const host = createManualHost();
  const cell = createCells(host).create(0);
  let told = 0;
  cell.subscribe(() => (told += 1));
  cell.set(1);
  host.hide();
  await host.pass(100);
  expect(told).toBe(1);
  cell.set(2);
  await host.pass(100);
  expect(told).toBe(2);
});

test("a derived value is worked out once for each change, and only if somebody looks", () => {
  const host = createManualHost();
  let computed = 0;
  const derived = createCells(host).derive(() => ({ n: (computed += 1) }));
  expect(derived.get()).toBe(derived.get());
  derived.touch();
  derived.touch();
  expect(computed).toBe(1);
  expect(derived.get().n).toBe(2);
});

test("the first watcher starts what feeds a value, the last one ends it", () => {
  const host = createManualHost();
  const happened: string[] = [];
  const cell = createCells(host).create(0, () => {
    happened.push("begin");
    return () => void happened.push("end");
  });
  const first = cell.subscribe(() => undefined);
  const second = cell.subscribe(() => undefined);
  first();
  first();
  expect(happened).toEqual(["begin"]);
  second();
  expect(happened).toEqual(["begin", "end"]);
});

test("what the person does is told at once and painted first; everything else follows a frame later", () => {
  const host = createManualHost();
  const cells = createCells(host);
  const own = cells.create("");
  const other = cells.create(0);
  const told: string[] = [];
  own.subscribe(() => told.push(`own ${own.get()}`));
  other.subscribe(() => told.push(`other ${other.get()}`));
  other.set(1);
  own.set("typed");
  own.tellNow();
  expect(told).toEqual(["own typed"]);
  other.set(2);
  host.frame();
  expect(told).toEqual(["own typed"]);
  host.frame();
  expect(told).toEqual(["own typed", "other 2"]);
  host.frame();
  expect(told).toHaveLength(2);
  expect(host.pending()).toBe(0);
});

test("who types faster than frames come keeps nothing from being told for longer than a tenth of a second", async () => {
  const host = createManualHost();
  const cells = createCells(host);
  const own = cells.create(0);
  const other = cells.create(0);
  let told = 0;
  other.subscribe(() => (told += 1));
  other.set(1);
  for (let n = 1; n <= 10; n += 1) {
    own.set(n);
    own.tellNow();
    await host.pass(10);
  }
  expect(told).toBe(1);
});
