/** Runs the production node on a virtual clock, a disk and a network with faults. docs/ARCHITECTURE. */
export { run } from "./run.ts";
export type { RunReport, Scenario } from "./run.ts";
export { standard } from "./standard.ts";
export type { Breach, Invariant } from "./witness.ts";
