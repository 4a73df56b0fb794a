import fc from "fast-check";
import { expect, test } from "vitest";
import { FRAME_BYTES_MAX } from "@kith/core/ports";
import { createFrameParser } from "./frame-parser.ts";
import { createSendQueue } from "./send-queue.ts";

interface Frame {
  readonly type: number;
  readonly payload: Uint8Array;
}

const frameArb: fc.Arbitrary<Frame> = fc.record({
  type: fc.nat(255),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .tuple(fc.constantFrom(1_000, 16_384, FRAME_BYTES_MAX - 1, FRAME_BYTES_MAX), fc.nat(255))
      .map(([size, value]) => new Uint8Array(size).fill(value)),
  ),
});

function encode(frames: readonly Frame[]): Uint8Array {
  const queue = createSendQueue();
  for (const { type, payload } of frames) queue.push(type, payload, "bulk");
  const pieces: Uint8Array[] = [];
  for (let piece = queue.shift(); piece !== null; piece = queue.shift()) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

/** Cuts where the fractions say; with its own memory for each piece, as a socket gives. */
function cutAt(stream: Uint8Array, fractions: readonly number[]): Uint8Array[] {
  const cuts = [...new Set(fractions.map((fraction) => Math.floor(fraction * stream.length)))].sort(
    (a, b) => a - b,
  );
  return [0, ...cuts].map((from, index) => stream.slice(from, cuts[index] ?? stream.length));
}

const fractionsArb = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });

test("[LK6] any cutting of a stream of frames parses to the same frames", () => {
  fc.assert(
    fc.property(fc.array(frameArb, { maxLength: 12 }), fractionsArb, (frames, fractions) => {
      const seen: Frame[] = [];
      const parser = createFrameParser((type, payload) => seen.push({ type, payload }));
      for (const piece of cutAt(encode(frames), fractions)) expect(parser.push(piece)).toBeNull();
      expect(seen).toEqual(frames);
    }),
    { numRuns: 150 },
  );
});

test("[LK6] byte by byte, a stream parses to the same frames", () => {
  const frames: Frame[] = [
    { type: 0, payload: new Uint8Array() },
    { type: 255, payload: new Uint8Array(300).fill(3) },
    { type: 7, payload: new Uint8Array() },
    { type: 8, payload: Uint8Array.of(1, 2, 3) },
  ];
  const seen: Frame[] = [];
  const parser = createFrameParser((type, payload) => seen.push({ type, payload }));
  for (const byte of encode(frames)) parser.push(Uint8Array.of(byte));
  expect(seen).toEqual(frames);
});

test("[LK12] pausing at any frame and going on later changes nothing", () => {
  fc.assert(
    fc.property(
      fc.array(frameArb, { maxLength: 12 }),
      fractionsArb,
      fc.func(fc.boolean()),
      (frames, fractions, pauses) => {
        const seen: Frame[] = [];
        const parser = createFrameParser((type, payload) => {
          seen.push({ type, payload });
          if (pauses(seen.length)) parser.pause();
        });
        for (const piece of cutAt(encode(frames), fractions)) {
          expect(parser.push(piece)).toBeNull();
          while (parser.keptBytes > 0) expect(parser.resume()).toBeNull();
          parser.resume();
        }
        expect(seen).toEqual(frames);
      },
    ),
    { numRuns: 100 },
  );
});

test("[LK7] attack 14: a length beyond the limit is refused once it is known, before a byte is kept for it", () => {
  for (const length of [FRAME_BYTES_MAX + 2, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(length);
    for (const pieces of [[head], [...head].map((byte) => Uint8Array.of(byte))]) {
      const parser = createFrameParser(() => expect.unreachable());
      expect(pieces.map((piece) => parser.push(piece)).at(-1)).toBe("frame-too-large");
    }
  }
  const largest = Buffer.alloc(5);
  largest.writeUInt32BE(FRAME_BYTES_MAX + 1);
  expect(createFrameParser(() => {}).push(largest)).toBeNull();
});

test("[LK8] a frame of length 0 is refused, wherever its bytes are cut", () => {
  const stream = Buffer.concat([encode([{ type: 1, payload: Uint8Array.of(1) }]), Buffer.alloc(5)]);
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const seen: number[] = [];
    const parser = createFrameParser((type) => seen.push(type));
    const faults = [stream.subarray(0, cut), stream.subarray(cut)].map((piece) => parser.push(piece));
    expect(faults).toContain("frame-empty");
    expect(seen).toEqual([1]);
  }
});

test("[LK7] attack 14: whatever bytes come, the parser ends or waits, and yields only frames within the limit", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (pieces) => {
      const parser = createFrameParser((type, payload) => {
        expect(type).toBeLessThanOrEqual(255);
        expect(payload.length).toBeLessThanOrEqual(FRAME_BYTES_MAX);
      });
      for (const piece of pieces) if (parser.push(piece) !== null) return;
    }),
    { numRuns: 300 },
  );
});

test("[LK6] attack 14: a small frame that is kept does not keep the piece it came in", () => {
  let kept: Uint8Array | null = null;
  const parser = createFrameParser((_type, payload) => {
    kept ??= payload;
  });
  parser.push(
    encode([
      { type: 1, payload: Uint8Array.of(1) },
      { type: 2, payload: new Uint8Array(60_000) },
    ]),
  );
  expect(kept!.buffer.byteLength).toBe(1);
});

test("[LK6] a stream in tiny pieces is parsed in time proportional to its length", () => {
  const frame = encode([{ type: 1, payload: new Uint8Array(FRAME_BYTES_MAX) }]);
  const pieces = Array.from({ length: Math.ceil(frame.length / 16) }, (_, index) =>
    frame.subarray(index * 16, index * 16 + 16),
  );
  let seen = 0;
  const parser = createFrameParser(() => {
    seen += 1;
  });
  const start = performance.now();
  for (let round = 0; round < 20; round += 1) for (const piece of pieces) parser.push(piece);
  expect(seen).toBe(20);
  // 80,000 pieces: some tens of milliseconds; joining pieces anew each time would take minutes.
  expect(performance.now() - start).toBeLessThan(5_000);
});
