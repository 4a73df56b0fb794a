/** Every rule of spec/ is shown by a test that names it, and no test names a rule that is not there. */
import { describe, expect, test } from "vitest";
import { projectPaths, readProject } from "./tidy/project.ts";
import { checkRules, checkVectors } from "./tidy/spec-rules.ts";

const files = readProject().filter(
  ({ path }) => !path.startsWith("tests/tidy") && path !== "tests/spec-rules.test.ts",
);

describe("this project", () => {
  const { rules, problems } = checkRules(files);

  test("shows every rule of its specification by a test", () => {
    expect(rules.length).toBeGreaterThan(50);
    expect(problems).toEqual([]);
  });

  test("reads every file of vectors in a test", () => {
    const vectors = projectPaths().filter((path) => /^spec\/vectors\/.*\.(?:json|bin)$/.test(path));
    expect(vectors.length).toBeGreaterThan(0);
    expect(checkVectors(vectors, files)).toEqual([]);
  });
});

describe("the check", () => {
  const spec = { path: "spec/event.md", text: "- **EV1** One.\n- **EV2** Two.\n" };
  const shows = (text: string, path = "packages/core/src/a.test.ts") =>
    checkRules([spec, { path, text }]).problems;

  test("passes when each rule is cited, by tests or by a contract suite", () => {
    expect(shows('test("[EV1] [EV2] both hold", () => {});')).toEqual([]);
    expect(shows('test("[EV1] [EV2] both hold", f);', "packages/core/src/testing/store-contract.ts")).toEqual(
      [],
    );
  });

  test("names a rule that nobody cites, also when only a comment or production code does", () => {
    expect(shows('test("[EV1] one holds", () => {}); // [EV2]')).toEqual([
      "EV2 of spec/event.md is cited by no test",
    ]);
    expect(shows('const x = "[EV1] [EV2]";', "packages/core/src/a.ts")).toHaveLength(2);
  });

  test("names a citation of nothing", () => {
    expect(shows('test("[EV1] [EV2] [EV3] hold", () => {});')).toEqual([
      "packages/core/src/a.test.ts cites EV3, which no text of spec/ has",
    ]);
  });

  test("names a rule that stands twice", () => {
    const twice = checkRules([spec, { path: "spec/sync.md", text: "- **EV1** Again.\n" }]);
    expect(twice.problems).toContain("EV1 stands in spec/event.md and in spec/sync.md");
  });

  test("names vectors that no test reads", () => {
    const reader = { path: "packages/core/src/a.test.ts", text: 'open("spec/vectors/event.json");' };
    expect(checkVectors(["spec/vectors/event.json", "spec/vectors/odd.json"], [reader])).toEqual([
      "spec/vectors/odd.json is read by no test",
    ]);
  });
});
