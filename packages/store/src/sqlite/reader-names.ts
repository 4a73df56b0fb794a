/** Ids behind the small numbers of `names`, and back, on the reading side. What is committed never changes, so both maps only grow. */
import type { Database } from "better-sqlite3";
import { NAMES_CACHED_MAX } from "./names.ts";

export interface NameReader {
  /** The number of an id; null when no row can hold it. */
  number(id: string): number | null;
  id<Id extends string>(n: number): Id;
}

export function createNameReader(database: Database): NameReader {
  const findNumber = database.prepare("SELECT n FROM names WHERE id = ?").pluck();
  const findId = database.prepare("SELECT lower(hex(id)) FROM names WHERE n = ?").pluck();
  const numbers = new Map<string, number>();
  const ids = new Map<number, string>();
  return {
    number(id) {
      const known = numbers.get(id);
      if (known !== undefined) return known;
      const n = findNumber.get(Buffer.from(id, "hex")) as number | undefined;
      if (n === undefined) return null;
      if (numbers.size >= NAMES_CACHED_MAX) numbers.clear();
      numbers.set(id, n);
      return n;
    },
    id<Id extends string>(n: number): Id {
      const known = ids.get(n);
      if (known !== undefined) return known as Id;
      const id = findId.get(n) as string | undefined;
      if (id === undefined)
        throw Object.assign(new Error(`name ${n} is missing`), { code: "SQLITE_CORRUPT" });
      if (ids.size >= NAMES_CACHED_MAX) ids.clear();
      ids.set(n, id);
      return id as Id;
    },
  };
}
