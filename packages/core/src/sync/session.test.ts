import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256, utf8 } from "../crypto/index.ts";
import { toId } from "../ids.ts";
import type { EventId, ScopeId } from "../ids.ts";
import { SYNC_IDS_MAX, SYNC_ROUNDS_MAX, WANT_IDS_MAX } from "./limits.ts";
import { drive, ItemStore, Party, saltsOf, sourceOf, testScope } from "./two-party.ts";
import type { Item } from "./two-party.ts";
import type { SyncFrame } from "./frames.ts";
import { createSyncSession } from "./session.ts";
import type { SyncSession, SyncSessionOptions, SyncSource } from "./session-types.ts";

function item(name: number | string, bucket = 7): Item {
  return { bucket, id: toId<EventId>(sha256(utf8(`item ${name}`))) };
}

function items(from: number, to: number, bucket = 7): Item[] {
  return Array.from({ length: to - from }, (_, index) => item(from + index, bucket));
}

/** The lowest rung alone; ladder.test.ts has the others. */
const rungs = ["buckets"] as const;
const salt = saltsOf("session");

function meet(own: readonly Item[], theirs: readonly Item[]): { a: Party; b: Party } {
  const a = new Party(own, "initiator", { rungs });
  const b = new Party(theirs, "responder");
  a.run(a.session.start());
  return { a, b };
}

function inOrder(): number {
  return 0;
}

function names(party: Party): string[] {
  return [...party.store.items.keys()].toSorted();
}

function own(held: readonly Item[]): Omit<SyncSessionOptions, "role"> {
  return { scope: testScope, session: 1, source: sourceOf(new ItemStore(held)), day: 22_000, salt };
}

function responder(held: readonly Item[]): SyncSession {
  return createSyncSession({ ...own(held), role: "responder" });
}

function initiator(held: readonly Item[]): SyncSession {
  return createSyncSession({ ...own(held), role: "initiator", rungs });
}

const frame = { scope: testScope, session: 1 } as const;
const otherRoot = new Uint8Array(32).fill(9);
const asks = { ...frame, rung: "buckets", count: 3, day: 22_000 } as const;
const root: SyncFrame = { type: "syncRoot", ...asks, root: otherRoot };

function failure(actions: ReturnType<SyncSession["receive"]>): { code: string; fault: boolean } | null {
  for (const action of actions) if (action.do === "failed") return { code: action.code, fault: action.fault };
  return null;
}

describe("a session between honest peers", () => {
  it("[SY11] equal sets agree after one exchange, and both learn the root", () => {
    const { a, b } = meet(items(0, 5), items(0, 5));
    drive(a, b, inOrder);
    const agreed = { do: "agreed", scope: testScope, root: a.store.roots.root(testScope) };
    expect(a.outcome).toEqual([agreed]);
    expect(b.outcome).toEqual([agreed]);
    expect([a.sentFrames, b.sentFrames]).toEqual([["syncRoot"], ["syncDone"]]);
  });

  it("[SY13] an empty store gets 10,000 events of one bucket for one list and one question", () => {
    const { a, b } = meet([], items(0, 10_000));
    drive(a, b, inOrder);
    expect(names(a)).toEqual(names(b));
    expect(a.sentFrames).toEqual(["syncRoot", "syncIds", "syncDone", "syncRoot"]);
    expect(b.sentFrames.filter((type) => type !== "events")).toEqual(["syncBuckets", "syncDone", "syncDone"]);
    expect([...a.store.items.keys()]).toEqual([...b.store.items.keys()]);
  });

  it("[SY14] an empty responder gets whole buckets in order of arrival without a list", () => {
    const { a, b } = meet([...items(0, 3_000, 3), ...items(3_000, 4_000, 9)], []);
    drive(a, b, inOrder);
    expect([...b.store.items.keys()]).toEqual([...a.store.items.keys()]);
    expect(a.sentFrames.filter((type) => type !== "events")).toEqual(["syncRoot", "syncRoot"]);
    expect(b.outcome.map((action) => action.do)).toEqual(["agreed"]);
  });

  it("[SY12] 5,000 buckets are listed in several pages", () => {
    const many = Array.from({ length: 5_000 }, (_, index) => item(index, index * 3));
    const { a, b } = meet(many.slice(0, 4_990), many.slice(10));
    drive(a, b, inOrder);
    expect(names(a)).toEqual(names(b));
    expect(b.sentFrames.filter((type) => type === "syncBuckets")).toHaveLength(4);
  });

  it("[SY5] [SY15] 5,000 events the responder lacks are wanted in frames of at most 1,024 ids", () => {
    const shared = items(0, 10);
    const { a, b } = meet([...shared, ...items(10, 5_010)], [...shared, ...items(6_000, 6_010)]);
    drive(a, b, inOrder);
    expect(names(a)).toEqual(names(b));
    expect(b.sentFrames.filter((type) => type === "want").length).toBeGreaterThanOrEqual(
      Math.ceil(5_000 / WANT_IDS_MAX),
    );
    expect(a.sentFrames.filter((type) => type === "syncIds")).toHaveLength(Math.ceil(5_010 / SYNC_IDS_MAX));
  });

  it("[SY16] the next root goes out behind the events, and is judged after they are stored", () => {
    const { a, b } = meet(items(0, 50), items(25, 75));
    drive(a, b, inOrder);
    expect(a.sentFrames.filter((type) => type === "syncRoot")).toHaveLength(2);
    expect([a.outcome, b.outcome].map((outcome) => outcome.map((action) => action.do))).toEqual([
      ["agreed"],
      ["agreed"],
    ]);
  });

  it("[SY17] buckets are listed and sent oldest first", () => {
    const session = initiator([item("a", 5), item("b", 1), item("c", 3)]);
    session.start();
    const theirs = [2, 4, 6].map((bucket) => ({ bucket, root: otherRoot }));
    const actions = session.receive({ type: "syncBuckets", ...frame, buckets: theirs, last: true });
    const order = actions.map((action) => {
      if (action.do === "send")
        return action.frame.type === "syncIds" ? action.frame.bucket : action.frame.type;
      return action.do === "sendEvents"
        ? action.ids.map(
            (id) => [item("a", 5), item("b", 1), item("c", 3)].find((one) => one.id === id)?.bucket,
          )
        : action.do;
    });
    expect(order).toEqual([[1], 2, [3], 4, [5], 6, "syncDone"]);
  });

  it("[SY18] random sets converge to their union whatever overtakes what, with events appended meanwhile", () => {
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
          const { a, b } = meet(own.map(make), theirs.map(make));
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
          expect(a.outcome.map((action) => action.do)).toEqual(["agreed"]);
          expect(b.outcome.map((action) => action.do)).toEqual(["agreed"]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("bounds of a session", () => {
  it("[SY10] frames of another or an ended session are ignored", () => {
    const session = responder(items(0, 3));
    expect(session.receive({ ...root, session: 2 })).toEqual([]);
    session.receive(root);
    session.cancel();
    expect(session.receive(root)).toEqual([]);
    expect(session.settled()).toEqual([]);
  });

  it("[SY19] a peer that refuses our events ends the session without endless rounds", () => {
    const { a, b } = meet(items(0, 5), items(3, 5));
    b.refused = new Set(items(0, 3).map(({ id }) => id));
    drive(a, b, inOrder);
    const codes = [...a.outcome, ...b.outcome].map((action) =>
      action.do === "failed" ? action.code : action.do,
    );
    expect(codes.toSorted()).toEqual(["SYNC_ENDED", "SYNC_NO_PROGRESS"]);
  });

  it("[SY19] a responder whose list never changes is left after the second round", () => {
    const session = initiator(items(0, 3));
    session.start();
    const list: SyncFrame = {
      type: "syncBuckets",
      ...frame,
      buckets: [{ bucket: 7, root: otherRoot }],
      last: true,
    };
    session.receive(list);
    session.receive({ type: "syncDone", ...frame, state: "sent" });
    session.settled();
    expect(failure(session.receive(list))).toEqual({ code: "SYNC_NO_PROGRESS", fault: false });
    expect(session.over).toBe(true);
  });

  it("[SY20] attack 33: a responder that changes its list for ever is left after 64 rounds", () => {
    const session = initiator(items(0, 3));
    let actions = session.start();
    let rounds = 0;
    while (!session.over) {
      rounds += 1;
      const changed = sha256(Uint8Array.of(rounds));
      session.receive({ type: "syncBuckets", ...frame, buckets: [{ bucket: 7, root: changed }], last: true });
      session.receive({ type: "syncDone", ...frame, state: "sent" });
      actions = session.settled();
    }
    expect(rounds).toBe(SYNC_ROUNDS_MAX);
    expect(failure(actions)?.code).toBe("SYNC_ROUNDS");
  });

  it("[SY20] attack 33: an initiator that asks for ever is left after 64 rounds", () => {
    const session = responder(items(0, 3));
    let rounds = 0;
    let actions = session.receive(root);
    while (!session.over) {
      rounds += 1;
      session.receive({ type: "syncRoot", ...asks, root: sha256(Uint8Array.of(rounds)) });
      actions = session.settled();
    }
    expect(rounds).toBe(SYNC_ROUNDS_MAX);
    expect(failure(actions)).toEqual({ code: "SYNC_ROUNDS", fault: true });
  });

  it("[SY20] attack 14: a list without end is refused at 16 MiB", () => {
    const session = responder(items(0, 3));
    session.receive(root);
    let pages = 0;
    let failed: ReturnType<typeof failure> = null;
    while (failed === null) {
      const ids = Array.from(
        { length: SYNC_IDS_MAX },
        (_, index) => (pages * SYNC_IDS_MAX + index).toString(16).padStart(64, "0") as EventId,
      );
      failed = failure(session.receive({ type: "syncIds", ...frame, bucket: 7, ids, last: false }));
      pages += 1;
    }
    expect(failed).toEqual({ code: "SYNC_METADATA", fault: true });
    expect(pages * SYNC_IDS_MAX * 32).toBeLessThan(17 * 1_048_576);
  });

  it("[SY20] an initiator with more ids than a session may list does what fits and ends with progress to make", () => {
    const huge = Array.from(
      { length: 550_000 },
      (_, index) => index.toString(16).padStart(64, "0") as EventId,
    );
    const half = huge.slice(0, 100_000);
    const source: SyncSource = {
      ...sourceOf(new ItemStore([])),
      root: () => new Uint8Array(32),
      bucketRoots: () => [
        { bucket: 1, root: new Uint8Array(32) },
        { bucket: 2, root: new Uint8Array(32) },
      ],
      idsInBucket: (_, bucket) => (bucket === 1 ? half : huge),
    };
    const session = createSyncSession({
      scope: testScope,
      session: 1,
      role: "initiator",
      source,
      day: 1,
      salt,
      rungs,
    });
    session.start();
    const buckets = [1, 2].map((bucket) => ({ bucket, root: otherRoot }));
    const actions = session.receive({ type: "syncBuckets", ...frame, buckets, last: true });
    const listed = new Set(
      actions.map((action) =>
        action.do === "send" && action.frame.type === "syncIds" ? action.frame.bucket : 0,
      ),
    );
    expect(listed).toEqual(new Set([1, 0]));
    session.receive({ type: "syncDone", ...frame, state: "sent" });
    expect(failure(session.settled())).toEqual({ code: "SYNC_METADATA", fault: false });
  });

  it("[SY21] attack 33: descending buckets, descending ids over pages, and pages without ids or not full are refused", () => {
    const asked = initiator([]);
    asked.start();
    asked.receive({ type: "syncBuckets", ...frame, buckets: [{ bucket: 7, root: otherRoot }], last: false });
    expect(
      failure(
        asked.receive({
          type: "syncBuckets",
          ...frame,
          buckets: [{ bucket: 7, root: otherRoot }],
          last: true,
        }),
      ),
    ).toEqual({ code: "SYNC_ORDER", fault: true });

    const ids = items(0, SYNC_IDS_MAX + 2)
      .map(({ id }) => id)
      .toSorted();
    const [low, ...above] = ids as [EventId, ...EventId[]];
    const high = above.at(-1) as EventId;
    const full = above.slice(0, SYNC_IDS_MAX);
    const idPages: readonly (readonly SyncFrame[])[] = [
      [
        { type: "syncIds", ...frame, bucket: 7, ids: full, last: false },
        { type: "syncIds", ...frame, bucket: 7, ids: [low], last: true },
      ],
      [
        { type: "syncIds", ...frame, bucket: 7, ids: full, last: false },
        { type: "syncIds", ...frame, bucket: 7, ids: full.slice(-1), last: true },
      ],
      [{ type: "syncIds", ...frame, bucket: 7, ids: [], last: false }],
      [{ type: "syncIds", ...frame, bucket: 7, ids: full.slice(1), last: false }],
      [
        { type: "syncIds", ...frame, bucket: 7, ids: [], last: true },
        { type: "syncIds", ...frame, bucket: 7, ids: [], last: true },
      ],
      [
        { type: "syncIds", ...frame, bucket: 7, ids: full, last: false },
        { type: "syncIds", ...frame, bucket: 8, ids: [high], last: true },
      ],
    ];
    for (const pages of idPages) {
      const session = responder(items(0, 3));
      session.receive(root);
      const results = pages.map((page) => failure(session.receive(page)));
      expect(results.slice(0, -1)).toEqual(pages.slice(1).map(() => null));
      expect(results.at(-1)).toEqual({ code: "SYNC_ORDER", fault: true });
    }
  });

  it("[SY22] another scope ends the session, and so does every frame out of turn", () => {
    const scoped = responder([]);
    expect(failure(scoped.receive({ ...root, scope: "aa".repeat(32) as ScopeId }))).toEqual({
      code: "SYNC_SCOPE",
      fault: true,
    });
    const out: readonly SyncFrame[] = [
      { type: "syncBuckets", ...frame, buckets: [], last: true },
      { type: "syncIds", ...frame, bucket: 1, ids: [], last: true },
      { type: "syncDone", ...frame, state: "agreed" },
      { type: "syncDone", ...frame, state: "sent" },
      { type: "syncDone", ...frame, state: "listed" },
    ];
    for (const early of out) {
      expect(failure(responder([]).receive(early))).toEqual({ code: "SYNC_UNEXPECTED", fault: true });
    }
    const asking = initiator([]);
    asking.start();
    expect(failure(asking.receive(root))).toEqual({ code: "SYNC_UNEXPECTED", fault: true });
  });

  it("[SY23] a side that gives up says so, and the other ends without an answer", () => {
    const session = initiator(items(0, 3));
    session.start();
    const actions = session.receive({ type: "syncDone", ...frame, state: "ended" });
    expect(actions.map((action) => action.do)).toEqual(["failed"]);
    const [bye] = responder([]).cancel();
    expect(bye).toEqual({
      do: "send",
      priority: "control",
      frame: { type: "syncDone", ...frame, state: "ended" },
    });
  });

  it("[SY22] random frames in random order never throw and end the session at most once", () => {
    const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => toId<EventId>(bytes));
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const one: fc.Arbitrary<SyncFrame> = fc.oneof(
      hash.map((bytes): SyncFrame => ({ type: "syncRoot", ...asks, root: bytes })),
      fc
        .tuple(fc.array(fc.record({ bucket: fc.nat(9), root: hash }), { maxLength: 4 }), fc.boolean())
        .map(([buckets, last]): SyncFrame => ({ type: "syncBuckets", ...frame, buckets, last })),
      fc
        .tuple(fc.nat(9), fc.array(id, { maxLength: 4 }), fc.boolean())
        .map(([bucket, ids, last]): SyncFrame => ({ type: "syncIds", ...frame, bucket, ids, last })),
      fc
        .constantFrom("listed", "sent", "agreed", "ended")
        .map((state): SyncFrame => ({ type: "syncDone", ...frame, state: state as "listed" })),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(one, fc.boolean()), { maxLength: 12 }),
        fc.boolean(),
        (frames, starts) => {
          const session = starts ? initiator(items(0, 9)) : responder(items(0, 9));
          if (starts) session.start();
          let ends = 0;
          for (const [received, settles] of frames) {
            const actions = [...session.receive(received), ...(settles ? session.settled() : [])];
            ends += actions.filter((action) => action.do === "agreed" || action.do === "failed").length;
          }
          expect(ends).toBe(session.over ? 1 : 0);
        },
      ),
      { numRuns: 500 },
    );
  });
});
