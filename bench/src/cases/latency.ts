/**
 * From a POST on one node to the entry in the other node's log, one message after another: durable on the
 * sender, sealed, sent, verified, durable on the receiver.
 */
import { foundSpace, join, messageJson, untilLinked } from "../lab/steps.ts";
import { openLine } from "../lab/line.ts";
import { watchLog } from "../lab/watch.ts";
import type { Case } from "./case.ts";

/** Not counted: nobody's first message finds a process that has compiled its hot code. */
const WARM_UP = 300;

export const latency: Case = {
  name: "latency",
  async *run({ lab, quick }) {
    const sender = await lab.start();
    const receiver = await lab.start();
    await join(receiver, await foundSpace(sender, 1));
    await untilLinked(sender, receiver);
    const line = await openLine(sender);
    const watch = await watchLog(receiver);
    const arrived: number[] = [];
    const answered: number[] = [];
    for (let index = -WARM_UP; index < (quick ? 500 : 2_000); index += 1) {
      const json = messageJson(index);
      const heard = watch.messages(1);
      const beganMs = performance.now();
      const answer = line.post("/api/messages", json).then(() => performance.now());
      const [heardMs, answerMs] = await Promise.all([heard, answer]);
      if (index < 0) continue;
      arrived.push(heardMs - beganMs);
      answered.push(answerMs - beganMs);
    }
    const targets = [
      { statistic: "median", atMost: 3 },
      { statistic: "p95", atMost: 10 },
    ] as const;
    yield { name: "latency: POST on one node to the other's log", unit: "ms", samples: arrived, targets };
    yield { name: "latency: POST to its 201", unit: "ms", samples: answered };
    watch.close();
    line.close();
    await lab.stopAll();
  },
};
