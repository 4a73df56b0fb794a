#!/usr/bin/env node
/**
 * The way in to every command. Plain JavaScript that Node 20 can run: makes the clone ready, sees to it that
 * a recent Node runs the rest, and hands over to src/main.ts. Knows no command but `up`, which is told apart
 * because it lives long. When the Node that runs us will do, there is no second process.
 */
import { fileURLToPath } from "node:url";
import { ensureReady, orExplain, projectRoot } from "../../../scripts/ensure.mjs";
import { ensureWebApp } from "../../../scripts/web-build.mjs";
import { isNodeRecent } from "../../../scripts/node-version.mjs";

/** What is still open once main has answered (a socket of a client, say) gets this long to close by itself. */
const LINGER_MS_MAX = 1_000;

const node = await orExplain(ensureReady());
if (process.argv[2] === "up") await orExplain(ensureWebApp(projectRoot, node));

if (isNodeRecent(process.versions.node)) {
  await runHere();
} else {
  const { respawn } = await import("../../../scripts/respawn.mjs");
  await respawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
}

async function runHere() {
  const { leaveWithParent, stopWithNpm } = await import("../../../scripts/respawn.mjs");
  leaveWithParent();
  const { useCompileCache, warmCompileCache } = await import("../../../scripts/compile-cache.mjs");
  // A node stays up for weeks: what stripping types costs in memory should not stay with it.
  if (process.argv[2] === "up") {
    stopWithNpm();
    await warmCompileCache(projectRoot);
    const { releaseStartMemory } = await import("../../../scripts/start-memory.mjs");
    releaseStartMemory();
  }
  useCompileCache(projectRoot);
  const { main } = await import("../src/main.ts");
  process.exitCode = await main(process.argv.slice(2));
  // Not process.exit at once: what is still written to a pipe would be cut off.
  setTimeout(() => process.exit(), LINGER_MS_MAX).unref();
}
