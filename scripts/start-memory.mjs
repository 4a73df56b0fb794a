/**
 * Giving back what starting took. Loading modules leaves a young heap of its greatest size and compiled code that
 * is not run again; V8 keeps both while a quiet node gives it no reason to look. Needs Node 24; only loaded there.
 */
import v8 from "node:v8";
import vm from "node:vm";

/** After the start's own work, before anybody has got far. */
const SETTLE_MS = 1_500;

/** Collects once, thoroughly, when the start is over. Measured in docs/decisions/0001-house.md. */
export function releaseStartMemory() {
  v8.setFlagsFromString("--expose-gc");
  const collect = vm.runInNewContext("gc");
  v8.setFlagsFromString("--no-expose-gc");
  setTimeout(() => collect({ type: "major", execution: "sync", flavor: "last-resort" }), SETTLE_MS).unref();
}
