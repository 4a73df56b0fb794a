/**
 * Text messages as a server puts them on a WebSocket: unmasked, one frame each (RFC 6455 §5.2), packed each by itself
 * where the other side takes it (RFC 7692, no context takeover). Entries of the log go to many sockets in large numbers, and their bytes are the same for each of them: they
 * are laid out once, and one write hands them over. Everything else about the protocol is ws's.
 */
import { constants, deflateRawSync } from "node:zlib";
import { PACK_BYTES_MIN } from "./limits.ts";

const FIN_TEXT = 0x81;
/** Says that a message is packed. RFC 7692 §6. */
const RSV1 = 0x40;
/** What a flush ends in, and a packed message goes without. RFC 7692 §7.2.1. */
const FLUSH_TAIL_BYTES = 4;
/** Up to this the length stands in the second byte; up to 16 bits in two more; else in eight more. */
const LENGTH_1_MAX = 125;
const LENGTH_2_MAX = 0xffff;

interface Payload {
  readonly bytes: string | Buffer;
  readonly length: number;
}

/** As it is where packing it would not make it smaller. */
function packText(text: string): Payload {
  const length = Buffer.byteLength(text);
  if (length < PACK_BYTES_MIN) return { bytes: text, length };
  const flushed = deflateRawSync(text, { level: 1, finishFlush: constants.Z_SYNC_FLUSH });
  const bytes = flushed.subarray(0, flushed.length - FLUSH_TAIL_BYTES);
  return bytes.length < length ? { bytes, length: bytes.length } : { bytes: text, length };
}

/** The frames of these texts, one after another; `packs`: the other side takes packed ones, by the default window. */
export function frameTexts(texts: readonly string[], { packs = false } = {}): Buffer {
  const payloads = texts.map((text) =>
    packs ? packText(text) : { bytes: text, length: Buffer.byteLength(text) },
  );
  const frames = Buffer.allocUnsafe(
    payloads.reduce((sum, { length }) => sum + headerBytes(length) + length, 0),
  );
  let at = 0;
  for (const { bytes, length } of payloads) {
    const isPacked = typeof bytes !== "string";
    at = writeHeader(frames, at, length, isPacked ? FIN_TEXT | RSV1 : FIN_TEXT);
    at += isPacked ? bytes.copy(frames, at) : frames.write(bytes, at, length);
  }
  return frames;
}

function headerBytes(length: number): number {
  return length <= LENGTH_1_MAX ? 2 : length <= LENGTH_2_MAX ? 4 : 10;
}

/** Returns where the payload begins. */
function writeHeader(frames: Buffer, from: number, length: number, first: number): number {
  const at = frames.writeUInt8(first, from);
  if (length <= LENGTH_1_MAX) return frames.writeUInt8(length, at);
  if (length <= LENGTH_2_MAX) return frames.writeUInt16BE(length, frames.writeUInt8(126, at));
  return frames.writeBigUInt64BE(BigInt(length), frames.writeUInt8(127, at));
}
