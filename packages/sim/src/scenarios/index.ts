/** Every scenario by its name. */
import type { Scenario } from "../run.ts";
import {
  bloomOnly,
  calm,
  comings,
  digestOnly,
  fullDisk,
  hour,
  lossy,
  powerCuts,
  split,
  timeTraveller,
} from "./named.ts";
import { backfill, lyingPeer, slowPeer } from "./backfill.ts";
import { standard } from "./standard.ts";

export const scenarios: readonly Scenario[] = [
  standard,
  calm,
  split,
  comings,
  powerCuts,
  lossy,
  digestOnly,
  bloomOnly,
  fullDisk,
  timeTraveller,
  backfill,
  slowPeer,
  lyingPeer,
  hour,
];

export function findScenario(name: string): Scenario | null {
  return scenarios.find((scenario) => scenario.name === name) ?? null;
}
