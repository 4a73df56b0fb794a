/**
 * Frames waiting to be sent, already encoded into the pieces that will be written: a small frame costs
 * a copy and no object, and many of one tick leave in one write. Control frames leave before bulk ones;
 * within a class order is kept. spec/link LK9-LK11.
 */
import type { Priority } from "@kith/core/ports";
import { FRAME_HEAD_BYTES, WRITE_BYTES_FIRST, WRITE_BYTES_MAX } from "./limits.ts";

export interface SendQueue {
  /** Copies the payload. */
  push(type: number, payload: Uint8Array, priority: Priority): void;
  /** The next piece to write, or null. */
  shift(): Uint8Array | null;
  clear(): void;
  readonly bytes: number;
}

interface Piece {
  readonly room: Uint8Array;
  used: number;
}

export function createSendQueue(): SendQueue {
  const classes: Record<Priority, Piece[]> = { control: [], bulk: [] };
  let bytes = 0;

  return {
    push(type, payload, priority) {
      const pieces = classes[priority];
      const need = FRAME_HEAD_BYTES + payload.length;
      let last = pieces.at(-1);
      if (last === undefined || last.room.length - last.used < need) {
        // Grows fourfold with each piece that filled up, so that quiet links stay small.
        const grown =
          last === undefined ? WRITE_BYTES_FIRST : Math.min(last.room.length * 4, WRITE_BYTES_MAX);
        last = { room: Buffer.allocUnsafe(Math.max(grown, need)), used: 0 };
        pieces.push(last);
      }
      const { room } = last;
      const at = last.used;
      const length = payload.length + 1;
      room[at] = length >>> 24;
      room[at + 1] = length >>> 16;
      room[at + 2] = length >>> 8;
      room[at + 3] = length;
      room[at + 4] = type;
      room.set(payload, at + FRAME_HEAD_BYTES);
      last.used = at + need;
      bytes += need;
    },
    shift() {
      const piece = classes.control.shift() ?? classes.bulk.shift();
      if (piece === undefined) return null;
      bytes -= piece.used;
      return piece.room.subarray(0, piece.used);
    },
    clear() {
      classes.control.length = 0;
      classes.bulk.length = 0;
      bytes = 0;
    },
    get bytes() {
      return bytes;
    },
  };
}
