import { logEntry, SOCKET_FRAME_BYTES_MAX } from "@kith/contract";
import type { LogEntry } from "@kith/contract";
import fc from "fast-check";
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { LOG_PAGE_ENTRIES, SOCKET_PING_MS, SOCKET_QUEUE_BYTES_MAX } from "./limits.ts";
import { createLogFeed } from "./log-feed.ts";
import type { LogSink } from "./log-feed.ts";
import { createServiceDouble, issueToken, send, startTestServer } from "./testing/index.ts";
import type { TestServer } from "./testing/index.ts";

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

interface Stream {
  readonly ws: WebSocket;
  readonly frames: unknown[];
  /** Resolves once that many frames have come. */
  count(frames: number): Promise<void>;
  readonly closed: Promise<{ code: number; reason: string }>;
}

function stream(
  node: TestServer,
  query = "",
  options: { protocols?: string[]; headers?: Record<string, string>; autoPong?: boolean } = {},
): Stream {
  const { headers = { authorization: `Bearer ${node.token}` }, protocols = [], autoPong = true } = options;
  const ws = new WebSocket(`ws://127.0.0.1:${node.server.port}/api/ws${query}`, protocols, {
    headers,
    autoPong,
  });
  const frames: unknown[] = [];
  const waiting = new Set<() => void>();
  ws.on("message", (data) => {
    frames.push(JSON.parse((data as Buffer).toString()));
    for (const check of waiting) check();
  });
  ws.on("error", () => undefined);
  cleanups.push(() => ws.terminate());
  return {
    ws,
    frames,
    count: (wanted) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (frames.length < wanted) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    closed: new Promise((resolve) =>
      ws.on("close", (code, reason) => resolve({ code, reason: String(reason) })),
    ),
  };
}

/** Status and body of the answer to an upgrade that is refused. */
function refusal(
  node: TestServer,
  path: string,
  headers: Record<string, string>,
  protocols: string[] = [],
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`ws://127.0.0.1:${node.server.port}${path}`, protocols, { headers });
    ws.on("open", () => reject(new Error("was let in")));
    ws.on("error", () => undefined);
    ws.on("unexpected-response", (_request, response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += String(chunk)));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
  });
}

const opened = (ws: WebSocket): Promise<unknown> => new Promise((resolve) => ws.once("open", resolve));
const texts = (frames: readonly unknown[]): string[] =>
  frames.map((frame) => ((frame as LogEntry).data as { text: string }).text);
const bursts = (count: number): string[] => Array.from({ length: count }, (_, n) => `burst ${n}`);

test("[HT9] every frame is one entry of the log, a message as the REST surface shows it", async () => {
  const node = await start();
  const listening = stream(node);
  await opened(listening.ws);
  const posted = await send(`${node.server.url}/api/messages`, {
    method: "POST",
    token: node.token,
    body: { space: "Climbing", channel: "general", text: "hi" },
  });
  node.service.append("network", { online: true });
  await listening.count(2);
  const [first, second] = listening.frames.map((frame) => logEntry.strict().parse(frame));
  expect(first).toMatchObject({ type: "message", data: posted.json() });
  expect(first?.at).toBe(new Date(first?.at ?? 0).toISOString());
  expect(second).toMatchObject({ type: "network", data: { online: true } });
});

test("[HT9] hello and pong come only to those who ask", async () => {
  const node = await start();
  const asking = stream(node, "?hello=1");
  await asking.count(1);
  expect(asking.frames[0]).toEqual({ hello: { nodeId: node.service.nodeId, cursor: node.service.cursor() } });
  asking.ws.send('{"op":"ping"}');
  await asking.count(2);
  expect(asking.frames[1]).toEqual({ pong: true });
});

test("[HT10] a stream from an old cursor catches up and goes on, while entries keep coming", async () => {
  const node = await start();
  const since = node.service.cursor();
  node.service.burst(3_000, 11);
  const listening = stream(node, `?since=${since}`);
  await listening.count(3_000);
  expect(texts(listening.frames)).toEqual(bursts(3_000));
});

test("[HT10] resuming with the last cursor after each cut yields the whole log once", async () => {
  const node = await start();
  let cursor = node.service.cursor();
  node.service.burst(1_000, 3);
  const seen: unknown[] = [];
  while (seen.length < 1_000) {
    const part = stream(node, `?since=${cursor}`);
    await part.count(Math.min(90, 1_000 - seen.length));
    part.ws.terminate();
    await part.closed;
    seen.push(...part.frames);
    cursor = (part.frames.at(-1) as LogEntry).cursor;
  }
  expect(texts(seen)).toEqual(bursts(1_000));
});

test("[HT10] whatever the order of writing, hearing and reading, a reader gets each entry once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.record({ append: fc.integer({ min: 1, max: 600 }) }),
          fc.constantFrom("tick", "drain", "stall", "join" as const),
        ),
        { maxLength: 40 },
      ),
      async (steps) => {
        const service = createServiceDouble();
        const feed = createLogFeed(service);
        let stalled = false;
        const readers: { from: number; got: string[]; pending: (() => void)[] }[] = [];
        let written = 0;
        const join = (): void => {
          const reader = { from: written, got: [] as string[], pending: [] as (() => void)[] };
          readers.push(reader);
          const sink: LogSink = {
            send(frames, onTaken) {
              reader.got.push(...frames.map(({ json }) => json));
              reader.pending.push(onTaken);
            },
            queuedBytes: () => (stalled && reader.pending.length > 0 ? SOCKET_QUEUE_BYTES_MAX : 0),
            fail: (error) => {
              throw error;
            },
            stop: () => undefined,
          };
          feed.read(service.cursor(), sink);
        };
        const drain = (): void => {
          stalled = false;
          for (const reader of readers) for (const taken of reader.pending.splice(0)) taken();
        };
        join();
        for (const step of steps) {
          if (typeof step === "object") {
            for (let n = 0; n < step.append; n += 1) service.append("network", (written += 1));
          } else if (step === "tick") await new Promise(setImmediate);
          else if (step === "drain") drain();
          else if (step === "stall") stalled = true;
          else join();
        }
        drain();
        for (let n = 0; n < 5 + (written / LOG_PAGE_ENTRIES) * 2; n += 1) await new Promise(setImmediate);
        for (const reader of readers) {
          const numbers = reader.got.map((frame) => (JSON.parse(frame) as LogEntry).data);
          expect(numbers).toEqual(
            Array.from({ length: written - reader.from }, (_, n) => reader.from + n + 1),
          );
        }
        feed.close();
        expect(service.listenerCount()).toBe(0);
      },
    ),
    { numRuns: 100 },
  );
});

test("[HT11] what waits for a reader that takes nothing is at most the queue and one page, live or catching up", async () => {
  const service = createServiceDouble();
  const feed = createLogFeed(service);
  const text = "x".repeat(16_000);
  const begin = service.cursor();
  const readStalled = (): (() => number) => {
    let queued = 0;
    feed.read(begin, {
      send(frames) {
        for (const frame of frames) queued += frame.json.length;
      },
      queuedBytes: () => queued,
      fail: (error) => {
        throw error;
      },
      stop: () => undefined,
    });
    return () => queued;
  };
  const live = readStalled();
  for (let n = 0; n < 1_000; n += 1) {
    service.append("network", { text });
    if (n % 4 === 0) await new Promise(setImmediate);
  }
  const late = readStalled();
  for (let n = 0; n < 10; n += 1) await new Promise(setImmediate);
  const pageBytes = LOG_PAGE_ENTRIES * 16_200;
  for (const queued of [live(), late()]) {
    expect(queued).toBeGreaterThan(0);
    expect(queued).toBeLessThan(SOCKET_QUEUE_BYTES_MAX + pageBytes);
  }
  expect(live()).toBeLessThan(SOCKET_QUEUE_BYTES_MAX + 10 * 16_200);
  feed.close();
});

test("attack 23: nothing is encoded for readers that have left", async () => {
  const service = createServiceDouble();
  const feed = createLogFeed(service);
  let encoded = 0;
  const counted = { toJSON: () => (encoded += 1) };
  const end = feed.read(service.cursor(), {
    send: () => undefined,
    queuedBytes: () => 0,
    fail: () => undefined,
    stop: () => undefined,
  });
  service.append("network", counted);
  await new Promise(setImmediate);
  expect(encoded).toBeGreaterThan(0);
  end();
  encoded = 0;
  service.append("network", counted);
  await new Promise(setImmediate);
  expect(encoded).toBe(0);
  feed.close();
});

test("[HT10] an unknown, trimmed or future cursor ends the stream with CURSOR_UNKNOWN and 4410", async () => {
  const node = await start();
  node.service.burst(20, 20);
  node.service.trim(5);
  for (const since of ["c1", "c999999", "nonsense", ""]) {
    const listening = stream(node, `?since=${since}`);
    expect(await listening.closed).toEqual({ code: 4410, reason: "CURSOR_UNKNOWN" });
    expect(listening.frames).toMatchObject([{ error: { code: "CURSOR_UNKNOWN" } }]);
  }
});

test("[HT11] a reader that takes nothing costs a bounded queue, disturbs no other, and loses nothing", async () => {
  const node = await start();
  const since = node.service.cursor();
  const slow = stream(node, `?since=${since}`);
  await opened(slow.ws);
  slow.ws.pause();
  const quick = stream(node, `?since=${since}`);
  const text = "x".repeat(16_000);
  const post = (n: number) =>
    node.service.postMessage({ space: "Climbing", channel: "general", text: `${n} ${text}` });
  for (let n = 0; n < 2_000; n += 1) await post(n);
  await quick.count(2_000);
  expect(slow.frames.length).toBeLessThan(2_000);
  slow.ws.resume();
  await slow.count(2_000);
  expect(texts(slow.frames).map((line) => Number(line.split(" ")[0]))).toEqual(
    Array.from({ length: 2_000 }, (_, n) => n),
  );
});

test("[HT11] a stream that answers no ping is cut, one that does stays", async () => {
  const node = await start();
  const dead = stream(node, "", { autoPong: false });
  const alive = stream(node);
  await Promise.all([opened(dead.ws), opened(alive.ws)]);
  const pinged = new Promise((resolve) => alive.ws.once("ping", resolve));
  node.clock.advance(SOCKET_PING_MS);
  await pinged;
  // Its pong is here before this answer, since both streams are served in turn by one process.
  alive.ws.send('{"op":"ping"}');
  await alive.count(1);
  node.clock.advance(SOCKET_PING_MS);
  expect(await dead.closed).toMatchObject({ code: 1006 });
  expect(alive.ws.readyState).toBe(WebSocket.OPEN);
});

test("[HT11] a stream ends when its token does", async () => {
  const node = await start();
  const token = await issueToken(node.auth, { scope: "read", ttlMs: 60_000 });
  const listening = stream(node, "", { headers: { authorization: `Bearer ${token}` } });
  await opened(listening.ws);
  node.clock.advance(61_000);
  expect(await listening.closed).toEqual({ code: 4401, reason: "TOKEN_INVALID" });
});

test("[HT65] [HT76] a stream ends when its token is revoked", async () => {
  const node = await start();
  const { token, record } = await node.auth.createToken({ scope: "read", ttlMs: 9_999_999, name: null });
  const listening = stream(node, "", { headers: { authorization: `Bearer ${token}` } });
  await opened(listening.ws);
  node.auth.revokeToken(record.id);
  expect(await listening.closed).toEqual({ code: 4401, reason: "TOKEN_INVALID" });
});

test("[HT11] frames that are too large or say anything but ping end the stream", async () => {
  const node = await start();
  for (const [frame, code] of [
    ["x".repeat(65_537), 1009],
    ["hello", 4400],
    ['{"op":"drop"}', 4400],
    ["[".repeat(60_000), 4400],
    [Buffer.from('{"op":"ping"}'), 4400],
  ] as const) {
    const listening = stream(node);
    await opened(listening.ws);
    listening.ws.send(frame);
    expect(await listening.closed).toMatchObject({ code });
  }
  expect(await send(`${node.server.url}/health`)).toMatchObject({ status: 200 });
});

test("[HT1] [HT2] [HT3] attack 24: a page elsewhere, a rebound name and a wrong token open no stream", async () => {
  const node = await start();
  const authorization = `Bearer ${node.token}`;
  const tries: [Record<string, string>, number, string][] = [
    [{ authorization, origin: "http://evil.example" }, 403, "ORIGIN_NOT_ALLOWED"],
    [{ authorization, origin: "null" }, 403, "ORIGIN_NOT_ALLOWED"],
    [{ authorization, host: `evil.example:${node.server.port}` }, 403, "HOST_NOT_ALLOWED"],
    [{}, 401, "TOKEN_MISSING"],
    [{ authorization: "Bearer a.b.c" }, 401, "TOKEN_INVALID"],
    [
      { authorization: `Bearer ${await issueToken(node.auth, { scope: "send", ttlMs: 9_999 })}` },
      403,
      "SCOPE_TOO_SMALL",
    ],
  ];
  for (const [headers, status, code] of tries) {
    const answer = await refusal(node, "/api/ws", headers);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code } });
  }
  expect(await refusal(node, "/elsewhere", { authorization })).toMatchObject({ status: 404 });
  expect(await refusal(node, `/api/ws?since=${"9".repeat(65)}`, { authorization })).toMatchObject({
    status: 400,
  });
  expect(await refusal(node, `/api/ws?token=${node.token}`, {})).toMatchObject({ status: 401 });
  expect(await refusal(node, "/api/ws", {}, ["kith", "bearer.a.b.c"])).toMatchObject({ status: 401 });
});

test("[HT2] [HT3] a page let in by --allow-origin passes its token as a subprotocol", async () => {
  const origin = "http://localhost:5173";
  const node = await start({ allowOrigins: [origin] });
  const listening = stream(node, "", { protocols: ["kith", `bearer.${node.token}`], headers: { origin } });
  await opened(listening.ws);
  expect(listening.ws.protocol).toBe("kith");
});

test("[HT4] attack 24: a browser's cookie opens a stream only with the node's own Origin", async () => {
  const node = await start({ allowOrigins: ["http://localhost:5173"] });
  const signedIn = await send(`${node.server.url}/sign-in?code=${node.auth.issueSignIn().code}`);
  const cookie = (signedIn.headers["set-cookie"]?.[0] ?? "").split(";")[0] ?? "";
  const own = stream(node, "", { headers: { cookie, origin: node.server.url } });
  await opened(own.ws);
  expect(await refusal(node, "/api/ws", { cookie })).toMatchObject({ status: 403 });
  expect(await refusal(node, "/api/ws", { cookie, origin: "http://localhost:5173" })).toMatchObject({
    status: 403,
  });
  expect(
    await refusal(node, "/api/ws", { cookie, origin: `http://127.0.0.1:${node.server.port + 1}` }),
  ).toMatchObject({ status: 403 });
});

test("closing the server says goodbye to streams, cuts those that do not answer, and leaves nothing", async () => {
  const node = await startTestServer();
  const polite = stream(node);
  await opened(polite.ws);
  const rude = connect(node.server.port, "127.0.0.1");
  cleanups.push(() => rude.destroy());
  rude.write(
    `GET /api/ws HTTP/1.1\r\nHost: 127.0.0.1:${node.server.port}\r\nAuthorization: Bearer ${node.token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  );
  await new Promise((resolve) => rude.once("data", resolve));
  // It would never end if it waited for whom does not answer; the test's own time is the bound.
  await node.server.close();
  expect(await polite.closed).toEqual({ code: 1001, reason: "STOPPING" });
  expect(node.service.listenerCount()).toBe(0);
  await expect(send(`${node.server.url}/health`)).rejects.toThrow();
});

test("attack 23: a thousand streams opened and closed leave no listener behind", async () => {
  const node = await start();
  for (let n = 0; n < 50; n += 1) {
    const batch = Array.from({ length: 20 }, () => stream(node));
    await Promise.all(batch.map(({ ws }) => opened(ws)));
    for (const { ws } of batch) ws.terminate();
    await Promise.all(batch.map(({ closed }) => closed));
  }
  expect(node.service.listenerCount()).toBe(1);
  const last = stream(node);
  await opened(last.ws);
  node.service.append("network", {});
  await last.count(1);
});

/** An upgrade by hand: the answer's head, and the bytes that follow. */
function upgrade(node: TestServer, offer: string | null): Promise<{ head: string; socket: Socket }> {
  return new Promise((resolve, reject) => {
    const socket = connect(node.server.port, "127.0.0.1");
    cleanups.push(() => socket.destroy());
    let text = "";
    const take = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      if (!text.includes("\r\n\r\n")) return;
      socket.off("data", take);
      resolve({ head: text.toLowerCase(), socket });
    };
    socket.on("data", take).on("error", reject);
    socket.write(
      `GET /api/ws HTTP/1.1\r\nHost: 127.0.0.1:${node.server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer ${node.token}\r\n${offer === null ? "" : `Sec-WebSocket-Extensions: ${offer}\r\n`}\r\n`,
    );
  });
}

test("[HT73] a stream is packed by no window of its own, for who offers it in the usual way; others are served as it is", async () => {
  const node = await start();
  for (const offer of ["permessage-deflate", "permessage-deflate; client_max_window_bits"]) {
    const { head } = await upgrade(node, offer);
    expect(head).toContain("101 switching");
    const answered = /sec-websocket-extensions: (.*)\r\n/.exec(head)?.[1] ?? "";
    expect(answered).toContain("server_no_context_takeover");
    expect(answered).toContain("client_no_context_takeover");
  }
  for (const offer of [
    null,
    "permessage-deflate; server_max_window_bits=9",
    "x-other",
    "permessage-deflate; nonsense=1",
    ";;,",
  ]) {
    const { head } = await upgrade(node, offer);
    expect(head).toContain("101 switching");
    expect(head).not.toContain("sec-websocket-extensions");
  }
});

test("[HT73] long entries come packed and whole to many readers, among them some that take none", async () => {
  const node = await start();
  const packed = [stream(node), stream(node)];
  for (const { ws } of packed) await opened(ws);
  const plain = await upgrade(node, null);
  let plainBytes = 0;
  plain.socket.on("data", (chunk) => (plainBytes += chunk.length));
  expect(packed[0]?.ws.extensions).toBe("permessage-deflate");
  const text = "again and again ".repeat(1_000);
  node.service.append("space", { text });
  for (const { count, frames } of packed) {
    await count(1);
    expect(frames).toMatchObject([{ type: "space", data: { text } }]);
  }
  const bytesTo = ({ ws }: Stream) => (ws as unknown as { _socket: Socket })._socket.bytesRead;
  for (const each of packed) expect(bytesTo(each)).toBeLessThan(4_000);
  while (plainBytes < text.length) await once(plain.socket, "data");
});

test("[HT73] a packed frame of a client is unpacked to no more than a frame may hold", async () => {
  const node = await start();
  const { closed, ws } = stream(node);
  await opened(ws);
  ws.send("0".repeat(SOCKET_FRAME_BYTES_MAX + 1), { compress: true });
  expect((await closed).code).toBe(1_009);
});
