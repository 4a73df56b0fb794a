/** From a node's first beacon to the entry in another node's log that says it is there. */
import { foundSpace, join } from "../lab/steps.ts";
import type { Figure } from "../lab/summary.ts";
import { watchLog } from "../lab/watch.ts";
import type { Case, CaseContext } from "./case.ts";

export const discovery: Case = {
  name: "discovery",
  async *run(context) {
    yield* measureMember(context);
    yield* measureStranger(context);
  },
};

async function* measureMember({ lab, quick, tell }: CaseContext): AsyncGenerator<Figure> {
  const first = await lab.start();
  const link = await foundSpace(first, 1);
  const data = lab.folder();
  const joining = await lab.start({ data });
  await join(joining, link);
  await joining.stop();
  const samples: number[] = [];
  for (let start = 0; start < (quick ? 5 : 15); start += 1) {
    tell(`start ${start + 1}`);
    samples.push(await measureSeen(first, () => lab.start({ data })));
  }
  yield {
    name: "discovery: a member's node seen after its first beacon",
    unit: "ms",
    samples,
    targets: [{ statistic: "median", atMost: 100 }],
  };
  await first.stop();
}

async function* measureStranger({ lab, quick, tell }: CaseContext): AsyncGenerator<Figure> {
  const first = await lab.start({ args: ["--visible"] });
  const samples: number[] = [];
  for (let start = 0; start < (quick ? 5 : 15); start += 1) {
    tell(`stranger ${start + 1}`);
    samples.push(await measureSeen(first, () => lab.start({ args: ["--visible"] })));
  }
  yield {
    name: "discovery: a stranger, both --visible",
    unit: "ms",
    samples,
    targets: [{ statistic: "median", atMost: 100 }],
  };
  await first.stop();
}

type Node = Awaited<ReturnType<CaseContext["lab"]["start"]>>;

/** Starts the other node, and stops it again once the first has told that it is there. */
async function measureSeen(first: Node, start: () => Promise<Node>): Promise<number> {
  const watch = await watchLog(first);
  try {
    // It may be told before the other's ready line has been read here.
    const seen: { entry: Buffer; atMs: number }[] = [];
    watch.listen((entry) => seen.push({ entry, atMs: Date.now() }));
    const other = await start();
    const words = [other.ready.deviceId, '"state":"connected"'];
    const early = seen.find(({ entry }) => words.every((word) => entry.includes(word)));
    if (early === undefined) await watch.entry("peer", ...words);
    const atMs = early?.atMs ?? Date.now();
    const lost = watch.entry("peer", other.ready.deviceId, '"state":"lost"');
    await other.stop();
    await lost;
    return atMs - other.ready.beaconAt;
  } finally {
    watch.close();
  }
}
