/**
 * One node under programs that write and read a great deal: single messages over many connections, batches, a
 * thousand readers of one log, and one that opens a stream and reads nothing. Every write is durable when it counts.
 */
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { createKithClient } from "@kith/client";
import type { KithNode } from "../lab/lab.ts";
import type { Line } from "../lab/line.ts";
import { openLine } from "../lab/line.ts";
import { BYTES_PER_MB, cpuMs, rssBytes } from "../lab/proc.ts";
import { BATCH_MESSAGES, burstLine, CHANNEL, foundSpace, postBurst, SPACE } from "../lab/steps.ts";
import type { Figure } from "../lab/summary.ts";
import type { Case } from "./case.ts";

const CONNECTIONS = 64;
const TEXT_BYTES = 200;
const SINGLE_MESSAGES = 6_400;
const BATCHED_MESSAGES = 20_480;
const READERS = 1_000;
/** How often memory is looked at while messages pass. */
const LOOK_MS = 20;

let written = 0;

function json(): string {
  const text = `${(written += 1)} `.padEnd(TEXT_BYTES, "the rope is at the hut; ");
  return `{"space":"${SPACE}","channel":"${CHANNEL}","text":"${text}"}`;
}

const singles = (): string[] => Array.from({ length: SINGLE_MESSAGES }, json);

function batches(): string[] {
  return Array.from(
    { length: BATCHED_MESSAGES / BATCH_MESSAGES },
    () => `{"messages":[${Array.from({ length: BATCH_MESSAGES }, json).join(",")}]}`,
  );
}

const perSecond = (count: number, ms: number): number => (count / ms) * 1_000;

async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await run();
  return performance.now() - beganMs;
}

const ways = {
  WebSocket: {
    request:
      "GET /api/ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    opens: "HTTP/1.1 101 ",
  },
  "event stream": { request: "GET /api/events HTTP/1.1\r\n", opens: "HTTP/1.1 200 " },
} as const;

type Way = keyof typeof ways;

/** A stream of the log as bare as can be: what a library does with a frame would be a thousand times in the figure. */
async function openReader({ port, token }: KithNode, way: Way = "WebSocket"): Promise<Socket> {
  const { request, opens } = ways[way];
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  socket.write(`${request}Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  const [head] = (await once(socket, "data")) as [Buffer];
  if (!head.toString("latin1").startsWith(opens)) throw new Error(`no stream: ${head.toString()}`);
  return socket;
}

/** Milliseconds from the post to each reader's first byte of it. */
async function tellAll(line: Line, readers: readonly Socket[]): Promise<number[]> {
  const arrivals = readers.map(async (socket) => {
    await once(socket, "data");
    return performance.now();
  });
  const body = json();
  const beganMs = performance.now();
  await line.post("/api/messages", body);
  return (await Promise.all(arrivals)).map((atMs) => atMs - beganMs);
}

/** How far memory that no file stands behind rises above where it began while this runs, MB. */
async function growthOf({ pid }: KithNode, run: () => Promise<unknown>): Promise<number> {
  const before = rssBytes(pid, "RssAnon");
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, rssBytes(pid, "RssAnon"))), LOOK_MS);
  await run();
  clearInterval(timer);
  return (Math.max(peak, rssBytes(pid, "RssAnon")) - before) / BYTES_PER_MB;
}

async function openStream({ ready }: KithNode): Promise<void> {
  const client = createKithClient({ url: ready.url, token: ready.apiToken });
  const opened = new Promise<void>((resolve) => client.on("connect", () => resolve()));
  client.connect();
  await opened;
  client.disconnect();
}

export const load: Case = {
  name: "load",
  async *run({ lab, quick, tell }) {
    const rounds = quick ? 2 : 5;
    const node = await lab.start();
    await foundSpace(node, 1);
    yield* accept(node, rounds, tell);
    yield* read(node, quick ? 5 : 20);
    yield* neglect(node, rounds);
    const { messagesSynced } = await node.client.status();
    if (messagesSynced !== written)
      throw new Error(`${messagesSynced} messages are held, ${written} were answered`);
    await lab.stopAll();
  },
};

async function* accept(node: KithNode, rounds: number, tell: (text: string) => void): AsyncGenerator<Figure> {
  const many = await openLine(node, CONNECTIONS);
  const single: number[] = [];
  const singleCpu: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const bodies = singles();
    const cpuBefore = cpuMs(node.pid);
    const ms = await timeOf(() => Promise.all(bodies.map((body) => many.post("/api/messages", body))));
    // The first compiles the hot code.
    if (round > 0) {
      single.push(perSecond(SINGLE_MESSAGES, ms));
      singleCpu.push(((cpuMs(node.pid) - cpuBefore) * 1_000) / SINGLE_MESSAGES);
    }
    tell(`singly: ${Math.round(perSecond(SINGLE_MESSAGES, ms))}/s`);
  }
  many.close();
  yield {
    name: `load: messages of ${TEXT_BYTES} B posted singly over ${CONNECTIONS} connections`,
    unit: "1/s",
    samples: single,
    targets: [{ statistic: "median", atLeast: 3_000 }],
  };
  yield { name: "load: the node's work for one of them", unit: "us CPU", samples: singleCpu };
  const line = await burstLine(node);
  const batched: number[] = [];
  const batchedCpu: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const bodies = batches();
    const cpuBefore = cpuMs(node.pid);
    batched.push(perSecond(BATCHED_MESSAGES, await timeOf(() => postBurst(line, bodies))));
    batchedCpu.push(((cpuMs(node.pid) - cpuBefore) * 1_000) / BATCHED_MESSAGES);
    tell(`in batches: ${Math.round(batched.at(-1) ?? 0)}/s`);
  }
  line.close();
  yield {
    name: `load: the same in batches of ${BATCH_MESSAGES}`,
    unit: "1/s",
    samples: batched,
    targets: [{ statistic: "median", atLeast: 10_000 }],
  };
  yield { name: "load: the node's work for one of them, in batches", unit: "us CPU", samples: batchedCpu };
}

async function* read(node: KithNode, rounds: number): AsyncGenerator<Figure> {
  const readers: Socket[] = [];
  while (readers.length < READERS) readers.push(await openReader(node));
  const line = await openLine(node);
  const all: number[] = [];
  const last: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const arrivals = await tellAll(line, readers);
    if (round === 0) continue;
    all.push(...arrivals);
    last.push(Math.max(...arrivals));
  }
  line.close();
  for (const socket of readers) socket.destroy();
  yield {
    name: `load: a message to each of ${READERS} WebSockets`,
    unit: "ms",
    samples: all,
    targets: [{ statistic: "median", atMost: 15 }],
  };
  yield {
    name: "load: to the last of them",
    unit: "ms",
    samples: last,
    targets: [{ statistic: "median", atMost: 60 }],
  };
  const opened: number[] = [];
  for (let n = 0; n <= rounds; n += 1) {
    const ms = await timeOf(() => openStream(node));
    if (n > 0) opened.push(ms);
  }
  yield { name: "load: the client's first call to an open stream", unit: "ms", samples: opened };
}

async function* neglect(node: KithNode, rounds: number): AsyncGenerator<Figure> {
  const line = await burstLine(node);
  const without: number[] = [];
  const beside: Record<Way, number[]> = { WebSocket: [], "event stream": [] };
  for (let round = 0; round <= rounds; round += 1) {
    const alone = await growthOf(node, () => postBurst(line, batches()));
    for (const way of ["WebSocket", "event stream"] as const) {
      const slow = await openReader(node, way);
      slow.pause();
      const neglected = await growthOf(node, () => postBurst(line, batches()));
      slow.destroy();
      // In the first the heap becomes as large as such bursts make it.
      if (round > 0) beside[way].push(neglected);
    }
    if (round > 0) without.push(alone);
  }
  line.close();
  for (const [way, samples] of Object.entries(beside))
    yield {
      name: `load: memory's rise while ${BATCHED_MESSAGES} messages pass a reader that takes none, by ${way}`,
      unit: "MB",
      samples,
      targets: [{ statistic: "median", atMost: 10 }],
    };
  yield { name: "load: the same with no reader", unit: "MB", samples: without };
}
