/**
 * Keeps the heads of scopes while events are appended. A batch is mostly a stretch of a chain in which each
 * event follows the one before, so what becomes a head and ceases to be one within a batch never reaches
 * the table. spec/store ST4.
 */
import type { Database } from "better-sqlite3";
import type { Id } from "./group.ts";

export interface HeadWriter {
  /** After the event itself is in the table. */
  append(scope: number, id: Id, follows: { readonly prev: Id | null; readonly parents: readonly Id[] }): void;
  /** Writes what is left; the last step of a batch. */
  flush(): void;
  /** Forgets what was not flushed, and what may have been rolled back. */
  forget(): void;
}

export function createHeadWriter(database: Database): HeadWriter {
  const scopeOfEvent = database.prepare("SELECT scope FROM events WHERE id = ?").pluck();
  const addHead = database.prepare("INSERT OR IGNORE INTO heads (scope, id) VALUES (?, ?)");
  const dropHead = database.prepare("DELETE FROM heads WHERE scope = ? AND id = ?");
  const awaitEvent = database.prepare("INSERT OR IGNORE INTO awaited (scope, id) VALUES (?, ?)");
  const meetAwaited = database.prepare("DELETE FROM awaited WHERE scope = ? AND id = ?");
  const isAnyAwaited = database.prepare("SELECT EXISTS (SELECT 1 FROM awaited)").pluck();
  /** Heads since the batch began, by scope and text. */
  const fresh = new Map<number, Map<string, Id>>();
  /** Null until asked for. Mostly nothing is awaited, and then no event need look. */
  let anyAwaited: boolean | null = null;

  function follow(scope: number, { text, bytes }: Id): void {
    if (fresh.get(scope)?.delete(text)) return;
    if (dropHead.run(scope, bytes).changes > 0) return;
    // One that has not come yet is remembered, so that it never becomes a head.
    if (scopeOfEvent.get(bytes) === scope) return;
    awaitEvent.run(scope, bytes);
    anyAwaited = true;
  }

  return {
    append(scope, id, { prev, parents }) {
      if (prev !== null && parents[0] !== prev) follow(scope, prev);
      for (const parent of parents) follow(scope, parent);
      anyAwaited ??= isAnyAwaited.get() === 1;
      if (anyAwaited && meetAwaited.run(scope, id.bytes).changes > 0) {
        anyAwaited = null;
        return;
      }
      let heads = fresh.get(scope);
      if (heads === undefined) fresh.set(scope, (heads = new Map()));
      heads.set(id.text, id);
    },
    flush() {
      for (const [scope, heads] of fresh) for (const { bytes } of heads.values()) addHead.run(scope, bytes);
      fresh.clear();
    },
    forget() {
      fresh.clear();
      anyAwaited = null;
    },
  };
}
