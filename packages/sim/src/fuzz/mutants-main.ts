/** `npm run fuzz:mutants [-- --runs N --seed S]`: takes one part of a rule away at a time, and counts the histories until one shows it. */
import { parseArgs } from "node:util";
import { hunt, mutants, rareMutants } from "./mutants.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "5000" }, seed: { type: "string", default: "1" } },
});
let missed = 0;
for (const mutant of [...mutants, ...rareMutants]) {
  const { runs, how } = await hunt(mutant, { runs: Number(values.runs), seed: Number(values.seed) });
  if (runs === null) missed += 1;
  console.log(`${mutant.rule}: ${mutant.name}: ${runs === null ? "NOT FOUND" : `run ${runs}`}: ${how}`);
}
process.exitCode = missed > 0 ? 1 : 0;
