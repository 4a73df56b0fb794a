/**
 * Everything that a process of ours holds in memory, read as a debugger or a core dump would: each mapped range that can be read,
 * from Linux's /proc. Its parent may, without being root.
 */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { formsOf } from "./needles.ts";
import type { Needle } from "./needles.ts";

/** Read at a time; what lies across an edge is found because pieces overlap. */
const PIECE_BYTES = 16_777_216;
const OVERLAP_BYTES = 4_096;

export const canReadMemory = process.platform === "linux";

interface Range {
  readonly from: number;
  readonly to: number;
}

function rangesOf(pid: number): Range[] {
  const lines = readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
  return lines.flatMap((line) => {
    const [, from = "", to = "", name = ""] =
      /^([\da-f]+)-([\da-f]+) r\S+ \S+ \S+ \S+\s*(.*)$/.exec(line) ?? [];
    // The kernel's own pages are not the process's to read.
    return from === "" || /^\[v(?:var|syscall)/.test(name)
      ? []
      : [{ from: Number.parseInt(from, 16), to: Number.parseInt(to, 16) }];
  });
}

interface Search {
  readonly found: Set<string>;
  look(piece: Buffer): void;
}

function searchFor(needles: readonly Needle[]): Search {
  const forms = needles.flatMap(({ what, bytes }) => formsOf(bytes).map((form) => ({ what, form })));
  const found = new Set<string>();
  return {
    found,
    look(piece) {
      for (const { what, form } of forms) if (!found.has(what) && piece.includes(form)) found.add(what);
    },
  };
}

/** What of the needles is in a file that may be larger than memory; none is the hope. */
export function findInFile(path: string, needles: readonly Needle[]): string[] {
  const { found, look } = searchFor(needles);
  const file = openSync(path, "r");
  const piece = Buffer.alloc(PIECE_BYTES);
  try {
    for (let at = 0; ; at += PIECE_BYTES - OVERLAP_BYTES) {
      const length = readSync(file, piece, 0, PIECE_BYTES, at);
      look(piece.subarray(0, length));
      if (length < PIECE_BYTES) return [...found];
    }
  } finally {
    closeSync(file);
  }
}

/** What of the needles is in the memory of that process, its arguments and its environment; none is the hope. */
export function findInMemory(pid: number, needles: readonly Needle[]): string[] {
  const { found, look } = searchFor(needles);
  look(readFileSync(`/proc/${pid}/cmdline`));
  look(readFileSync(`/proc/${pid}/environ`));
  const memory = openSync(`/proc/${pid}/mem`, "r");
  const piece = Buffer.alloc(PIECE_BYTES);
  try {
    for (const { from, to } of rangesOf(pid)) {
      for (let at = from; at < to; at += PIECE_BYTES - OVERLAP_BYTES) {
        const length = readPiece(memory, piece, at, Math.min(PIECE_BYTES, to - at));
        look(piece.subarray(0, length));
      }
    }
  } finally {
    closeSync(memory);
  }
  return [...found];
}

function readPiece(memory: number, piece: Buffer, at: number, length: number): number {
  try {
    return readSync(memory, piece, 0, length, at);
  } catch (error) {
    // A range that went away meanwhile, or a device's.
    if (["EIO", "EFAULT"].includes((error as NodeJS.ErrnoException).code ?? "")) return 0;
    throw error;
  }
}
