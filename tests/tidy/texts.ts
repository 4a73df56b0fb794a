/** Rules for every text of the project, whatever its language. Patterns are written so that they do not match themselves. */
import { posix } from "node:path";
import type { SourceFile } from "./walls.ts";

/** Longer than this, a file has a second subject in it, or stands here with its reason. */
const LINES_MAX = 500;
const longFiles: Readonly<Record<string, string>> = {};

const isCode = (path: string): boolean => /\.(ts|tsx|mjs)$/.test(path);

interface TextRule {
  readonly what: string;
  readonly pattern: RegExp;
  /** Every text, or only those that it says. */
  applies?(path: string): boolean;
}

const rules: readonly TextRule[] = [
  { what: "leaves something for later", pattern: /\b(?:TO[D]O|FIX[M]E|HA[C]K)\b/ },
  {
    what: "names a place on somebody's machine",
    pattern: /(?:^|[^\w.~-])\/(?:wor[k]|far[m]|roo[t]|home\/\w+|Users\/\w+|opt\/n\d+)\//m,
  },
  { what: "names a folder beside the project", pattern: /\.\.\/share[d]\b/ },
  { what: "names a package registry", pattern: /registry[.](?:npmjs|yarnpkg)|"resolved": "https?:/ },
  { what: "switches a test off", pattern: /\b(?:it|test|describe)\.(?:todo|only|fails)\b/, applies: isCode },
];

const nameOfCode = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)*$/;

export function checkTexts(files: readonly SourceFile[]): string[] {
  const problems: string[] = [];
  for (const { path, text } of files) {
    for (const { what, pattern, applies } of rules) {
      if (applies?.(path) === false) continue;
      const match = pattern.exec(text);
      if (match === null) continue;
      problems.push(
        `${path}:${text.slice(0, match.index + 1).split("\n").length} ${what}: ${match[0].trim()}`,
      );
    }
    if (!isCode(path)) continue;
    const lines = text.split("\n").length - 1;
    if (lines > LINES_MAX && longFiles[path] === undefined)
      problems.push(`${path} has ${lines} lines, more than ${LINES_MAX}`);
    const odd = path.split("/").find((part) => !nameOfCode.test(part));
    if (odd !== undefined) problems.push(`${path}: ${posix.basename(odd)} is not kebab-case`);
  }
  return problems;
}
