import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256, utf8 } from "../crypto/index.ts";
import { BUCKET_MAX } from "../event/index.ts";
import { toId } from "../ids.ts";
import type { EventId } from "../ids.ts";
import {
  createBloomFilter,
  decodeBloomFilter,
  encodeBloomFilter,
  missingFrom,
} from "./bloom/bloom-filter.ts";
import type { BloomFrame } from "./bloom/bloom-pieces.ts";
import { createFilterJoiner, cutFilter } from "./bloom/bloom-pieces.ts";
import { createBloomWalk, filterWindow } from "./bloom/bloom-windows.ts";
import type { SyncRung } from "./frames.ts";
import {
  BLOOM_FILTER_BYTES_MAX,
  BLOOM_PASSES_MAX,
  BLOOM_PIECE_BYTES_MAX,
  BLOOM_WINDOW_IDS_FIRST,
} from "./limits.ts";
import { createSyncSession } from "./session.ts";
import type { SyncAction } from "./session-types.ts";
import { drive, ItemStore, Party, saltsOf, sourceOf, testScope } from "./two-party.ts";
import type { Item } from "./two-party.ts";

function item(name: number | string, bucket = 7): Item {
  return { bucket, id: toId<EventId>(sha256(utf8(`item ${name}`))) };
}

function items(from: number, to: number): Item[] {
  return Array.from({ length: to - from }, (_, index) =>
    item(from + index, Math.floor((from + index) / 500)),
  );
}

const rungs = ["bloom"] as const;
const names = (party: Party): string[] => [...party.store.items.keys()].toSorted();
const outcomes = (...parties: Party[]): string[] =>
  parties.flatMap(({ outcome }) =>
    outcome.map((action) => (action.do === "failed" ? action.code : action.do)),
  );

function meet(own: readonly Item[], theirs: readonly Item[], ladder: readonly SyncRung[] = rungs) {
  const a = new Party(own, "initiator", { rungs: ladder });
  const b = new Party(theirs, "responder");
  a.run(a.session.start());
  drive(a, b, () => 0);
  return { a, b };
}

/** The same numbers for the same seed. */
function sequence(seed: number): (below: number) => number {
  let at = 0;
  return (below) => Buffer.from(sha256(utf8(`${seed} ${(at += 1)}`))).readUInt32BE(0) % below;
}

describe("the rung of filters", () => {
  it("[SY37] finds what either side lacks by itself, and the roots have the last word", () => {
    const { a, b } = meet(items(0, 3_020), items(20, 3_040));
    expect(names(a)).toEqual(names(b));
    expect(outcomes(a, b)).toEqual(["agreed", "agreed"]);
    expect(new Set([...a.sentFrames, ...b.sentFrames])).toEqual(
      new Set(["syncRoot", "syncBloom", "syncDone", "events"]),
    );
  });

  it("[SY27] [SY37] who holds nothing is sent everything, and has no filter", () => {
    for (const [own, theirs] of [
      [[], items(0, 900)],
      [items(0, 900), []],
    ] as const) {
      const { a, b } = meet(own, theirs);
      expect(names(a)).toEqual(names(b));
      expect(outcomes(a, b)).toEqual(["agreed", "agreed"]);
      expect([...a.sentFrames, ...b.sentFrames].filter((type) => type === "syncBloom").length).toBeLessThan(
        2,
      );
    }
  });

  it("[SY38] windows go back without a gap, each larger, and begin anew after the oldest", () => {
    const buckets = Array.from({ length: 400 }, (_, at) => ({ bucket: 10 * at + 5, count: 1_000 }));
    const walk = createBloomWalk();
    for (let pass = 0; pass < 2; pass += 1) {
      let to = BUCKET_MAX;
      const sizes: number[] = [];
      for (let from = 1; from > 0;) {
        const window = walk.next(buckets, 109_396);
        expect(window.to).toBe(to);
        sizes.push(
          1_000 * buckets.filter(({ bucket }) => bucket >= window.from && bucket <= window.to).length,
        );
        ({ from } = window);
        to = from - 1;
      }
      expect(sizes).toEqual([16_000, 65_000, 109_000, 109_000, 101_000]);
      expect(sizes[0]).toBeLessThanOrEqual(BLOOM_WINDOW_IDS_FIRST);
    }
  });

  it("[SY38] a window is repeated while something changes, but not for ever", () => {
    const buckets = [1, 2, 3].map((bucket) => ({ bucket, count: 16_000 }));
    const walk = createBloomWalk();
    const starts: number[] = [];
    for (let view = 0; view < 7; view += 1) {
      walk.begin(Uint8Array.of(view < 5 ? view : 5));
      starts.push(walk.next(buckets, 20_000).from);
    }
    expect(starts).toEqual([3, 3, 3, 2, 2, 2, 0]);
  });

  it("[SY38] what differs far back in a history of several windows is found as well", () => {
    const { a, b } = meet(items(0, 40_000), [...items(7, 39_900), ...items(50_000, 50_009)]);
    expect(names(a)).toEqual(names(b));
    expect(outcomes(a, b)).toEqual(["agreed", "agreed"]);
  });

  it("[SY38] one bucket that is too much for the rate has a filter that hides more, and one beyond that none", () => {
    const ids = (count: number): EventId[] =>
      Array.from({ length: count }, (_, at) => at.toString(16).padStart(64, "0") as EventId);
    const options = { salt: new Uint8Array(16), rate: 0.01 };
    const window = { from: 0, to: BUCKET_MAX };
    const made = filterWindow({ window, buckets: [{ bucket: 5, ids: ids(300_000) }] }, options);
    expect(made?.window).toEqual(window);
    expect(made?.filter.bits.length).toBeLessThanOrEqual(BLOOM_FILTER_BYTES_MAX);
    expect(made?.filter.hashes).toBe(2);
    expect([...missingFrom(made?.filter as never, ids(300_000))]).toEqual([]);
    expect(filterWindow({ window, buckets: [{ bucket: 5, ids: ids(800_000) }] }, options)).toBeNull();
    // An older bucket that does not fit is left to a later window.
    const two = [4, 5].map((bucket) => ({ bucket, ids: ids(90_000) }));
    expect(filterWindow({ window, buckets: two }, options)?.window).toEqual({ from: 5, to: BUCKET_MAX });
  });

  it("[SY39] is given up when two ways through all windows have changed nothing, and the next rung takes over", () => {
    // A peer that refuses what it is sent.
    const a = new Party(items(0, 30), "initiator", { rungs });
    const b = new Party(items(5, 30), "responder");
    b.refused = new Set(items(0, 5).map(({ id }) => id));
    a.run(a.session.start());
    drive(a, b, () => 0);
    expect(outcomes(a, b).toSorted()).toEqual(["SYNC_ENDED", "SYNC_NO_PROGRESS"]);
    expect(a.sentFrames.filter((type) => type === "syncRoot")).toHaveLength(BLOOM_PASSES_MAX + 1);
    // A peer that shows the same whatever comes: nothing to send it, nothing from it.
    const c = new Party(items(0, 3), "initiator", { rungs: ["bloom", "buckets"] });
    const asked: SyncRung[] = [];
    for (let actions = c.session.start(), n = 0; !c.session.over && n < 9; n += 1) {
      for (const action of actions)
        if (action.do === "send" && action.frame.type === "syncRoot") asked.push(action.frame.rung);
      if (asked.at(-1) === "buckets") break;
      for (const frame of filterFrames(items(0, 3))) c.session.receive(frame);
      c.session.receive({ type: "syncDone", scope: testScope, session: 1, state: "sent" });
      actions = c.session.settled();
    }
    expect(asked).toEqual([...Array<SyncRung>(BLOOM_PASSES_MAX).fill("bloom"), "buckets"]);
  });

  it("[SY39] random sets become equal whatever overtakes what, with events appended meanwhile", () => {
    const itemArb = fc.record({ n: fc.nat(60), bucket: fc.nat(4) });
    const setArb = fc.array(itemArb, { maxLength: 40 });
    fc.assert(
      fc.property(
        setArb,
        setArb,
        fc.array(fc.tuple(fc.nat(200), fc.boolean()), { maxLength: 6 }),
        fc.infiniteStream(fc.nat(1_000)),
        (own, theirs, appends, choices) => {
          const make = ({ n, bucket }: { n: number; bucket: number }): Item => item(`${n} ${bucket}`, bucket);
          const a = new Party(own.map(make), "initiator", { rungs: ["bloom", "buckets"] });
          const b = new Party(theirs.map(make), "responder");
          a.run(a.session.start());
          let step = 0;
          drive(
            a,
            b,
            (count) => (choices.next().value as number) % count,
            () => {
              step += 1;
              for (const [at, isA] of appends)
                if (at === step) (isA ? a : b).append(item(`new ${at} ${isA}`, at % 5));
            },
          );
          expect(names(a)).toEqual(names(b));
          expect(outcomes(a, b)).toEqual(["agreed", "agreed"]);
        },
      ),
      { numRuns: 200 },
    );
  });
});

const session = { scope: testScope, session: 1 } as const;

function filterFrames(held: readonly Item[], window = { from: 0, to: BUCKET_MAX }): BloomFrame[] {
  const ids = held.map(({ id }) => id);
  const filter = createBloomFilter(ids, { salt: saltsOf("peer")(), rate: 0.05 });
  return cutFilter({ ...session, window, count: held.length, filter });
}

describe("invariants on the wire", () => {
  /** One session between these sets; what the initiator sent in its first round, and the responder's filter of it. */
  function firstRound(own: readonly Item[], theirs: readonly Item[], salt: () => Uint8Array) {
    const a = new Party(own, "initiator", { rungs });
    const b = new Party(theirs, "responder", { salt });
    const frames: BloomFrame[] = [];
    const send = b.send.bind(b);
    b.send = (frame, priority) => {
      if (frame.type === "syncBloom") frames.push(frame);
      send(frame, priority);
    };
    let sent: number | null = null;
    const sendEvents = a.sendEvents.bind(a);
    a.sendEvents = (ids) => {
      sent ??= ids.length;
      sendEvents(ids);
    };
    a.run(a.session.start());
    drive(a, b, () => 0);
    return { sent: sent ?? 0, filter: decodeBloomFilter((frames[0] as BloomFrame).piece), a, b };
  }

  it("invariant 7, attack 27: of ids ground against one filter the next hides at most twice the rate, and a session none", () => {
    const rate = 0.05;
    const held = items(0, 2_000);
    const salt = saltsOf("invariant 7");
    const seen = firstRound([...held, item("bait")], held, salt).filter;
    const ground: Item[] = [];
    for (let n = 0; ground.length < 1_000; n += 1) {
      const forged = item(`ground ${n}`, 3);
      if (seen.mayHold(forged.id)) ground.push(forged);
    }
    for (let run = 0; run < 5; run += 1) {
      const { sent, a, b } = firstRound([...held, ...ground], held, salt);
      expect(1 - sent / ground.length).toBeLessThanOrEqual(2 * rate);
      expect(names(b)).toEqual(names(a));
      expect(outcomes(a, b)).toEqual(["agreed", "agreed"]);
    }
  });

  it("invariant 8: filters alone at 5% converge by new salts while a tenth is lost, and never say in sync too soon", () => {
    for (let seed = 0; seed < 30; seed += 1) {
      const below = sequence(seed);
      let own = [...items(0, 600), ...items(1_000, 1_150)];
      let theirs = [...items(40, 600), ...items(2_000, 2_200)];
      const whole = [...new Set([...own, ...theirs].map(({ id }) => id))].toSorted();
      const salt = saltsOf(`invariant 8 ${seed}`);
      let sessions = 0;
      for (let agreed = false; !agreed; sessions += 1) {
        expect(sessions, `seed ${seed}`).toBeLessThan(30);
        const a = new Party(own, "initiator", { rungs, salt });
        const b = new Party(theirs, "responder", { salt });
        for (const party of [a, b]) party.loses = () => below(10) === 0;
        a.run(a.session.start());
        // One session in ten is cut off with its link.
        const cutAt = below(10) === 0 ? below(40) : Number.POSITIVE_INFINITY;
        let steps = 0;
        drive(a, b, below, () => {
          steps += 1;
          if (steps === cutAt) for (const { control, bulk } of [a, b]) control.length = bulk.length = 0;
        });
        for (const { outcome, store } of [a, b])
          for (const action of outcome)
            if (action.do === "agreed") expect([...store.items.keys()].toSorted()).toEqual(whole);
        own = [...a.store.items.values()];
        theirs = [...b.store.items.values()];
        agreed = outcomes(a, b).join() === "agreed,agreed";
      }
    }
  });
});

describe("bounds of filters", () => {
  const otherRoot = new Uint8Array(32).fill(9);
  const asks = { type: "syncRoot", ...session, root: otherRoot, rung: "bloom", count: 40, day: 1 } as const;
  const options = (held: readonly Item[]) => ({
    ...session,
    day: 1,
    source: sourceOf(new ItemStore(held)),
    salt: saltsOf("bounds"),
    rungs,
  });
  const asking = () => {
    const made = createSyncSession({ ...options(items(0, 30)), role: "initiator" });
    made.start();
    return made;
  };
  const asked = () => {
    const made = createSyncSession({ ...options(items(0, 30)), role: "responder" });
    made.receive(asks);
    return made;
  };
  const failure = (actions: readonly SyncAction[]): [string, boolean] | null => {
    for (const action of actions) if (action.do === "failed") return [action.code, action.fault];
    return null;
  };
  const [whole] = filterFrames(items(0, 20)) as [BloomFrame];
  const full = { ...whole, piece: new Uint8Array(BLOOM_PIECE_BYTES_MAX), last: false };

  it("[SY40] attack 33: short pieces, other windows, more pieces than there are and a second filter end the session", () => {
    for (const make of [asking, asked]) {
      expect(failure(make().receive({ ...whole, last: false }))).toEqual(["SYNC_ORDER", true]);
      expect(failure(make().receive({ ...whole, from: 9, to: 8 }))).toEqual(["SYNC_ORDER", true]);
      const moved = make();
      moved.receive(full);
      expect(failure(moved.receive({ ...full, from: 1 }))).toEqual(["SYNC_ORDER", true]);
      const long = make();
      long.receive(full);
      long.receive(full);
      expect(failure(long.receive(full))).toEqual(["SYNC_BLOOM", true]);
    }
    const twice = asked();
    expect(failure(twice.receive(whole))).toBeNull();
    expect(failure(twice.receive(whole))).toEqual(["SYNC_ORDER", true]);
    expect(failure(asked().receive({ ...whole, to: BUCKET_MAX - 1 }))).toEqual(["SYNC_ORDER", true]);
  });

  it("[SY40] a next root or listed in the middle of a filter, and filters of another rung's round, end the session", () => {
    const open = asked();
    open.receive(full);
    expect(failure(open.receive({ type: "syncDone", ...session, state: "listed" }))?.[0]).toBe(
      "SYNC_UNEXPECTED",
    );
    const cells = createSyncSession({ ...options(items(0, 30)), role: "responder" });
    cells.receive({ ...asks, rung: "cells" });
    expect(failure(cells.receive(whole))?.[0]).toBe("SYNC_UNEXPECTED");
  });

  it("[BL6] [SY40] attack 33: a filter that is full, and bytes that are none, end the session", () => {
    const piece = encodeBloomFilter(decodeBloomFilter(whole.piece)).fill(0xff, 17);
    for (const make of [asking, asked]) {
      expect(failure(make().receive({ ...whole, piece }))).toEqual(["SYNC_BLOOM", true]);
      expect(failure(make().receive({ ...whole, piece: piece.subarray(0, 20) }))).toEqual([
        "SYNC_BLOOM",
        true,
      ]);
    }
  });

  it("[SY20] [SY39] attack 33: a peer that asks by filters without end is left after two ways, at a bounded cost", () => {
    const session = asked();
    let rounds = 1;
    for (; !session.over; rounds += 1) {
      session.receive(asks);
      session.settled();
    }
    expect(rounds).toBeLessThanOrEqual(BLOOM_PASSES_MAX + 2);
  });

  it("[SY40] [SY41] frames of any kind cost a session at most, and none makes it say agreed", () => {
    const frames = fc.record({
      type: fc.constant("syncBloom" as const),
      scope: fc.constant(testScope),
      session: fc.constant(1),
      from: fc.oneof(fc.constant(0), fc.nat(BUCKET_MAX)),
      to: fc.oneof(fc.constant(BUCKET_MAX), fc.nat(BUCKET_MAX)),
      count: fc.nat(90),
      piece: fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(whole.piece)),
      last: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 6 }), fc.boolean(), (sent, isAsking) => {
        const session = isAsking ? asking() : asked();
        for (const frame of sent)
          for (const action of session.receive(frame)) expect(action.do).not.toBe("agreed");
      }),
    );
  });

  it("[SY37] a filter in pieces is the same as before, whatever its length", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (count) => {
        const ids = Array.from({ length: count }, (_, at) => at.toString(16).padStart(64, "0") as EventId);
        const filter = createBloomFilter(ids.slice(0, 50), { salt: new Uint8Array(16), rate: 0.01 });
        const bits = new Uint8Array(64 + Math.floor((count / 100_000) * (BLOOM_FILTER_BYTES_MAX - 64)));
        const frames = cutFilter({
          ...session,
          window: { from: 0, to: 9 },
          count,
          filter: { ...filter, bits },
        });
        expect(frames.length).toBeLessThanOrEqual(3);
        const joiner = createFilterJoiner();
        const joined = frames.map((frame) => joiner.take(frame)).at(-1);
        expect(joined?.state === "whole" && joined.filter?.bits).toEqual(bits);
      }),
      { numRuns: 20 },
    );
  });
});
