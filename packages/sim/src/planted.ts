/**
 * `npm run sim:planted [-- --runs N]`: plants one bug at a time in a copy of the sources and counts the standard runs
 * until an invariant notices. No scenario and no checker knows the bugs. Exits 1 when one is not found.
 */
import { parseArgs } from "node:util";
import { runWith } from "./planting.ts";
import type { Bug } from "./planting.ts";

const bugs: readonly Bug[] = [
  {
    name: "a message is answered before it is on the disk",
    file: "packages/node/src/ledger.ts",
    find: "      result = await this.#options.store.commit({ ...extras, meta, events: drafts });\n",
    replace: `      const writing = this.#options.store.commit({ ...extras, meta, events: drafts });
      const isPost = gathering.from === null && drafts.length > 0 && drafts.every(({ event }) => event.kind === 32);
      writing.catch(() => undefined);
      result = isPost
        ? { appended: drafts.map(({ event }) => ({ ...event, arrival: 1 })), log: [] }
        : await writing;
`,
  },
  {
    name: "one request is not made again: what a full disk did not take of a scope",
    file: "packages/node/src/exchange.ts",
    find: "      const scopes = [...this.#unstored];\n",
    replace: "      const scopes = [...this.#unstored].slice(1);\n",
  },
  {
    name: "Bloom filters have one salt for ever",
    file: "packages/node/src/scope-sync.ts",
    find: "salt: () => random.bytes(BLOOM_SALT_BYTES),",
    replace: "salt: () => random.bytes(BLOOM_SALT_BYTES).fill(7),",
  },
  {
    name: "two sides agree without a look at the roots",
    file: "packages/core/src/sync/session.ts",
    find: 'if (equalBytes(root, frame.root)) return [done("agreed", "bulk"), agree()];',
    replace: 'if (root.length > 0) return [done("agreed", "bulk"), agree()];',
  },
  {
    name: "a device acknowledges one event more than it holds",
    file: "packages/node/src/outflow.ts",
    find: "of.set(event.device, Math.max(of.get(event.device) ?? 0, event.seq));",
    replace: "of.set(event.device, Math.max(of.get(event.device) ?? 0, event.seq + 1));",
  },
  {
    name: "a full disk is taken for one that has written",
    file: "packages/sim/src/disk.ts",
    find: "              reject(fullError());",
    replace: "              resolve({ appended: [], log: [] });",
  },
];

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
