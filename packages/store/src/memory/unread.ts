/** Counts what is unread in a channel by walking back from the newest. */
import type { EventId, MessageRow, StoredEvent, Unread, UnreadQuery } from "@kith/core";
import { compareMessages } from "../order.ts";
import { isExpired } from "./acts.ts";
import type { MemoryDisk } from "./disk.ts";

export function countUnread(disk: MemoryDisk, query: UnreadQuery): Unread {
  const { space, channel, mark, author, without = [], most, look } = query;
  const seen = mark === null ? null : (disk.messages.get(mark.message) ?? placeOf(disk, mark.message));
  if (seen === undefined) return { count: 0, calls: [] };
  const found: MessageRow[] = [];
  const silent = new Set([author, ...without]);
  const take = (row: MessageRow) => {
    if (
      found.length < most &&
      row.channel === channel &&
      row.space === space &&
      !silent.has(row.author) &&
      !row.deleted
    )
      found.push(row);
  };
  const isAfter = (row: MessageRow) => seen === null || compareMessages(row, seen) > 0;

  const inChannel = disk.timeline.filter((row) => row.channel === channel);
  for (const row of inChannel.slice(-look).reverse()) if (isAfter(row)) take(row);
  if (mark !== null) {
    const arrived = disk.arrived.slice(mark.arrival).flatMap((event) => disk.messages.get(event.id) ?? []);
    for (const row of arrived.slice(-look).reverse()) if (!isAfter(row) && row.id !== mark.message) take(row);
  }
  return {
    count: found.length,
    calls: found.map(({ text }) => text).filter((text) => text.includes("@")),
  };
}

/** Of one that has expired: what was read before it and with it stays read. */
function placeOf(disk: MemoryDisk, id: EventId): StoredEvent | undefined {
  return isExpired(disk, id) ? disk.events.get(id) : undefined;
}
