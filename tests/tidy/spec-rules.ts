/** Rules of spec/*.md and the tests that cite them, as values: which rule nobody shows, which citation shows nothing. */
import { withoutComments } from "./scan.ts";
import type { SourceFile } from "./walls.ts";

const rulePattern = /^- \*\*([A-Z]{2}\d+)\*\* /gm;
const citationPattern = /\[([A-Z]{2}\d+)\]/g;

function isSpec(path: string): boolean {
  return /^spec\/[^/]+\.md$/.test(path);
}

/** A test cites in its name; a contract suite's names are run by the tests of each adapter. */
function isCiting(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /^packages\/core\/src\/testing\/[^/]*contract[^/]*\.ts$/.test(path);
}

export interface RuleReport {
  readonly rules: readonly string[];
  readonly problems: readonly string[];
}

export function checkRules(files: readonly SourceFile[]): RuleReport {
  const definedIn = new Map<string, string>();
  const problems: string[] = [];
  for (const { path, text } of files) {
    if (!isSpec(path)) continue;
    for (const [, id = ""] of text.matchAll(rulePattern)) {
      const earlier = definedIn.get(id);
      if (earlier !== undefined) problems.push(`${id} stands in ${earlier} and in ${path}`);
      definedIn.set(id, path);
    }
  }
  const cited = new Set<string>();
  for (const { path, text } of files) {
    if (!isCiting(path)) continue;
    for (const [, id = ""] of withoutComments(text).matchAll(citationPattern)) {
      cited.add(id);
      if (!definedIn.has(id)) problems.push(`${path} cites ${id}, which no text of spec/ has`);
    }
  }
  for (const [id, path] of definedIn)
    if (!cited.has(id)) problems.push(`${id} of ${path} is cited by no test`);
  return { rules: [...definedIn.keys()], problems };
}

/** Vectors that no test reads: `paths` are those of spec/vectors, `files` the sources. */
export function checkVectors(paths: readonly string[], files: readonly SourceFile[]): string[] {
  const tests = files.filter(({ path }) => isCiting(path)).map(({ text }) => withoutComments(text));
  return paths.flatMap((path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const stem = name.slice(0, name.indexOf("."));
    const isRead = tests.some((text) => {
      // One test may read several files by a name that it puts together.
      return text.includes(`vectors/${name}`) || (text.includes("vectors/${") && text.includes(`"${stem}"`));
    });
    return isRead ? [] : [`${path} is read by no test`];
  });
}
