/**
 * Gives memory back while nothing happens. V8 collects when it must allocate, which an idle node hardly does,
 * so what its start or a burst left behind would stay for days: 15 MB after a plain start.
 */
import { performance } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock } from "@kith/core";

/** How often it is looked at: soon after a burst, and a look costs 20 us. */
const LOOK_MS = 2_000;
/** Share of the interval that the event loop was busy; above it somebody may be waiting for an answer. */
const BUSY_SHARE_MAX = 0.02;
/** Growth of the heap since the last collection that is worth the 30 ms of another. */
const GROWTH_BYTES_MIN = 4 * 1_048_576;

type Collect = (options: { type: "major"; execution: "sync"; flavor: "regular" }) => void;

/** Returns the end of it. */
export function returnIdleMemory(clock: Clock): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as Collect;
  let afterBytes = 0;
  let last = performance.eventLoopUtilization();
  let cancel = (): void => {};
  const look = (): void => {
    const now = performance.eventLoopUtilization();
    const busyShare = performance.eventLoopUtilization(now, last).utilization;
    last = now;
    if (busyShare <= BUSY_SHARE_MAX && getHeapStatistics().total_heap_size - afterBytes > GROWTH_BYTES_MIN) {
      collect({ type: "major", execution: "sync", flavor: "regular" });
      afterBytes = getHeapStatistics().total_heap_size;
    }
    cancel = clock.after(LOOK_MS, look);
  };
  cancel = clock.after(LOOK_MS, look);
  return () => cancel();
}
