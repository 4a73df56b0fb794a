import { OFFERS_OPEN_MAX } from "@kith/core";
import type { DeviceId, EventId, Frame, ScopeId } from "@kith/core";
import { createManualClock } from "@kith/core/testing";
import fc from "fast-check";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  ASKED_IDS_MAX,
  ASKED_PER_LINK_MAX,
  ASKED_PER_LINK_MIN,
  ASK_AGE_MS_MAX,
  ASK_GIVE_UP_MS,
  ASK_SILENT_MS,
  ASK_TICK_MS,
  ASK_WAITING_EVENTS_MAX,
  OFFERED_PER_LINK_MAX,
} from "./limits.ts";
import { Wants } from "./wants.ts";
import type { Supplier } from "./wants.ts";

const scope = "5c".repeat(32) as ScopeId;

function idsOf(from: number, count: number): EventId[] {
  return Array.from({ length: count }, (_, n) => (from + n).toString(16).padStart(64, "0") as EventId);
}

type Neighbour = Supplier & {
  readonly frames: Frame[];
  readonly faults: string[];
  /** Asked for since the last look. */
  takes(): EventId[];
};

function createRig() {
  const clock = createManualClock();
  const state = { waiting: 0, isPaused: false, floor: 0 };
  const here = new Set<EventId>();
  const wants = new Wants({
    clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    isHere: (id) => here.has(id),
    waiting: () => state.waiting,
    isPaused: () => state.isPaused,
    floorOf: () => state.floor,
  });
  const neighbour = (name: string): Neighbour => {
    const frames: Frame[] = [];
    const faults: string[] = [];
    let seen = 0;
    const supplier: Neighbour = {
      device: name.repeat(64) as DeviceId,
      send: (frame) => frames.push(frame),
      touch: () => undefined,
      onFault: (code) => faults.push(code),
      frames,
      faults,
      takes() {
        const since = frames.slice(seen);
        seen = frames.length;
        return since.flatMap((frame) => (frame.type === "take" ? frame.ids : []));
      },
    };
    wants.serve(supplier, scope);
    return supplier;
  };
  /** Two or more, who have said that what they offer is all. */
  const neighbours = (...names: string[]): Neighbour[] => {
    const all = names.map((name) => neighbour(name));
    for (const one of all) wants.offered(one, scope, []);
    return all;
  };
  const arrive = (from: Neighbour, ids: readonly EventId[]): void => {
    for (const id of ids) here.add(id);
    wants.arrived(scope, ids, from.device);
  };
  return { clock, state, here, wants, neighbour, neighbours, arrive };
}

const pages = ({ frames }: Neighbour): number =>
  frames.reduce((sum, frame) => sum + (frame.type === "take" ? frame.pages : 0), 0);

describe("who is asked", () => {
  test("[SY50] the only neighbour is not asked to offer; of two both are, and who is left is not any more", () => {
    const rig = createRig();
    const terms = ({ frames }: Neighbour) =>
      frames.flatMap((frame) => (frame.type === "terms" ? [frame.offers] : []));
    const one = rig.neighbour("a");
    expect(terms(one)).toEqual([]);
    const other = rig.neighbour("b");
    expect([terms(one), terms(other)]).toEqual([[true], [true]]);
    rig.wants.leave(other, scope);
    expect(terms(one)).toEqual([true, false]);
  });

  test("[SY53] what two have is asked of one of them, and what is here of nobody", () => {
    const rig = createRig();
    const [a, b] = rig.neighbours("a", "b") as [Neighbour, Neighbour];
    const ids = idsOf(0, 100);
    rig.here.add(ids[0] as EventId);
    rig.wants.offered(a, scope, ids);
    rig.wants.offered(b, scope, ids);
    expect(a.takes()).toEqual(ids.slice(1));
    expect(b.takes()).toEqual([]);
    rig.arrive(b, ids.slice(1));
    expect(rig.wants.counts).toEqual({ wanted: 0, asked: 0 });
  });

  test("[SY53] what one has no room for is asked of another who has it, in the order of the offers", () => {
    const rig = createRig();
    const [a, b] = rig.neighbours("a", "b") as [Neighbour, Neighbour];
    const ids = idsOf(0, 3_000);
    for (const one of [a, b])
      for (let at = 0; at < 3_000; at += 1_000) rig.wants.offered(one, scope, ids.slice(at, at + 1_000));
    const [first, second] = [a.takes(), b.takes()];
    expect(first.length).toBeLessThanOrEqual(ASKED_PER_LINK_MAX);
    expect(new Set([...first, ...second]).size).toBe(first.length + second.length);
    expect(second.length).toBeGreaterThan(0);
    rig.arrive(a, first);
    const third = a.takes();
    expect(third[0]).toBe(ids[first.length + second.length]);
  });

  test("[SY51] others are asked only when the first has said that all it sent outright has gone out, or 3 s later", () => {
    const rig = createRig();
    const a = rig.neighbour("a");
    const b = rig.neighbour("b");
    const ids = idsOf(0, 10);
    rig.wants.offered(b, scope, ids);
    expect(b.takes()).toEqual([]);
    rig.arrive(a, ids.slice(0, 4));
    rig.wants.offered(a, scope, []);
    expect(b.takes()).toEqual(ids.slice(4));
    const c = rig.neighbour("c");
    rig.wants.offered(a, scope, idsOf(100, 5));
    expect(a.takes()).toEqual([]);
    rig.clock.advance(ASK_SILENT_MS + ASK_TICK_MS);
    expect(a.takes()).toEqual(idsOf(100, 5));
    expect(c.takes()).toEqual([]);
  });

  test("[SY54] causes of what has come go before all that was only offered", () => {
    const rig = createRig();
    const [a, b] = rig.neighbours("a", "b") as [Neighbour, Neighbour];
    rig.state.waiting = ASK_WAITING_EVENTS_MAX;
    rig.wants.offered(a, scope, idsOf(0, 10));
    expect(a.takes()).toEqual([]);
    rig.wants.missing(b, scope, idsOf(50, 2));
    expect(b.takes()).toEqual(idsOf(50, 2));
    rig.state.waiting = 0;
    rig.wants.judged(scope);
    expect(a.takes()).toEqual(idsOf(0, 10));
  });
});

describe("who loses what it was asked for", () => {
  test("[SY55] who sends nothing for 3 s loses it to another who has it, and is asked for little from then on", () => {
    const rig = createRig();
    const [a, b] = rig.neighbours("a", "b") as [Neighbour, Neighbour];
    const ids = idsOf(0, 400);
    rig.wants.offered(a, scope, ids);
    rig.wants.offered(b, scope, ids);
    expect(a.takes()).toEqual(ids);
    rig.clock.advance(ASK_SILENT_MS - ASK_TICK_MS);
    expect(b.takes()).toEqual([]);
    rig.clock.advance(2 * ASK_TICK_MS);
    expect(b.takes()).toEqual(ids);
    rig.arrive(b, ids);
    rig.wants.offered(a, scope, idsOf(1_000, 500));
    expect(a.takes().length).toBe(ASKED_PER_LINK_MIN);
  });

  test("[SY55] a trickle keeps nothing longer than 10 s", () => {
    const rig = createRig();
    const [a, b] = rig.neighbours("a", "b") as [Neighbour, Neighbour];
    const ids = idsOf(0, 100);
    rig.wants.offered(a, scope, ids);
    rig.wants.offered(b, scope, ids);
    a.takes();
    const taken: EventId[] = [];
    for (let second = 0; second < ASK_AGE_MS_MAX / 1_000 + 1; second += 1) {
      rig.arrive(a, ids.slice(second, second + 1));
      rig.clock.advance(1_000);
      taken.push(...b.takes());
    }
    expect(taken).toEqual(ids.slice(ids.length - taken.length));
    expect(taken.length).toBeGreaterThan(80);
  });

  test("[SY54] a cause that what came turns out to lack is waited for as what was offered", async () => {
    const rig = createRig();
    const [a] = rig.neighbours("a", "b") as [Neighbour, Neighbour];
    const [offered, cause] = [idsOf(0, 2), idsOf(2, 1)];
    rig.wants.offered(a, scope, offered);
    let judgements = 0;
    const settled = rig.wants.settled(a, scope, async () => {
      judgements += 1;
      if (judgements > 1) return;
      rig.wants.missing(a, scope, cause);
    });
    rig.arrive(a, offered);
    await setImmediate();
    expect(a.takes()).toEqual([...offered, ...cause]);
    expect(judgements).toBe(1);
    rig.arrive(a, cause);
    await settled;
    expect(judgements).toBe(2);
  });

  test("[SY55] what nobody else has is waited for longer, and then let go with all that only that one offered", async () => {
    const rig = createRig();
    const [a] = rig.neighbours("a", "b") as [Neighbour, Neighbour];
    rig.wants.offered(a, scope, idsOf(0, 1_000));
    rig.wants.offered(a, scope, idsOf(1_000, 1_000));
    const settled = rig.wants.settled(a, scope, async () => {});
    rig.clock.advance(ASK_GIVE_UP_MS - ASK_TICK_MS);
    expect(rig.wants.counts.wanted).toBe(2_000);
    rig.clock.advance(2 * ASK_TICK_MS);
    expect(rig.wants.counts).toEqual({ wanted: 0, asked: 0 });
    await settled;
  });

  test("[SY55] while nothing is read here, nobody is called silent", () => {
    const rig = createRig();
    const [a, b] = rig.neighbours("a", "b") as [Neighbour, Neighbour];
    const ids = idsOf(0, 10);
    rig.wants.offered(a, scope, ids);
    rig.wants.offered(b, scope, ids);
    rig.state.isPaused = true;
    rig.clock.advance(2 * ASK_GIVE_UP_MS);
    expect(b.takes()).toEqual([]);
    rig.state.isPaused = false;
    rig.clock.advance(ASK_SILENT_MS + ASK_TICK_MS);
    expect(b.takes()).toEqual(ids);
  });

  test("[SY56] who leaves gives back what it was asked for, and what only it had is not waited for", async () => {
    const rig = createRig();
    const [a, b] = rig.neighbours("a", "b") as [Neighbour, Neighbour];
    const ids = idsOf(0, 10);
    rig.wants.offered(a, scope, ids);
    rig.wants.offered(b, scope, ids.slice(0, 5));
    const settled = rig.wants.settled(a, scope, async () => {});
    rig.wants.leaveAll(a);
    await settled;
    expect(b.takes()).toEqual(ids.slice(0, 5));
    expect(rig.wants.counts).toEqual({ wanted: 5, asked: 5 });
  });
});

describe("bounds", () => {
  test("[SY57] a neighbour is told to go on while there is room for what it has offered, and more than four open offers are a fault", () => {
    const rig = createRig();
    const [a] = rig.neighbours("a", "b") as [Neighbour, Neighbour];
    let offered = 0;
    while (pages(a) === offered / 1_024) {
      rig.wants.offered(a, scope, idsOf(offered, 1_024));
      offered += 1_024;
    }
    expect(offered).toBeLessThanOrEqual(OFFERED_PER_LINK_MAX);
    const open = offered / 1_024 - pages(a);
    for (let n = open; n < OFFERS_OPEN_MAX; n += 1)
      rig.wants.offered(a, scope, idsOf((offered += 1_024), 1_024));
    expect(a.faults).toEqual([]);
    const { wanted } = rig.wants.counts;
    expect(wanted).toBeLessThanOrEqual(OFFERED_PER_LINK_MAX);
    rig.wants.offered(a, scope, idsOf(1_000_000, 1_024));
    expect(a.faults).toEqual(["OFFER_FLOOD"]);
    expect(rig.wants.counts.wanted).toBe(wanted);
  });

  test("[SY57] all together are asked for no more than what may wait for its causes", () => {
    const rig = createRig();
    const all = rig.neighbours(..."abcdefgh");
    for (const [n, one] of all.entries())
      for (const at of [0, 1_024]) rig.wants.offered(one, scope, idsOf(n * 10_000 + at, 1_024));
    expect(rig.wants.counts.asked).toBe(ASKED_IDS_MAX);
  });

  test("[SY53] [SY56] [SY57] whatever comes, goes and stays silent, each id is asked of one at a time and nothing is left behind", () => {
    const step = fc.record({
      what: fc.constantFrom("offer", "arrive", "leave", "join", "wait", "missing"),
      who: fc.nat(3),
      from: fc.nat(200),
      count: fc.nat(100),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const rig = createRig();
        const all = rig.neighbours("a", "b", "c", "d");
        const gone = new Set<number>();
        /** Whom each id was asked of last, and whether that still holds. */
        const asked = new Map<EventId, Neighbour>();
        const open = all.map(() => 0);
        const look = (): void => {
          for (const one of all)
            for (const id of one.takes()) {
              const before = asked.get(id);
              // Asked again only of another, after who had it was silent for long enough or left.
              expect(before).toBeUndefined();
              asked.set(id, one);
            }
        };
        for (const { what, who, from, count } of steps) {
          const one = all[who] as Neighbour;
          const ids = idsOf(from, count);
          if (what === "leave") {
            for (const [id, of] of asked) if (of === one) asked.delete(id);
            gone.add(who);
            rig.wants.leaveAll(one);
          } else if (what === "join") {
            rig.wants.serve(one, scope);
            rig.wants.offered(one, scope, []);
            gone.delete(who);
          } else if (what === "wait") {
            rig.clock.advance(ASK_GIVE_UP_MS + ASK_TICK_MS);
            asked.clear();
          } else if (what === "arrive") {
            for (const id of ids) asked.delete(id);
            rig.arrive(one, ids);
          } else if (what === "offer") {
            if (ids.length > 0 && (open[who] as number) - pages(one) < OFFERS_OPEN_MAX) {
              open[who] = (open[who] as number) + 1;
              rig.wants.offered(one, scope, ids);
            }
          } else rig.wants.missing(one, scope, ids);
          // In so long a time an id may have gone from one to the next, and on.
          if (what === "wait") for (const each of all) each.takes();
          else look();
          expect(rig.wants.counts.asked).toBeLessThanOrEqual(rig.wants.counts.wanted);
        }
        for (const one of all) rig.wants.leaveAll(one);
        expect(rig.wants.counts).toEqual({ wanted: 0, asked: 0 });
        expect(rig.clock.planned).toBe(0);
      }),
    );
  });
});
