import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CoreError } from "../../crypto/index.ts";
import { RBSR_MESSAGE_BYTES_MAX, RBSR_RANGES_MAX, RBSR_TIMESTAMP_MAX } from "../limits.ts";
import { boundBetween, infiniteBound, isAfter } from "./bounds.ts";
import type { Bound } from "./bounds.ts";
import { decodeRanges, readVersion } from "./decode.ts";
import type { Range } from "./decode.ts";
import { createMessageWriter } from "./message-writer.ts";
import { createRangeSet } from "./set/memory-range-set.ts";

const limits = { messageBytesMax: RBSR_MESSAGE_BYTES_MAX, rangesMax: RBSR_RANGES_MAX };

function decode(message: Uint8Array | string): Range[] {
  const bytes = typeof message === "string" ? Buffer.from(message.replaceAll(" ", ""), "hex") : message;
  readVersion(bytes, limits);
  return decodeRanges(bytes, limits);
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof CoreError) return error.code;
    throw error;
  }
  return "taken";
}

const id = fc.uint8Array({ minLength: 32, maxLength: 32 });
const bounds = fc
  .array(
    fc.record({ timestamp: fc.oneof(fc.maxSafeNat(), fc.nat(5)), prefix: fc.uint8Array({ maxLength: 32 }) }),
    { maxLength: 12 },
  )
  .map((all) => {
    const ascending = all.toSorted((a, b) => (isAfter(a, b) ? 1 : -1));
    return ascending.filter((bound, at) =>
      isAfter(bound, ascending[at - 1] ?? { timestamp: 0, prefix: new Uint8Array(0) }),
    );
  });
const payload = fc.oneof(
  fc.constant({ mode: "skip" as const }),
  fc.record({
    mode: fc.constant("fingerprint" as const),
    fingerprint: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  }),
  fc.record({ mode: fc.constant("ids" as const), ids: fc.array(id, { maxLength: 4 }) }),
);
const messages = fc
  .tuple(bounds, fc.array(payload, { minLength: 13, maxLength: 13 }), fc.boolean())
  .map(([ends, payloads, isToInfinity]) => {
    const ranges = [...ends, ...(isToInfinity ? [infiniteBound] : [])].map((end, at): Range => {
      const of = payloads[at] as (typeof payloads)[number];
      return of.mode === "ids" ? { mode: "ids", end, ids: Buffer.concat(of.ids) } : { ...of, end };
    });
    const writer = createMessageWriter();
    for (const range of ranges) write(writer, range);
    return { ranges, bytes: writer.finish() };
  });

function write(writer: ReturnType<typeof createMessageWriter>, range: Range): void {
  if (range.mode === "skip") writer.skip(range.end);
  else if (range.mode === "fingerprint") writer.fingerprint(range.end, range.fingerprint);
  else writer.ids(range.end, range.ids.length / 32, range.ids);
}

describe("messages", () => {
  it("[RB2] [RB4] [RB6] ranges of all modes are read as they were written, times in milliseconds included", () => {
    fc.assert(
      fc.property(messages, ({ ranges, bytes }) => {
        const plain = (all: readonly Range[]): unknown =>
          all.map((range) => ({
            ...range,
            end: { ...range.end, prefix: [...range.end.prefix] },
            ids: range.mode === "ids" ? [...range.ids] : null,
            fingerprint: range.mode === "fingerprint" ? [...range.fingerprint] : null,
          }));
        expect(plain(decode(bytes))).toEqual(plain(ranges));
      }),
    );
  });

  it("[RB2] times are distances, and infinity is 0", () => {
    const ranges = decode("61 8100 00 00  01 01ab 00  0b 00 00  00 00 00");
    expect(ranges.map(({ end }) => end.timestamp)).toEqual([127, 127, 137, Number.POSITIVE_INFINITY]);
    const writer = createMessageWriter();
    for (const range of ranges) write(writer, range);
    expect(Buffer.from(writer.finish()).toString("hex")).toBe("61810000000101ab000b0000000000");
  });

  it("[RB2] a message that is taken back in part counts its times from where it was", () => {
    const writer = createMessageWriter();
    writer.skip({ timestamp: 10, prefix: new Uint8Array(0) });
    const mark = writer.mark();
    writer.skip({ timestamp: 500, prefix: new Uint8Array(9) });
    writer.rewind(mark);
    writer.skip({ timestamp: 12, prefix: new Uint8Array(0) });
    expect(decode(writer.finish()).map(({ end }) => end.timestamp)).toEqual([10, 12]);
  });

  it("[RB3] the bound between neighbours is the shortest that parts them", () => {
    fc.assert(
      fc.property(fc.nat(3), id, fc.nat(3), id, fc.nat(31), (laterBy, a, time, b, shared) => {
        b.set(a.subarray(0, shared));
        const [low, high] = Buffer.compare(a, b) < 0 ? [a, b] : [b, a];
        fc.pre(laterBy > 0 || Buffer.compare(a, b) !== 0);
        const last = { timestamp: time, id: low };
        const next = { timestamp: time + laterBy, id: high };
        const bound = boundBetween(last, next);
        const set = createRangeSet();
        set.insert(last.timestamp, last.id);
        set.insert(next.timestamp, next.id);
        expect(set.lowerBound(bound.timestamp, bound.prefix)).toBe(1);
        const shorter: Bound = { ...bound, prefix: bound.prefix.subarray(0, -1) };
        if (bound.prefix.length > 0) expect(set.lowerBound(shorter.timestamp, shorter.prefix)).toBe(0);
        expect(bound.prefix.length > 0).toBe(laterBy === 0);
      }),
    );
  });

  it("[RB6] a first byte that is no version ends the session, another version does not", () => {
    expect(["", "5f", "70", "00"].map((hex) => codeOf(() => decode(hex)))).toEqual(
      Array(4).fill("RBSR_MALFORMED"),
    );
    expect(["60", "62", "6f"].map((hex) => readVersion(Buffer.from(hex, "hex"), limits))).toEqual([
      0x60, 0x62, 0x6f,
    ]);
  });

  it("[RB7] attack 33: bounds that stay or fall are refused, whichever zeros they spell out", () => {
    const refused = [
      "61 01 00 00",
      "61 05 00 00 01 00 00",
      "61 05 00 00 01 02 0000 00",
      "61 05 02 ab00 00 01 01 ab 00",
      "61 05 02 abcd 00 01 02 abcc 00",
      "61 00 00 00 00 00 00 00 00 00",
    ];
    expect(refused.map((hex) => codeOf(() => decode(hex)))).toEqual(refused.map(() => "RBSR_ORDER"));
  });

  it("[RB7] a last range may say infinity once more", () => {
    expect(decode("61 05 00 00 00 00 00 00 00 00")).toHaveLength(3);
    expect(decode("61 00 00 02 00 00 00 01 000102030405060708090a0b0c0d0e0f")).toHaveLength(2);
    expect(codeOf(() => decode("61 00 00 00 01 00 00"))).toBe("RBSR_MALFORMED");
  });

  it("[RB8] attack 33: what breaks form is refused: counts beyond the bytes, long prefixes, unknown modes, ends", () => {
    const refused = [
      "61 05",
      "61 05 00",
      "61 05 21 " + "00".repeat(33) + " 00",
      "61 05 02 ab",
      "61 00 01 ab 00",
      "61 05 00 03",
      "61 05 00 01 0011",
      "61 05 00 02 02 " + "11".repeat(63),
      "61 05 00 02 9080808080808000 11",
      "61 8000 00 00",
      "61 9080808080808000 00 00 03 00 00",
      "61 ffffffffffffffffffffff 00 00",
    ];
    expect(refused.map((hex) => codeOf(() => decode(hex)))).toEqual(refused.map(() => "RBSR_MALFORMED"));
  });

  it("[RB2] the greatest time is 2^53 - 1", () => {
    expect(decode("61 9080808080808000 00 00")[0]?.end.timestamp).toBe(RBSR_TIMESTAMP_MAX);
    expect(codeOf(() => decode("61 02 00 00 9080808080808000 00 00"))).toBe("RBSR_MALFORMED");
  });

  it("[RB8] attack 33: any bytes, and any message with altered bytes, are read or refused by code", () => {
    const altered = fc
      .tuple(messages, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat(), fc.boolean())
      .map(([{ bytes }, changes, cut, isCut]) => {
        const copy = bytes.slice(0, isCut ? cut % (bytes.length + 1) : bytes.length);
        for (const [at, byte] of changes) if (copy.length > 0) copy[at % copy.length] = byte;
        return copy;
      });
    const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.of(0x61, ...bytes));
    const codes = new Set<string>();
    fc.assert(
      fc.property(fc.oneof(altered, noise), (bytes) => {
        codes.add(codeOf(() => decode(bytes)));
      }),
      { numRuns: 3_000 },
    );
    const known = ["taken", "RBSR_MALFORMED", "RBSR_ORDER"];
    expect([...codes].filter((code) => !known.includes(code))).toEqual([]);
    expect(codes.size).toBeGreaterThan(1);
  });

  it("[RB9] attack 14: a message beyond 64 KiB or 512 ranges is refused, unless the bound is lifted", () => {
    const skips = (count: number): Uint8Array =>
      Uint8Array.of(0x61, ...Array.from({ length: count }, () => [2, 0, 0]).flat());
    expect(decode(skips(RBSR_RANGES_MAX))).toHaveLength(RBSR_RANGES_MAX);
    expect(codeOf(() => decode(skips(RBSR_RANGES_MAX + 1)))).toBe("RBSR_RANGES");
    expect(codeOf(() => decode(new Uint8Array(RBSR_MESSAGE_BYTES_MAX + 1).fill(0x61)))).toBe(
      "RBSR_TOO_LARGE",
    );
    const lifted = { messageBytesMax: 0, rangesMax: 0 };
    expect(readVersion(skips(30_000), lifted)).toBe(0x61);
    expect(decodeRanges(skips(30_000), lifted)).toHaveLength(30_000);
  });
});
