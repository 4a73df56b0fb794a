/**
 * docs/LIMITS.md, written from the sources: every bound is a named constant whose comment says why, and this
 * page gathers them for people. `npm run limits` writes it; a test fails when it is behind.
 */
import { readFileSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { projectRoot } from "./ensure.mjs";

const isBound = (name) => /_(?:MAX|MIN|MS|BURST|PER_SECOND)$|_(?:MAX|MIN)_MS$/.test(name);

const declaration =
  /(\/\*\*(?:[^*]|\*(?!\/))*\*\/\n)?(?:export )?const ([A-Z][A-Z0-9_]*)(?:: number)? = ([^;\n]+);/g;

/** Products (`60 * 1024`) and powers (`2 ** 48 - 1`) as one figure; what names another constant stays as it is. */
function readable(expression) {
  const text = expression.trim();
  const power = /^2 \*\* (\d+)( - 1)?$/.exec(text);
  if (power !== null) return `2^${power[1]}${power[2] ?? ""}`;
  const factors = text.split("*").map((factor) => factor.trim().replaceAll("_", ""));
  if (!factors.every((factor) => /^\d+$/.test(factor))) return `\`${text}\``;
  return factors.reduce((product, factor) => product * Number(factor), 1).toLocaleString("en-US");
}

function wordsOf(comment) {
  return comment
    .replace(/^\/\*\*|\*\/\s*$/g, "")
    .replace(/^\s*\* ?/gm, "")
    .replace(/\s+/g, " ")
    .replaceAll("|", "\\|")
    .trim();
}

const firstWord = (name) => name.split("_", 1)[0];

/** Bounds of one file in its order. One right below another of the same subject shares its comment. */
function boundsOf(text) {
  const found = [];
  let above = { name: "", why: "", end: -1 };
  for (const match of text.matchAll(declaration)) {
    const [whole, comment, name, expression] = match;
    const isPair = match.index === above.end + 1 && firstWord(name) === firstWord(above.name);
    const why = comment !== undefined ? wordsOf(comment) : isPair ? above.why : "";
    above = { name, why, end: match.index + whole.length };
    if (isBound(name)) found.push({ name, value: readable(expression), why });
  }
  return found;
}

function* sourcePaths(folder) {
  for (const entry of readdirSync(join(projectRoot, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (entry.name !== "node_modules" && entry.name !== "testing" && entry.name !== "dist")
        yield* sourcePaths(path);
    } else if (
      /\.(?:tsx?|mjs)$/.test(entry.name) &&
      !/(?:\.test|[.-]fixtures?|-vectors)\.tsx?$/.test(entry.name)
    )
      yield path;
  }
}

const head = `# Limits

Whatever a peer, a program or time could make grow without end has a bound, and each bound is a constant in the source
with its reason. This page is written from those constants by \`npm run limits\`; change the source, not the page.
Those that two implementations must agree on are rules as well: [spec/limits.md](../spec/limits.md). Names ending
in \`_MS\` are milliseconds, in \`_BYTES_MAX\` bytes.
`;

/** Every bound of the sources: { path, name, value, why }. A bound that repeats another one says why there. */
export function readBounds() {
  const paths = [...sourcePaths("packages"), ...sourcePaths("apps"), ...sourcePaths("scripts")].sort();
  const bounds = paths.flatMap((path) =>
    boundsOf(readFileSync(join(projectRoot, path), "utf8")).map((bound) => ({ path, ...bound })),
  );
  const twin = ({ name, value }) =>
    bounds.find((other) => other.name === name && other.value === value && other.why !== "");
  return bounds.map((bound) => ({ ...bound, why: bound.why || (twin(bound)?.why ?? "") }));
}

/** The page, from the sources as they are. */
export function renderLimits() {
  const sections = new Map();
  for (const { path, name, value, why } of readBounds()) {
    const [group, folder] = path.split("/");
    const title = group === "scripts" ? "scripts" : `${group}/${folder}`;
    const row = `| \`${name}\` | ${value} | ${why} | \`${path.slice(title.length + 1)}\` |`;
    sections.set(title, [...(sections.get(title) ?? []), row]);
  }
  const tables = [...sections].map(
    ([title, rows]) =>
      `\n## ${title}\n\n| name | value | why | where |\n| --- | ---: | --- | --- |\n${rows.join("\n")}\n`,
  );
  return head + tables.join("");
}

export const limitsPath = join(projectRoot, "docs", "LIMITS.md");

const startedHere =
  process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (startedHere) writeFileSync(limitsPath, renderLimits());
