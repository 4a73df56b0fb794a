/**
 * What knowing who is in a space costs: working out a thousand control events and taking in one more; a removal and an
 * admission among 200 devices; a message in a small and a large space. In this process, without links and disks.
 */
import { createMembership, inspectEvent, planProfile, planRemoval } from "@kith/core";
import type { ControlEvent, EventId } from "@kith/core";
import { createDesk } from "../lab/desk.ts";
import type { Desk } from "../lab/desk.ts";
import type { Figure } from "../lab/summary.ts";
import type { Case, CaseContext } from "./case.ts";

const LINEAR = 900;
const CONCURRENT = 100;
const LARGE = 200;
const SMALL = 10;
const BYTES_PER_KB = 1_000;

export const membership: Case = {
  name: "membership",
  async *run(context) {
    yield* measureEvents(context);
    yield* measureGroups(context);
  },
};

async function* measureEvents({ quick, tell }: CaseContext): AsyncGenerator<Figure> {
  tell("writing 1,000 control events");
  const desk = createDesk(CONCURRENT + 1);
  const [ann, ...others] = desk.people;
  if (ann === undefined) throw new Error("a desk has its founder");
  const rename = (index: number) =>
    planProfile({ space: desk.space, name: `Name ${index}`, controlEpoch: desk.control.epoch });
  while (desk.events.length < LINEAR) {
    const by = others[desk.events.length % others.length] ?? ann;
    desk.write(rename(desk.events.length), { by });
  }
  const linear = [...desk.events];
  const parents = desk.membership.heads();
  const next = desk.write(rename(0), { by: ann, parents }).event;
  const beside = others
    .slice(0, CONCURRENT)
    .map((by, index) => desk.write(rename(index), { by, parents }).event);
  const { person } = others[CONCURRENT - 1] ?? ann;
  const removal = planRemoval({ space: desk.space, person, fences: [], controlEpoch: desk.control.epoch });
  const decision = desk.write(removal, { by: ann, parents }).event;
  const read = new Map<EventId, ReturnType<typeof inspectEvent>>();
  const inspect: typeof inspectEvent = (space, event) => {
    const known = read.get(event.id) ?? inspectEvent(space, event);
    read.set(event.id, known);
    return known;
  };
  const all: number[] = [];
  const one: number[] = [];
  const decided: number[] = [];
  const last: number[] = [];
  for (let round = 0; round < (quick ? 10 : 40); round += 1) {
    const fresh = createMembership(desk.space, { inspect });
    const add = (event: ControlEvent): number => timed(() => fresh.add(event));
    const linearMs = timed(() => linear.forEach((event) => fresh.add(event)));
    last.push(add(next));
    const each = beside.map(add);
    const decidedMs = add(decision);
    // The first rounds read signatures and are compiled.
    if (round < 5) continue;
    all.push(linearMs + each.reduce((sum, ms) => sum + ms, 0));
    one.push(...each);
    decided.push(decidedMs);
  }
  yield {
    name: "membership: 1,000 events, 100 of them beside each other",
    unit: "ms",
    samples: all,
    targets: [{ statistic: "median", atMost: 5 }],
  };
  const atMost = 0.2;
  yield {
    name: "membership: one more at the head",
    unit: "ms",
    samples: last,
    targets: [{ statistic: "median", atMost }],
  };
  yield {
    name: "membership: one more beside others",
    unit: "ms",
    samples: one,
    targets: [{ statistic: "median", atMost }],
  };
  yield { name: "membership: a removal beside a hundred", unit: "ms", samples: decided };
}

async function* measureGroups({ quick, tell }: CaseContext): AsyncGenerator<Figure> {
  tell("letting 200 devices in");
  const small = createDesk(SMALL);
  const large = createDesk(LARGE);
  yield* measureMessages(small, large);
  const rounds = quick ? 3 : 9;
  const added = Array.from({ length: rounds }, () => large.admitOne());
  yield {
    name: `membership: one more device to ${LARGE}`,
    unit: "ms",
    samples: added.map(({ tookMs }) => tookMs),
    targets: [{ statistic: "median", atMost: 5 }],
  };
  tell("changing keys a hundred times");
  for (const changes of [1, quick ? 20 : 100]) {
    const aged = createDesk(SMALL);
    for (let at = 0; at < changes; at += 1) {
      aged.admitOne();
      aged.removeOne();
    }
    aged.admitOne();
    yield {
      name: `membership: letting one in after ${changes} changes of keys`,
      unit: "KB",
      samples: Array.from({ length: rounds }, () => aged.admitOne().bytes / BYTES_PER_KB),
    };
  }
  const removed = Array.from({ length: rounds }, () => large.removeOne());
  yield {
    name: `membership: a removal at ${LARGE} devices, with new keys`,
    unit: "ms",
    samples: removed.map(({ tookMs }) => tookMs),
    targets: [{ statistic: "median", atMost: 150 }],
  };
  yield {
    name: `membership: its events and boxes`,
    unit: "KB",
    samples: removed.map(({ bytes }) => bytes / BYTES_PER_KB),
    targets: [{ statistic: "max", atMost: 300 }],
  };
}

/** By turns, so that both are of one moment of the machine. */
function* measureMessages(small: Desk, large: Desk): Generator<Figure> {
  const few = { bytes: [] as number[], tookUs: [] as number[] };
  const many = { bytes: [] as number[], tookUs: [] as number[] };
  for (let index = 0; index < 400; index += 1) {
    for (const [desk, into] of [
      [small, few],
      [large, many],
    ] as const) {
      const { bytes, tookMs } = desk.say("On Saturday at nine, by the hut?");
      if (index < 100) continue;
      into.bytes.push(bytes);
      into.tookUs.push(tookMs * 1_000);
    }
  }
  for (const [{ bytes, tookUs }, devices] of [
    [few, SMALL],
    [many, LARGE],
  ] as const) {
    yield { name: `membership: a message among ${devices}`, unit: "bytes", samples: bytes };
    yield { name: `membership: sealing it`, unit: "us", samples: tookUs };
  }
  const ratios = (of: readonly number[], to: readonly number[]): number[] =>
    of.map((each, at) => each / (to[at] ?? each));
  yield {
    name: `membership: its size among ${LARGE}, of that among ${SMALL}`,
    unit: "x",
    samples: ratios(many.bytes, few.bytes),
    targets: [{ statistic: "max", atMost: 1.01 }],
  };
  yield {
    name: `membership: its cost among ${LARGE}, of that among ${SMALL}`,
    unit: "x",
    samples: ratios(many.tookUs, few.tookUs),
    targets: [{ statistic: "median", atMost: 1.15 }],
  };
}

function timed(act: () => void): number {
  const beganMs = performance.now();
  act();
  return performance.now() - beganMs;
}
