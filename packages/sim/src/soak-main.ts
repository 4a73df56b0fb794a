/** `npm run sim:soak -- --runs N --seed S [--scenario NAME] [--threads N]`: a closing line; exits 1 on any breach. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { findScenario, scenarios } from "./scenarios/index.ts";
import { soak } from "./soak.ts";
import { describeRun } from "./words.ts";

const TELL_EVERY = 100;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    scenario: { type: "string", default: "standard" },
    /** Runs with a broken invariant after which no more are begun: enough to see whether one cause is at work. */
    broken: { type: "string", default: "10" },
    /** Seeds run at once; as many as there are cores unless said. */
    threads: { type: "string" },
  },
});
const runs = Number(values.runs);
const seed = Number(values.seed);
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed) || seed < 0) {
  console.error("--runs and --seed are whole numbers, for example --runs 2000 --seed 1");
  process.exit(2);
}
if (findScenario(values.scenario) === null) {
  console.error(
    `No scenario is called ${values.scenario}; there are ${scenarios.map(({ name }) => name).join(", ")}.`,
  );
  process.exit(2);
}

const beganMs = performance.now();
let done = 0;
/** Ended before its time (Ctrl+C, a machine that is needed): what was run counts, and the closing line says how much. */
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
const summary = await soak({
  scenario: values.scenario,
  runs,
  seed,
  brokenMax: Number(values.broken),
  threads: values.threads === undefined ? availableParallelism() : Number(values.threads),
  signal: stop.signal,
  onReport(report) {
    done += 1;
    if (report.breaches.length > 0) for (const line of describeRun(report)) console.log(line);
    if (done % TELL_EVERY === 0) console.error(`${done} of ${runs} runs`);
  },
});
const seconds = ((performance.now() - beganMs) / 1_000).toFixed(0);
console.log(
  `${summary.runs} runs of ${values.scenario} from seed ${seed} in ${seconds} s: ${summary.events} events, ` +
    `${summary.answered} messages answered, ${summary.faults} faults, ` +
    `${summary.brokenInvariants} broken invariants in ${summary.brokenRuns} runs`,
);
process.exitCode = summary.brokenRuns > 0 ? 1 : 0;
