/**
 * Text messages as a server puts them on a WebSocket: unmasked, uncompressed, one frame each (RFC 6455 §5.2).
 * Entries of the log go to many sockets in large numbers, and their bytes are the same for each of them: they
 * are laid out once, and one write hands them over. Everything else about the protocol is ws's.
 */

const FIN_TEXT = 0x81;
/** Up to this the length stands in the second byte; up to 16 bits in two more; else in eight more. */
const LENGTH_1_MAX = 125;
const LENGTH_2_MAX = 0xffff;

/** The frames of these texts, one after another. */
export function frameTexts(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const frames = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headerBytes(length) + length, 0));
  let at = 0;
  for (const [index, text] of texts.entries()) {
    const length = lengths[index] ?? 0;
    at = writeHeader(frames, at, length);
    at += frames.write(text, at, length);
  }
  return frames;
}

function headerBytes(length: number): number {
  return length <= LENGTH_1_MAX ? 2 : length <= LENGTH_2_MAX ? 4 : 10;
}

/** Returns where the payload begins. */
function writeHeader(frames: Buffer, from: number, length: number): number {
  const at = frames.writeUInt8(FIN_TEXT, from);
  if (length <= LENGTH_1_MAX) return frames.writeUInt8(length, at);
  if (length <= LENGTH_2_MAX) return frames.writeUInt16BE(length, frames.writeUInt8(126, at));
  return frames.writeBigUInt64BE(BigInt(length), frames.writeUInt8(127, at));
}
