/** What two linked nodes cost that have nothing to do. */
import { BYTES_PER_MB, cpuMs, rssBytes } from "../lab/proc.ts";
import { fill, foundSpace, join, until, untilLinked } from "../lab/steps.ts";
import type { Case } from "./case.ts";

/** A space that has been used. */
const MESSAGES = 100;
/** Threads of the joining end and memory is given back before the clock runs. */
const SETTLE_MS = 15_000;

export const idle: Case = {
  name: "idle",
  async *run({ lab, quick, tell }) {
    const first = await lab.start();
    const second = await lab.start();
    await join(second, await foundSpace(first, 1));
    await untilLinked(first, second);
    await fill(first, MESSAGES);
    await until(
      "all messages at the second node",
      async () => (await second.client.status()).messagesSynced === MESSAGES,
    );
    const nodes = [first, second];
    await pause(SETTLE_MS);
    const spanMs = quick ? 15_000 : 60_000;
    tell(`idle for ${spanMs / 1_000} s`);
    const before = nodes.map(({ pid }) => cpuMs(pid));
    const beganMs = performance.now();
    await pause(spanMs);
    const tookMs = performance.now() - beganMs;
    const share = nodes.map(({ pid }, index) => ((cpuMs(pid) - (before[index] ?? 0)) / tookMs) * 100);
    yield {
      name: "idle: CPU of each of two linked nodes",
      unit: "% of a core",
      samples: share,
      targets: [{ statistic: "max", atMost: 0.5 }],
    };
    const memory = nodes.map(({ pid }) => rssBytes(pid) / BYTES_PER_MB);
    yield {
      name: "idle: resident memory of each",
      unit: "MB",
      samples: memory,
      targets: [{ statistic: "max", atMost: 120 }],
    };
    const own = nodes.map(({ pid }) => rssBytes(pid, "RssAnon") / BYTES_PER_MB);
    yield { name: "idle: of that without files (Node's own program)", unit: "MB", samples: own };
    await lab.stopAll();
  },
};

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
