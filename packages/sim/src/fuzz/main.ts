/** `npm run fuzz:membership -- --runs N --seed S [--trace]`: one closing line; exits 1 if anything was violated. */
import { parseArgs } from "node:util";
import { isBreakdown, playHistory } from "./history.ts";

const TELL_EVERY = 500;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    /** Violated runs after which no more are begun: enough to see whether one cause is at work. */
    broken: { type: "string", default: "10" },
    /** Runs that broke down with an exception, and nothing else, are told and not counted as violated. */
    named: { type: "boolean", default: false },
    /** Says what is done in each, a line an act. */
    trace: { type: "boolean", default: false },
    /** No message is for a time: histories as they were before there was such a thing. */
    "no-lifetimes": { type: "boolean", default: false },
  },
});
const runs = Number(values.runs);
const first = Number(values.seed);
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(first) || first < 0) {
  console.error("--runs and --seed are whole numbers, for example --runs 2000 --seed 1");
  process.exit(2);
}

const stop = new AbortController();
// What was done until then is told.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop.abort());

const beganMs = performance.now();
const sum = { runs: 0, acts: 0, messages: 0, violations: 0, broken: 0 };
for (
  let seed = first;
  seed < first + runs && sum.broken < Number(values.broken) && !stop.signal.aborted;
  seed += 1
) {
  const report = await playHistory(seed, {
    ...(values.trace && { say: (line: string) => console.log(line) }),
    lifetimes: !values["no-lifetimes"],
  });
  sum.runs += 1;
  sum.acts += report.acts;
  sum.messages += report.messages;
  sum.violations += report.violations.length;
  if (report.violations.length > 0) {
    if (!values.named || !report.violations.every(isBreakdown)) sum.broken += 1;
    for (const violation of report.violations)
      console.log(`VIOLATED in run ${sum.runs}, seed ${seed}: ${violation}`);
    const plain = values["no-lifetimes"] ? " --no-lifetimes" : "";
    console.log(`Again: npm run -s fuzz:membership -- --runs 1 --seed ${seed} --trace${plain}`);
  } else if (sum.runs % TELL_EVERY === 0 && process.stderr.isTTY)
    console.error(`${sum.runs} of ${runs} runs`);
}
const seconds = ((performance.now() - beganMs) / 1_000).toFixed(0);
console.log(
  `${sum.runs} runs from seed ${first} in ${seconds} s: ${sum.acts} acts, ${sum.messages} messages, ` +
    `${sum.violations} violations in ${sum.broken} runs`,
);
process.exitCode = sum.broken > 0 ? 1 : 0;
