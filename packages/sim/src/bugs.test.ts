import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bugs } from "./bugs.ts";
import { mutants, rareMutants } from "./fuzz/mutants.ts";

const root = new URL("../../../", import.meta.url);

test.each([...bugs, ...mutants, ...rareMutants].map((bug) => [bug.name, bug] as const))(
  "it can be planted that %s",
  (_name, bug) => {
    for (const { file, find } of [bug, ...(bug.also ? [bug.also] : [])])
      expect(readFileSync(new URL(file, root), "utf8").split(find), `once in ${file}`).toHaveLength(2);
  },
);
