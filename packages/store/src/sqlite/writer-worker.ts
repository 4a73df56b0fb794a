/**
 * The writer thread: applies one group at a time and answers when it is on disk. What may wait (indexing
 * words, folding the write-ahead log into the database) is done when nothing has been written for a moment,
 * or between groups once too much of it has gathered.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";
import { createGroupApplier } from "./apply.ts";
import { connect, ConnectError, STORE_FILE } from "./connect.ts";
import { describeFailure } from "./failure.ts";
import { fillRangeLeaves } from "./fill-leaves.ts";
import { createWordIndex } from "./word-index.ts";
import type { FromWriter, ToWriter, WriterData } from "./writer-messages.ts";

/** Silence after which words are indexed, the write-ahead log is folded in and caches are given back. */
const IDLE_MS = 250;
/** The write-ahead log is folded in between two groups beyond this, whatever waits: it bounds the disk space and the next start. */
const WAL_BYTES_MAX = 33_554_432;

/** Growth of this thread's heap since the last collection that is worth the 10 ms of another. */
const HEAP_GROWTH_BYTES_MIN = 2_097_152;

const port = parentPort;
if (port === null) throw new Error("the store's writer runs as a worker thread only");
const data = workerData as WriterData;
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as (options: object) => void;
const answer = (message: FromWriter) => port.postMessage(message);

try {
  const database = connect({ ...data, role: "writer" });
  fillRangeLeaves(database, (done, events) => answer({ type: "filling", done, events }));
  const index = createWordIndex(database);
  const groups = createGroupApplier(database, index, data);
  const walFile = join(data.directory, `${STORE_FILE}-wal`);
  const walBytes = () => statSync(walFile, { throwIfNoEntry: false })?.size ?? 0;
  let idle: NodeJS.Timeout | null = null;
  let checkpointedBytes = 0;
  /** A secret or a kept body was deleted: its page is overwritten in the file (secure_delete), and older copies of it lie in the log. */
  let hasForgotten = false;

  /** Nothing acknowledged depends on these, and the next idle moment tries again. */
  const attempt = <Result>(work: () => Result): Result | null => {
    try {
      return work();
    } catch (error) {
      answer({ type: "warning", failure: describeFailure(error) });
      return null;
    }
  };
  let collectedBytes = 0;
  /** This thread sleeps when nothing is written; V8 would keep what the start or a burst left for days. */
  const returnHeap = () => {
    if (getHeapStatistics().total_heap_size - collectedBytes < HEAP_GROWTH_BYTES_MIN) return;
    collect({ type: "major", execution: "sync", flavor: "last-resort" });
    collectedBytes = getHeapStatistics().total_heap_size;
  };
  const checkpoint = (mode: "PASSIVE" | "TRUNCATE") => {
    attempt(() => database.pragma(`wal_checkpoint(${mode})`));
    checkpointedBytes = walBytes();
  };
  const rest = () => {
    // One step a turn, so that a group which arrives meanwhile goes first.
    if (attempt(() => index.catchUp())) {
      idle = setTimeout(rest, 0);
      return;
    }
    idle = null;
    checkpoint(hasForgotten ? "TRUNCATE" : "PASSIVE");
    // A reader in the middle of a page keeps the log as it is: then the next rest tries again.
    if (walBytes() === 0) hasForgotten = false;
    database.pragma("shrink_memory");
    returnHeap();
  };

  port.on("message", (message: ToWriter) => {
    if (idle !== null) clearTimeout(idle);
    idle = null;
    switch (message.type) {
      case "group":
        try {
          answer({ type: "done", outcomes: groups.apply(message.group) });
          if (groups.takeForgotten() || message.group.forgets) hasForgotten = true;
        } catch (error) {
          answer({ type: "failed", failure: describeFailure(error) });
        }
        if (index.isBehind(groups.newestArrival())) attempt(() => index.catchUp());
        if (walBytes() > Math.max(WAL_BYTES_MAX, checkpointedBytes)) checkpoint("PASSIVE");
        idle = setTimeout(rest, IDLE_MS);
        break;
      case "close":
        checkpoint("TRUNCATE");
        database.close();
        port.close();
        break;
      default:
        message satisfies never;
    }
  });
  idle = setTimeout(rest, IDLE_MS);
  answer({ type: "ready" });
} catch (error) {
  answer({
    type: "refused",
    failure: error instanceof ConnectError ? error.failure : describeFailure(error),
  });
}
