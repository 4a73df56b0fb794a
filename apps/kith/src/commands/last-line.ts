/** Finds where a file of lines was broken off, without reading it into memory. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from "node:fs";

const CHUNK_BYTES = 65_536;
const NEWLINE = 0x0a;

export interface LastLine {
  readonly text: string;
  readonly lines: number;
}

/** The last whole line and how many there are; what follows it is cut off. null: no such file, or no whole line in it. */
export function readLastLine(path: string): LastLine | null {
  let file: number;
  try {
    file = openSync(path, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    const { end, lines, start } = findLines(file);
    ftruncateSync(file, end);
    if (lines === 0) return null;
    const bytes = Buffer.alloc(end - start - 1);
    readSync(file, bytes, 0, bytes.length, start);
    return { text: bytes.toString(), lines };
  } finally {
    closeSync(file);
  }
}

/** Where the last whole line begins, and the byte after its end. */
function findLines(file: number): { start: number; end: number; lines: number } {
  const { size } = fstatSync(file);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let [start, end, lines] = [0, 0, 0];
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    const length = readSync(file, chunk, 0, CHUNK_BYTES, at);
    for (
      let index = chunk.indexOf(NEWLINE);
      index !== -1 && index < length;
      index = chunk.indexOf(NEWLINE, index + 1)
    ) {
      start = end;
      end = at + index + 1;
      lines += 1;
    }
  }
  return { start, end, lines };
}
