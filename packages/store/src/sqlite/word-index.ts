/**
 * The full-text index, on the writer thread. Indexing inside the commits would add a third to each and stall
 * some while FTS5 merges, so it follows them: in large steps when the writer is idle, or one step a group
 * when much has gathered. Until then the search reads the newest messages themselves (read-search).
 * docs/decisions/0002-store.
 */
import type { Database } from "better-sqlite3";

/** Messages indexed in one transaction: about 10 ms, which is how long a commit may have to wait for it. */
const STEP_MESSAGES = 512;
/** Messages left to the search to read by itself; beyond this indexing no longer waits for an idle moment. */
export const WORDS_BACKLOG_MAX = 8_192;

export interface WordIndex {
  /** True for a message whose words must go into the index with the commit itself. */
  covers(arrival: number): boolean;
  /** Within the commit's transaction; before is the text that the message had, if it is replaced or taken (null). */
  put(arrival: number, before: string | null, text: string | null): void;
  /** Messages are waiting, as many as may. */
  isBehind(newestArrival: number): boolean;
  /** Indexes a step in a transaction of its own. False when nothing is left. */
  catchUp(): boolean;
}

export function createWordIndex(database: Database): WordIndex {
  const add = database.prepare("INSERT INTO message_words (rowid, text) VALUES (?, ?)");
  // The index keeps no texts, so it is told the one whose words go.
  const drop = database.prepare(
    "INSERT INTO message_words (message_words, rowid, text) VALUES ('delete', ?, ?)",
  );
  const next = database
    .prepare("SELECT arrival, text FROM messages WHERE arrival > ? ORDER BY arrival LIMIT ?")
    .raw();
  const note = database.prepare("UPDATE words_done SET arrival = ?");
  let done = database.prepare("SELECT arrival FROM words_done").pluck().get() as number;

  const step = database.transaction((): number => {
    const rows = next.all(done, STEP_MESSAGES) as [number, string][];
    for (const [arrival, text] of rows) add.run(arrival, text);
    const last = rows.at(-1)?.[0] ?? done;
    if (last > done) note.run(last);
    return last;
  });

  return {
    covers: (arrival) => arrival <= done,
    put(arrival, before, text) {
      if (before !== null) drop.run(arrival, before);
      if (text !== null) add.run(arrival, text);
    },
    isBehind: (newestArrival) => newestArrival - done > WORDS_BACKLOG_MAX,
    catchUp() {
      const before = done;
      done = step.immediate();
      return done > before;
    },
  };
}
