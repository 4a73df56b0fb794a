/**
 * The walls of docs/ARCHITECTURE.md as a table, and the check of an import graph against it. Pure: files
 * come as values, so that forbidden edges can be shown to be caught.
 */
import { posix } from "node:path";
import { codeOnly, scanImports } from "./scan.ts";
import type { Import } from "./scan.ts";

export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Export keys of each package of ours by its name: `@kith/store` -> [".", "./sqlite"]. */
export type PackageExports = Readonly<Record<string, readonly string[]>>;

interface Room {
  readonly packages: readonly string[];
  readonly typesOnly?: readonly string[];
}

const daemonPackages = [
  "@kith/core",
  "@kith/node",
  "@kith/api",
  "@kith/store",
  "@kith/transports",
  "@kith/contract",
];

/** First match decides. What a folder may import of ours, besides itself. */
const rooms: readonly (readonly [prefix: string, room: Room])[] = [
  ["packages/core/", { packages: [] }],
  ["packages/contract/", { packages: [] }],
  ["packages/store/", { packages: ["@kith/core"] }],
  ["packages/transports/", { packages: ["@kith/core"] }],
  ["packages/node/", { packages: ["@kith/core"] }],
  ["packages/api/", { packages: ["@kith/contract", "@kith/core", "@kith/node"] }],
  // Types only, so that zod stays out of a browser's bundle.
  ["packages/client/", { packages: [], typesOnly: ["@kith/contract"] }],
  ["packages/react/", { packages: ["@kith/client"], typesOnly: ["@kith/contract"] }],
  [
    "packages/sim/",
    {
      packages: ["@kith/core", "@kith/node", "@kith/store/memory", "@kith/transports/memory", "@kith/client"],
    },
  ],
  // Two composition roots live in the command line's package: the daemon, and the check of a store at rest.
  ["apps/kith/src/daemon/", { packages: daemonPackages }],
  ["apps/kith/src/offline/", { packages: ["@kith/core", "@kith/node", "@kith/store"] }],
  ["apps/kith/src/commands/sim.ts", { packages: ["@kith/sim", "@kith/client"] }],
  ["apps/kith/", { packages: ["@kith/client", "@kith/contract"] }],
  ["apps/web/", { packages: ["@kith/react", "@kith/client"], typesOnly: ["@kith/contract"] }],
  // As anybody's program: by what is published.
  ["examples/", { packages: ["@kith/react", "@kith/client"] }],
  ["apps/hub/", { packages: ["@kith/core", "@kith/store", "@kith/transports"] }],
];

/** Inside core: what each folder may import of core, besides itself. */
const coreRooms: Readonly<Record<string, readonly string[]>> = {
  ids: [],
  ports: ["ids"],
  crypto: ["ids", "ports"],
  identity: ["crypto", "ids", "ports"],
  event: ["identity", "crypto", "ids", "ports"],
  membership: ["event", "identity", "crypto", "ids", "ports"],
  encryption: ["event", "identity", "crypto", "ids", "ports"],
  group: ["membership", "encryption", "event", "identity", "crypto", "ids", "ports"],
  sync: ["crypto", "ids", "ports"],
  recovery: ["crypto", "ids", "ports"],
  handshake: ["crypto", "identity", "ids", "ports"],
  discovery: ["crypto", "identity", "ids", "ports"],
};

/** A room may take bounds (CONSTANTS) from one whose meanings it must not know. */
const boundsOf: Readonly<Record<string, readonly string[]>> = { sync: ["event"] };
const isBound = (name: string): boolean => /^[A-Z][A-Z0-9_]*$/.test(name);

/** Relative paths that leave their package: the guard's, what is started as a program, and what tests share. */
function mayLeave(from: string, to: string): boolean {
  if (from.startsWith("apps/kith/bin/")) return to.startsWith("scripts/");
  // Whole programs are started from outside, by their way in.
  if (from === "apps/kith/src/commands/bench.ts") return to === "bench/src/main.ts";
  if (from.startsWith("bench/")) return /^apps\/[^/]+\/bin\//.test(to);
  if (from.startsWith("tests/") && /^(?:scripts|apps\/[^/]+\/bin|packages\/[^/]+\/src\/testing)\//.test(to))
    return true;
  return isTestCode(from) && to.startsWith("tests/support/");
}

const impurities: readonly (readonly [pattern: RegExp, word: string])[] = [
  [/(?<![.\w])(?:new Date\b|Date\.|Date\()/, "Date"],
  [/(?<![.\w])set(?:Timeout|Interval|Immediate)\b/, "a timer"],
  [/\bMath\.random\b/, "Math.random"],
  [/(?<![.\w])performance\./, "performance"],
  [/(?<![.\w])fetch\(/, "fetch"],
];

/** Programs for developers that lie beside what they write out. */
const tools = ["packages/api/src/write-openapi.ts", "packages/api/src/write-graphql.ts"];

/** Code of tests: free to build worlds out of any room, by its exports. Production code never imports it. */
export function isTestCode(path: string): boolean {
  const byName = /(?:\.test|[.-]fixtures?|-vectors)\.tsx?$/.test(path);
  return (
    byName ||
    tools.includes(path) ||
    /^packages\/[^/]+\/src\/testing\//.test(path) ||
    /^(?:tests|spec)\//.test(path)
  );
}

const packageRoot = (path: string): string => /^(?:packages|apps)\/[^/]+|^[^/]+/.exec(path)?.[0] ?? path;
const packageName = (specifier: string): string => specifier.split("/").slice(0, 2).join("/");
const coreRoom = (path: string): string | undefined => /^packages\/core\/src\/([a-z-]+)[/.]/.exec(path)?.[1];

function checkOurs(
  file: SourceFile,
  { specifier, typeOnly }: Import,
  exports: PackageExports,
): string | null {
  const name = packageName(specifier);
  const keys = exports[name];
  if (keys === undefined) return `imports ${specifier}, which is no package of ours`;
  const key = `.${specifier.slice(name.length)}`;
  if (!keys.includes(key)) return `reaches inside ${name}: "${key}" is not among its exports`;
  if (isTestCode(file.path)) return null;
  if (key === "./testing" && !file.path.startsWith("bench/")) return `imports ${specifier}, code of tests`;
  const room = rooms.find(([prefix]) => file.path.startsWith(prefix))?.[1];
  if (room === undefined) return null;
  if (room.packages.includes(name) || room.packages.includes(specifier)) return null;
  if (room.typesOnly?.includes(name)) return typeOnly ? null : `may import only types of ${name}`;
  return `may not import ${specifier}`;
}

function checkRelative(file: SourceFile, { specifier, names }: Import): string | null {
  const target = posix.normalize(posix.join(posix.dirname(file.path), specifier));
  if (packageRoot(target) !== packageRoot(file.path)) {
    return mayLeave(file.path, target) ? null : `leaves its package by ${specifier}`;
  }
  if (isTestCode(file.path)) return null;
  if (isTestCode(target)) return `imports ${specifier}, code of tests`;
  const from = coreRoom(file.path);
  const to = coreRoom(target);
  if (from === undefined || to === undefined || from === to || from === "index") return null;
  const allowed = coreRooms[from];
  if (allowed === undefined) return `lies in core/${from}, a room that the table does not know`;
  const takesBounds = boundsOf[from]?.includes(to) === true && names.length > 0 && names.every(isBound);
  return allowed.includes(to) || takesBounds ? null : `core/${from} may not import core/${to}`;
}

function checkPurity(file: SourceFile, imports: readonly Import[]): string[] {
  const isPure = /^packages\/(core|node)\/src\//.test(file.path) && !isTestCode(file.path);
  if (!isPure) return [];
  const found: string[] = [];
  for (const { specifier } of imports) {
    if (!specifier.startsWith("node:")) continue;
    const isCrypto = specifier === "node:crypto" && file.path.startsWith("packages/core/src/crypto/");
    if (!isCrypto) found.push(`is pure and may not import ${specifier}`);
  }
  const code = codeOnly(file.text);
  for (const [pattern, word] of impurities)
    if (pattern.test(code)) found.push(`is pure and may not use ${word}`);
  return found;
}

/** What is wrong with these files, a sentence each; empty when every wall stands. */
export function checkWalls(files: readonly SourceFile[], exports: PackageExports): string[] {
  const problems: string[] = [];
  for (const file of files) {
    const imports = scanImports(file.text);
    const say = (what: string, line?: number): void => {
      problems.push(`${file.path}${line === undefined ? "" : `:${line}`} ${what}`);
    };
    for (const each of imports) {
      const ours = each.specifier.startsWith("@kith/");
      const relative = each.specifier.startsWith(".");
      const problem = ours ? checkOurs(file, each, exports) : relative ? checkRelative(file, each) : null;
      if (problem !== null) say(problem, each.line);
    }
    for (const problem of checkPurity(file, imports)) say(problem);
    if (/^\s*export\s*\*/m.test(codeOnly(file.text)))
      say("exports everything of another module: name what is exported");
  }
  for (const [name, keys] of Object.entries(exports)) {
    for (const key of keys) if (key.includes("*")) problems.push(`${name} has a wildcard export, "${key}"`);
  }
  return problems;
}
