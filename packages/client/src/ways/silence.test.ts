import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createHttp } from "../http.ts";
import { createEventsWay } from "./events.ts";
import { createPollingWay } from "./polling.ts";
import type { Way } from "./way.ts";
import { createSocketWay } from "./websocket.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }));
afterEach(() => void vi.useRealTimers());

/** A WebSocket whose other side says only what the test says. */
class QuietSocket extends EventTarget {
  static readonly OPEN = 1;
  static last: QuietSocket;
  readonly readyState = 1;
  readonly sent: string[] = [];
  closed = false;
  constructor() {
    super();
    QuietSocket.last = this;
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
  }
  hear(frame: unknown): void {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(frame) }));
  }
}

function open(way: Way) {
  const told: string[] = [];
  const close = way.open(
    { since: "c1" },
    {
      opened: (cursor) => told.push(`opened ${cursor}`),
      entry: ({ cursor }) => told.push(`entry ${cursor}`),
      alive: () => told.push("alive"),
      passed: (cursor) => told.push(`passed ${cursor}`),
      failed: (error) => told.push(`failed ${error?.code ?? "cut"}`),
    },
  );
  return { told, close };
}

const socketWay = (): Way =>
  createSocketWay({ url: "http://x", WebSocket: QuietSocket as unknown as typeof WebSocket });

test("[CL5] a WebSocket that does not answer a ping by the next one is dead, and one that does is not", () => {
  const { told } = open(socketWay());
  const socket = QuietSocket.last;
  socket.hear({ hello: { nodeId: "n", cursor: "c1" } });
  vi.advanceTimersByTime(10_000);
  expect(socket.sent).toEqual(['{"op":"ping"}']);
  socket.hear({ pong: true });
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual(["opened c1", "alive"]);
  vi.advanceTimersByTime(10_000);
  expect(told.at(-1)).toBe("failed cut");
  expect(socket.closed).toBe(true);
  // What an old connection still says is nobody's.
  socket.hear({ cursor: "c2", type: "peer", at: "", data: null });
  vi.advanceTimersByTime(60_000);
  expect(told.at(-1)).toBe("failed cut");
});

test("[CL5] server-sent events that bring neither entries nor comments are dead", async () => {
  const text = new TransformStream<string, string>();
  const writer = text.writable.getWriter();
  const body = text.readable.pipeThrough(new TextEncoderStream());
  const answer = new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
  const http = createHttp({ url: "http://x", fetch: () => Promise.resolve(answer) });
  const { told } = open(createEventsWay(http));
  await writer.write('event: hello\nid: c1\ndata: {"nodeId":"n","cursor":"c1"}\n\n');
  await vi.waitFor(() => expect(told).toEqual(["opened c1"]));
  vi.advanceTimersByTime(30_000);
  await writer.write(": alive\n\n");
  await vi.waitFor(() => expect(told.at(-1)).toBe("alive"));
  vi.advanceTimersByTime(30_000);
  expect(told.at(-1)).toBe("alive");
  vi.advanceTimersByTime(30_000);
  expect(told.at(-1)).toBe("failed cut");
});

test("[CL6] what no node would answer is a bad answer on every way, and a page that may open no socket goes on", async () => {
  const answers = ["<p>hello</p>", "[]", '{"items":[{}],"next":"c"}', '{"items":[],"next":4}', "null"];
  for (const text of answers) {
    const http = createHttp({ url: "http://x", fetch: () => Promise.resolve(new Response(text)) });
    for (const way of [createEventsWay(http), createPollingWay(http)]) {
      const { told } = open(way);
      await vi.waitFor(() => expect(told, text).toEqual(["failed BAD_ANSWER"]));
    }
  }
  const forbidden = function (): never {
    throw new DOMException("not from here", "SecurityError");
  };
  const { told } = open(
    createSocketWay({ url: "http://x", WebSocket: forbidden as unknown as typeof WebSocket }),
  );
  await vi.waitFor(() => expect(told).toEqual(["failed cut"]));
});

test("[CL18] every way tells how far the log has gone beyond what it brings", async () => {
  const socket = open(socketWay());
  QuietSocket.last.hear({ hello: { nodeId: "n", cursor: "c1" } });
  QuietSocket.last.hear({ pong: true, cursor: "c9" });
  expect(socket.told).toEqual(["opened c1", "passed c9", "alive"]);
  socket.close();

  const text = new Response('event: hello\nid: c1\ndata: {"cursor":"c1"}\n\nid: c9\n: alive\n\n', {
    headers: { "content-type": "text/event-stream" },
  });
  const events = open(createEventsWay(createHttp({ url: "http://x", fetch: () => Promise.resolve(text) })));
  await vi.waitFor(() => expect(events.told).toEqual(["opened c1", "passed c9", "alive", "failed cut"]));

  const pages = [`{"items":[],"next":"c9"}`];
  const polling = open(
    createPollingWay(
      createHttp({
        url: "http://x",
        fetch: () => new Promise((resolve) => pages.splice(0).forEach((page) => resolve(new Response(page)))),
      }),
    ),
  );
  await vi.waitFor(() => expect(polling.told).toEqual(["opened c1", "passed c9"]));
  polling.close();
});
