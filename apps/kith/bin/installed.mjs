#!/usr/bin/env node
/** The way in of an installed @kith/cli, as bin/kith.mjs is of a clone: nothing is installed or built here. */
import { isNodeRecent, NODE_MIN } from "./node-version.mjs";

/** What is still open once main has answered gets this long to close by itself. */
const LINGER_MS_MAX = 1_000;

if (isNodeRecent(process.versions.node)) {
  if (process.argv[2] === "up") {
    const { releaseStartMemory } = await import("./start-memory.mjs");
    releaseStartMemory();
  }
  const { main } = await import("../apps/kith/dist/main.js");
  process.exitCode = await main(process.argv.slice(2));
  // Not process.exit at once: what is still written to a pipe would be cut off.
  setTimeout(() => process.exit(), LINGER_MS_MAX).unref();
} else {
  process.stderr.write(
    `NODE_TOO_OLD: Kith needs Node ${NODE_MIN} or later; this is ${process.versions.node}. Install Node 24 and run the same command again.\n`,
  );
  process.exitCode = 1;
}
