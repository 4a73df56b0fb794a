/**
 * The writer thread: applies one group at a time and answers when it is on disk. Checkpoints run when
 * nothing has been written for a moment, or between groups once the write-ahead log has grown too long.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { createApplyGroup } from "./apply.ts";
import { connect, ConnectError, STORE_FILE } from "./connect.ts";
import { describeFailure } from "./failure.ts";
import type { FromWriter, ToWriter, WriterData } from "./writer-messages.ts";

/** Silence after which the write-ahead log is folded into the database and caches are given back. */
const CHECKPOINT_IDLE_MS = 250;
/** The write-ahead log is folded in between two groups beyond this, whatever waits: it bounds the disk space and the next start. */
const WAL_BYTES_MAX = 67_108_864;

const port = parentPort;
if (port === null) throw new Error("the store's writer runs as a worker thread only");
const data = workerData as WriterData;
const answer = (message: FromWriter) => port.postMessage(message);

try {
  const database = connect({ ...data, role: "writer" });
  const applyGroup = createApplyGroup(database, data);
  const walFile = join(data.directory, `${STORE_FILE}-wal`);
  const walBytes = () => statSync(walFile, { throwIfNoEntry: false })?.size ?? 0;
  let idle: NodeJS.Timeout | null = null;
  let checkpointedBytes = 0;

  const checkpoint = (mode: "PASSIVE" | "TRUNCATE") => {
    try {
      database.pragma(`wal_checkpoint(${mode})`);
      checkpointedBytes = mode === "TRUNCATE" ? 0 : walBytes();
    } catch (error) {
      // Nothing is lost: the log keeps every commit and the next checkpoint tries again.
      answer({ type: "warning", failure: describeFailure(error) });
    }
  };
  const rest = () => {
    idle = null;
    checkpoint("PASSIVE");
    database.pragma("shrink_memory");
  };

  port.on("message", (message: ToWriter) => {
    if (idle !== null) clearTimeout(idle);
    idle = null;
    switch (message.type) {
      case "group":
        try {
          answer({ type: "done", outcomes: applyGroup(message.group) });
        } catch (error) {
          answer({ type: "failed", failure: describeFailure(error) });
        }
        if (walBytes() > Math.max(WAL_BYTES_MAX, checkpointedBytes)) checkpoint("PASSIVE");
        idle = setTimeout(rest, CHECKPOINT_IDLE_MS);
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
  answer({ type: "ready" });
} catch (error) {
  answer({ type: "refused", failure: error instanceof ConnectError ? error.failure : describeFailure(error) });
}
