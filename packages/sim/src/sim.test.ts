import { describe, expect, test, vi } from "vitest";
import { run } from "./run.ts";
import type { Scenario } from "./run.ts";
import { findScenario, scenarios } from "./scenarios/index.ts";
import { replayCommand } from "./words.ts";

// A run is a second or two of work: on a machine that others share, several.
vi.setConfig({ testTimeout: 120_000 });

function named(name: string): Scenario {
  const scenario = findScenario(name);
  if (scenario === null) throw new Error(`no scenario is called ${name}`);
  return scenario;
}

test("the same scenario and seed give the same run, step for step; another seed another", async () => {
  const [one, again, other] = [
    await run(named("power-cuts"), 7),
    await run(named("power-cuts"), 7),
    await run(named("power-cuts"), 8),
  ];
  expect(again).toEqual(one);
  expect(other.steps).not.toBe(one.steps);
});

describe("every scenario but the long one keeps all invariants", () => {
  test.each(scenarios.map(({ name }) => name).filter((name) => name !== "hour"))("%s", async (name) => {
    const report = await run(named(name), 1);
    expect(report.breaches, replayCommand(report)).toEqual([]);
    expect(report.answered).toBeGreaterThan(0);
  });
});

test("[SE15] a full disk is tried now and then, not with everything that comes", async () => {
  const report = await run(named("full-disk"), 3);
  expect(report.breaches).toEqual([]);
  // 60 messages of its own are refused, and about one write in each rest.
  expect(report.refusedWrites).toBeGreaterThan(60);
  expect(report.refusedWrites).toBeLessThan(300);
});

test("[DI18] [DI19] messages travel by datagrams alone, 99 of 100 within 4 s while a fifth is lost", async () => {
  for (const seed of [1, 2, 3]) {
    const report = await run(named("digest-only"), seed);
    expect(report.breaches, replayCommand(report)).toEqual([]);
    // Each of 300 messages to each of the four other devices, and none twice.
    expect(report.latency.count).toBe(1_200);
    expect(report.latency.p99Ms).toBeLessThanOrEqual(4_000);
  }
});

test("[DI23] [SY42] two parts that wrote hundreds of messages apart become one by datagrams alone, by filters of the newest", async () => {
  const parted: Scenario = {
    ...named("split"),
    name: "parted-datagrams",
    circumstances: { ways: { push: false, streams: false } },
  };
  const report = await run(parted, 1);
  expect(report.breaches, replayCommand(report)).toEqual([]);
  expect(report.answered).toBeGreaterThan(300);
});

test("[DI21] where there are links, a message that no push has brought comes by a session soon after a beat", async () => {
  const report = await run(
    { ...named("calm"), name: "no-push", circumstances: { ways: { push: false, streams: true } } },
    1,
  );
  expect(report.breaches).toEqual([]);
  expect(report.latency.count).toBe(600);
  expect(report.latency.p99Ms).toBeLessThanOrEqual(4_000);
});

test("seed 1173: what a full disk did not take of the ticks is written later, and no restart takes it back", async () => {
  const report = await run(named("standard"), 1173);
  expect(report.breaches).toEqual([]);
});

test("seed 20747: a cause that each filter of a round has hidden is asked for by name", async () => {
  const report = await run(named("standard"), 20747);
  expect(report.breaches).toEqual([]);
});

test("seed 11: a round ends once the causes of what came are here too, and finds what is still missing", async () => {
  const report = await run(named("standard"), 11);
  expect(report.breaches).toEqual([]);
});
