/**
 * Messages at a rate, written by whichever devices are enabled, each through its own node's API. Never more of
 * them under way than a bound: nodes that do not keep up are written to more slowly, and it shows in the counts.
 */
import type { Clock } from "@kith/core";
import type { SeededRandom } from "../seeded-random.ts";

export interface Writer {
  readonly id: string;
  readonly isEnabled: boolean;
  /** Rejects when the node refused it. */
  write(text: string): Promise<void>;
}

export interface Traffic {
  readonly sent: number;
  readonly failed: number;
  /** Messages a second of the clock, all devices together. */
  setRate(perSecond: number): void;
  readonly rate: number;
  stop(): void;
}

/** As many as a node answers in a few milliseconds: beyond it only queues grow. */
const UNDER_WAY_MAX = 64;
/** Between two looks at how many are due. */
const LOOK_MS = 20;

export function createTraffic(options: {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly writers: () => readonly Writer[];
}): Traffic {
  const { clock, random, writers } = options;
  let rate = 0;
  let sent = 0;
  let failed = 0;
  let underWay = 0;
  let owed = 0;
  let lastMs = clock.monotonicMs();
  let cancel = clock.after(LOOK_MS, look);

  function look(): void {
    const nowMs = clock.monotonicMs();
    owed = Math.min(UNDER_WAY_MAX, owed + ((nowMs - lastMs) * rate) / 1_000);
    lastMs = nowMs;
    const enabled = writers().filter(({ isEnabled }) => isEnabled);
    for (; owed >= 1 && underWay < UNDER_WAY_MAX && enabled.length > 0; owed -= 1) {
      write(random.pick(enabled));
    }
    cancel = clock.after(LOOK_MS, look);
  }

  function write(writer: Writer): void {
    underWay += 1;
    writer
      .write(`Simulated message ${sent + failed + underWay}`)
      .then(
        () => (sent += 1),
        () => (failed += 1),
      )
      .finally(() => (underWay -= 1));
  }

  return {
    get sent() {
      return sent;
    },
    get failed() {
      return failed;
    },
    get rate() {
      return rate;
    },
    setRate(perSecond) {
      rate = perSecond;
      lastMs = clock.monotonicMs();
    },
    stop: () => cancel(),
  };
}
