/**
 * A message while it is being written. What turns out not to fit is taken back as a whole, times included.
 * Owns layout and the growing buffer; the engine decides what is said. spec/sync-ranges RB1-RB4.
 */
import type { Bound } from "./bounds.ts";
import { modes, RBSR_VERSION } from "./decode.ts";
import { VARINT_BYTES, writeVarint } from "./varint.ts";

const ROOM_FIRST = 1_024;

export interface WriterMark {
  readonly bytes: number;
  readonly ranges: number;
  readonly timestamp: number;
}

export interface MessageWriter {
  readonly bytes: number;
  readonly ranges: number;
  skip(end: Bound): void;
  fingerprint(end: Bound, fingerprint: Uint8Array): void;
  /** Ids lie packed. */
  ids(end: Bound, count: number, packed: Uint8Array): void;
  mark(): WriterMark;
  rewind(mark: WriterMark): void;
  /** The message; the writer is not used afterwards. */
  finish(): Uint8Array;
}

export function createMessageWriter(): MessageWriter {
  let buffer = new Uint8Array(ROOM_FIRST);
  buffer[0] = RBSR_VERSION;
  let bytes = 1;
  let ranges = 0;
  let timestamp = 0;

  function makeRoom(more: number): void {
    if (bytes + more <= buffer.length) return;
    const larger = new Uint8Array(Math.max(buffer.length * 2, bytes + more));
    larger.set(buffer);
    buffer = larger;
  }

  function number(value: number): void {
    makeRoom(VARINT_BYTES);
    bytes = writeVarint(value, buffer, bytes);
  }

  function raw(part: Uint8Array): void {
    makeRoom(part.length);
    buffer.set(part, bytes);
    bytes += part.length;
  }

  function head(end: Bound, mode: number): void {
    if (end.timestamp === Number.POSITIVE_INFINITY) {
      number(0);
    } else {
      number(end.timestamp - timestamp + 1);
      timestamp = end.timestamp;
    }
    number(end.prefix.length);
    raw(end.prefix);
    number(mode);
    ranges += 1;
  }

  return {
    get bytes() {
      return bytes;
    },
    get ranges() {
      return ranges;
    },
    skip: (end) => head(end, modes.skip),
    fingerprint(end, fingerprint) {
      head(end, modes.fingerprint);
      raw(fingerprint);
    },
    ids(end, count, packed) {
      head(end, modes.ids);
      number(count);
      raw(packed);
    },
    mark: () => ({ bytes, ranges, timestamp }),
    rewind(mark) {
      ({ bytes, ranges, timestamp } = mark);
    },
    finish: () => buffer.slice(0, bytes),
  };
}
