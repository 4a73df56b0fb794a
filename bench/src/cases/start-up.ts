/** From the command to a node that answers, on a data directory that holds 100,000 events. */
import { fill, foundSpace } from "../lab/steps.ts";
import { openLine } from "../lab/line.ts";
import type { Case } from "./case.ts";

export const startUp: Case = {
  name: "start-up",
  async *run({ lab, quick, tell }) {
    const events = quick ? 20_000 : 100_000;
    const data = lab.folder();
    const first = await lab.start({ data });
    await foundSpace(first, 1);
    tell(`writing ${events} messages`);
    await fill(first, events);
    await first.stop();
    const ready: number[] = [];
    const answered: number[] = [];
    for (let start = 0; start < (quick ? 3 : 7); start += 1) {
      const beganMs = performance.now();
      const node = await lab.start({ data });
      const line = await openLine(node);
      await line.get("/api/messages?limit=50");
      answered.push(performance.now() - beganMs);
      ready.push(node.readyMs);
      line.close();
      await node.stop();
    }
    const count = events.toLocaleString("en");
    yield {
      name: `start-up: ${count} events, ready`,
      unit: "ms",
      samples: ready,
      targets: [{ statistic: "median", atMost: 2_000 }],
    };
    yield {
      name: `start-up: ${count} events, a page of messages`,
      unit: "ms",
      samples: answered,
      targets: [{ statistic: "median", atMost: 2_000 }],
    };
  },
};
