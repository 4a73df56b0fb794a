/** Keeps bodies that opened once beside their events until these shed them. Which those are is for acts to say. spec/store ST31, ST32. */
import type { Database } from "better-sqlite3";

export interface SealedWriter {
  /** A body that is here already stays; null: it did not open here. */
  put(id: Buffer, scope: number, body: Uint8Array | null): void;
  drop(id: Buffer): void;
  /** Whether rows have gone since this was last asked: then older copies of their pages lie in the write-ahead log. */
  takeForgotten(): boolean;
}

export function createSealedWriter(database: Database): SealedWriter {
  const put = database.prepare(
    `INSERT INTO sealed (id, scope, opened, body) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET scope = excluded.scope, opened = excluded.opened, body = excluded.body
     WHERE excluded.opened > opened`,
  );
  const drop = database.prepare("DELETE FROM sealed WHERE id = ?");
  let hasForgotten = false;
  return {
    put: (id, scope, body) => void put.run(id, scope, body === null ? 0 : 1, body),
    drop(id) {
      if (drop.run(id).changes > 0) hasForgotten = true;
    },
    takeForgotten() {
      const had = hasForgotten;
      hasForgotten = false;
      return had;
    },
  };
}
