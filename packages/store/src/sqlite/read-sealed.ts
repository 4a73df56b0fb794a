/** Reads bodies that are kept because they opened once, and which did not open. Synchronous, on the caller's thread. */
import type { Database } from "better-sqlite3";
import { toId } from "@kith/core";
import type { EventId, EventStore, ScopeId } from "@kith/core";
import { bytesOf, limitOf } from "./read-events.ts";
import type { NameReader } from "./reader-names.ts";

/** Before all ids. */
const FIRST = Buffer.alloc(0);

/** Of one scope, opened or not. */
export const sealedIdsSql =
  "SELECT id FROM sealed WHERE scope = ? AND opened = ? AND id > ? ORDER BY id LIMIT ?";
export const sealedCountSql = "SELECT count(*) FROM sealed WHERE scope = ? AND opened = ?";

export type SealedReads = Pick<EventStore, "sealedBody" | "closed" | "closedCount" | "sealedIds">;

export function createSealedReads(database: Database, names: NameReader): SealedReads {
  const body = database.prepare("SELECT body FROM sealed WHERE id = ?").pluck();
  const ids = database.prepare(sealedIdsSql).pluck();
  const count = database.prepare(sealedCountSql).pluck();
  const list =
    (opened: 0 | 1) =>
    (scope: ScopeId, limit: number, after?: EventId): EventId[] => {
      const n = names.number(scope);
      if (n === null) return [];
      const from = after === undefined ? FIRST : bytesOf(after);
      return (ids.all(n, opened, from, limitOf(limit)) as Buffer[]).map((id) => toId<EventId>(id));
    };
  return {
    sealedBody: (id) => (body.get(bytesOf(id)) as Buffer | null | undefined) ?? null,
    closed: list(0),
    closedCount(scope) {
      const n = names.number(scope);
      return n === null ? 0 : (count.get(n, 0) as number);
    },
    sealedIds: list(1),
  };
}
