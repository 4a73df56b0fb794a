/**
 * Finds what a module imports, and its code without comments and strings, by regular expressions alone: enough
 * for sources that our formatter has laid out, and independent of any compiler.
 */

export interface Import {
  readonly specifier: string;
  /** Leaves nothing behind when types are stripped. */
  readonly typeOnly: boolean;
  /** import(), or a worker's entry. */
  readonly lazy: boolean;
  /** Names between the braces; empty for every other form. */
  readonly names: readonly string[];
  readonly line: number;
}

// `import x from "a"`, `import { x,\n y } from "a"`, `export { x } from "a"`, `export * from "a"`.
const fromPattern = /^[ \t]*(import|export)\b([^;'"`]*?)\bfrom\s*["']([^"']+)["']/gm;
const barePattern = /^[ \t]*import\s*["']([^"']+)["']/gm;
const callPattern = /\b(typeof\s+)?import\(\s*["'`]([^"'`]+)["'`]/g;
const workerPattern = /new URL\(\s*["']([^"']+\.(?:ts|mjs))["'],\s*import\.meta\.url/g;

function namesOf(clause: string): string[] {
  const names = /^\s*(?:type\s*)?\{([^}]*)\}\s*$/.exec(clause)?.[1] ?? "";
  return names.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
}

function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const names = namesOf(clause);
  return names.length > 0 && names.every((name) => /^type\s/.test(name));
}

export function scanImports(source: string): Import[] {
  const code = withoutComments(source);
  const lineAt = (index: number): number => code.slice(0, index).split("\n").length;
  const found: Import[] = [];
  for (const match of code.matchAll(fromPattern)) {
    const [, , clause = "", specifier = ""] = match;
    found.push({
      specifier,
      typeOnly: isTypeOnly(clause),
      lazy: false,
      names: namesOf(clause),
      line: lineAt(match.index),
    });
  }
  for (const match of code.matchAll(barePattern)) {
    found.push({
      specifier: match[1] ?? "",
      typeOnly: false,
      lazy: false,
      names: [],
      line: lineAt(match.index),
    });
  }
  for (const match of code.matchAll(callPattern)) {
    const typeOnly = match[1] !== undefined;
    found.push({ specifier: match[2] ?? "", typeOnly, lazy: true, names: [], line: lineAt(match.index) });
  }
  for (const match of code.matchAll(workerPattern)) {
    found.push({
      specifier: match[1] ?? "",
      typeOnly: false,
      lazy: true,
      names: [],
      line: lineAt(match.index),
    });
  }
  return found;
}

const blank = (text: string): string => text.replace(/[^\n]/g, " ");

// Strings are matched first, so that `//` inside one is not taken for a comment.
const tokenPattern =
  /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|(\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*)/g;

/** The same text with its comments blanked; lines keep their numbers. */
export function withoutComments(source: string): string {
  return source.replace(tokenPattern, (whole, text: string | undefined) =>
    text === undefined ? blank(whole) : whole,
  );
}

/** Code alone: comments and the contents of quoted strings blanked. Templates stay, since they hold code. */
export function codeOnly(source: string): string {
  return source.replace(tokenPattern, (whole, text: string | undefined) =>
    text === undefined || !text.startsWith("`") ? blank(whole) : whole,
  );
}
