/** A place in the log that moves on with each entry and knows those it has just passed. */

/** Cursors remembered against repeats. */
const RECENT_CURSORS_MAX = 1_024;

export interface Place {
  cursor(): string | undefined;
  /** Where a stream without a cursor begins; said again it changes nothing. */
  start(at: string): void;
  /** Nothing is missing up to here. */
  move(at: string): void;
  /** False for an entry handed over already. */
  pass(next: string): boolean;
  /** Among the cursors passed of late. */
  hasPassed(cursor: string): boolean;
}

export function createPlace(since: string | undefined): Place {
  let cursor = since;
  const recent = new Set<string>();
  return {
    cursor: () => cursor,
    start(at) {
      cursor ??= at;
    },
    move(at) {
      cursor = at;
    },
    pass(next) {
      if (recent.has(next)) return false;
      recent.add(next);
      if (recent.size > RECENT_CURSORS_MAX) {
        for (const oldest of recent) {
          recent.delete(oldest);
          break;
        }
      }
      cursor = next;
      return true;
    },
    hasPassed: (at) => recent.has(at),
  };
}
