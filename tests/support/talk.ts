/** An honest member who keeps talking while something else is done to the one who listens. */
import { performance } from "node:perf_hooks";
import { peerIds, percentile, say } from "./meeting.ts";
import type { NodeProcess } from "./node-process.ts";

export interface Talk {
  /** Resolves once two more messages, written from now on, have arrived. */
  goesOn(): Promise<void>;
  /** Milliseconds from writing to the listener's log, since the last call. */
  latencies(): number[];
  /** Stops talking; throws what went wrong meanwhile. */
  end(): Promise<void>;
}

const ARRIVE_MS_MAX = 5_000;
const PAUSE_MS = 20;

/** Each message is written when the last has arrived: a listener in trouble shows as time, not as a backlog. */
export function startTalk(speaker: NodeProcess, listener: NodeProcess): Talk {
  const ending = new AbortController();
  let samples: number[] = [];
  const waiting = new Set<() => void>();
  let failure: Error | null = null;

  async function talk(): Promise<void> {
    for (let n = 1; !ending.signal.aborted; n += 1) {
      const text = `honest ${n} of ${speaker.ready.deviceId.slice(0, 8)}`;
      const from = listener.log.length;
      const beganMs = performance.now();
      await say(speaker, text);
      await listener.until(
        `"${text}"`,
        () => listener.log.slice(from).some(({ data }) => JSON.stringify(data).includes(text)),
        ARRIVE_MS_MAX,
      );
      samples.push(performance.now() - beganMs);
      for (const wake of waiting) wake();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  const done = talk().catch((error: unknown) => {
    failure = new Error("the talk broke off", { cause: error });
    for (const wake of waiting) wake();
  });
  return {
    goesOn() {
      let left = 3;
      return new Promise((resolve, reject) => {
        const wake = (): void => {
          left -= 1;
          if (failure === null && left > 0) return;
          waiting.delete(wake);
          if (failure === null) resolve();
          else reject(failure);
        };
        waiting.add(wake);
        if (failure !== null) wake();
      });
    },
    latencies() {
      const taken = samples;
      samples = [];
      return taken;
    },
    async end() {
      ending.abort();
      await done;
      if (failure !== null) throw failure;
    },
  };
}

export function describeLatencies(samples: readonly number[]): string {
  const [p50, p95, max] = [0.5, 0.95, 1].map((share) => percentile(samples, share).toFixed(1));
  return `p50 ${p50} ms, p95 ${p95} ms, max ${max} ms of ${samples.length}`;
}

/** 0 to 100, as `judge` sees it; null when they are not linked. */
export async function reputationOf(peer: NodeProcess, judge: NodeProcess): Promise<number | null> {
  if (!(await peerIds(judge)).includes(peer.ready.deviceId)) return null;
  const { items } = await judge.ask<{ items: { id: string; reputation: number }[] }>("GET", "/api/peers");
  return items.find(({ id }) => id === peer.ready.deviceId)?.reputation ?? null;
}
