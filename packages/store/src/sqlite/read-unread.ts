/** Counts what is unread in a channel: the newest messages by their place in the order, and what arrived late. */
import type { Database } from "better-sqlite3";
import type { EventId, EventStore, Unread, UnreadQuery } from "@kith/core";
import type { MessagePlace } from "@kith/core/ports";
import { messageJoins } from "./message-columns.ts";
import type { NameReader } from "./reader-names.ts";
import { bytesOf } from "./read-events.ts";

// The text of a message is only of interest where it may call somebody.
const columns = "CASE WHEN instr(m.text, '@') > 0 THEN m.text END";
const place = "(m.time_ms, m.time_count, d.id, m.seq, e.id)";
const ofOthers =
  "m.channel = $channel AND m.space = $space AND m.author NOT IN (SELECT value FROM json_each($silent)) AND m.gone = 0";
const marked = "($timeMs, $timeCount, $device, $seq, $id)";
/** The walk along the index ends after `look` rows, before anything else is asked of them. */
const newest = (bound: string) => /* sql */ `
  FROM (SELECT * FROM messages WHERE channel = $channel ${bound}
        ORDER BY time_ms DESC, time_count DESC LIMIT $look) m ${messageJoins}`;
const newestFirst = "ORDER BY m.time_ms DESC, m.time_count DESC";

const all = `SELECT ${columns} ${newest("")} WHERE ${ofOthers} ${newestFirst} LIMIT $most`;
const after = `SELECT ${columns} ${newest("AND time_ms >= $timeMs")} WHERE ${ofOthers} AND ${place} > ${marked} ${newestFirst} LIMIT $most`;
const late = /* sql */ `SELECT ${columns}
  FROM (SELECT * FROM messages WHERE arrival > $arrival ORDER BY arrival DESC LIMIT $look) m ${messageJoins}
  WHERE ${ofOthers} AND ${place} < ${marked} ORDER BY m.arrival DESC LIMIT $most`;

export function createUnread(
  database: Database,
  names: NameReader,
  placeOf: (id: EventId) => MessagePlace | null,
): EventStore["unread"] {
  const selectAll = database.prepare(all).pluck();
  const selectAfter = database.prepare(after).pluck();
  const selectLate = database.prepare(late).pluck();

  return function unread({ space, channel, mark, author, without = [], most, look }: UnreadQuery): Unread {
    const numbers = { space: names.number(space), channel: names.number(channel) };
    const seen = mark === null ? null : placeOf(mark.message);
    if (numbers.space === null || numbers.channel === null || (mark !== null && seen === null)) {
      return { count: 0, calls: [] };
    }
    // Nobody whose number is unknown has written anything here.
    const silent = JSON.stringify([author, ...without].map((person) => names.number(person) ?? 0));
    const query = { ...numbers, silent, look };
    const found: unknown[] = [];
    if (mark === null || seen === null) {
      found.push(...selectAll.all({ ...query, most }));
    } else {
      const bound = {
        timeMs: seen.timeMs,
        timeCount: seen.timeCount,
        device: bytesOf(seen.device),
        seq: seen.seq,
        id: bytesOf(seen.id),
      };
      found.push(...selectAfter.all({ ...query, ...bound, most }));
      const left = most - found.length;
      if (left > 0) found.push(...selectLate.all({ ...query, ...bound, arrival: mark.arrival, most: left }));
    }
    return { count: found.length, calls: found.filter((text) => typeof text === "string") };
  };
}
