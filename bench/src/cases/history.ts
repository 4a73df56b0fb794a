/**
 * A long history fetched by a newcomer: a million messages, a hundred thousand with --quick. Takes minutes and
 * gigabytes of disk, so it is run only where it is named.
 */
import { BYTES_PER_MB, rssBytes } from "../lab/proc.ts";
import { fill, foundSpace, join } from "../lab/steps.ts";
import { watchLog } from "../lab/watch.ts";
import type { Case } from "./case.ts";

const MESSAGES = { whole: 1_000_000, quick: 100_000 };
/** Request bodies are made this many messages at a time, or they would fill the memory. */
const FILL_MESSAGES = 50_000;
const SAMPLE_MS = 250;

export const history: Case = {
  name: "history",
  isRunWhenNamed: true,
  async *run({ lab, quick, tell }) {
    const count = quick ? MESSAGES.quick : MESSAGES.whole;
    const member = await lab.start();
    const link = await foundSpace(member, 1);
    for (let at = 0; at < count; at += FILL_MESSAGES) {
      await fill(member, FILL_MESSAGES, at);
      tell(`${at + FILL_MESSAGES} written`);
    }
    const newcomer = await lab.start();
    const watch = await watchLog(newcomer);
    const most = { newcomer: 0, member: 0 };
    const sampler = setInterval(() => {
      most.newcomer = Math.max(most.newcomer, rssBytes(newcomer.pid));
      most.member = Math.max(most.member, rssBytes(member.pid));
    }, SAMPLE_MS);
    try {
      const beganMs = performance.now();
      const [endedMs] = await Promise.all([watch.messages(count), join(newcomer, link)]);
      yield {
        name: `history: join to all ${count} listed`,
        unit: "s",
        samples: [(endedMs - beganMs) / 1_000],
        targets: quick ? [] : [{ statistic: "median", atMost: 60 }],
      };
    } finally {
      clearInterval(sampler);
      watch.close();
    }
    yield {
      name: "history: most memory of the newcomer meanwhile",
      unit: "MB",
      samples: [most.newcomer / BYTES_PER_MB],
      targets: [{ statistic: "max", atMost: 400 }],
    };
    yield {
      name: "history: of the member that has it",
      unit: "MB",
      samples: [most.member / BYTES_PER_MB],
      targets: [{ statistic: "max", atMost: 400 }],
    };
    await lab.stopAll();
  },
};
