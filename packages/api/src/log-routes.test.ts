import { request } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import { logEntry, pollAnswer } from "@kith/contract";
import type { LogEntry } from "@kith/contract";
import { afterEach, expect, test, vi } from "vitest";
import { EVENTS_BEAT_MS, STREAMS_MAX } from "./limits.ts";
import { issueToken, send, startTestServer } from "./testing/index.ts";
import type { Answer, TestServer } from "./testing/index.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const node = await startTestServer(options);
  cleanups.push(() => node.server.close());
  await node.service.createSpace({ name: "Climbing" });
  return node;
}

interface Event {
  readonly name: string;
  readonly id: string | null;
  readonly data: unknown;
}

interface Events {
  readonly response: IncomingMessage;
  readonly outgoing: ClientRequest;
  /** Everything that has come, named or not. */
  readonly events: Event[];
  /** Lines that begin with a colon. */
  readonly comments: string[];
  readonly entries: () => LogEntry[];
  until(holds: () => boolean): Promise<void>;
  readonly closed: Promise<void>;
}

/** Reads as the HTML standard says: fields up to an empty line. */
function events(node: TestServer, query = "", headers: Record<string, string> = {}): Promise<Events> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${node.server.url}/api/events${query}`, {
      headers: { authorization: `Bearer ${node.token}`, ...headers },
      agent: false,
    });
    cleanups.push(() => outgoing.destroy());
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      const seen: Event[] = [];
      const comments: string[] = [];
      const waiting = new Set<() => void>();
      let rest = "";
      response.setEncoding("utf8");
      response.on("error", () => undefined);
      response.on("data", (chunk: string) => {
        const blocks = (rest + chunk).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
          const lines = block.split("\n");
          comments.push(...lines.filter((line) => line.startsWith(":")));
          const field = (name: string): string | null =>
            lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null;
          const data = field("data");
          if (data !== null)
            seen.push({ name: field("event") ?? "message", id: field("id"), data: JSON.parse(data) });
        }
        for (const check of waiting) check();
      });
      resolve({
        response,
        outgoing,
        events: seen,
        comments,
        entries: () => seen.filter(({ name }) => name === "message").map(({ data }) => data as LogEntry),
        until: (holds) =>
          new Promise((done) => {
            const check = (): void => {
              if (!holds()) return;
              waiting.delete(check);
              done();
            };
            waiting.add(check);
            check();
          }),
        closed: new Promise((done) => response.on("close", () => done())),
      });
    });
    outgoing.end();
  });
}

function poll(node: TestServer, query: string): Promise<Answer> {
  return send(`${node.server.url}/api/poll${query}`, { token: node.token });
}

const texts = (entries: readonly LogEntry[]): string[] =>
  entries.map((entry) => (entry.data as { text: string }).text);
const bursts = (count: number): string[] => Array.from({ length: count }, (_, n) => `burst ${n}`);

test("[HT50] events are entries of the log with their cursor as id, after a hello that says where it begins", async () => {
  const node = await start();
  const begin = node.service.cursor();
  const reading = await events(node);
  expect(reading.response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
  expect(reading.response.headers["x-content-type-options"]).toBe("nosniff");
  await node.service.postMessage({
    space: "Climbing",
    channel: "general",
    text: "two\nlines\n\nand data: x",
  });
  await reading.until(() => reading.entries().length === 1);
  const [hello, first] = reading.events;
  expect(hello).toEqual({
    name: "hello",
    id: begin,
    data: { nodeId: node.service.nodeId, cursor: begin },
  });
  expect(logEntry.strict().parse(first?.data).cursor).toBe(first?.id);
  expect(texts(reading.entries())).toEqual(["two\nlines\n\nand data: x"]);
});

test("[HT50] Last-Event-ID goes before since, and one that is no cursor is refused", async () => {
  const node = await start();
  const since = node.service.cursor();
  node.service.burst(10, 10);
  const resumed = `c${Number(since.slice(1)) + 7}`;
  const reading = await events(node, `?since=${since}`, { "last-event-id": resumed });
  await reading.until(() => reading.entries().length === 3);
  expect(texts(reading.entries())).toEqual(["burst 7", "burst 8", "burst 9"]);
  const refused = await events(node, "", { "last-event-id": "9".repeat(65) });
  expect(refused.response.statusCode).toBe(400);
});

test("[HT51] a poll answers at once with what there is, a page at most, and else with the next entry or its time", async () => {
  const node = await start();
  const since = node.service.cursor();
  const waiting = poll(node, `?since=${since}&wait=25`);
  node.service.append("network", { online: false });
  const first = pollAnswer.parse((await waiting).json());
  expect(first.items.map(({ data }) => data)).toEqual([{ online: false }]);
  expect(first.next).toBe(first.items[0]?.cursor);
  const timed = await poll(node, `?since=${first.next}&wait=0`);
  expect(timed.json()).toEqual({ items: [], next: first.next });
  const fresh = await poll(node, "?wait=0");
  expect(fresh.json()).toEqual({ items: [], next: node.service.cursor() });
  for (const query of ["?wait=56", "?wait=-1", "?wait=x", `?since=${"9".repeat(65)}`])
    expect((await poll(node, query)).status, query).toBe(400);
});

test("[HT52] changing between events, polls and cuts with the last cursor yields the whole log once", async () => {
  const node = await start();
  let cursor = node.service.cursor();
  node.service.burst(10_000, 37);
  const seen: LogEntry[] = [];
  let turn = 0;
  while (seen.length < 10_000) {
    if ((turn += 1) % 2 === 0) {
      const { items, next } = pollAnswer.parse((await poll(node, `?since=${cursor}`)).json());
      seen.push(...items);
      cursor = next;
      continue;
    }
    const part = await events(node, `?since=${cursor}`);
    const wanted = Math.min(700, 10_000 - seen.length);
    await part.until(() => part.entries().length >= wanted);
    part.outgoing.destroy();
    await part.closed;
    const got = part.entries();
    seen.push(...got);
    cursor = got.at(-1)?.cursor ?? cursor;
  }
  expect(texts(seen)).toEqual(bursts(10_000));
});

test("[HT52] an unknown or trimmed cursor is answered 404 CURSOR_UNKNOWN by both", async () => {
  const node = await start();
  node.service.burst(20, 20);
  node.service.trim(5);
  for (const since of ["c1", "c999999", "nonsense", ""]) {
    for (const path of ["events", "poll"]) {
      const answer = await send(`${node.server.url}/api/${path}?since=${since}`, { token: node.token });
      expect(answer, `${path} ${since}`).toMatchObject({ status: 404, code: "CURSOR_UNKNOWN" });
    }
  }
});

test("[HT53] a quiet stream carries a comment at each beat, and ends with its token", async () => {
  const node = await start();
  const token = await issueToken(node.auth, { scope: "read", ttlMs: 20_000 });
  const reading = await events(node, "", { authorization: `Bearer ${token}` });
  node.clock.advance(EVENTS_BEAT_MS);
  await reading.until(() => reading.comments.length === 1);
  node.clock.advance(EVENTS_BEAT_MS);
  await reading.closed;
  expect(reading.events.at(-1)).toMatchObject({
    name: "fault",
    data: { error: { code: "TOKEN_INVALID" } },
  });
});

test("[HT53] a reader that takes nothing is cut at the second beat and loses nothing when it resumes", async () => {
  const node = await start();
  const since = node.service.cursor();
  const slow = await events(node, `?since=${since}`);
  slow.response.pause();
  const text = "x".repeat(16_000);
  for (let n = 0; n < 2_000; n += 1)
    await node.service.postMessage({ space: "Climbing", channel: "general", text: `${n} ${text}` });
  const quick = await events(node, `?since=${since}`);
  await quick.until(() => quick.entries().length === 2_000);
  for (let n = 0; n < 3; n += 1) {
    const { length } = quick.comments;
    node.clock.advance(EVENTS_BEAT_MS);
    await quick.until(() => quick.comments.length > length);
  }
  slow.response.resume();
  await slow.closed;
  const before = slow.entries();
  expect(before.length).toBeLessThan(2_000);
  const again = await events(node, `?since=${before.at(-1)?.cursor ?? since}`);
  await again.until(() => before.length + again.entries().length === 2_000);
  expect(texts([...before, ...again.entries()]).map((line) => Number(line.split(" ")[0]))).toEqual(
    Array.from({ length: 2_000 }, (_, n) => n),
  );
});

test("[HT53] a thousand readers of one node each get everything once; one more than there is room for is told so", async () => {
  const node = await start();
  const readers = await Promise.all(Array.from({ length: STREAMS_MAX }, () => events(node)));
  expect(STREAMS_MAX).toBeGreaterThanOrEqual(1_000);
  for (const path of ["events", "poll"])
    expect(await send(`${node.server.url}/api/${path}`, { token: node.token })).toMatchObject({
      status: 429,
      code: "TOO_MANY",
    });
  node.service.burst(20, 3);
  await Promise.all(readers.map((reader) => reader.until(() => reader.entries().length === 20)));
  for (const reader of readers) expect(texts(reader.entries())).toEqual(bursts(20));
}, 30_000);

test("[HT3] events and polls need the scope read, and take no token from a URL", async () => {
  const node = await start();
  const sender = await issueToken(node.auth, { scope: "send", ttlMs: 60_000 });
  for (const path of ["events", "poll"]) {
    const url = `${node.server.url}/api/${path}`;
    expect(await send(url, { token: sender })).toMatchObject({ status: 403, code: "SCOPE_TOO_SMALL" });
    expect(await send(`${url}?token=${node.token}`)).toMatchObject({ status: 401, code: "TOKEN_MISSING" });
  }
});

test("[HT53] a stopping node ends its streams and answers its polls, and nothing stays behind", async () => {
  const node = await startTestServer();
  const reading = await events(node);
  const { log } = node.service;
  const polled = new Promise<void>((resolve) =>
    vi.spyOn(node.service, "log").mockImplementation((after, limit) => {
      resolve();
      return log(after, limit);
    }),
  );
  const waiting = poll(node, `?since=${node.service.cursor()}&wait=55`);
  await polled;
  // The poll would wait for 55 s and the stream for ever.
  await node.server.close();
  await reading.closed;
  expect((await waiting).json()).toMatchObject({ items: [] });
  expect(node.service.listenerCount()).toBe(0);
});
