/** Counts what is unread in a channel by walking back from the newest. */
import type { EventId, MessageRow, Unread, UnreadQuery } from "@kith/core";
import type { MessagePlace } from "@kith/core/ports";
import { compareMessages } from "../order.ts";
import { isExpired } from "./acts.ts";
import type { MemoryDisk } from "./disk.ts";

export function countUnread(disk: MemoryDisk, query: UnreadQuery): Unread {
  const { space, channel, mark, author, without = [], most, look } = query;
  const seen = mark === null ? null : placeOf(disk, mark.message);
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

/** Of one that has expired too: what stood beside it still does, and what was read with it stays read. */
export function placeOf(disk: MemoryDisk, id: EventId): MessagePlace | undefined {
  return disk.messages.get(id) ?? (isExpired(disk, id) ? disk.events.get(id) : undefined);
}
