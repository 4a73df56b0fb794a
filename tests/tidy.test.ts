/** The walls of docs/ARCHITECTURE.md stand, and the checker that says so would notice if they did not. */
import { describe, expect, test } from "vitest";
import { readExports, readProject } from "./tidy/project.ts";
import { codeOnly, scanImports } from "./tidy/scan.ts";
import { checkTexts } from "./tidy/texts.ts";
import { checkWalls } from "./tidy/walls.ts";

const files = readProject();
const code = files.filter(({ path }) =>
  /^(?:packages|apps|bench|examples|tests)\/.*\.(?:ts|tsx|mjs)$/.test(path),
);

describe("this project", () => {
  test("keeps every wall of the table", () => {
    expect(code.length).toBeGreaterThan(50);
    expect(checkWalls(code, readExports(files))).toEqual([]);
  });

  test("keeps the rules for texts", () => {
    expect(checkTexts(files)).toEqual([]);
  });
});

const exports = {
  "@kith/core": [".", "./testing"],
  "@kith/node": ["."],
  "@kith/contract": ["."],
  "@kith/store": [".", "./memory", "./sqlite"],
  "@kith/client": ["."],
  "@kith/react": ["."],
};
const check = (path: string, text: string): string[] => checkWalls([{ path, text }], exports);

describe("a forbidden edge is caught", () => {
  test.each([
    ["packages/core/src/event/open.ts", 'import { x } from "@kith/store";', "may not import @kith/store"],
    [
      "packages/node/src/node.ts",
      'import { x } from "@kith/store/sqlite";',
      "may not import @kith/store/sqlite",
    ],
    ["packages/node/src/node.ts", 'const a = await import("@kith/store");', "may not import @kith/store"],
    ["packages/contract/src/log.ts", 'import type { X } from "@kith/core";', "may not import @kith/core"],
    ["packages/client/src/client.ts", 'import { x } from "@kith/contract";', "only types of @kith/contract"],
    [
      "packages/client/src/client.ts",
      'export { type A, b } from "@kith/contract";',
      "only types of @kith/contract",
    ],
    [
      "packages/sim/src/world.ts",
      'import { x } from "@kith/store/sqlite";',
      "may not import @kith/store/sqlite",
    ],
    ["packages/react/src/store.ts", 'import { x } from "@kith/contract";', "only types of @kith/contract"],
    ["packages/react/src/store.ts", 'import type { X } from "@kith/node";', "may not import @kith/node"],
    ["apps/web/src/app.tsx", 'import { x } from "@kith/contract";', "only types of @kith/contract"],
    ["apps/web/src/app.tsx", 'import { x } from "@kith/core";', "may not import @kith/core"],
    ["apps/web/src/app.tsx", 'import { x } from "../../kith/src/main.ts";', "leaves its package"],
    ["apps/kith/src/daemon/web-app.ts", 'import { x } from "@kith/react";', "may not import @kith/react"],
    ["packages/client/src/client.ts", 'import { x } from "@kith/react";', "may not import @kith/react"],
    ["apps/kith/src/commands/send.ts", 'import { x } from "@kith/node";', "may not import @kith/node"],
    ["packages/node/src/node.ts", 'import { x } from "@kith/core/crypto/hash";', "reaches inside @kith/core"],
    [
      "packages/node/src/a.test.ts",
      'import { x } from "@kith/core/src/ids.ts";',
      "reaches inside @kith/core",
    ],
    ["packages/node/src/node.ts", 'import { x } from "../../core/src/ids.ts";', "leaves its package"],
    ["packages/node/src/node.ts", 'import { x } from "@kith/nowhere";', "no package of ours"],
    [
      "packages/core/src/membership/state.ts",
      'import { x } from "../encryption/index.ts";',
      "core/membership may not import core/encryption",
    ],
    [
      "packages/core/src/encryption/boxes.ts",
      'import { x } from "../membership/index.ts";',
      "core/encryption may not import core/membership",
    ],
    [
      "packages/core/src/crypto/hash.ts",
      'import { x } from "../event/index.ts";',
      "core/crypto may not import core/event",
    ],
    [
      "packages/core/src/sync/roots.ts",
      'import {\n  x,\n} from "../group/index.ts";',
      "core/sync may not import core/group",
    ],
    [
      "packages/core/src/sync/packed.ts",
      'import { openEvent } from "../event/index.ts";',
      "core/sync may not import core/event",
    ],
    [
      "packages/core/src/sync/packed.ts",
      'import { BUCKET_MAX, x } from "../event/index.ts";',
      "core/sync may not import core/event",
    ],
    ["packages/core/src/sync/roots.ts", 'import { x } from "./sync-vectors.ts";', "code of tests"],
    ["packages/node/src/node.ts", 'import { x } from "@kith/core/testing";', "code of tests"],
    [
      "packages/core/src/ports/clock.ts",
      'import { x } from "../crypto/index.ts";',
      "core/ports may not import core/crypto",
    ],
    [
      "packages/core/src/attic/odd.ts",
      'import { x } from "../ids.ts";',
      "a room that the table does not know",
    ],
  ])("%s: %s", (path, text, expected) => {
    expect(check(path, text)).toEqual([expect.stringContaining(expected)]);
  });

  test.each([
    ["packages/core/src/event/time.ts", "const now = Date.now();", "Date"],
    ["packages/core/src/event/time.ts", "const now = new Date();", "Date"],
    ["packages/node/src/node.ts", "setTimeout(() => {}, 1);", "a timer"],
    ["packages/node/src/node.ts", "const call = setInterval;", "a timer"],
    ["packages/core/src/event/seal.ts", "const x = `${Math.random()}`;", "Math.random"],
    ["packages/node/src/node.ts", "performance.now();", "performance"],
    ["packages/node/src/node.ts", 'await fetch("x");', "fetch"],
    ["packages/core/src/event/seal.ts", 'import { hash } from "node:crypto";', "node:crypto"],
    ["packages/core/src/crypto/hash.ts", 'import { readFileSync } from "node:fs";', "node:fs"],
  ])("impurity in %s: %s", (path, text, expected) => {
    expect(check(path, text)).toEqual([expect.stringContaining(expected)]);
  });

  test("of exports that name nothing", () => {
    expect(check("packages/node/src/index.ts", 'export * from "./node.ts";')).toEqual([
      expect.stringContaining("everything"),
    ]);
    expect(checkWalls([], { "@kith/node": ["./*"] })).toEqual([expect.stringContaining("wildcard")]);
  });
});

describe("an allowed edge passes", () => {
  test.each([
    ["packages/client/src/client.ts", 'import type { X } from "@kith/contract";'],
    ["packages/client/src/client.ts", 'export { type A, type B } from "@kith/contract";'],
    ["packages/react/src/store.tsx", 'import { x } from "@kith/client";'],
    ["packages/react/src/store.tsx", 'import type { X } from "@kith/contract";'],
    ["apps/web/src/app.tsx", 'import { x } from "@kith/react";\nimport type { Y } from "@kith/contract";'],
    ["packages/core/src/crypto/hash.ts", 'import { hash } from "node:crypto";'],
    ["packages/core/src/sync/packed.ts", 'import { BUCKET_MAX } from "../event/index.ts";'],
    ["packages/core/src/sync/sync-vectors.ts", 'import { x } from "../testing/seeded-random.ts";'],
    ["packages/store/src/a.test.ts", 'import { x } from "../../../tests/support/require.ts";'],
    [
      "packages/core/src/group/found.ts",
      'import { x } from "../membership/index.ts";\nimport { y } from "../encryption/index.ts";',
    ],
    [
      "packages/node/src/node.ts",
      'const stop = clock.setTimeout; // Date.now() is not for us\nconst word = "new Date";',
    ],
    ["packages/node/src/node.test.ts", 'import { x } from "@kith/store/memory";\nsetTimeout(() => {}, 1);'],
    ["apps/kith/src/daemon/up.ts", 'import { x } from "@kith/store/sqlite";'],
    ["apps/kith/bin/kith.mjs", 'import { x } from "../../../scripts/ensure.mjs";'],
  ])("%s: %s", (path, text) => {
    expect(check(path, text)).toEqual([]);
  });
});

describe("the scanner", () => {
  test("finds every form of import, with its line", () => {
    const text = [
      '/* import { no } from "comment"; */ // import "comment";',
      'import "bare";',
      "import {",
      "  a,",
      "  type B,",
      '} from "named";',
      'export { c } from "again";',
      'const later = await import("late");',
      'new Worker(new URL("./worker.ts", import.meta.url));',
      'type T = typeof import("types");',
    ].join("\n");
    const found = scanImports(text).map(({ specifier, line, lazy, typeOnly }) => [
      specifier,
      line,
      lazy,
      typeOnly,
    ]);
    expect(found.toSorted((a, b) => Number(a[1]) - Number(b[1]))).toEqual([
      ["bare", 2, false, false],
      ["named", 3, false, false],
      ["again", 7, false, false],
      ["late", 8, true, false],
      ["./worker.ts", 9, true, false],
      ["types", 10, true, true],
    ]);
  });

  test("tells code from what is only said", () => {
    expect(codeOnly('a("Date.now()"); // Date.now()\nb(`${Date.now()}`);').match(/Date/g)).toHaveLength(1);
    expect(codeOnly('const url = "http://x"; f();')).toContain("f();");
  });
});

describe("a text against the rules is caught", () => {
  const long = "x;\n".repeat(501);
  test.each([
    ["docs/a.md", ["to be done: TO", "DO"].join(""), "later"],
    ["docs/a.md", ["see /wor", "k/main/x"].join(""), "machine"],
    ["scripts/a.mjs", ["const home = '/ho", "me/anna/x';"].join(""), "machine"],
    ["package-lock.json", ['"resolved": "htt', 'ps://somewhere/x.tgz"'].join(""), "registry"],
    ["packages/core/src/a.test.ts", ["test.on", "ly('x', () => {});"].join(""), "switches a test off"],
    ["packages/core/src/a.ts", long, "501 lines"],
    ["packages/core/src/someThing.ts", "x;", "kebab-case"],
  ])("%s", (path, text, expected) => {
    expect(checkTexts([{ path, text }])).toEqual([expect.stringContaining(expected)]);
  });
});
