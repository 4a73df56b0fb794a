import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RBSR_MESSAGE_BYTES_MAX, RBSR_MESSAGE_BYTES_MIN, RBSR_RANGES_MAX } from "../limits.ts";
import { infiniteBound } from "./bounds.ts";
import { decodeRanges } from "./decode.ts";
import type { Range } from "./decode.ts";
import { createMessageWriter } from "./message-writer.ts";
import { createReconciler } from "./reconciler.ts";
import { createRangeSet } from "./set/memory-range-set.ts";
import { hex, idsOf, makeItem, makeReconciler, makeSet, reconcileBoth, without } from "./two-sets.fixture.ts";
import type { Item } from "./two-sets.fixture.ts";

const startMs = 1_760_000_000_000;
const unbounded = { messageBytesMax: 0, rangesMax: 0 };
const lifted = { frameBytesMax: 0, receivedBytesMax: 0, rangesMax: 0 };
const read = (message: Uint8Array): Range[] => decodeRanges(message, unbounded);
const shape = (message: Uint8Array): string[] =>
  read(message).map((range) => (range.mode === "ids" ? `ids ${range.ids.length / 32}` : range.mode));

/** Items from..to of one history, a second apart. */
function history(from: number, to: number): Item[] {
  return Array.from({ length: to - from }, (_, n) =>
    makeItem(`item ${from + n}`, startMs + (from + n) * 1_000),
  );
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "none";
}

/** Two sets that share most, in few or many times, as lists of items. */
const twoSets = fc
  .record({
    shared: fc.nat(900),
    own: fc.nat(120),
    theirs: fc.nat(120),
    times: fc.constantFrom(1, 3, 1_000, 2 ** 40),
    first: fc.constantFrom(0, startMs, 2 ** 53 - 2 ** 42),
    seed: fc.nat(),
  })
  .map(({ shared, own, theirs, times, first, seed }) => {
    const some = (name: string, count: number): Item[] =>
      Array.from({ length: count }, (_, n) => {
        const item = makeItem(`${seed} ${name} ${n}`, 0);
        const chance = new DataView(item.id.buffer).getUint32(0) / 2 ** 32;
        return { ...item, timestamp: first + Math.floor(chance * times) };
      });
    const both = some("both", shared);
    return { a: [...both, ...some("a", own)], b: [...some("b", theirs), ...both] };
  });

describe("what is said", () => {
  it("[RB10] fewer than 32 items are told as ids, more as 16 fingerprints with equal counts", () => {
    expect(shape(makeReconciler([]).initiate())).toEqual(["ids 0"]);
    expect(shape(makeReconciler(history(0, 31)).initiate())).toEqual(["ids 31"]);
    const set = makeSet(history(0, 50));
    const ranges = read(createReconciler({ set }).initiate());
    const ends = ranges.map(({ end }) =>
      end === infiniteBound ? set.size : set.lowerBound(end.timestamp, end.prefix),
    );
    expect(ends).toEqual([4, 8, 11, 14, 17, 20, 23, 26, 29, 32, 35, 38, 41, 44, 47, 50]);
    ranges.forEach((range, at) => {
      expect(range).toMatchObject({
        mode: "fingerprint",
        fingerprint: set.fingerprint(ends[at - 1] ?? 0, ends[at] ?? 0),
      });
    });
  });

  it("[RB11] equal sets are done after one answer that says nothing", () => {
    const { messages, have, need } = reconcileBoth(
      makeReconciler(history(0, 500)),
      makeReconciler(history(0, 500)),
    );
    expect(messages.slice(1).map(hex)).toEqual(["61"]);
    expect([have, need]).toEqual([[], []]);
  });

  it("[RB11] only the range that differs is told finer, behind one skip", () => {
    const set = history(0, 1_000);
    const answer = makeReconciler(set.toSpliced(700, 1)).reconcile(makeReconciler(set).initiate()).reply;
    expect(shape(answer as Uint8Array)).toEqual(["skip", ...Array<string>(16).fill("fingerprint")]);
  });

  it("[RB12] a responder answers a list with its own list, an initiator learns from it and skips", () => {
    const [own, theirs] = [history(0, 10), history(5, 20)];
    const [initiator, responder] = [makeReconciler(own), makeReconciler(theirs)];
    const { reply, have, need } = responder.reconcile(initiator.initiate());
    expect(shape(reply as Uint8Array)).toEqual(["ids 15"]);
    expect([have.length, need.length]).toEqual([0, 0]);
    const learned = initiator.reconcile(reply as Uint8Array);
    expect(learned.reply).toBeNull();
    expect(idsOf(learned.have)).toEqual(own.slice(0, 5).map(({ id }) => hex(id)));
    expect(idsOf(learned.need)).toEqual(theirs.slice(5).map(({ id }) => hex(id)));
  });

  it("[RB6] a responder names its version to one that speaks another, and goes on; an initiator ends", () => {
    const responder = makeReconciler(history(0, 3));
    expect(hex(responder.reconcile(Buffer.from("62aabbcc", "hex")).reply as Uint8Array)).toBe("61");
    expect(shape(responder.reconcile(makeReconciler([]).initiate()).reply as Uint8Array)).toEqual(["ids 3"]);
    const initiator = makeReconciler([]);
    initiator.initiate();
    expect(refusal(() => initiator.reconcile(Buffer.from("60", "hex")))).toBe("RBSR_VERSION");
  });

  it("[RB10] a side starts once, and not after it has answered", () => {
    const side = makeReconciler([]);
    expect(side.isInitiator).toBe(false);
    side.initiate();
    expect(side.isInitiator).toBe(true);
    expect(refusal(() => side.initiate())).toBe("RBSR_STATE");
    const answered = makeReconciler([]);
    answered.reconcile(Buffer.from("61", "hex"));
    expect(refusal(() => answered.initiate())).toBe("RBSR_STATE");
  });
});

describe("what is found", () => {
  it("[RB13] random sets with times that repeat come to exactly the ids that either side lacks", () => {
    fc.assert(
      fc.property(twoSets, ({ a, b }) => {
        const { have, need } = reconcileBoth(makeReconciler(a), makeReconciler(b));
        expect(have.toSorted()).toEqual(without(a, b));
        expect(need.toSorted()).toEqual(without(b, a));
      }),
      { numRuns: 150 },
    );
  });

  it("[RB13] [RB14] under any bound from 4,096 bytes to 64 KiB no message exceeds it, and every id is told once", () => {
    const bound = fc.oneof(
      fc.integer({ min: RBSR_MESSAGE_BYTES_MIN, max: RBSR_MESSAGE_BYTES_MAX }),
      fc.constant(4_096),
    );
    fc.assert(
      fc.property(twoSets, bound, bound, fc.integer({ min: 0, max: 3_000 }), (sets, ofA, ofB, tail) => {
        const a = [...sets.a, ...history(0, tail)];
        const b = [...sets.b, ...history(tail, tail + 40)];
        const { messages, have, need } = reconcileBoth(
          makeReconciler(a, { frameBytesMax: ofA }),
          makeReconciler(b, { frameBytesMax: ofB }),
        );
        messages.forEach((message, at) =>
          expect(message.length).toBeLessThanOrEqual(at % 2 === 0 ? ofA : ofB),
        );
        expect(have.toSorted()).toEqual(without(a, b));
        expect(need.toSorted()).toEqual(without(b, a));
      }),
      { numRuns: 60 },
    );
  });

  it.each([4_096, 4_097, 8_192, 16_384, 32_768, 65_536])(
    "[RB14] two histories of 6,000 with a third in common reconcile under %i bytes",
    (frameBytesMax) => {
      const [a, b] = [history(0, 4_000), history(2_000, 6_000)];
      const { messages, have, need } = reconcileBoth(
        makeReconciler(a, { frameBytesMax }),
        makeReconciler(b, { frameBytesMax }),
      );
      expect(Math.max(...messages.map((message) => message.length))).toBeLessThanOrEqual(frameBytesMax);
      expect(have.toSorted()).toEqual(without(a, b));
      expect(need.toSorted()).toEqual(without(b, a));
    },
  );

  it("[RB14] a list that does not fit ends at an item, and the rest is one fingerprint", () => {
    const set = makeSet(history(0, 300));
    const asked = createMessageWriter();
    asked.ids(infiniteBound, 0, new Uint8Array(0));
    const responder = createReconciler({ set, frameBytesMax: 4_096 });
    const reply = responder.reconcile(asked.finish()).reply as Uint8Array;
    const [list, rest] = read(reply);
    // 1 byte of version; before the 123rd id the message has 3,905 bytes, more than 4,096 - 200.
    expect(shape(reply)).toEqual(["ids 122", "fingerprint"]);
    expect(list?.end.timestamp).toBe(set.timestampAt(122));
    expect(list?.end.prefix).toEqual(set.idAt(122));
    expect(rest).toMatchObject({
      mode: "fingerprint",
      end: infiniteBound,
      fingerprint: set.fingerprint(122, 300),
    });
  });

  it("[RB9] [RB15] two Kith nodes with thousands of differing ranges stay within 512 ranges a message", () => {
    const all = history(0, 30_000);
    const [a, b] = [all.filter((_, n) => n % 20 > 0), all.filter((_, n) => n % 20 !== 10)];
    const { messages, have, need } = reconcileBoth(makeReconciler(a), makeReconciler(b));
    const counts = messages.map((message) => read(message).length);
    expect(Math.max(...counts)).toBeGreaterThan(RBSR_RANGES_MAX - 20);
    expect(Math.max(...counts)).toBeLessThanOrEqual(RBSR_RANGES_MAX);
    expect([have.toSorted(), need.toSorted()]).toEqual([without(a, b), without(b, a)]);
    const open = reconcileBoth(makeReconciler(a, lifted), makeReconciler(b, lifted));
    expect(Math.max(...open.messages.map((message) => read(message).length))).toBeGreaterThan(
      RBSR_RANGES_MAX,
    );
    expect([open.have.toSorted(), open.need.toSorted()]).toEqual([without(a, b), without(b, a)]);
  });

  it("[RB16] what lies behind the last item of a peer is found though the message was cut before it", () => {
    const [old, recent] = [history(0, 120), history(120, 700)];
    const initiator = makeReconciler([]);
    initiator.initiate();
    // What an initiator without items may send once it was cut itself: no ids up to here, nothing behind.
    const first = createMessageWriter();
    first.ids({ timestamp: startMs + 120_000, prefix: new Uint8Array(0) }, 0, new Uint8Array(0));
    first.fingerprint(infiniteBound, createRangeSet().fingerprint(0, 0));
    const responder = makeReconciler([...old, ...recent], { frameBytesMax: 4_096 });
    const { messages, need } = reconcileBoth(initiator, responder, { first: first.finish() });
    expect(shape(messages[1] as Uint8Array)).toEqual(["ids 120", "fingerprint"]);
    expect(need.toSorted()).toEqual(without([...old, ...recent], []));
  });

  it("[RB17] items that arrive meanwhile on both sides do not hide what differed before", () => {
    fc.assert(
      fc.property(twoSets, fc.nat(50), ({ a, b }, each) => {
        const [setA, setB] = [makeSet(a), makeSet(b)];
        let n = 0;
        const { have, need } = reconcileBoth(
          createReconciler({ set: setA, frameBytesMax: 4_096 }),
          createReconciler({ set: setB, frameBytesMax: 4_096 }),
          {
            between: () => {
              if (n > 1_000) return;
              for (let i = 0; i < each; i += 1) {
                n += 1;
                const { timestamp, id } = makeItem(`new ${n}`, startMs + n * 7);
                (n % 2 === 0 ? setA : setB).insert(timestamp, id);
              }
            },
          },
        );
        expect(without(a, b).filter((id) => !have.includes(id))).toEqual([]);
        expect(without(b, a).filter((id) => !need.includes(id))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  describe("two disjoint sets of 16,384 ids with equal sums", () => {
    const bytes = readFileSync(new URL("../../../../../spec/vectors/rbsr-collision.bin", import.meta.url));
    const half = (from: number): Item[] =>
      Array.from({ length: 16_384 }, (_, n) => ({
        timestamp: startMs,
        id: bytes.subarray((from + n) * 32, (from + n + 1) * 32),
      }));
    const [x, y] = [half(0), half(16_384)];
    const meet = (sharedCount: number) => {
      const shared = Array.from({ length: sharedCount }, (_, n) => makeItem(`shared ${n}`, startMs + 1 + n));
      return { setX: makeSet([...x, ...shared]), setY: makeSet([...y, ...shared]) };
    };

    it("[RB18] attack 32: a range that holds one or the other, and 20,000 shared items, has the same fingerprint", () => {
      expect(without(x, y)).toHaveLength(16_384);
      const { setX, setY } = meet(20_000);
      expect(setX.fingerprint(0, setX.size)).toEqual(setY.fingerprint(0, setY.size));
      const asked = createMessageWriter();
      asked.fingerprint(infiniteBound, setX.fingerprint(0, setX.size));
      expect(hex(createReconciler({ set: setY }).reconcile(asked.finish()).reply as Uint8Array)).toBe("61");
    });

    it("[RB18] attack 32: in one sixteenth of two histories they are called equal, with 32,768 events differing", () => {
      const { setX, setY } = meet(15 * 16_384);
      const { messages, have, need } = reconcileBoth(
        createReconciler({ set: setX }),
        createReconciler({ set: setY }),
      );
      expect(messages.slice(1).map(hex)).toEqual(["61"]);
      expect([have, need]).toEqual([[], []]);
    });
  });
});

describe("what a peer may do", () => {
  it("[RB8] attack 33: whatever follows the version, the answer is a code or stays within the bound", () => {
    const set = makeSet(history(0, 5_000));
    const message = makeReconciler(history(2_500, 7_000)).initiate();
    const altered = fc
      .array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
      .map((changes) => {
        const copy = message.slice();
        for (const [at, byte] of changes) copy[at % copy.length] = byte;
        return copy;
      });
    fc.assert(
      fc.property(
        fc.oneof(altered, fc.uint8Array({ maxLength: 200 })),
        fc.boolean(),
        (bytes, isInitiator) => {
          const side = createReconciler({ set, frameBytesMax: 4_096 });
          if (isInitiator) side.initiate();
          try {
            const { reply } = side.reconcile(bytes);
            expect(reply?.length ?? 0).toBeLessThanOrEqual(4_096);
          } catch (error) {
            expect((error as { code?: string }).code).toMatch(/^RBSR_/);
          }
        },
      ),
      { numRuns: 600 },
    );
  });

  it("[RB13] a list that names ids twice does not make us need them twice", () => {
    const initiator = makeReconciler([]);
    initiator.initiate();
    const { id } = makeItem("twice", 5);
    const answer = createMessageWriter();
    answer.ids(infiniteBound, 2, Buffer.concat([id, id]));
    expect(idsOf(initiator.reconcile(answer.finish()).need)).toEqual([hex(id)]);
  });

  it("[RB14] a bound too small for one split is refused when it is set", () => {
    const set = createRangeSet();
    for (const options of [{ frameBytesMax: 4_095 }, { rangesMax: 31 }, { receivedBytesMax: -1 }])
      expect(refusal(() => createReconciler({ set, ...options }))).toBe("RBSR_OPTIONS");
  });
});
