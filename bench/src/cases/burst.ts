/** Full batches on one node, a few requests at a time, until the other node's log has told the last message. */
import { burstBodies, burstLine, checkSame, foundSpace, join, postBurst, untilLinked } from "../lab/steps.ts";
import type { Figure } from "../lab/summary.ts";
import { BYTES_PER_MB, cpuMs, cpuMsByThread, rssBytes } from "../lab/proc.ts";
import { watchLog } from "../lab/watch.ts";
import type { Case } from "./case.ts";

const MESSAGES = 20_480;

export const burst: Case = {
  name: "burst",
  async *run({ lab, quick, tell }) {
    const sender = await lab.start();
    const receiver = await lab.start();
    await join(receiver, await foundSpace(sender, 1));
    await untilLinked(sender, receiver);
    const line = await burstLine(sender);
    const watch = await watchLog(receiver);
    const rates: number[] = [];
    const senderCpu: number[] = [];
    const receiverCpu: number[] = [];
    const rounds = quick ? 2 : 5;
    for (let round = 0; round < rounds; round += 1) {
      const bodies = burstBodies(MESSAGES, round * MESSAGES);
      const before = { sender: cpuMs(sender.pid), receiver: cpuMs(receiver.pid) };
      const last = watch.messages(MESSAGES);
      const beganMs = performance.now();
      const [endedMs] = await Promise.all([last, postBurst(line, bodies)]);
      rates.push((MESSAGES / (endedMs - beganMs)) * 1_000);
      senderCpu.push(((cpuMs(sender.pid) - before.sender) * 1_000) / MESSAGES);
      receiverCpu.push(((cpuMs(receiver.pid) - before.receiver) * 1_000) / MESSAGES);
      tell(
        `round ${round + 1}: ${Math.round(rates.at(-1) ?? 0)}/s, CPU by thread so far: ${threads(sender.pid)} | ${threads(receiver.pid)}`,
      );
    }
    yield {
      name: `burst: ${MESSAGES} messages end to end`,
      unit: "1/s",
      samples: rates,
      targets: [{ statistic: "median", atLeast: 3_000 }],
    };
    yield { name: "burst: the sender's work for a message", unit: "us CPU", samples: senderCpu };
    yield { name: "burst: the receiver's work for a message", unit: "us CPU", samples: receiverCpu };
    yield {
      name: "burst: memory of both nodes after it",
      unit: "MB",
      samples: [sender, receiver].map(({ pid }) => rssBytes(pid) / BYTES_PER_MB),
    } satisfies Figure;
    watch.close();
    line.close();
    await checkSame(sender, receiver, rounds * MESSAGES);
    await lab.stopAll();
  },
};

function threads(pid: number): string {
  return [...cpuMsByThread(pid)]
    .filter(([, ms]) => ms >= 50)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, ms]) => `${name} ${(ms / 1_000).toFixed(1)} s`)
    .join(", ");
}
