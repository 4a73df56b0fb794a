/**
 * Keeps the leaves of each scope while events are appended: up to 256 of them in the order of (time, id), packed in one
 * value that is rewritten in place, with their count and the sum of their ids. Part of the transaction that appends.
 * Layout: docs/decisions/0011-sync-structures. spec/store ST13.
 */
import type { Database } from "better-sqlite3";

/** Eight bytes of time and the id: they compare as bytes. */
export const RANGE_KEY_BYTES = 40;
/** A key and six bytes of arrival. */
export const RANGE_ITEM_BYTES = 46;
export const ARRIVAL_BYTES = 6;
const ID_BYTES = 32;
/** Events of a leaf: as many as the tree that reads them has in one of its own, RBSR_LEAF_ITEMS_MAX. */
export const RANGE_LEAF_EVENTS_MAX = 256;
/** Room of a new leaf. It doubles, so that a value keeps its size while events go in, and SQLite writes only the pages that change. */
const ROOM_FIRST = 8;
/** Leaves that stay open between events, 12 KB each: several devices' histories come in at once, each at its own time. */
const OPEN_LEAVES_MAX = 32;
const LANES = 8;

interface OpenLeaf {
  readonly scope: number;
  readonly leaf: number;
  readonly start: Buffer;
  /** Where the leaf behind it begins; null for the last. */
  next: Buffer | null;
  count: number;
  /** Little-endian lanes of 32 bits. */
  readonly sum: Uint32Array;
  /** Zeros behind the items. */
  items: Buffer;
  isDirty: boolean;
}

export interface RangeEvent {
  readonly scope: number;
  readonly timeMs: number;
  /** 32 bytes. */
  readonly id: Uint8Array;
  readonly arrival: number;
}

export interface RangeLeafWriter {
  /** Once for each event of the scope. */
  add(event: RangeEvent): void;
  /** Writes what is left; a step of each batch. */
  flush(): void;
  /** Forgets what was not flushed, and what may have been rolled back. */
  forget(): void;
}

const NO_KEY = Buffer.alloc(0);

export function createRangeLeafWriter(database: Database): RangeLeafWriter {
  const findLeaf = database
    .prepare(
      "SELECT start, leaf, count, sum FROM range_leaves WHERE scope = ? AND start <= ? ORDER BY start DESC LIMIT 1",
    )
    .raw();
  const findNext = database
    .prepare("SELECT start FROM range_leaves WHERE scope = ? AND start > ? ORDER BY start LIMIT 1")
    .pluck();
  const readItems = database.prepare("SELECT items FROM range_items WHERE leaf = ?").pluck();
  const addItems = database.prepare("INSERT INTO range_items (items) VALUES (?)");
  const addLeaf = database.prepare(
    "INSERT INTO range_leaves (scope, start, leaf, count, sum) VALUES (?, ?, ?, ?, ?)",
  );
  const putLeaf = database.prepare(
    "UPDATE range_leaves SET count = ?, sum = ? WHERE scope = ? AND start = ?",
  );
  const putItems = database.prepare("UPDATE range_items SET items = ? WHERE leaf = ?");
  /** The last used first. */
  const open: OpenLeaf[] = [];
  const key = Buffer.alloc(RANGE_KEY_BYTES);

  function write(of: OpenLeaf): void {
    if (!of.isDirty) return;
    putLeaf.run(of.count, sumBytes(of.sum), of.scope, of.start);
    putItems.run(of.items, of.leaf);
    of.isDirty = false;
  }

  function keepOpen(of: OpenLeaf): OpenLeaf {
    open.unshift(of);
    if (open.length > OPEN_LEAVES_MAX) write(open.pop() as OpenLeaf);
    return of;
  }

  function create(
    scope: number,
    start: Buffer,
    content: Pick<OpenLeaf, "next" | "count" | "sum" | "items">,
  ): OpenLeaf {
    const leaf = Number(addItems.run(content.items).lastInsertRowid);
    addLeaf.run(scope, start, leaf, content.count, sumBytes(content.sum));
    return keepOpen({ scope, start, leaf, ...content, isDirty: false });
  }

  /** The leaf in which the key's place is. */
  function leafOf(scope: number): OpenLeaf {
    for (let at = 0; at < open.length; at += 1) {
      const of = open[at] as OpenLeaf;
      if (of.scope !== scope || of.start.compare(key) > 0 || (of.next !== null && of.next.compare(key) <= 0))
        continue;
      if (at > 0) {
        open.splice(at, 1);
        open.unshift(of);
      }
      return of;
    }
    const row = findLeaf.get(scope, key) as [Buffer, number, number, Buffer] | undefined;
    const empty = {
      count: 0,
      sum: new Uint32Array(LANES),
      items: Buffer.alloc(ROOM_FIRST * RANGE_ITEM_BYTES),
    };
    if (row === undefined) return create(scope, NO_KEY, { next: null, ...empty });
    const [start, leaf, count, sum] = row;
    return keepOpen({
      scope,
      leaf,
      start,
      next: (findNext.get(scope, start) as Buffer | undefined) ?? null,
      count,
      sum: Uint32Array.from({ length: LANES }, (_, lane) => sum.readUInt32LE(lane * 4)),
      items: readItems.get(leaf) as Buffer,
      isDirty: false,
    });
  }

  /** The right half, or an empty leaf behind the last one of all: histories grow at their end. */
  function split(of: OpenLeaf, isAppend: boolean): OpenLeaf {
    const half = isAppend ? of.count : of.count >>> 1;
    const items = Buffer.alloc((isAppend ? ROOM_FIRST : RANGE_LEAF_EVENTS_MAX) * RANGE_ITEM_BYTES);
    of.items.copy(items, 0, half * RANGE_ITEM_BYTES, of.count * RANGE_ITEM_BYTES);
    of.items.fill(0, half * RANGE_ITEM_BYTES);
    const count = of.count - half;
    const sum = new Uint32Array(LANES);
    for (let at = 0; at < count; at += 1)
      addToSum(sum, items, at * RANGE_ITEM_BYTES + RANGE_KEY_BYTES - ID_BYTES);
    subtract(of.sum, sum);
    of.count = half;
    const start = Buffer.from(isAppend ? key : items.subarray(0, RANGE_KEY_BYTES));
    const right = { next: of.next, count, sum, items };
    of.next = start;
    of.isDirty = true;
    return create(of.scope, start, right);
  }

  return {
    add({ scope, timeMs, id, arrival }) {
      writeRangeKey(key, timeMs, id);
      let of = leafOf(scope);
      let at = placeIn(of, key);
      if (of.count === RANGE_LEAF_EVENTS_MAX) {
        const right = split(of, of.next === null && at === of.count);
        if (right.start.compare(key) <= 0) {
          of = right;
          at = placeIn(of, key);
        }
      }
      if (of.count * RANGE_ITEM_BYTES === of.items.length)
        of.items = Buffer.concat([of.items, Buffer.alloc(of.items.length)]);
      const offset = at * RANGE_ITEM_BYTES;
      of.items.copyWithin(offset + RANGE_ITEM_BYTES, offset, of.count * RANGE_ITEM_BYTES);
      key.copy(of.items, offset);
      of.items.writeUIntBE(arrival, offset + RANGE_KEY_BYTES, ARRIVAL_BYTES);
      addToSum(of.sum, of.items, offset + RANGE_KEY_BYTES - ID_BYTES);
      of.count += 1;
      of.isDirty = true;
    },
    flush() {
      for (const of of open) write(of);
    },
    forget() {
      open.length = 0;
    },
  };
}

export function writeRangeKey(key: Buffer, timeMs: number, id: Uint8Array): void {
  key.writeUInt32BE(Math.floor(timeMs / 2 ** 32), 0);
  key.writeUInt32BE(timeMs % 2 ** 32, 4);
  key.set(id, 8);
}

/** Items that lie before the key. */
function placeIn({ items, count }: OpenLeaf, key: Buffer): number {
  const isBefore = (index: number): boolean => {
    const from = index * RANGE_ITEM_BYTES;
    return items.compare(key, 0, RANGE_KEY_BYTES, from, from + RANGE_KEY_BYTES) < 0;
  };
  // Histories grow at their end.
  if (count === 0 || isBefore(count - 1)) return count;
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addToSum(sum: Uint32Array, bytes: Buffer, at: number): void {
  let carry = 0;
  for (let lane = 0; lane < LANES; lane += 1) {
    const value = (sum[lane] as number) + bytes.readUInt32LE(at + lane * 4) + carry;
    sum[lane] = value;
    carry = value >= 2 ** 32 ? 1 : 0;
  }
}

function subtract(sum: Uint32Array, other: Uint32Array): void {
  let borrow = 0;
  for (let lane = 0; lane < LANES; lane += 1) {
    const value = (sum[lane] as number) - (other[lane] as number) - borrow;
    sum[lane] = value;
    borrow = value < 0 ? 1 : 0;
  }
}

function sumBytes(sum: Uint32Array): Buffer {
  const bytes = Buffer.alloc(ID_BYTES);
  for (let lane = 0; lane < LANES; lane += 1) bytes.writeUInt32LE(sum[lane] as number, lane * 4);
  return bytes;
}
