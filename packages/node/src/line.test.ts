import { OFFER_IDS_MAX, OFFERS_OPEN_MAX } from "@kith/core";
import type { EventId, Frame, Priority, ScopeId } from "@kith/core";
import { eventOf } from "@kith/core/testing";
import { expect, test } from "vitest";
import { LINE_LENGTH_MAX, TERMS_MAX } from "./limits.ts";
import { Line } from "./line.ts";

const scope = eventOf(1).scope;

/** A store of so many events in one scope. */
function createRig(count: number) {
  const events = Array.from({ length: count }, (_, n) => ({ ...eventOf(n + 1), arrival: n + 1 }));
  const after = (arrival: number, limit: number) => events.slice(arrival, arrival + limit);
  const sent: { frame: Frame; priority: Priority }[] = [];
  const faults: string[] = [];
  const state = { isReady: true, mayExchange: true };
  const line = new Line({
    session: {
      send(frame, priority) {
        sent.push({ frame, priority });
        return state.isReady;
      },
    },
    store: {
      event: (id) => events.find((event) => event.id === id) ?? null,
      meta: () => null,
      metaKeys: () => [],
      arrivals: (ids) => {
        const wanted = new Set(ids);
        return events.filter(({ id }) => wanted.has(id)).map(({ arrival }) => arrival);
      },
      outersAt: (arrivals) => arrivals.flatMap((arrival) => events[arrival - 1]?.outer ?? []),
      eventsOfScope: (_, arrival, limit) => after(arrival, limit),
      idsOfScope: (_, arrival, limit) => after(arrival, limit),
      stats: () => ({ events: count, messages: count, bytes: 0 }),
    },
    mayExchange: () => state.mayExchange,
    onSent: () => undefined,
    onFault: (code) => faults.push(code),
  });
  const told = (): string[] =>
    sent.splice(0).map(({ frame }) => {
      if (frame.type === "events") return `events ${frame.outers.length}`;
      return frame.type === "offer" ? `offer ${frame.ids.length}` : frame.type;
    });
  const ids = (from: number, to: number): EventId[] => events.slice(from, to).map(({ id }) => id);
  return { line, state, faults, told, ids };
}

const done = { type: "syncDone", scope, session: 1, state: "sent" } as const;

test("[SY50] without terms events are sent in order of arrival, and what must not overtake them follows", () => {
  const rig = createRig(300);
  rig.line.all(scope);
  rig.line.frame(scope, done);
  expect(rig.told()).toEqual(["events 128", "events 128", "events 44", "syncDone"]);
});

test("[SY50] [SY51] terms also hold for what stands in line: the rest is offered, behind a mark", () => {
  const rig = createRig(3_000);
  rig.state.isReady = false;
  rig.line.all(scope);
  rig.line.frame(scope, done);
  expect(rig.told()).toEqual(["events 128"]);
  rig.line.setTerms(scope, { floor: 0, offers: true });
  rig.state.isReady = true;
  rig.line.drained();
  expect(rig.told()).toEqual(["offer 0", "offer 1024", "offer 1024", "offer 824", "syncDone"]);
  rig.line.setTerms(scope, { floor: 0, offers: false });
  rig.line.all(scope);
  expect(rig.told()).toEqual([...Array.from({ length: 23 }, () => "events 128"), "events 56"]);
});

test("[SY52] four offers are open at most; what is taken goes ahead of those that wait", () => {
  const rig = createRig(6 * OFFER_IDS_MAX);
  rig.line.setTerms(scope, { floor: 0, offers: true });
  rig.line.all(scope);
  rig.line.frame(scope, done);
  expect(rig.told()).toEqual(["offer 0", ...Array.from({ length: OFFERS_OPEN_MAX }, () => "offer 1024")]);
  rig.line.take(scope, rig.ids(10, 20));
  expect(rig.told()).toEqual(["events 10"]);
  rig.line.offersDone(1);
  expect(rig.told()).toEqual(["offer 1024"]);
  rig.line.offersDone(4);
  expect(rig.told()).toEqual(["offer 1024", "syncDone"]);
});

test("[SE1] nothing is sent or offered of what may not be exchanged any more", () => {
  const rig = createRig(10);
  rig.state.mayExchange = false;
  rig.line.take(scope, rig.ids(0, 10));
  rig.line.all(scope);
  expect(rig.told()).toEqual([]);
});

test("[SY52] a peer that asks without reading, or names scopes without end, is bounded", () => {
  const rig = createRig(10);
  rig.state.isReady = false;
  for (let n = 0; n <= LINE_LENGTH_MAX + 1; n += 1) rig.line.take(scope, rig.ids(0, 1));
  expect(rig.faults).toEqual(["WANT_FLOOD"]);
  const scopeAt = (n: number): ScopeId => n.toString(16).padStart(64, "0") as ScopeId;
  for (let n = 0; n <= TERMS_MAX; n += 1) rig.line.setTerms(scopeAt(n), { floor: 0, offers: true });
  expect(rig.line.termsOf(scopeAt(TERMS_MAX - 1)).offers).toBe(true);
  expect(rig.line.termsOf(scopeAt(TERMS_MAX)).offers).toBe(false);
});
