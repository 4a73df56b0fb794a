/** Runs the production node on a virtual clock, a disk and a network with faults. docs/ARCHITECTURE. */
export { run } from "./run.ts";
export type { RunReport, Scenario } from "./run.ts";
export { describeRun, replayCommand } from "./words.ts";
export { findScenario, scenarios } from "./scenarios/index.ts";
export type { Breach, Invariant } from "./witness.ts";
