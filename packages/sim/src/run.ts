/** One run: a scenario, a seed, and what came of them. The same two give the same run, step for step. */
import type { Log } from "@kith/core";
import type { Circumstances } from "./circumstances.ts";
import { createSeededRandom } from "./seeded-random.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { Breach, Latency } from "./witness.ts";
import { World } from "./world.ts";
import type { History } from "./world.ts";

export interface Scenario {
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  /** The members' devices, the owner's first. */
  readonly devices: readonly string[];
  /** What those see who come later. Left out: all. */
  readonly history?: History;
  /** What this network lets through, which a scenario may leave to the seed. Left out: everything. */
  readonly circumstances?: Circumstances | ((random: SeededRandom) => Circumstances);
  /** Of a hundred times that a message takes to another device, 99 are no longer than this. Left out: no promise. */
  readonly latencyP99MsMax?: number;
  /** What happens once all are members. */
  play(world: World, random: SeededRandom): Promise<void>;
}

export interface RunReport {
  readonly scenario: string;
  readonly seed: number;
  readonly breaches: readonly Breach[];
  readonly events: number;
  readonly answered: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly faults: number;
  /** Writes refused by full disks. */
  readonly refusedWrites: number;
  readonly steps: number;
  readonly virtualMs: number;
  /** From the end of the last fault until all devices held the same; null when they never did. */
  readonly convergedMs: number | null;
  /** Of every message to every other device, from its answer to its author to its line in that device's log. */
  readonly latency: Latency;
}

export async function run(
  scenario: Scenario,
  seed: number,
  options: { log?: (device: string) => Log } = {},
): Promise<RunReport> {
  const random = createSeededRandom(`${scenario.name} ${seed}`);
  const given = scenario.circumstances ?? {};
  const circumstances = typeof given === "function" ? given(random.fork("circumstances")) : given;
  const world = new World({ random, circumstances, ...options });
  let convergedMs: number | null = null;
  try {
    await world.settle(scenario.devices, scenario.history);
    await scenario.play(world, random.fork("play"));
    const endedMs = world.timeline.nowMs;
    if (await world.lull()) convergedMs = world.timeline.nowMs - endedMs;
    await world.witness.finish();
    const { latencyP99MsMax: maxMs } = scenario;
    const { count, p99Ms } = world.witness.latency();
    if (maxMs !== undefined && (count === 0 || p99Ms > maxMs))
      world.witness.fail("comes in time", `1 of 100 messages took ${p99Ms} ms or longer, not ${maxMs}`);
  } catch (error) {
    world.witness.fail("starts", error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const { witness, timeline, faults, devices } = world;
  return {
    scenario: scenario.name,
    seed,
    breaches: witness.breaches,
    events: Math.max(0, ...devices.map(({ disk }) => disk.kept.events.size)),
    answered: witness.answeredCount,
    refusals: Object.fromEntries(witness.refusals),
    faults,
    refusedWrites: devices.reduce((sum, { disk }) => sum + disk.refusals, 0),
    steps: timeline.steps,
    virtualMs: Math.round(timeline.nowMs),
    convergedMs,
    latency: witness.latency(),
  };
}
