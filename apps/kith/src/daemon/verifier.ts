/**
 * Signature checks off the main thread: one worker, started by the first large batch and ended when none has
 * come for a while, so that an idle node keeps its memory. A few checks cost less here than the way there.
 * Without the worker (it failed, it may not start) the same checks are made here: slower, never skipped.
 */
import { verifyMessage } from "@kith/core";
import type { Clock, Log, SignatureCheck, SignatureVerifier } from "@kith/core";
import { Worker } from "node:worker_threads";
import { packChecks } from "./verify-message.ts";

/** At most so many are checked inline: 0.3 ms. */
export const INLINE_CHECKS_MAX = 8;
/** The worker ends after this time without work: starting another costs 40 ms of CPU, keeping it 15 MB. */
const WORKER_IDLE_MS = 2_000;
/** Checks in one message to the worker: 20 ms of its time, so that a later small batch need not wait long. */
const CHECKS_PER_MESSAGE_MAX = 512;
/** Heap of the worker: it holds one message at a time. */
const WORKER_LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 1 };

interface Job {
  readonly checks: readonly SignatureCheck[];
  readonly resolve: (valid: readonly boolean[]) => void;
}

export interface VerifierOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly idleMs?: number;
  /** The worker's program; tests give another. */
  readonly program?: URL;
}

export interface WorkerVerifier extends SignatureVerifier {
  /** Whether the worker runs now. */
  readonly working: boolean;
}

export function createWorkerVerifier(options: VerifierOptions): WorkerVerifier {
  const {
    clock,
    log,
    idleMs = WORKER_IDLE_MS,
    program = new URL("./verify-worker.ts", import.meta.url),
  } = options;
  let worker: Worker | null = null;
  let cancelIdle: (() => void) | null = null;
  let closed = false;
  /** Answered in order. */
  let waiting: Job[] = [];

  function startWorker(): Worker {
    const made = new Worker(program, { resourceLimits: WORKER_LIMITS, name: "kith-verify" });
    made.on("message", (valid: Uint8Array) => {
      const job = waiting.shift();
      job?.resolve(Array.from(valid, (byte) => byte === 1));
      if (waiting.length === 0) rest();
    });
    made.on("error", (error) => log.warn("verifier:worker-failed", { error: String(error) }));
    made.on("exit", () => {
      if (worker !== made) return;
      worker = null;
      // It ended in the middle of its work: what it owes is checked here.
      const owed = waiting;
      waiting = [];
      for (const { checks, resolve } of owed) resolve(checkHere(checks));
    });
    return made;
  }

  function rest(): void {
    cancelIdle?.();
    cancelIdle = clock.after(idleMs, () => {
      const idle = worker;
      worker = null;
      void idle?.terminate();
    });
  }

  function checkThere(checks: readonly SignatureCheck[]): Promise<readonly boolean[]> {
    cancelIdle?.();
    worker ??= startWorker();
    const { buffer } = packChecks(checks);
    worker.postMessage(buffer, [buffer]);
    return new Promise((resolve) => waiting.push({ checks, resolve }));
  }

  return {
    get working() {
      return worker !== null;
    },
    async verify(checks) {
      if (checks.length <= INLINE_CHECKS_MAX || closed) return checkHere(checks);
      const parts: Promise<readonly boolean[]>[] = [];
      for (let from = 0; from < checks.length; from += CHECKS_PER_MESSAGE_MAX) {
        parts.push(checkThere(checks.slice(from, from + CHECKS_PER_MESSAGE_MAX)));
      }
      return (await Promise.all(parts)).flat();
    },
    async close() {
      closed = true;
      cancelIdle?.();
      await worker?.terminate();
    },
  };
}

function checkHere(checks: readonly SignatureCheck[]): boolean[] {
  return checks.map(({ message, signature, publicKey }) => verifyMessage(message, signature, publicKey));
}
