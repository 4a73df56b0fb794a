/** Reads spaces, channels, people, messages, reactions and the search. Synchronous, on the caller's thread. */
import type { Database, Statement } from "better-sqlite3";
import { toId } from "@kith/core";
import type {
  ChannelId,
  ChannelRow,
  DeviceId,
  EventId,
  EventStore,
  MessagePage,
  MessageRow,
  PersonId,
  PersonRow,
  ReactionRow,
  ScopeId,
  SpaceId,
  SpaceRow,
} from "@kith/core";
import type { MessagePlace } from "@kith/core/ports";
import { compareMessages, compareReactions } from "../order.ts";
import type { NameReader } from "./reader-names.ts";
import { bytesOf, limitOf } from "./read-events.ts";
import { messageColumns, messageJoins } from "./message-columns.ts";
import { createSearch } from "./read-search.ts";
import { createUnread } from "./read-unread.ts";

export type ViewReads = Pick<
  EventStore,
  | "spaces"
  | "channels"
  | "people"
  | "messages"
  | "message"
  | "messageByClientId"
  | "unread"
  | "reactions"
  | "search"
>;

type MessageColumns = [
  id: Buffer,
  space: number,
  channel: number,
  scope: number,
  author: number,
  device: number,
  seq: number,
  timeMs: number,
  timeCount: number,
  replyTo: Buffer | null,
  clientId: string | null,
  text: string,
  editedMs: number | null,
  gone: number,
  expiresMs: number | null,
];
type PlaceColumns = [timeMs: number, timeCount: number, device: Buffer, seq: number];
type ReactionColumns = [
  message: Buffer,
  emoji: string,
  author: number,
  timeMs: number,
  timeCount: number,
  event: Buffer,
];

const selectMessages = `SELECT ${messageColumns} FROM messages m ${messageJoins}`;
const position = "(m.time_ms, m.time_count, d.id, m.seq, e.id)";
const oldestFirst = "ORDER BY m.time_ms, m.time_count, d.id, m.seq, e.id";
const newestFirst = "ORDER BY m.time_ms DESC, m.time_count DESC, d.id DESC, m.seq DESC, e.id DESC";

export function createViewReads(database: Database, names: NameReader): ViewReads {
  const spaces = database
    .prepare("SELECT id, name, kind, created_ms FROM spaces ORDER BY created_ms, id")
    .raw();
  const channels = database
    .prepare(
      "SELECT id, space, scope, name, created_ms FROM channels WHERE space = ? ORDER BY created_ms, id",
    )
    .raw();
  const people = database.prepare("SELECT id, name FROM people ORDER BY id").raw();
  const byId = database
    .prepare(`SELECT ${messageColumns} FROM events e JOIN messages m ON m.arrival = e.arrival WHERE e.id = ?`)
    .raw();
  const byClientId = database.prepare(`${selectMessages} WHERE m.client_id = ?`).raw();
  const nextSpace = database.prepare("SELECT min(space) FROM messages WHERE space > ?").pluck();
  const reactions = database
    .prepare(
      "SELECT message, emoji, author, time_ms, time_count, event FROM reactions WHERE message = ? AND present = 1",
    )
    .raw();
  const expired = database
    .prepare(
      `SELECT e.time_ms, e.time_count, d.id, e.seq FROM shed s JOIN events e ON e.id = s.id JOIN names d ON d.n = e.device
       WHERE s.id = ? AND s.why = 2`,
    )
    .raw();
  const pages = new Map<string, Statement>();
  const messageFromColumns = (row: unknown): MessageRow => {
    const [
      id,
      space,
      channel,
      scope,
      author,
      device,
      seq,
      timeMs,
      timeCount,
      replyTo,
      clientId,
      text,
      editedMs,
      gone,
      expiresMs,
    ] = row as MessageColumns;
    return {
      id: toId<EventId>(id),
      space: names.id<SpaceId>(space),
      channel: names.id<ChannelId>(channel),
      scope: names.id<ScopeId>(scope),
      author: names.id<PersonId>(author),
      device: names.id<DeviceId>(device),
      seq,
      timeMs,
      timeCount,
      text,
      replyTo: replyTo === null ? null : toId<EventId>(replyTo),
      clientId,
      ...(editedMs !== null && { editedMs }),
      ...(gone === 1 && { deleted: true }),
      ...(expiresMs !== null && { expiresMs }),
    };
  };
  const message = (id: EventId): MessageRow | null => {
    const row = byId.get(bytesOf(id));
    return row === undefined ? null : messageFromColumns(row);
  };
  /** Of one that has expired too: what stood beside it still does. */
  const placeOfId = (id: EventId): MessagePlace | null => {
    const row = message(id);
    const columns = row === null ? (expired.get(bytesOf(id)) as PlaceColumns | undefined) : undefined;
    if (columns === undefined) return row;
    const [timeMs, timeCount, device, seq] = columns;
    return { id, timeMs, timeCount, device: toId<DeviceId>(device), seq };
  };
  const preparePage = (where: string, order: string): Statement => {
    const sql = `${selectMessages} WHERE ${where} ${order} LIMIT ?`;
    let statement = pages.get(sql);
    if (statement === undefined) pages.set(sql, (statement = database.prepare(sql).raw()));
    return statement;
  };
  const placeOf = (row: MessagePlace) => [
    row.timeMs,
    row.timeCount,
    bytesOf(row.device),
    row.seq,
    bytesOf(row.id),
  ];

  /** Oldest first; the bounds are known messages. */
  function pageOf(column: "space" | "channel", n: number, also: number | null, page: Bounds): MessageRow[] {
    let where = `m.${column} = ?`;
    const values: (number | Buffer)[] = [n];
    if (also !== null) {
      where += " AND m.space = ?";
      values.push(also);
    }
    for (const [bound, sign] of [
      [page.after, ">"],
      [page.before, "<"],
    ] as const) {
      if (bound === undefined) continue;
      // The first term alone is what the index can serve; the second decides ties.
      where += ` AND m.time_ms ${sign}= ? AND ${position} ${sign} (?, ?, ?, ?, ?)`;
      values.push(bound.timeMs, ...(placeOf(bound) as number[]));
    }
    const forward = page.after !== undefined;
    const rows = preparePage(where, forward ? oldestFirst : newestFirst).all(...values, page.limit);
    const messages = rows.map(messageFromColumns);
    return forward ? messages : messages.reverse();
  }

  function messages(page: MessagePage): MessageRow[] {
    const limit = limitOf(page.limit);
    const before = page.before === undefined ? undefined : placeOfId(page.before);
    const after = page.after === undefined ? undefined : placeOfId(page.after);
    // A bound that is not here has no place in the order.
    if (limit === 0 || before === null || after === null) return [];
    const bounds: Bounds = { before, after, limit };
    const space = page.space === undefined ? null : names.number(page.space);
    if (page.space !== undefined && space === null) return [];
    if (page.channel !== undefined) {
      const channel = names.number(page.channel);
      return channel === null ? [] : pageOf("channel", channel, space, bounds);
    }
    if (space !== null) return pageOf("space", space, null, bounds);
    const all: MessageRow[] = [];
    for (let n = nextSpace.get(0) as number | null; n !== null; n = nextSpace.get(n) as number | null) {
      all.push(...pageOf("space", n, null, bounds));
    }
    all.sort(compareMessages);
    return after === undefined ? all.slice(-limit) : all.slice(0, limit);
  }

  return {
    spaces: () =>
      (spaces.all() as [Buffer, string, SpaceRow["kind"], number][]).map(([id, name, kind, createdMs]) => {
        return { id: toId<SpaceId>(id), name, kind, createdMs };
      }),
    channels(space) {
      const n = names.number(space);
      if (n === null) return [];
      return (channels.all(n) as [Buffer, number, number, string, number][]).map(
        ([id, , scope, name, createdMs]): ChannelRow => {
          return { id: toId<ChannelId>(id), space, scope: names.id<ScopeId>(scope), name, createdMs };
        },
      );
    },
    people: () =>
      (people.all() as [Buffer, string][]).map(([id, name]): PersonRow => ({ id: toId<PersonId>(id), name })),
    messages,
    message,
    messageByClientId(clientId) {
      const row = byClientId.get(clientId);
      return row === undefined ? null : messageFromColumns(row);
    },
    unread: createUnread(database, names, placeOfId),
    reactions(wanted) {
      const rows: ReactionRow[] = [];
      for (const id of new Set(wanted)) {
        for (const row of reactions.all(bytesOf(id))) {
          const [of, emoji, author, timeMs, timeCount, event] = row as ReactionColumns;
          rows.push({
            message: toId<EventId>(of),
            emoji,
            author: names.id<PersonId>(author),
            present: true,
            timeMs,
            timeCount,
            event: toId<EventId>(event),
          });
        }
      }
      return rows.sort(compareReactions);
    },
    search: createSearch(database, names, { messageFromColumns, placeOf: placeOfId }),
  };
}

interface Bounds {
  readonly before: MessagePlace | undefined;
  readonly after: MessagePlace | undefined;
  readonly limit: number;
}
