/**
 * Short ids: 8 bytes of an event id under a key that its author could not know, and the check that a cell
 * keeps of them. Owns the keys and the hashing; refuses to say which key is in use. spec/sync-cells CE1, CE2.
 */
import {
  concatBytes,
  coreError,
  hkdfSha256,
  labelled,
  labels,
  SIPHASH_BYTES,
  SIPHASH_KEY_BYTES,
  sipHashInto,
} from "../../crypto/index.ts";
import type { Label } from "../../crypto/index.ts";
import { idBytes, toId } from "../../ids.ts";
import type { EventId, ScopeId, ShortId } from "../../ids.ts";
import { hashIdInto } from "../id-hash.ts";

const SECRET_BYTES = 32;
/** A UTC day. */
const DAY_MS = 86_400_000;
/** Days and session numbers have four bytes in the derivation. */
const UINT32_MAX = 0xffff_ffff;

/** The key of cells among members: 16 bytes. The secret is the scope id. `day` counts UTC days since 1970. Throws CELL_KEY. */
export function dayCellKey(
  secret: Uint8Array,
  { scope, day }: { readonly scope: ScopeId; readonly day: number },
): Uint8Array {
  return deriveKey(labels.syncCellsDay, secret, scope, day);
}

/** As among members: the secret is the scope's own id, known to all of them in whatever epoch they are. SY26. */
export function scopeCellKey(scope: ScopeId, day: number): Uint8Array {
  return dayCellKey(idBytes(scope), { scope, day });
}

/** The day of a wall time, as keys of cells count them; a clock set before 1970 is taken for that. */
export function cellDay(nowMs: number): number {
  return Math.max(0, Math.floor(nowMs / DAY_MS));
}

/** The key of one session's cells: 16 bytes. The exporter is the link's, known to its two ends. Throws CELL_KEY. */
export function sessionCellKey(
  exporter: Uint8Array,
  { scope, session }: { readonly scope: ScopeId; readonly session: number },
): Uint8Array {
  return deriveKey(labels.syncCellsSession, exporter, scope, session);
}

function deriveKey(label: Label, secret: Uint8Array, scope: ScopeId, count: number): Uint8Array {
  if (secret.length !== SECRET_BYTES || !Number.isInteger(count) || count < 0 || count > UINT32_MAX) {
    throw coreError(
      "CELL_KEY",
      `a key of cells comes from ${SECRET_BYTES} bytes and a number of four, not from ${secret.length} bytes and ${count}`,
    );
  }
  const number = Uint8Array.of(count >>> 24, count >>> 16, count >>> 8, count);
  const info = labelled(label, concatBytes(idBytes(scope), number));
  return hkdfSha256(secret, { info, length: SIPHASH_KEY_BYTES });
}

/** What cells keep of an id: the short id as two big-endian words, and its check. */
export interface CellItem {
  high: number;
  low: number;
  check: number;
}

// Used again within one synchronous call, as in hashIdInto.
const shortInput = new Uint8Array(SIPHASH_BYTES);
const output = new Uint8Array(SIPHASH_BYTES);

/** Writes what cells keep of `id` into `item`, which callers in a loop use again. Throws SYNC_ID. */
export function hashItem(item: CellItem, key: Uint8Array, id: EventId): void {
  hashIdInto(output, key, id);
  item.high = firstWord(output);
  item.low = secondWord(output);
  item.check = checkOf(key, item.high, item.low);
}

/** Four bytes of a hash of the short id, which tell one short id from a sum of several. */
export function checkOf(key: Uint8Array, high: number, low: number): number {
  writeWords(high, low);
  sipHashInto(output, key, shortInput);
  return firstWord(output);
}

/** The short id of an event. Throws SYNC_ID. */
export function shortIdOf(key: Uint8Array, id: EventId): ShortId {
  hashIdInto(output, key, id);
  return toId<ShortId>(output);
}

/** The short id of two words, for what comes out of cells. */
export function shortIdOfWords(high: number, low: number): ShortId {
  writeWords(high, low);
  return toId<ShortId>(shortInput);
}

/** One pass over ids that finds those of the short ids wanted: for stores that keep no index of a day's short ids. */
export function findByShortId(
  key: Uint8Array,
  wanted: Iterable<ShortId>,
  ids: Iterable<EventId>,
): Map<ShortId, EventId> {
  const missing = new Set(wanted);
  // Nearly all ids differ in the first word: no text is made of those.
  const words = new Set([...missing].map((short) => Number.parseInt(short.slice(0, 8), 16) | 0));
  const found = new Map<ShortId, EventId>();
  for (const id of ids) {
    if (missing.size === 0) break;
    hashIdInto(output, key, id);
    if (!words.has(firstWord(output))) continue;
    const short = toId<ShortId>(output);
    if (missing.delete(short)) found.set(short, id);
  }
  return found;
}

function writeWords(high: number, low: number): void {
  shortInput[0] = high >>> 24;
  shortInput[1] = high >>> 16;
  shortInput[2] = high >>> 8;
  shortInput[3] = high;
  shortInput[4] = low >>> 24;
  shortInput[5] = low >>> 16;
  shortInput[6] = low >>> 8;
  shortInput[7] = low;
}

function firstWord(bytes: Uint8Array): number {
  return (
    ((bytes[0] as number) << 24) |
    ((bytes[1] as number) << 16) |
    ((bytes[2] as number) << 8) |
    (bytes[3] as number)
  );
}

function secondWord(bytes: Uint8Array): number {
  return (
    ((bytes[4] as number) << 24) |
    ((bytes[5] as number) << 16) |
    ((bytes[6] as number) << 8) |
    (bytes[7] as number)
  );
}
