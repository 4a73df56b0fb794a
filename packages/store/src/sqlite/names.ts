/** Small numbers for ids that repeat in every row (table `names`), on the writing side. */
import type { Database } from "better-sqlite3";
import type { Id } from "./group.ts";

/** Names remembered before the map is begun anew: 10,000 cost about 2 MB. */
export const NAMES_CACHED_MAX = 10_000;

export interface NameWriter {
  /** The number of an id, given one if it has none yet. */
  number(id: Id): number;
  /** After a rollback numbers may have been taken back. */
  forget(): void;
}

export function createNameWriter(database: Database): NameWriter {
  const find = database.prepare("SELECT n FROM names WHERE id = ?").pluck();
  const add = database.prepare("INSERT INTO names (id) VALUES (?)");
  const known = new Map<string, number>();
  return {
    number({ text, bytes }) {
      const cached = known.get(text);
      if (cached !== undefined) return cached;
      const n = (find.get(bytes) as number | undefined) ?? Number(add.run(bytes).lastInsertRowid);
      if (known.size >= NAMES_CACHED_MAX) known.clear();
      known.set(text, n);
      return n;
    },
    forget() {
      known.clear();
    },
  };
}
