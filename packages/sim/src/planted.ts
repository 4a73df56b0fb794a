/**
 * `npm run sim:planted [-- --runs N]`: plants one bug at a time in a copy of the sources and counts the standard runs
 * until an invariant notices. No scenario and no checker knows the bugs. Exits 1 when one is not found.
 */
import { parseArgs } from "node:util";
import { bugs } from "./bugs.ts";
import { runWith } from "./planting.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "500" } } });
let missed = 0;
for (const bug of bugs) {
  const { code, output } = await runWith(bug, {
    path: "packages/sim/src/soak-main.ts",
    parameters: ["--runs", values.runs, "--seed", "1", "--broken", "1"],
  });
  const [first = ""] = output.filter((line) => line.startsWith("BROKEN"));
  // A copy that does not even start exits with 1 as well.
  const found = code === 1 && first !== "";
  if (!found) missed += 1;
  const closing = output.at(-1) ?? "";
  console.log(`${found ? "found" : "NOT FOUND"}: ${bug.name}\n  ${closing}\n  ${first}`);
}
process.exitCode = missed > 0 ? 1 : 0;
