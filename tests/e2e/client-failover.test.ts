/**
 * How long the client is without its log when a way of it is shut, and that it comes back up by itself: on real
 * sockets and a real node, behind each kind of proxy. Medians are
 * printed, and the best of the tries is judged, since tests share their machine; when each way is tried is follow-times.test.ts's.
 */
import { afterEach, expect, test } from "vitest";
import type { WayName } from "@kith/client";
import { endEverything, startNode } from "../support/kith-process.ts";
import type { ProxyRules } from "../support/way-proxy.ts";
import { readLog, startWayReader } from "../support/way-reader.ts";
import type { WayReader } from "../support/way-reader.ts";

/** Until entries can come again: where a way is refused, and where one hangs. */
const REFUSED_MS_MAX = 100;
const HANGING_MS_MAX = 2_000;
/** Looks upwards begin within two seconds of a fall, and what is looked at hangs 1.5 s at most. */
const CLIMB_MS_MAX = 5_000;
const ROUNDS = 3;
const OPEN: ProxyRules = { socket: "pass", events: "pass", calls: "pass" };

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
  await endEverything();
});

interface Condition {
  readonly name: string;
  readonly rules: Partial<ProxyRules>;
  readonly way: WayName;
  readonly msMax: number;
}

const conditions: readonly Condition[] = [
  { name: "all open", rules: {}, way: "websocket", msMax: REFUSED_MS_MAX },
  { name: "WebSocket refused", rules: { socket: "refuse" }, way: "events", msMax: REFUSED_MS_MAX },
  { name: "WebSocket hanging", rules: { socket: "hang" }, way: "events", msMax: HANGING_MS_MAX },
  {
    name: "WebSocket refused, events 502",
    rules: { socket: "refuse", events: "refuse" },
    way: "polling",
    msMax: REFUSED_MS_MAX,
  },
  {
    name: "events buffered",
    rules: { socket: "refuse", events: "buffer" },
    way: "polling",
    msMax: HANGING_MS_MAX,
  },
];

interface Figures {
  /** From the first attempt, and from the cut, until the stream was open over the way that is left. */
  readonly firstMs: number[];
  readonly cutMs: number[];
  /** From the moment at which everything was open again until it was read over the WebSocket. */
  readonly climbMs: number[];
}

const median = (figures: readonly number[]): number =>
  [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
const isOn = (way: WayName) => (reader: WayReader) =>
  reader.ways.at(-1) === way && reader.states.at(-1) === "open";

async function since(beganMs: number, happens: Promise<void>): Promise<number> {
  await happens;
  return performance.now() - beganMs;
}

test("[CL2] [CL3] [CL5] what is refused costs 100 ms, what hangs 2 s, at the start and after a cut; then it climbs back, losing and repeating nothing", async () => {
  const { client, ready } = await startNode({ name: "Ann" });
  const { id: space } = await client.createSpace({ name: "Climbing" });
  const place = { port: ready.port, token: ready.apiToken };
  let said = 0;
  const say = () => client.post({ space, channel: "general", text: `message ${(said += 1)}` });
  const whole = () => readLog({ url: ready.url, token: ready.apiToken });
  const { cursor: start = "0" } = (await whole()).at(-1) ?? {};

  async function measure({ name, rules, way }: Condition): Promise<Figures> {
    const figures: Figures = { firstMs: [], cutMs: [], climbMs: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const beganMs = performance.now();
      const first = await startWayReader(name, place, rules);
      figures.firstMs.push(await since(beganMs, first.until(isOn(way))));
      await first.close();
    }
    const reader = await startWayReader(name, place, {}, { since: start });
    cleanups.push(reader.close);
    for (let round = 0; round < ROUNDS; round += 1) {
      await reader.until(isOn("websocket"));
      await say();
      reader.proxy.rules = { ...OPEN, ...rules };
      const { length } = reader.ways;
      const cutMs = performance.now();
      reader.proxy.cut();
      figures.cutMs.push(
        await since(
          cutMs,
          reader.until((now) => now.ways.length > length && isOn(way)(now)),
        ),
      );
      expect(reader.ways.slice(length), name).toEqual([way]);
      await say();
      reader.proxy.rules = OPEN;
      const { length: states } = reader.states;
      const liftedMs = performance.now();
      // Messages come while it climbs, too.
      const [climbedMs] = await Promise.all([since(liftedMs, reader.until(isOn("websocket"))), say(), say()]);
      figures.climbMs.push(climbedMs);
      expect(reader.states.slice(states), `${name}: climbing back shows in no state`).toEqual([]);
    }
    const log = (await whole()).map(({ cursor }) => cursor);
    await reader.until(({ entries }) => entries.some(({ cursor }) => cursor === log.at(-1)));
    const after = log.slice(log.indexOf(start) + 1);
    expect(
      reader.entries.slice(0, after.length).map(({ cursor }) => cursor),
      name,
    ).toEqual(after);
    return figures;
  }

  const all = await Promise.all(conditions.map(async (one) => ({ ...one, ...(await measure(one)) })));
  const rounded = (figures: readonly number[]): string => `${Math.round(median(figures))} ms`;
  for (const { name, firstMs, cutMs, climbMs } of all)
    console.info(
      `${name}: open after ${rounded(firstMs)}, after a cut ${rounded(cutMs)}, back up ${rounded(climbMs)}`,
    );
  for (const { name, msMax, firstMs, cutMs, climbMs } of all) {
    expect(Math.min(...firstMs), `${name}: first`).toBeLessThanOrEqual(msMax);
    expect(Math.min(...cutMs), `${name}: after a cut`).toBeLessThanOrEqual(msMax);
    expect(Math.min(...climbMs), `${name}: back up`).toBeLessThanOrEqual(CLIMB_MS_MAX);
  }
}, 120_000);
