/** Runs the production node on a virtual clock, a disk and a network with faults. docs/ARCHITECTURE. */
export { run } from "./run.ts";
export type { RunReport, Scenario } from "./run.ts";
export { describeRun, replayCommand } from "./words.ts";
export { findScenario, scenarios } from "./scenarios/index.ts";
export type { Breach, Invariant } from "./witness.ts";
export { createPacedClock } from "./service/paced-clock.ts";
export { serveSimulation } from "./service/server.ts";
export type { SimulationServer } from "./service/server.ts";
export { createSimulation } from "./service/simulation.ts";
export type { SimulatedDevice, Simulation, SimulationState } from "./service/simulation.ts";
export { createSeededRandom } from "./seeded-random.ts";
export { Weather } from "./weather.ts";
