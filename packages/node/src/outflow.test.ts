import type { DeviceId, EventId, EventStore, Frame, ScopeId, StoredEvent } from "@kith/core";
import { FRAME_BYTES_MAX, encodeFrame } from "@kith/core";
import { createManualClock, eventOf } from "@kith/core/testing";
import { expect, test } from "vitest";
import { FORWARD_DELAY_MS, FORWARD_EVENTS_MAX, HEIGHTS_DELAY_MS, PUSH_QUEUE_BYTES_MAX } from "./limits.ts";
import { Outflow } from "./outflow.ts";
import type { PeerSession } from "./peer-session.ts";

const author = "a".repeat(64) as DeviceId;

function stored(n: number, outerBytes = 700): StoredEvent {
  return { ...eventOf(n, { seq: n, device: author, outer: new Uint8Array(outerBytes).fill(1) }), arrival: n };
}

function createRig() {
  const clock = createManualClock();
  const frames: Frame[] = [];
  const link = { queuedBytes: 0 };
  const events = new Map<EventId, StoredEvent>();
  const heights = new Map<string, number>();
  const doubted: ScopeId[] = [];
  const session = {
    device: "b".repeat(64),
    link,
    send: (frame: Frame) => {
      frames.push(frame);
      return true;
    },
  } as unknown as PeerSession;
  const outflow = new Outflow({
    session,
    clock,
    store: {
      eventsById: (ids: readonly EventId[]) => ids.flatMap((id) => events.get(id) ?? []),
      chainTips: () => [],
    } as unknown as EventStore,
    mayExchange: () => true,
    heightOf: (scope, device) => heights.get(`${scope}${device}`) ?? 0,
    offer: () => false,
    onLagging: (scope) => doubted.push(scope),
  });
  const keep = (event: StoredEvent): StoredEvent => {
    events.set(event.id, event);
    return event;
  };
  return { clock, frames, link, heights, doubted, outflow, keep };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("[SE5] events of one turn share frames, each below the limit and in order", async () => {
  const rig = createRig();
  for (let n = 1; n <= 300; n += 1) rig.outflow.push(stored(n));
  await turn();
  expect(rig.frames.length).toBeLessThan(8);
  const outers = rig.frames.flatMap((frame) => (frame.type === "events" ? frame.outers : []));
  expect(outers).toHaveLength(300);
  for (const frame of rig.frames)
    expect(encodeFrame(frame).payload.byteLength).toBeLessThanOrEqual(FRAME_BYTES_MAX);
});

test("[SE7] attack 14: nothing is pushed into a queue that is full; the scope is named for reconciliation", async () => {
  const rig = createRig();
  rig.link.queuedBytes = PUSH_QUEUE_BYTES_MAX + 1;
  const event = stored(1);
  rig.outflow.push(event);
  await turn();
  expect(rig.frames).toEqual([]);
  expect(rig.outflow.takeLagging()).toEqual([event.scope]);
  expect(rig.outflow.takeLagging()).toEqual([]);
});

test("[SE6] an event of another device is forwarded after a while, unless it was acknowledged by then", async () => {
  const rig = createRig();
  const [first, second] = [rig.keep(stored(1)), rig.keep(stored(2))];
  rig.outflow.forwardLater(first);
  rig.outflow.forwardLater(second);
  rig.heights.set(`${first.scope}${author}`, 1);
  rig.clock.advance(FORWARD_DELAY_MS - 1);
  await turn();
  expect(rig.frames).toEqual([]);
  rig.clock.advance(2);
  await turn();
  expect(rig.frames).toMatchObject([{ type: "events", outers: [second.outer] }]);
  expect(rig.frames[0]).toHaveProperty("outers.length", 1);
});

test("[SE7] events remembered for forwarding are bounded, and what is over is looked into later", () => {
  const rig = createRig();
  for (let n = 1; n <= FORWARD_EVENTS_MAX + 10; n += 1) rig.outflow.forwardLater(rig.keep(stored(n)));
  expect(rig.outflow.takeLagging()).toHaveLength(1);
});

test("[SE9] heights go at once to the author and gathered to others", async () => {
  const rig = createRig();
  rig.outflow.acknowledge(stored(1), false);
  rig.outflow.acknowledge(stored(2), false);
  await turn();
  expect(rig.frames).toEqual([]);
  rig.clock.advance(HEIGHTS_DELAY_MS);
  expect(rig.frames).toMatchObject([{ type: "heights", heights: [{ device: author, seq: 2 }] }]);
  rig.outflow.acknowledge(stored(3), true);
  await turn();
  expect(rig.frames.at(-1)).toMatchObject({ type: "heights", heights: [{ device: author, seq: 3 }] });
});

test("attack 23: a closed outflow sends nothing more and leaves no timer", async () => {
  const rig = createRig();
  rig.outflow.forwardLater(rig.keep(stored(1)));
  rig.outflow.acknowledge(stored(2), false);
  rig.outflow.push(stored(3));
  rig.outflow.close();
  await turn();
  rig.clock.advance(60_000);
  expect(rig.frames).toEqual([]);
  expect(rig.clock.planned).toBe(0);
});
