/**
 * Frames from a stream of bytes, in whatever pieces the bytes come. Holds at most one payload in the
 * making and the rest of one piece; each byte is copied at most once. spec/link LK6-LK8.
 */
import { FRAME_BYTES_MAX } from "@kith/core/ports";
import { FRAME_HEAD_BYTES } from "./limits.ts";

export type FrameFault = "frame-empty" | "frame-too-large";

export interface FrameParser {
  /**
   * Takes the next piece and calls onFrame for each frame that it completes. The piece must not change
   * afterwards. Returns the fault that ended the stream, or null.
   */
  push(piece: Uint8Array): FrameFault | null;
  /** From within onFrame: keep what is left of the piece. */
  pause(): void;
  /** Goes on with what was kept. */
  resume(): FrameFault | null;
  /** Bytes kept by pause; nothing may be pushed while there are any. */
  readonly keptBytes: number;
}

export function createFrameParser(onFrame: (type: number, payload: Uint8Array) => void): FrameParser {
  let paused = false;
  let kept: Uint8Array | null = null;
  const head = new Uint8Array(FRAME_HEAD_BYTES);
  let headBytes = 0;
  let payload: Uint8Array | null = null;
  let payloadBytes = 0;
  /** After a fault nothing tells where the next frame would begin. */
  let broken: FrameFault | null = null;

  function parse(piece: Uint8Array): FrameFault | null {
    let at = 0;
    while (at < piece.length) {
      if (paused) {
        kept = piece.subarray(at);
        return null;
      }
      if (payload !== null) {
        const part = piece.subarray(at, at + payload.length - payloadBytes);
        payload.set(part, payloadBytes);
        payloadBytes += part.length;
        at += part.length;
        if (payloadBytes === payload.length) finishPayload(payload);
        continue;
      }
      if (headBytes === 0 && piece.length - at >= FRAME_HEAD_BYTES) {
        const length = readLength(piece, at);
        broken = faultOf(length);
        if (broken !== null) return broken;
        const start = at + FRAME_HEAD_BYTES;
        const end = at + 4 + length;
        const type = piece[at + 4]!;
        if (end <= piece.length) {
          at = end;
          onFrame(type, ownBytes(piece, start, end));
          continue;
        }
        head[4] = type;
        at = start;
        beginPayload(length - 1);
        continue;
      }
      head[headBytes++] = piece[at++]!;
      // The length is judged as soon as it is known: its sender may never send the fifth byte.
      if (headBytes === 4) {
        broken = faultOf(readLength(head, 0));
        if (broken !== null) return broken;
      }
      if (headBytes === FRAME_HEAD_BYTES) beginPayload(readLength(head, 0) - 1);
    }
    return null;
  }

  function beginPayload(length: number): void {
    payload = new Uint8Array(length);
    payloadBytes = 0;
    if (length === 0) finishPayload(payload);
  }

  function finishPayload(done: Uint8Array): void {
    payload = null;
    headBytes = 0;
    onFrame(head[4]!, done);
  }

  return {
    push(piece) {
      if (kept !== null) throw new Error("a piece was pushed while the parser is paused");
      return broken ?? parse(piece);
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      const rest = kept;
      kept = null;
      return rest === null ? null : parse(rest);
    },
    get keptBytes() {
      return kept === null ? 0 : kept.length;
    },
  };
}

function readLength(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** The length covers type and payload. */
function faultOf(length: number): FrameFault | null {
  if (length === 0) return "frame-empty";
  return length > FRAME_BYTES_MAX + 1 ? "frame-too-large" : null;
}

/**
 * The payload as its receiver's own. A view where it is most of its piece; else a copy, since a few
 * bytes kept for long would keep the whole piece, and a peer could make us keep 64 KiB for each.
 */
function ownBytes(piece: Uint8Array, start: number, end: number): Uint8Array {
  if ((end - start) * 2 >= piece.buffer.byteLength) return plainView(piece, start, end);
  const own = new Uint8Array(end - start);
  own.set(piece.subarray(start, end));
  return own;
}

/** A Uint8Array, never a Buffer: the two differ in slice() and in what deep equality says. */
function plainView(piece: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(piece.buffer, piece.byteOffset + start, end - start);
}
