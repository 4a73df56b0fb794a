import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sha256, utf8 } from "../crypto/index.ts";
import { toId } from "../ids.ts";
import type { EventId } from "../ids.ts";
import type { SyncFrame } from "./frames.ts";
import { CELLS_DIFFERENCE_MAX, CELLS_MAX, RANGES_MESSAGES_MAX } from "./limits.ts";
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

function meet(own: readonly Item[], theirs: readonly Item[], pick = (_choices: number) => 0) {
  const a = new Party(own, "initiator");
  const b = new Party(theirs, "responder");
  a.run(a.session.start());
  drive(a, b, pick);
  return { a, b };
}

const names = (party: Party): string[] => [...party.store.items.keys()].toSorted();
const rungsOf = (party: Party): string[] => [
  ...new Set(party.sentFrames.filter((type) => type.startsWith("sync"))),
];
const outcomes = (...parties: Party[]): string[] =>
  parties.flatMap(({ outcome }) => outcome.map((action) => action.do));
const metadata = (party: Party, type: SyncFrame["type"]): number =>
  party.sentFrames.filter((sent) => sent === type).length;

describe("the ladder", () => {
  it("[SY25] a few differences are found by cells alone, and the roots have the last word", () => {
    const { a, b } = meet(items(0, 5_020), items(20, 5_040));
    expect(names(a)).toEqual(names(b));
    expect(outcomes(a, b)).toEqual(["agreed", "agreed"]);
    expect(rungsOf(a)).toEqual(["syncRoot", "syncWant", "syncDone"]);
    expect(rungsOf(b)).toEqual(["syncCells", "syncDone"]);
    expect(metadata(a, "syncRoot")).toBe(2);
  });

  it("[SY26] a thousand differences in ten thousand take no more than an eighth more cells than they need", () => {
    const { a, b } = meet(items(0, 10_500), items(500, 11_000));
    expect(names(a)).toEqual(names(b));
    expect(rungsOf(b)).toEqual(["syncCells", "syncDone"]);
    // Of 1,000 differences: 80, 256, 1,024, 1,152, 1,296, 1,458.
    expect(metadata(b, "syncCells")).toBeLessThanOrEqual(6);
  });

  it("[SY26] a difference that cells cannot hold is given up at the thousandth", () => {
    const { a, b } = meet(items(0, 14_000), items(5_000, 19_000));
    expect(names(a)).toEqual(names(b));
    expect(metadata(b, "syncCells")).toBe(3);
    expect(rungsOf(a)).toContain("syncRanges");
  });

  it("[SY27] who holds nothing is sent everything, without a list and in order of arrival", () => {
    const { a, b } = meet([], items(0, 3_000));
    expect([...a.store.items.keys()]).toEqual([...b.store.items.keys()]);
    expect(rungsOf(a)).toEqual(["syncRoot"]);
    expect(rungsOf(b)).toEqual(["syncDone"]);
    const turned = meet(items(0, 3_000), []);
    expect([...turned.b.store.items.keys()]).toEqual([...turned.a.store.items.keys()]);
    expect(rungsOf(turned.b)).toEqual(["syncCells", "syncDone"]);
  });

  it("[SY28] what is too much for cells is found by ranges", () => {
    const { a, b } = meet(items(0, 12_000), items(6_000, 18_000));
    expect(names(a)).toEqual(names(b));
    expect(rungsOf(a)).toContain("syncRanges");
    expect(rungsOf(a)).not.toContain("syncIds");
    expect(outcomes(a, b)).toEqual(["agreed", "agreed"]);
  });

  it("[SY28] a difference in number alone that cells cannot hold is told at once", () => {
    const { a, b } = meet(items(0, 100), items(0, 100 + CELLS_DIFFERENCE_MAX + 1));
    expect(names(a)).toEqual(names(b));
    expect(metadata(b, "syncCells")).toBe(1);
    expect(metadata(a, "syncCellsWant")).toBe(0);
  });

  it("[SY29] attack 32: sets made to deceive sums of ids are reconciled by the lists of buckets", () => {
    const bytes = readFileSync(new URL("../../../../spec/vectors/rbsr-collision.bin", import.meta.url));
    const forged = Array.from({ length: bytes.length / 32 }, (_, at): Item => ({
      bucket: 9,
      id: toId<EventId>(bytes.subarray(at * 32, at * 32 + 32)),
    }));
    const half = forged.length / 2;
    // So many that all forged ones lie in one of the first 16 ranges: their sums are equal as a whole only.
    const shared = Array.from({ length: 280_000 }, (_, at): Item => ({
      bucket: Math.floor(at / 40_000),
      id: at.toString(16).padStart(64, "0") as EventId,
    }));
    const { a, b } = meet([...shared, ...forged.slice(0, half)], [...shared, ...forged.slice(half)]);
    expect(names(a)).toHaveLength(shared.length + forged.length);
    expect(names(b)).toEqual(names(a));
    expect(rungsOf(a)).toEqual(expect.arrayContaining(["syncCellsWant", "syncRanges", "syncIds"]));
    expect(outcomes(a, b)).toEqual(["agreed", "agreed"]);
  }, 60_000);

  it("[SY25] [SY28] random sets converge whatever overtakes what, with events appended meanwhile", () => {
    const itemArb = fc.record({ n: fc.nat(60), bucket: fc.nat(4) });
    const setArb = fc.array(itemArb, { maxLength: 40 });
    fc.assert(
      fc.property(
        setArb,
        setArb,
        fc.subarray(["cells", "ranges"] as const),
        fc.array(fc.tuple(fc.nat(200), fc.boolean()), { maxLength: 6 }),
        fc.infiniteStream(fc.nat(1_000)),
        (own, theirs, upper, appends, choices) => {
          const make = ({ n, bucket }: { n: number; bucket: number }): Item => item(`${n} ${bucket}`, bucket);
          const a = new Party(own.map(make), "initiator", { rungs: [...upper, "buckets"] });
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
      { numRuns: 300 },
    );
  });

  it("[SY30] a peer that refuses our events ends the session after each rung has been tried once", () => {
    const a = new Party(items(0, 5), "initiator");
    const b = new Party(items(3, 5), "responder");
    b.refused = new Set(items(0, 3).map(({ id }) => id));
    a.run(a.session.start());
    drive(a, b, () => 0);
    const codes = [...a.outcome, ...b.outcome].map((action) =>
      action.do === "failed" ? action.code : action.do,
    );
    expect(codes.toSorted()).toEqual(["SYNC_ENDED", "SYNC_NO_PROGRESS"]);
    expect(metadata(a, "syncRoot")).toBeLessThanOrEqual(6);
  });
});

describe("bounds of the ladder", () => {
  const frame = { scope: testScope, session: 1 } as const;
  const otherRoot = new Uint8Array(32).fill(9);
  const asks = { type: "syncRoot", ...frame, root: otherRoot, count: 40, day: 22_000 } as const;
  const options = (held: readonly Item[]) => ({
    scope: testScope,
    session: 1,
    day: 22_000,
    source: sourceOf(new ItemStore(held)),
    salt: saltsOf("ladder"),
  });
  const failure = (actions: readonly SyncAction[]): string | null => {
    for (const action of actions) if (action.do === "failed") return action.code;
    return null;
  };

  it("[SY31] attack 33: cells out of turn, bytes that are none, and more than there are end the session", () => {
    const asking = createSyncSession({ ...options(items(0, 30)), role: "initiator" });
    asking.start();
    expect(
      failure(asking.receive({ type: "syncCells", ...frame, from: 80, count: 9, cells: new Uint8Array(13) })),
    ).toBe("SYNC_ORDER");
    const fed = createSyncSession({ ...options(items(0, 30)), role: "initiator" });
    fed.start();
    expect(
      failure(fed.receive({ type: "syncCells", ...frame, from: 0, count: 9, cells: new Uint8Array(14) })),
    ).toBe("SYNC_CELLS");
    const asked = createSyncSession({ ...options(items(0, 30)), role: "responder" });
    asked.receive({ ...asks, rung: "cells" });
    expect(failure(asked.receive({ type: "syncCellsWant", ...frame, to: CELLS_MAX + 1 }))).toBe("SYNC_ORDER");
  });

  it("[SY31] forged cells cost a rung and no event", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 80 * 13, maxLength: 80 * 13 }), (cells) => {
        const session = createSyncSession({ ...options(items(0, 30)), role: "initiator" });
        session.start();
        const actions = session.receive({ type: "syncCells", ...frame, from: 0, count: 31, cells });
        expect(actions.filter(({ do: what }) => what === "sendEvents" || what === "failed")).toEqual([]);
      }),
    );
  });

  it("[SY32] attack 33: messages of ranges without end are refused, malformed ones at once", () => {
    const session = createSyncSession({ ...options(items(0, 30)), role: "responder" });
    session.receive({ ...asks, rung: "ranges" });
    expect(
      failure(session.receive({ type: "syncRanges", ...frame, message: Uint8Array.of(0x61, 255) })),
    ).toBe("SYNC_RANGES");
    const patient = createSyncSession({ ...options(items(0, 30)), role: "responder" });
    patient.receive({ ...asks, rung: "ranges" });
    let messages = 0;
    let code: string | null = null;
    while (code === null) {
      messages += 1;
      code = failure(patient.receive({ type: "syncRanges", ...frame, message: Uint8Array.of(0x61) }));
    }
    expect([code, messages]).toEqual(["SYNC_METADATA", RANGES_MESSAGES_MAX + 1]);
  });

  it("[SY22] frames of a rung that the round is not about end the session", () => {
    const out: readonly SyncFrame[] = [
      { type: "syncCellsWant", ...frame, to: 80 },
      { type: "syncWant", ...frame, shorts: [] },
      { type: "syncIds", ...frame, bucket: 1, ids: [], last: true },
    ];
    for (const early of out) {
      const session = createSyncSession({ ...options(items(0, 3)), role: "responder" });
      session.receive({ ...asks, rung: "ranges" });
      expect(failure(session.receive(early))).toBe("SYNC_UNEXPECTED");
    }
  });
});
