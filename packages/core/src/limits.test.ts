import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const table = readFileSync(new URL("../../../spec/limits.md", import.meta.url), "utf8");
const rows = [...table.matchAll(/^\| `(\w+)` \| (\S+) \| (\d+) \| .+ \|$/gm)].map(
  ([, name = "", file = "", value]) => ({
    name,
    file,
    value: Number(value),
  }),
);

describe("limits", () => {
  it("each limit that spec/limits.md names has that value in the code", async () => {
    expect(rows.length).toBe(table.match(/^\| `/gm)?.length);
    for (const { name, file, value } of rows) {
      const room = (await import(new URL(file, import.meta.url).href)) as Record<string, unknown>;
      expect({ name, value: room[name] }).toEqual({ name, value });
    }
  });

  it("each exported limit of core stands in spec/limits.md", () => {
    const cwd = new URL(".", import.meta.url).pathname;
    const exported = globSync("**/*.ts", { cwd, exclude: ["testing/**"] })
      .filter((file) => !file.endsWith(".test.ts") && !file.includes("fixture"))
      .flatMap((file) =>
        [...readFileSync(new URL(file, import.meta.url), "utf8").matchAll(/^export const (\w+_MAX)\b/gm)].map(
          ([, name]) => `${name} ${file}`,
        ),
      );
    const listed = new Set(rows.map(({ name, file }) => `${name} ${file}`));
    expect(exported.filter((limit) => !listed.has(limit))).toEqual([]);
  });
});
