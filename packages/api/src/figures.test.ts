/** Finding, typing, figures, and the log of one space, over HTTP. */
import { broadcastAnswer, pollAnswer, searchAnswer, stats } from "@kith/contract";
import type { LogEntry } from "@kith/contract";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { EVENTS_BEAT_MS } from "./limits.ts";
import { send, startTestServer } from "./testing/index.ts";
import type { Answer, Ask, TestServer } from "./testing/index.ts";

let node: TestServer;
let cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  node = await startTestServer();
  for (const name of ["Climbing", "Chess"]) await node.service.createSpace({ name });
});

afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
  cleanups = [];
  await node.server.close();
});

const ask = (path: string, options: Ask = {}): Promise<Answer> =>
  send(`${node.server.url}${path}`, { token: node.token, ...options });
const post = (path: string, body: unknown): Promise<Answer> => ask(path, { method: "POST", body });
const say = (space: string, text: string) => node.service.postMessage({ space, channel: "general", text });
const textsOf = (entries: readonly LogEntry[]): string[] =>
  entries.map(({ data }) => (data as { text: string }).text);

/** Frames of a WebSocket, and the wait for so many of them. */
async function listen(
  query: string,
): Promise<{ ws: WebSocket; frames: LogEntry[]; count(n: number): Promise<void> }> {
  const ws = new WebSocket(`${node.server.url.replace("http", "ws")}/api/ws${query}`, {
    headers: { authorization: `Bearer ${node.token}` },
  });
  cleanups.push(() => ws.terminate());
  const frames: LogEntry[] = [];
  let wake = (): void => undefined;
  ws.on("message", (data: Buffer) => {
    frames.push(JSON.parse(data.toString()) as LogEntry);
    wake();
  });
  await new Promise((resolve, reject) => ws.once("open", resolve).once("error", reject));
  return {
    ws,
    frames,
    async count(n) {
      while (frames.length < n) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

test("[HT66] search finds words newest first, in one space when asked, and refuses what is no search", async () => {
  await say("Climbing", "rope one");
  await say("Chess", "rope two");
  const all = searchAnswer.parse((await ask("/api/search?q=rope")).json());
  expect(all.missing).toEqual([]);
  expect(all.items.map(({ text }) => text)).toEqual(["rope two", "rope one"]);
  const one = searchAnswer.parse((await ask("/api/search?q=rope&space=Climbing")).json());
  expect(one.items.map(({ text }) => text)).toEqual(["rope one"]);
  const first = searchAnswer.parse((await ask("/api/search?q=rope&limit=1")).json());
  expect([first.items.map(({ text }) => text), first.next]).toEqual([["rope two"], first.items[0]?.id]);
  const second = searchAnswer.parse((await ask(`/api/search?q=rope&limit=1&before=${first.next}`)).json());
  expect([second.items.map(({ text }) => text), second.next]).toEqual([["rope one"], null]);
  expect((await ask("/api/search?q=rope&before=nothing")).code).toBe("UNKNOWN_MESSAGE");
  expect((await ask("/api/search")).code).toBe("BAD_INPUT");
  expect((await ask(`/api/search?q=${"x".repeat(513)}`)).code).toBe("BAD_INPUT");
  expect((await ask("/api/search?q=rope&space=Nowhere")).code).toBe("UNKNOWN_SPACE");
  expect((await ask("/api/search?q=rope&limit=0")).code).toBe("BAD_INPUT");
});

test("[HT67] a broadcast is one message however often it is sent, and never another person's", async () => {
  const body = { board: "general", content: "hello", clientId: "once" };
  const first = await post("/api/broadcast", body);
  expect(first.status).toBe(201);
  const answer = broadcastAnswer.parse(first.json());
  expect(broadcastAnswer.parse((await post("/api/broadcast", body)).json()).id).toBe(answer.id);
  const me = (await ask("/api/me")).json<{ person: string }>().person;
  expect((await post("/api/broadcast", { ...body, userId: me })).status).toBe(201);
  expect(await post("/api/broadcast", { ...body, userId: "somebody" })).toMatchObject({
    status: 403,
    code: "NOT_ALLOWED",
  });
  expect((await post("/api/broadcast", { ...body, board: "nothing" })).code).toBe("UNKNOWN_CHANNEL");
  expect((await post("/api/broadcast", { board: "general" })).code).toBe("BAD_INPUT");
  expect(node.service.messages({ limit: 10 }).items).toHaveLength(1);
});

test("[HT64] typing reaches whoever listens, at the cursor where the log stands, and is not in the log", async () => {
  const { frames, count } = await listen("");
  const waiting = ask("/api/poll?wait=25");
  const before = node.service.cursor();
  // Whoever is not reading yet hears no typing: the stream and the poll have to be there.
  while (!(await ask("/metrics")).text.includes("kith_log_readers 2\n"));
  expect((await post("/api/typing", { space: "Climbing", channel: "general" })).status).toBe(204);
  await count(1);
  expect(frames).toMatchObject([{ type: "typing", cursor: before, data: { channel: "general" } }]);
  expect(pollAnswer.parse((await waiting).json())).toMatchObject({
    items: [{ type: "typing" }],
    next: before,
  });
  await say("Climbing", "after");
  await count(2);
  expect(frames[1]).toMatchObject({ type: "message", data: { text: "after" } });
  const { items } = pollAnswer.parse((await ask("/api/poll?since=c0&wait=0")).json());
  expect(items.map(({ type }) => type)).not.toContain("typing");
  expect((await post("/api/typing", { space: "Nowhere", channel: "general" })).code).toBe("UNKNOWN_SPACE");
});

test("[HT63] with a space the log holds what is about it and nothing else, over each of the three ways", async () => {
  const since = node.service.cursor();
  const { frames, count } = await listen(`?since=${since}&space=Chess`);
  const events = new AbortController();
  cleanups.push(() => events.abort());
  const stream = await fetch(`${node.server.url}/api/events?since=${since}&space=Chess`, {
    headers: { authorization: `Bearer ${node.token}` },
    signal: events.signal,
  });
  for (let n = 0; n < 600; n += 1) await say(n % 3 === 0 ? "Chess" : "Climbing", `${n}`);
  const wanted = Array.from({ length: 200 }, (_, n) => `${n * 3}`);
  await count(200);
  expect(textsOf(frames)).toEqual(wanted);

  const polled: LogEntry[] = [];
  let at = since;
  for (let asked = 0; polled.length < 200 && asked < 200; asked += 1) {
    const page = pollAnswer.parse((await ask(`/api/poll?since=${at}&space=Chess&wait=0`)).json());
    polled.push(...page.items);
    at = page.next;
  }
  expect(textsOf(polled)).toEqual(wanted);

  let text = "";
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  while (!text.includes('"text":"597"')) text += (await reader?.read())?.value ?? "";
  expect([...text.matchAll(/"text":"(\d+)"/g)].map(([, value]) => value)).toEqual(wanted);

  for (const path of ["/api/events", "/api/poll"])
    expect((await ask(`${path}?space=Nowhere`)).code).toBe("UNKNOWN_SPACE");
});

test("[HT63] who polls or streams one space resumes behind what was of others, so that trimming costs nothing", async () => {
  const since = node.service.cursor();
  for (let n = 0; n < 20; n += 1) await say("Climbing", `${n}`);
  const now = node.service.cursor();
  const page = pollAnswer.parse((await ask(`/api/poll?since=${since}&space=Chess&wait=0`)).json());
  expect(page).toEqual({ items: [], next: now });
  const events = new AbortController();
  cleanups.push(() => events.abort());
  const stream = await fetch(`${node.server.url}/api/events?since=${since}&space=Chess`, {
    headers: { authorization: `Bearer ${node.token}` },
    signal: events.signal,
  });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader?.read())?.value ?? "";
  node.clock.advance(EVENTS_BEAT_MS);
  while (!text.includes(": alive")) text += (await reader?.read())?.value ?? "";
  expect(text).toContain(`id: ${now}\n: alive`);
});

test("[HT63] a WebSocket of one space is told by a pong what was of others, once, and not what comes to it", async () => {
  const since = node.service.cursor();
  const { ws, frames, count } = await listen(`?since=${since}&space=Chess&hello=1`);
  await count(1);
  for (let n = 0; n < 5; n += 1) await say("Climbing", `${n}`);
  const now = node.service.cursor();
  ws.send('{"op":"ping"}');
  await count(2);
  expect(frames[1]).toEqual({ pong: true, cursor: now });
  await say("Chess", "mate");
  ws.send('{"op":"ping"}');
  await count(4);
  expect(frames[2]).toMatchObject({ type: "message" });
  expect(frames[3]).toEqual({ pong: true });
});

test("[HT68] stats are as the contract says", async () => {
  await say("Climbing", "one");
  expect(stats.parse((await ask("/api/stats")).json())).toMatchObject({ events: 1, messages: 1, peers: [] });
});

test("[HT69] metrics have help, type and figures, and no label that a caller or a peer could make", async () => {
  await say("Climbing", "secret-text");
  await ask("/api/messages/nowhere");
  await ask("/api/status", { method: "PROPFIND" }).catch(() => undefined);
  await ask("/api/made-up-by-a-caller");
  const answer = await ask("/metrics");
  expect(answer.headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = answer.text.trimEnd().split("\n");
  const typed = new Set<string>();
  for (const line of lines) {
    const type = /^# TYPE (kith_[a-z_0-9]+) (?:counter|gauge|histogram)$/.exec(line)?.[1];
    if (type !== undefined) typed.add(type);
    else if (!line.startsWith("# HELP kith_")) {
      const sample = /^(kith_[a-z_0-9]+)(?:\{(?:[a-z]+="[\w.+-]*",?)+\})? -?\d+(?:\.\d+)?(?:e-?\d+)?$/.exec(
        line,
      );
      expect(sample, line).not.toBeNull();
      const name = sample?.[1] ?? "";
      expect(typed.has(name) || typed.has(name.replace(/_(?:bucket|sum|count)$/, "")), line).toBe(true);
    }
  }
  expect(answer.text).toContain("kith_messages 1\n");
  expect(answer.text).toMatch(/kith_http_requests_total\{method="GET",status="4xx"\} [2-9]/);
  expect(answer.text).not.toMatch(/secret-text|made-up|Climbing|Ada|Bob|[0-9a-f]{32}/);
  expect((await send(`${node.server.url}/metrics`)).code).toBe("TOKEN_MISSING");
});
