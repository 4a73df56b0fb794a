/** Sorted arrays. */
import type { ReactionRow } from "@kith/core";
import type { MessagePlace } from "@kith/core/ports";

export type Compare<Item> = (a: Item, b: Item) => number;

const compareIds = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * (timeMs, timeCount, device, seq, id): the order in which people read, the same on every replica. The id
 * decides where a device has used one seq in two scopes.
 */
export function compareMessages(a: MessagePlace, b: MessagePlace): number {
  return (
    a.timeMs - b.timeMs ||
    a.timeCount - b.timeCount ||
    compareIds(a.device, b.device) ||
    a.seq - b.seq ||
    compareIds(a.id, b.id)
  );
}

/** Oldest first. */
export function compareReactions(a: ReactionRow, b: ReactionRow): number {
  return (
    a.timeMs - b.timeMs ||
    a.timeCount - b.timeCount ||
    compareIds(a.event, b.event) ||
    compareIds(a.emoji, b.emoji)
  );
}

/** Position of the first item that sorts after this one. */
export function placeAfter<Item>(items: readonly Item[], item: Item, compare: Compare<Item>): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(items[middle] as Item, item) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Position of the first item that does not sort before this one. */
export function placeOf<Item>(items: readonly Item[], item: Item, compare: Compare<Item>): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(items[middle] as Item, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function insertSorted<Item>(items: Item[], item: Item, compare: Compare<Item>): void {
  const last = items.at(-1);
  // What arrives is mostly the newest.
  if (last === undefined || compare(last, item) <= 0) items.push(item);
  else items.splice(placeAfter(items, item, compare), 0, item);
}
