/** 10,000 events at once: a newcomer who joins a space that has them, and a member who was offline while they were written. */
import { checkSame, fill, foundSpace, join, until, untilLinked } from "../lab/steps.ts";
import type { Figure } from "../lab/summary.ts";
import { openLine } from "../lab/line.ts";
import { watchLog } from "../lab/watch.ts";
import type { KithNode } from "../lab/lab.ts";
import type { Case, CaseContext } from "./case.ts";

const MESSAGES = 10_000;

export const catchUp: Case = {
  name: "catch-up",
  async *run(context) {
    yield* measureJoin(context);
    yield* measureReturn(context);
  },
};

async function* measureJoin({ lab, quick, tell }: CaseContext): AsyncGenerator<Figure> {
  const rounds = quick ? 2 : 5;
  const member = await lab.start();
  const link = await foundSpace(member, rounds);
  await fill(member, MESSAGES);
  const fromJoin: number[] = [];
  const fromLink: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const newcomer = await lab.start();
    const watch = await watchLog(newcomer);
    const { linked, last } = watch.linkedThenMessages(MESSAGES);
    const beganMs = performance.now();
    const joined = join(newcomer, link);
    const [linkedMs, endedMs] = await Promise.all([linked, last.then(() => listed(newcomer)), joined]);
    fromJoin.push(endedMs - beganMs);
    fromLink.push(endedMs - linkedMs);
    tell(`join ${round + 1}: ${Math.round(endedMs - beganMs)} ms`);
    watch.close();
    if (round === 0) await checkSame(member, newcomer, MESSAGES);
    await newcomer.stop();
  }
  yield { name: "catch-up: join to all 10,000 listed", unit: "ms", samples: fromJoin };
  yield {
    name: "catch-up: the same, from the link on",
    unit: "ms",
    samples: fromLink,
    targets: [{ statistic: "median", atMost: 1_000 }],
  };
  await lab.stopAll();
}

async function* measureReturn({ lab, quick, tell }: CaseContext): AsyncGenerator<Figure> {
  const rounds = quick ? 2 : 5;
  const writer = await lab.start();
  const absent = await lab.start();
  await join(absent, await foundSpace(writer, 1));
  await untilLinked(writer, absent);
  const fromCall: number[] = [];
  const fromLink: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await absent.client.setOnline(false);
    await fill(writer, MESSAGES);
    await until("the writer alone", async () => (await writer.client.status()).connectedPeers === 0);
    const watch = await watchLog(absent);
    const { linked, last } = watch.linkedThenMessages(MESSAGES);
    const beganMs = performance.now();
    const online = absent.client.setOnline(true);
    const [linkedMs, endedMs] = await Promise.all([linked, last.then(() => listed(absent)), online]);
    fromCall.push(endedMs - beganMs);
    fromLink.push(endedMs - linkedMs);
    tell(`return ${round + 1}: ${Math.round(endedMs - linkedMs)} ms`);
    watch.close();
  }
  yield { name: "catch-up: back online to all 10,000 listed", unit: "ms", samples: fromCall };
  yield {
    name: "catch-up: the same, from the link on",
    unit: "ms",
    samples: fromLink,
    targets: [{ statistic: "median", atMost: 1_000 }],
  };
  await checkSame(writer, absent, rounds * MESSAGES);
  await lab.stopAll();
}

/** A page of the newest has been answered. */
async function listed(node: KithNode): Promise<number> {
  const line = await openLine(node);
  await line.get("/api/messages?limit=50");
  line.close();
  return performance.now();
}
