import { expect, test } from "vitest";
import { advance, BUSY_MS_MAX, nextToPost } from "./outbox.ts";
import type { Outbox, OutboxEvent } from "./outbox.ts";

const send = (key: string, channel = "c"): OutboxEvent => ({
  type: "send",
  message: { key, space: "s", channel, text: key, replyTo: null, atMs: 0 },
});
const after = (...events: OutboxEvent[]): Outbox => events.reduce(advance, []);
const states = (outbox: Outbox): string[] => outbox.map(({ key, state }) => `${key} ${state}`);
const due = (outbox: Outbox, underWay: string[] = []): string[] =>
  nextToPost(outbox, new Set(underWay)).map(({ key }) => key);
const failure = { code: "NOT_ALLOWED", message: "no", next: "ask" };

test("messages of one conversation go one after another, those of two side by side", () => {
  const outbox = after(send("a"), send("b"), send("x", "other"));
  expect(due(outbox)).toEqual(["a", "x"]);
  expect(due(outbox, ["a", "x"])).toEqual([]);
  expect(due(advance(outbox, { type: "saved", key: "a" }), ["x"])).toEqual(["b"]);
});

test("without an answer all wait, and go on waiting in the reader's eyes until an attempt succeeds", () => {
  const away = after(send("a"), send("b"), { type: "away" }, send("c"));
  expect(states(away)).toEqual(["a waiting", "b waiting", "c waiting"]);
  expect(due(away)).toEqual([]);
  const again = advance(away, { type: "again" });
  expect(states(again)).toEqual(["a waiting", "b waiting", "c waiting"]);
  expect(due(again)).toEqual(["a"]);
  expect(due(advance(again, { type: "saved", key: "a" }))).toEqual(["b"]);
});

test("a refused message keeps its reason and holds nobody up; tried again it begins anew", () => {
  const outbox = after(send("a"), send("b"), { type: "refused", key: "a", failure });
  expect(outbox[0]).toMatchObject({ state: "failed", failure });
  expect(due(outbox)).toEqual(["b"]);
  expect(states(advance(outbox, { type: "again" }))).toEqual(["a failed", "b sending"]);
  const retried = advance(outbox, { type: "retry", key: "a" });
  expect(retried[0]).toMatchObject({ state: "sending", failure: null });
});

test("a node that answers but cannot take it is asked for half a minute, then the person decides", () => {
  const busy = (nowMs: number): OutboxEvent => ({ type: "busy", key: "a", failure, nowMs });
  const waits = after(send("a"), busy(0), { type: "again" }, busy(BUSY_MS_MAX - 1));
  expect(states(waits)).toEqual(["a waiting"]);
  expect(advance(waits, busy(BUSY_MS_MAX))[0]).toMatchObject({ state: "failed", failure });
});

test("the same key is one message, and what is unknown changes nothing", () => {
  const outbox = after(send("a"));
  expect(advance(outbox, send("a"))).toBe(outbox);
  expect(advance(outbox, { type: "saved", key: "z" })).toBe(outbox);
  expect(advance(outbox, { type: "discard", key: "z" })).toBe(outbox);
  expect(advance(outbox, { type: "again" })).toBe(outbox);
});

test("what was kept of an earlier page stands before what was sent since, each once", () => {
  const kept = after(send("a"), send("b"), { type: "away" });
  const outbox = advance(after(send("b"), send("c")), { type: "restore", messages: kept });
  expect(states(outbox)).toEqual(["a waiting", "b sending", "c sending"]);
});
