/**
 * Runs before `npm pack` or `npm publish` in a package that others install, and ends them: what lies there is TypeScript
 * for this workspace, which no Node runs under node_modules. What others install is written by pack.mjs.
 */
import { readFileSync } from "node:fs";

const { name } = JSON.parse(readFileSync("package.json", "utf8"));
process.stderr.write(
  `PACK_SOURCES: here ${name} is its sources, which nobody can run from node_modules; run "npm run packages" in the project's root, which writes the tarballs of all packages to dist/packages\n`,
);
process.exit(1);
