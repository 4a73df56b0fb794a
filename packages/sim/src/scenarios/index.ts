/** Every scenario by its name. */
import type { Scenario } from "../run.ts";
import {
  away,
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
import { directTalk, goBetween, privateChannel, sealedTalk } from "./circles.ts";
import { backfill, lyingPeer, slowPeer } from "./backfill.ts";
import {
  eachOther,
  fromJoining,
  lastOwner,
  overruled,
  promotedAndRemoved,
  revokedWhileUsed,
  secondDevice,
  setBack,
  usedTwice,
} from "./membership.ts";
import { twoSides } from "./sides.ts";
import { newcomer } from "./newcomer.ts";
import { secondThoughts, standard } from "./standard.ts";

export const scenarios: readonly Scenario[] = [
  standard,
  secondThoughts,
  calm,
  split,
  comings,
  powerCuts,
  lossy,
  digestOnly,
  bloomOnly,
  fullDisk,
  timeTraveller,
  away,
  backfill,
  slowPeer,
  lyingPeer,
  newcomer,
  privateChannel,
  goBetween,
  directTalk,
  sealedTalk,
  twoSides,
  promotedAndRemoved,
  overruled,
  eachOther,
  usedTwice,
  revokedWhileUsed,
  fromJoining,
  lastOwner,
  secondDevice,
  setBack,
  hour,
];

export function findScenario(name: string): Scenario | null {
  return scenarios.find((scenario) => scenario.name === name) ?? null;
}
