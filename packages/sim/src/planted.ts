/**
 * `npm run sim:planted [-- --runs N]`: plants one bug at a time in a copy of the sources and counts the standard runs
 * until an invariant notices. No scenario and no checker knows the bugs. Exits 1 when one is not found.
 */
import { spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

interface Bug {
  readonly name: string;
  readonly file: string;
  /** Stands there once. */
  readonly find: string;
  readonly replace: string;
}

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
const root = fileURLToPath(new URL("../../../", import.meta.url));
let missed = 0;
for (const bug of bugs) {
  const folder = mkdtempSync(join(tmpdir(), "kith-planted-"));
  try {
    const { code, output } = await soakWith(bug, folder, values.runs);
    const [first = ""] = output.filter((line) => line.startsWith("BROKEN"));
    // A copy that does not even start exits with 1 as well.
    const found = code === 1 && first !== "";
    if (!found) missed += 1;
    const closing = output.at(-1) ?? "";
    console.log(`${found ? "found" : "NOT FOUND"}: ${bug.name}\n  ${closing}\n  ${first}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exitCode = missed > 0 ? 1 : 0;

async function soakWith(
  bug: Bug,
  folder: string,
  runs: string,
): Promise<{ code: number | null; output: string[] }> {
  cpSync(join(root, "packages"), join(folder, "packages"), {
    recursive: true,
    filter: (path) => !path.includes("node_modules"),
  });
  // The libraries as they are; our own packages from the copy.
  mkdirSync(join(folder, "node_modules", "@kith"), { recursive: true });
  for (const name of readdirSync(join(folder, "packages")))
    symlinkSync(join(folder, "packages", name), join(folder, "node_modules", "@kith", name));
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name !== "@kith") symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  const path = join(folder, bug.file);
  const text = readFileSync(path, "utf8");
  if (text.split(bug.find).length !== 2)
    throw new Error(
      `"${bug.name}" cannot be planted: its place in ${bug.file} is not there once; mend the list`,
    );
  writeFileSync(path, text.replace(bug.find, bug.replace));
  const program = join(folder, "packages/sim/src/soak-main.ts");
  const child = spawn(process.execPath, [program, "--runs", runs, "--seed", "1", "--broken", "1"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, output: Buffer.concat(chunks).toString("utf8").trim().split("\n") };
}
