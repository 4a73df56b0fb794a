import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CoreError, encodeCbor } from "../crypto/index.ts";
import { BUCKET_MAX, EVENT_BYTES_MAX } from "../event/index.ts";
import { idBytes, toId } from "../ids.ts";
import type {
  AnyId,
  BoxName,
  ChannelId,
  DeviceId,
  EpochId,
  EventId,
  PrekeyId,
  ScopeId,
  ShortId,
  SpaceId,
} from "../ids.ts";
import { FRAME_BYTES_MAX } from "../ports/index.ts";
import { decodeFrame, encodeFrame, frameName, frameTypes } from "./frames.ts";
import type { Frame } from "./frames.ts";
import {
  BOX_WANTS_MAX,
  LOCKED_WANTS_MAX,
  EARLY_EACH_MAX,
  EVENTS_PER_FRAME_MAX,
  HEIGHTS_MAX,
  HELLO_HEADS_MAX,
  HELLO_SPACES_MAX,
  OFFER_IDS_MAX,
  OFFERS_OPEN_MAX,
  SYNC_BUCKETS_MAX,
  SYNC_IDS_MAX,
  WANT_IDS_MAX,
} from "./limits.ts";

function ids<Id extends AnyId>(length = 32): fc.Arbitrary<Id> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => toId<Id>(bytes));
}

const scope = ids<ScopeId>();
const space = ids<SpaceId>();
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const blob = fc.uint8Array({ minLength: 1, maxLength: 200 });
const uint = fc.nat();
const text = fc.string({ unit: "grapheme", maxLength: 8 });
const session = fc.nat();
const idList = fc.array(ids<EventId>(), { maxLength: 5 });
const ascending = fc.uniqueArray(ids<EventId>(), { maxLength: 5 }).map((list) => list.toSorted());
const bucketList = fc
  .uniqueArray(fc.nat(60_000_000), { maxLength: 5 })
  .chain((list) =>
    fc.tuple(...list.toSorted((a, b) => a - b).map((bucket) => bytes32.map((root) => ({ bucket, root })))),
  );
const height = fc.record({ device: ids<DeviceId>(), seq: uint });
const locked = fc.record({
  scope: ids<ScopeId>(),
  tag: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  bucket: fc.integer({ min: 0, max: BUCKET_MAX }),
});
const boxWant = fc.record({ epoch: ids<EpochId>(), prekey: ids<PrekeyId>(16) });
const spaceHeads = fc.record({ space, heads: idList });

const frames: fc.Arbitrary<Frame> = fc.oneof(
  uint.map((n): Frame => ({ type: "ping", n })),
  uint.map((n): Frame => ({ type: "pong", n })),
  fc.record({
    type: fc.constant("events" as const),
    scope,
    outers: fc.array(blob, { minLength: 1, maxLength: 5 }),
  }),
  fc.record({ type: fc.constant("want" as const), scope, ids: idList }),
  fc.record({
    type: fc.constant("terms" as const),
    scope,
    floor: fc.nat(BUCKET_MAX),
    offers: fc.boolean(),
  }),
  fc.record({ type: fc.constant("offer" as const), scope, ids: idList }),
  fc.record({ type: fc.constant("take" as const), scope, ids: idList, pages: fc.nat(OFFERS_OPEN_MAX) }),
  fc.record({
    type: fc.constant("early" as const),
    scope,
    outers: fc.array(blob, { minLength: 1, maxLength: 5 }),
  }),
  fc.record({ type: fc.constant("earlyWant" as const), scope, each: fc.nat(EARLY_EACH_MAX) }),
  fc.record({ type: fc.constant("earlyDone" as const), scope }),
  fc.record({
    type: fc.constant("syncRoot" as const),
    scope,
    session,
    root: bytes32,
    rung: fc.constantFrom("cells" as const, "ranges" as const, "buckets" as const, "bloom" as const),
    count: uint,
    day: uint,
  }),
  fc.record({
    type: fc.constant("syncCells" as const),
    scope,
    session,
    from: fc.nat(4_096),
    count: uint,
    cells: fc.uint8Array({ maxLength: 200 }),
  }),
  fc.record({ type: fc.constant("syncCellsWant" as const), scope, session, to: fc.nat(4_096) }),
  fc.record({
    type: fc.constant("syncWant" as const),
    scope,
    session,
    shorts: fc.array(ids<ShortId>(8), { maxLength: 5 }),
  }),
  fc.record({ type: fc.constant("syncRanges" as const), scope, session, message: blob }),
  fc.record({
    type: fc.constant("syncBloom" as const),
    scope,
    session,
    from: fc.nat(60_000_000),
    to: fc.nat(60_000_000),
    count: uint,
    piece: fc.uint8Array({ maxLength: 200 }),
    last: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("syncBuckets" as const),
    scope,
    session,
    buckets: bucketList,
    last: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("syncIds" as const),
    scope,
    session,
    bucket: fc.nat(60_000_000),
    ids: ascending,
    last: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("syncDone" as const),
    scope,
    session,
    state: fc.constantFrom("listed" as const, "sent" as const, "agreed" as const, "ended" as const),
  }),
  fc.record({ type: fc.constant("heights" as const), scope, heights: fc.array(height, { maxLength: 5 }) }),
  fc.record({
    type: fc.constant("boxWant" as const),
    space,
    wants: fc.array(boxWant, { maxLength: 5 }),
    locked: fc.array(locked, { maxLength: 5 }),
  }),
  fc.record({
    type: fc.constant("box" as const),
    space,
    scope,
    epoch: ids<EpochId>(),
    prekey: ids<PrekeyId>(16),
    name: ids<BoxName>(16),
    blob,
  }),
  fc.record({ type: fc.constant("linking" as const), step: blob }),
  fc.record({ type: fc.constant("talkRequest" as const), request: blob }),
  fc.record({ type: fc.constant("joinRequest" as const), request: blob }),
  fc.record({ type: fc.constant("joinResult" as const), ok: fc.boolean(), code: text, detail: text }),
  fc.record({ type: fc.constant("open" as const), space }),
  fc.record({
    type: fc.constant("bodyWant" as const),
    scope,
    ids: fc.array(ids<EventId>(32), { maxLength: 4 }),
  }),
  fc.record({
    type: fc.constant("bodies" as const),
    scope,
    isLast: fc.boolean(),
    bodies: fc.array(fc.record({ id: ids<EventId>(32), body: blob }), { maxLength: 3 }),
  }),
  fc.record({ type: fc.constant("typing" as const), scope, channel: ids<ChannelId>(16) }),
  fc.record({ type: fc.constant("error" as const), code: text, detail: text }),
  fc.record({
    type: fc.constant("hello" as const),
    name: text,
    peerPort: fc.option(fc.nat(65_535)),
    heads: fc.array(spaceHeads, { maxLength: 4 }),
  }),
);

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof CoreError) return error.code;
    throw error;
  }
  return "none";
}

const anId = "ab".repeat(32);
const event = (n: number): EventId => n.toString(16).padStart(64, "0") as EventId;

describe("frames", () => {
  it("[SY3] every frame comes back from its bytes, and encodes to the same bytes again", () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const { type, payload } = encodeFrame(frame);
        const decoded = decodeFrame(type, payload);
        expect(decoded.type).toBe(frame.type);
        expect(Buffer.from(encodeFrame(decoded).payload).equals(payload)).toBe(true);
        expect(JSON.stringify(decoded)).toBe(JSON.stringify({ ...decoded, ...frame }));
      }),
      { numRuns: 500 },
    );
  });

  it("[SY1] the numbers are fixed and reserved ones are refused by name", () => {
    expect(Object.values(frameTypes)).toEqual([
      8, 9, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
      40, 41, 42, 43, 44, 46,
    ]);
    expect(frameName(20)).toBe("syncIds");
    for (const type of [0, 1, 7, 10, 15, 45, 128, 255])
      expect(codeOf(() => decodeFrame(type, new Uint8Array(1)))).toBe("FRAME_UNKNOWN");
  });

  it("[SY2] events are views of the payload, copied nowhere", () => {
    const outers = [Uint8Array.of(1), Uint8Array.of(2, 3)];
    const { type, payload } = encodeFrame({ type: "events", scope: anId as ScopeId, outers });
    expect(Buffer.from(payload).toString("hex")).toBe(`${anId}0000000101000000020203`);
    const decoded = decodeFrame(type, payload);
    if (decoded.type !== "events") throw new Error("not an events frame");
    expect(decoded.outers.map((outer) => [...outer])).toEqual([[1], [2, 3]]);
    expect(decoded.outers.every((outer) => outer.buffer === payload.buffer)).toBe(true);
  });

  it("[SY2] a frame without events, with an empty, overlong or truncated one, or with too many is refused", () => {
    const head = idBytes(anId as ScopeId);
    const many = Buffer.alloc(32 + (EVENTS_PER_FRAME_MAX + 1) * 5);
    for (const tail of ["", "00", "00000000", "0000000001", "0000000201", "0000000101ff", "ffffffff01"]) {
      expect(codeOf(() => decodeFrame(16, Buffer.concat([head, Buffer.from(tail, "hex")])))).toBe(
        "FRAME_MALFORMED",
      );
    }
    many.set(head);
    for (let at = 32; at < many.length; at += 5) many.set([0, 0, 0, 1, 7], at);
    expect(codeOf(() => decodeFrame(16, many))).toBe("FRAME_MALFORMED");
    expect(codeOf(() => encodeFrame({ type: "events", scope: anId as ScopeId, outers: [] }))).toBe(
      "FRAME_MALFORMED",
    );
    expect(
      codeOf(() =>
        encodeFrame({
          type: "events",
          scope: anId as ScopeId,
          outers: [new Uint8Array(EVENT_BYTES_MAX), new Uint8Array(9_000)],
        }),
      ),
    ).toBe("FRAME_TOO_LARGE");
  });

  it("[SY4] [SY51] every list is full below 64 KiB and refused one entry beyond", () => {
    const full = (more: number): Frame[] => {
      const range = (max: number): number[] => Array.from({ length: max + more }, (_, n) => n);
      const of = anId as ScopeId & SpaceId & DeviceId & EpochId;
      const idsOf = (max: number): EventId[] => range(max).map((n) => event(n));
      return [
        { type: "want", scope: of, ids: idsOf(WANT_IDS_MAX) },
        { type: "offer", scope: of, ids: idsOf(OFFER_IDS_MAX) },
        { type: "take", scope: of, ids: idsOf(WANT_IDS_MAX), pages: OFFERS_OPEN_MAX },
        {
          type: "syncIds",
          scope: of,
          session: 0xffff_ffff,
          bucket: 60_000_000,
          ids: idsOf(SYNC_IDS_MAX),
          last: false,
        },
        {
          type: "syncBuckets",
          scope: of,
          session: 0xffff_ffff,
          buckets: range(SYNC_BUCKETS_MAX).map((bucket) => ({ bucket, root: new Uint8Array(32) })),
          last: false,
        },
        {
          type: "heights",
          scope: of,
          heights: range(HEIGHTS_MAX).map(() => ({ device: of, seq: 2 ** 48 - 1 })),
        },
        {
          type: "boxWant",
          space: of,
          wants: range(BOX_WANTS_MAX).map(() => ({ epoch: of, prekey: "00".repeat(16) as PrekeyId })),
          locked: range(LOCKED_WANTS_MAX).map(() => ({
            scope: of,
            tag: new Uint8Array(32),
            bucket: BUCKET_MAX,
          })),
        },
        {
          type: "hello",
          name: "n".repeat(320),
          peerPort: 65_535,
          heads: range(HELLO_SPACES_MAX).map(() => ({ space: of, heads: idsOf(HELLO_HEADS_MAX - more) })),
        },
        { type: "error", code: "C".repeat(64), detail: "d".repeat(512 + more) },
        { type: "linking", step: new Uint8Array(12_288 + more) },
        { type: "talkRequest", request: new Uint8Array(4_096 + more) },
        { type: "joinRequest", request: new Uint8Array(8_192 + more) },
      ];
    };
    for (const frame of full(0)) {
      const { type, payload } = encodeFrame(frame);
      expect(payload.length).toBeLessThanOrEqual(FRAME_BYTES_MAX);
      expect(decodeFrame(type, payload).type).toBe(frame.type);
    }
    for (const frame of full(1)) expect(codeOf(() => encodeFrame(frame))).toBe("FRAME_MALFORMED");
    const tooMany = encodeCbor([idBytes(anId as ScopeId), new Uint8Array((WANT_IDS_MAX + 1) * 32)]);
    expect(codeOf(() => decodeFrame(frameTypes.want, tooMany))).toBe("FRAME_MALFORMED");
    const tooEarly = encodeCbor([idBytes(anId as ScopeId), EARLY_EACH_MAX + 1]);
    expect(codeOf(() => decodeFrame(frameTypes.earlyWant, tooEarly))).toBe("FRAME_MALFORMED");
    expect(codeOf(() => decodeFrame(frameTypes.ping, new Uint8Array(FRAME_BYTES_MAX + 1)))).toBe(
      "FRAME_TOO_LARGE",
    );
  });

  it("[SY4] attack 13: any bytes under any type are refused by a CoreError or taken", () => {
    fc.assert(
      fc.property(fc.nat(255), fc.uint8Array({ maxLength: 300 }), (type, payload) => {
        expect(["none", "FRAME_UNKNOWN", "FRAME_MALFORMED", "FRAME_TOO_LARGE"]).toContain(
          codeOf(() => decodeFrame(type, payload)),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it("[SY4] attack 13: an altered, cut or lengthened frame is refused or means exactly its own bytes", () => {
    fc.assert(
      fc.property(
        frames,
        fc.nat(),
        fc.nat(255),
        fc.constantFrom("flip", "cut", "grow"),
        (frame, where, byte, how) => {
          const { type, payload } = encodeFrame(frame);
          const at = where % payload.length;
          const changed =
            how === "cut"
              ? payload.slice(0, at)
              : how === "grow"
                ? Uint8Array.of(...payload, byte)
                : payload.slice();
          if (how === "flip") changed[at] = byte;
          const code = codeOf(() =>
            expect(Buffer.from(encodeFrame(decodeFrame(type, changed)).payload).equals(changed)).toBe(true),
          );
          expect(["none", "FRAME_MALFORMED"]).toContain(code);
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it("[SY21] descending ids and buckets are refused within a frame", () => {
    const down = Buffer.concat([idBytes(event(2)), idBytes(event(1))]);
    const same = Buffer.concat([idBytes(event(1)), idBytes(event(1))]);
    for (const packed of [down, same]) {
      expect(
        codeOf(() =>
          decodeFrame(frameTypes.syncIds, encodeCbor([idBytes(anId as ScopeId), 1, 1, packed, true])),
        ),
      ).toBe("FRAME_MALFORMED");
    }
    const buckets = new Uint8Array(72);
    expect(
      codeOf(() =>
        decodeFrame(frameTypes.syncBuckets, encodeCbor([idBytes(anId as ScopeId), 1, buckets, true])),
      ),
    ).toBe("FRAME_MALFORMED");
  });
});
