/** Reads what was done to messages, and which events are here without their bodies. Synchronous, on the caller's thread. */
import type { Database } from "better-sqlite3";
import { toId } from "@kith/core";
import type { EventId, EventStore, MessageRow, PersonId, ScopeId } from "@kith/core";
import { compareActs, settlePin } from "@kith/core/acts";
import type { ActKind } from "@kith/core/ports";
import { shedReasons } from "./acts.ts";
import type { NameReader } from "./reader-names.ts";
import { bytesOf, limitOf } from "./read-events.ts";

/** Before all ids. */
const FIRST = Buffer.alloc(0);

export type ActReads = Pick<
  EventStore,
  "acts" | "pinned" | "earlyTargets" | "shedReason" | "withheld" | "expiring"
>;

type Columns = [
  kind: ActKind,
  event: Buffer,
  scope: number,
  author: number,
  admin: number,
  timeMs: number,
  timeCount: number,
  text: string | null,
];

export function createActReads(
  database: Database,
  names: NameReader,
  message: (id: EventId) => MessageRow | null,
): ActReads {
  const on = database
    .prepare(
      "SELECT kind, event, scope, author, admin, time_ms, time_count, text FROM acts WHERE message = ?",
    )
    .raw();
  const early = database
    .prepare(
      "SELECT DISTINCT message FROM acts WHERE NOT EXISTS (SELECT 1 FROM events WHERE id = acts.message) ORDER BY message",
    )
    .pluck();
  const reason = database.prepare("SELECT why FROM shed WHERE id = ?").pluck();
  const withheld = database
    .prepare("SELECT id FROM shed WHERE scope = ? AND why = 0 AND id > ? ORDER BY id LIMIT ?")
    .pluck();
  const expiring = database
    .prepare("SELECT id, scope, author, expires_ms FROM expiring ORDER BY expires_ms, id LIMIT ?")
    .raw();
  const everPinned = database
    .prepare(
      `SELECT DISTINCT a.message FROM acts a JOIN events e ON e.id = a.message JOIN messages m ON m.arrival = e.arrival
       WHERE a.kind = 'pin' AND m.channel = ? AND m.gone = 0`,
    )
    .pluck();
  const reads: ActReads = {
    acts(target) {
      const rows = on.all(bytesOf(target)) as Columns[];
      return rows
        .map(([kind, event, scope, author, admin, timeMs, timeCount, text]) => ({
          target,
          kind,
          event: toId<EventId>(event),
          scope: names.id<ScopeId>(scope),
          author: names.id<PersonId>(author),
          admin: admin === 1,
          timeMs,
          timeCount,
          text,
        }))
        .sort(compareActs);
    },
    pinned(channel) {
      const n = names.number(channel);
      if (n === null) return [];
      return (everPinned.all(n) as Buffer[]).flatMap((bytes) => {
        const id = toId<EventId>(bytes);
        const row = message(id);
        return row === null || settlePin(row, reads.acts(id)) === null ? [] : row;
      });
    },
    earlyTargets: () => (early.all() as Buffer[]).map((id) => toId<EventId>(id)),
    shedReason(id) {
      const why = reason.get(bytesOf(id));
      return why === undefined ? null : (shedReasons[why as number] ?? null);
    },
    expiring: (limit) =>
      (expiring.all(limitOf(limit)) as [Buffer, number, number, number][]).map(
        ([id, scope, author, expiresMs]) => ({
          id: toId<EventId>(id),
          scope: names.id<ScopeId>(scope),
          author: names.id<PersonId>(author),
          expiresMs,
        }),
      ),
    withheld(scope, limit, after) {
      const n = names.number(scope);
      return n === null
        ? []
        : (withheld.all(n, after === undefined ? FIRST : bytesOf(after), limitOf(limit)) as Buffer[]).map(
            (id) => toId<EventId>(id),
          );
    },
  };
  return reads;
}
