import { describe, expect, test, vi } from "vitest";
import { playHistory } from "./history.ts";
import { hunt, mutants } from "./mutants.ts";

// Work of seconds: on a machine that others share, of more.
vi.setConfig({ testTimeout: 600_000 });

/** About ten seconds of a core. */
const RUNS = 150;
/** Far more than any of them has needed. */
const HUNT_RUNS_MAX = 1_000;

test("[SP3] [EP12] [EP13] random histories keep every rule, whatever some do who keep none", async () => {
  let messages = 0;
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const report = await playHistory(seed);
    expect(report.violations, `npm run -s fuzz:membership -- --runs 1 --seed ${seed} --trace`).toEqual([]);
    messages += report.messages;
  }
  expect(messages).toBeGreaterThan(2 * RUNS);
});

/** Each found something once, in the rules, in what keeps them or in the checks. */
const FOUND = [514, 1183, 5542, 13757, 13796, 14708, 15837, 17666, 21258, 111600, 113085];

test.each(FOUND)(
  "[SP3] [SP25] [SP41] [SP57] a history that broke an earlier state keeps every rule: seed %i",
  async (seed) => {
    expect((await playHistory(seed, { lifetimes: false })).violations).toEqual([]);
  },
);

/** Since there are messages for a time and sealed spaces. */
const FOUND_SINCE = [2000744, 2014996, 3007566, 3009281];

test.each(FOUND_SINCE)(
  "[EP95] [EP98] a history with messages for a time or a sealed space that broke an earlier state: seed %i",
  async (seed) => {
    expect((await playHistory(seed)).violations).toEqual([]);
  },
);

test("the same seed is the same history, act for act; another seed another", async () => {
  const [one, again, other]: string[][] = [[], [], []];
  await playHistory(7, { say: (line) => one?.push(line) });
  await playHistory(7, { say: (line) => again?.push(line) });
  await playHistory(8, { say: (line) => other?.push(line) });
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
});

describe("a rule that is not kept is noticed", () => {
  /** The first of each rule: `npm run fuzz:mutants` has the time for all. */
  const firsts = mutants.filter(({ rule }, at) => mutants.findIndex((other) => other.rule === rule) === at);

  test("there is one of each rule of the design, of each part of the sender rule, and of what devices, private channels, join-only scopes, messages for a time and sealed spaces add", () => {
    const rules = [
      "1",
      "2",
      "3",
      "4",
      "5",
      "a",
      "b",
      "device",
      "device b",
      "private fence",
      "private a",
      "IN32",
      "EP89",
      "SP133",
      "EP98",
      "EP97",
    ];
    expect(firsts.map(({ rule }) => rule)).toEqual(rules);
  });

  test.each(firsts.map((mutant) => [mutant.rule, mutant.name, mutant] as const))(
    "rule %s: %s",
    async (_rule, _name, mutant) => {
      const { runs, how } = await hunt(mutant, { runs: HUNT_RUNS_MAX, seed: 1 });
      expect(runs, how).not.toBeNull();
    },
  );
});
