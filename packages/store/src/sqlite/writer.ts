/**
 * The caller's side of the writer thread. One group is in flight; what gathers meanwhile is the next one;
 * every promise settles after the group's COMMIT. spec/store ST1, ST2.
 */
import { Worker } from "node:worker_threads";
import { LOG_ROWS_MAX, StoreError } from "@kith/core";
import type { CommitResult, Log, LogDraft, LogRow, StoredEvent, WriteBatch } from "@kith/core";
import { GroupBuilder } from "./group.ts";
import type { BatchOutcome, Failure } from "./group.ts";
import type { FromWriter, ToWriter, WriterData } from "./writer-messages.ts";

/** A group closes at this weight: longer transactions make their callers wait without saving more syncs. */
const GROUP_BYTES_MAX = 8_388_608;
/** Accepted and not yet written. A caller that ignores its promises is refused beyond this, before memory ends. */
const QUEUE_BYTES_MAX = 268_435_456;
/**
 * The writer's heap: rows pass through it, so a small nursery is enough and keeps an idle node lean; the
 * upper bound is far above what one group of GROUP_BYTES_MAX needs.
 */
const WRITER_LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256, stackSizeMb: 1 };

interface Waiting {
  readonly batch: WriteBatch;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: StoreError) => void;
}

interface Gathering {
  readonly builder: GroupBuilder;
  readonly waiting: Waiting[];
}

export interface Writer {
  commit(batch: WriteBatch): Promise<CommitResult>;
  /** Resolves when what was accepted is written and the thread is gone. */
  close(): Promise<void>;
}

export interface WriterOptions {
  readonly directory: string;
  readonly key: Uint8Array;
  readonly bytesMax?: number | undefined;
  readonly log?: Log | undefined;
}

/** Rejects with a StoreError when the store cannot be opened. */
export async function startWriter(options: WriterOptions): Promise<Writer> {
  const data: WriterData = {
    directory: options.directory,
    key: options.key,
    bytesMax: options.bytesMax,
    logRowsMax: LOG_ROWS_MAX,
  };
  // The same code runs from source and, compiled, from dist.
  const file = import.meta.url.endsWith(".ts") ? "./writer-worker.ts" : "./writer-worker.js";
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: data,
    resourceLimits: WRITER_LIMITS,
    name: "kith-store-writer",
    // The host's own flags (a test runner's loader, say) have no business here.
    execArgv: [],
  });
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const noteFilling = (message: FromWriter): void => {
    if (message.type === "filling")
      options.log?.info("store:filling", { done: message.done, events: message.events });
  };
  worker.on("message", noteFilling);
  const first = await firstAnswer(worker).catch((error: unknown) => {
    const said = error instanceof Error ? error.message : String(error);
    throw new StoreError("STORE_FAILED", `the store's writer could not start (${said}); reinstall Kith`, {
      cause: error,
    });
  });
  worker.off("message", noteFilling);
  if (first.type === "refused") {
    await exited;
    throw new StoreError(first.failure.code, first.failure.message);
  }
  return driveWriter(worker, exited, options.log);
}

/** Whether the store is open; bringing an older one up to date may take a while before. Rejects when the thread dies. */
function firstAnswer(worker: Worker): Promise<FromWriter> {
  return new Promise((resolve, reject) => {
    const receive = (message: FromWriter): void => {
      if (message.type === "filling") return;
      worker.off("message", receive);
      worker.off("error", reject);
      resolve(message);
    };
    worker.on("message", receive);
    worker.once("error", reject);
  });
}

function driveWriter(worker: Worker, exited: Promise<void>, log: Log | undefined): Writer {
  const full: Gathering[] = [];
  let gathering: Gathering = { builder: new GroupBuilder(), waiting: [] };
  let inFlight: { waiting: Waiting[]; weight: number } | null = null;
  let queuedBytes = 0;
  let flushPlanned = false;
  let closing: Promise<void> | null = null;
  let fault: Failure | null = null;
  let onIdle: (() => void) | null = null;

  const post = (message: ToWriter, transfer: ArrayBuffer[] = []) => worker.postMessage(message, transfer);

  function flush(): void {
    flushPlanned = false;
    if (inFlight !== null || fault !== null) return;
    let next = full.shift();
    if (next === undefined && gathering.waiting.length > 0) {
      next = gathering;
      gathering = { builder: new GroupBuilder(), waiting: [] };
    }
    if (next === undefined) {
      // Nothing to wait for: the thread must not keep the process.
      worker.unref();
      onIdle?.();
      return;
    }
    const group = next.builder.finish();
    inFlight = { waiting: next.waiting, weight: next.builder.weight };
    worker.ref();
    post({ type: "group", group }, [group.bytes.buffer]);
  }

  function settle(settleOne: (waiting: Waiting, index: number) => void): void {
    const done = inFlight;
    if (done === null) throw new Error("the store's writer answered without being asked");
    inFlight = null;
    queuedBytes -= done.weight;
    // The next group is on its way before callers run, so that the disk is never idle while they think.
    flush();
    done.waiting.forEach(settleOne);
  }

  /** Empties the queue behind the group in flight. */
  function takeQueued(): Waiting[] {
    const queued = [...full, gathering];
    full.length = 0;
    gathering = { builder: new GroupBuilder(), waiting: [] };
    for (const { builder } of queued) queuedBytes -= builder.weight;
    return queued.flatMap(({ waiting }) => waiting);
  }

  function failAll(failure: Failure): void {
    fault = failure;
    const waiting = [...(inFlight?.waiting ?? []), ...takeQueued()];
    inFlight = null;
    for (const one of waiting) one.reject(new StoreError(failure.code, failure.message));
    onIdle?.();
  }

  worker.on("message", (message: FromWriter) => {
    switch (message.type) {
      case "done":
        settle((waiting, index) => settleBatch(waiting, message.outcomes[index]));
        break;
      case "failed": {
        log?.error("store:commit-failed", { code: message.failure.code, reason: message.failure.message });
        // What waited behind was written by callers who did not know yet, and may build on what is not there.
        const behind = takeQueued();
        settle((waiting) => waiting.reject(new StoreError(message.failure.code, message.failure.message)));
        for (const { reject } of behind)
          reject(new StoreError(message.failure.code, message.failure.message));
        break;
      }
      case "warning":
        log?.warn("store:upkeep-failed", { code: message.failure.code, reason: message.failure.message });
        break;
      case "ready":
      case "refused":
      case "filling":
        throw new Error(`the store's writer said "${message.type}" twice`);
      default:
        message satisfies never;
    }
  });
  worker.on("error", (error) => {
    log?.error("store:writer-died", { reason: error.message });
    failAll({
      code: "STORE_FAILED",
      message: `the store's writer stopped (${error.message}); restart the node`,
    });
  });
  worker.unref();

  return {
    commit(batch) {
      if (closing !== null)
        return Promise.reject(new StoreError("STORE_CLOSED", "the store is closed; open it again to write"));
      if (fault !== null) return Promise.reject(new StoreError(fault.code, fault.message));
      if (queuedBytes > QUEUE_BYTES_MAX) {
        const message = `${queuedBytes} bytes wait to be written; wait for earlier commits before sending more`;
        return Promise.reject(new StoreError("STORE_BUSY", message));
      }
      return new Promise((resolve, reject) => {
        const { builder, waiting } = gathering;
        const before = builder.weight;
        builder.add(batch);
        waiting.push({ batch, resolve, reject });
        queuedBytes += builder.weight - before;
        if (builder.weight >= GROUP_BYTES_MAX) {
          full.push(gathering);
          gathering = { builder: new GroupBuilder(), waiting: [] };
        }
        // In a microtask, so that callers of one turn share the first sync too.
        if (inFlight === null && !flushPlanned) {
          flushPlanned = true;
          queueMicrotask(flush);
        }
      });
    },
    close() {
      closing ??= (async () => {
        if (fault === null && (inFlight !== null || full.length > 0 || gathering.waiting.length > 0)) {
          await new Promise<void>((resolve) => (onIdle = resolve));
        }
        worker.ref();
        if (fault === null) post({ type: "close" });
        await exited;
      })();
      return closing;
    },
  };
}

function settleBatch({ batch, resolve, reject }: Waiting, outcome: BatchOutcome | undefined): void {
  if (outcome === undefined) throw new Error("the store's writer left out a batch");
  if (!outcome.ok) {
    reject(new StoreError(outcome.failure.code, outcome.failure.message));
    return;
  }
  const events = batch.events ?? [];
  const isNew = outcome.appended === null ? null : new Set(outcome.appended);
  const appended: StoredEvent[] = [];
  const log: LogRow[] = [];
  let arrival = outcome.firstArrival;
  let cursor = outcome.firstCursor;
  const addLog = (drafts: readonly LogDraft[]) => {
    for (const draft of drafts) log.push({ ...draft, cursor: cursor++ });
  };
  events.forEach((entry, index) => {
    if (isNew !== null && !isNew.has(index)) return;
    appended.push({ ...entry.event, arrival: arrival++ });
    addLog(entry.log);
  });
  addLog(batch.log ?? []);
  resolve({ appended, log });
}
