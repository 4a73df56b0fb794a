/** A thread of the soak: runs the seeds it is sent, one at a time, and answers with their reports. */
import { parentPort } from "node:worker_threads";
import { run } from "./run.ts";
import { findScenario } from "./scenarios/index.ts";

parentPort?.on("message", ({ scenario, seed }: { scenario: string; seed: number }) => {
  const found = findScenario(scenario);
  if (found === null) throw new Error(`no scenario is called ${scenario}`);
  void run(found, seed).then((report) => parentPort?.postMessage(report));
});
