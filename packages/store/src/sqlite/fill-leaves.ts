/**
 * Makes the leaves of events that were stored before leaves were kept: in steps, each a transaction that notes how far it
 * came, so that a start which is cut off goes on where it was. Before anything is written. spec/store ST16.
 */
import type { Database } from "better-sqlite3";
import { FILL_STEP_EVENTS } from "./kept-writer.ts";
import { createRangeLeafWriter } from "./range-leaves.ts";

export function fillRangeLeaves(database: Database, onStep: (done: number, events: number) => void): void {
  const doneSoFar = database.prepare("SELECT arrival FROM range_fill").pluck();
  let done = doneSoFar.get() as number | undefined;
  if (done === undefined) return;
  const events = (database.prepare("SELECT max(arrival) FROM events").pluck().get() as number | null) ?? 0;
  const next = database
    .prepare("SELECT arrival, scope, time_ms, id FROM events WHERE arrival > ? ORDER BY arrival LIMIT ?")
    .raw();
  const note = database.prepare("UPDATE range_fill SET arrival = ?");
  const finish = database.prepare("DELETE FROM range_fill");
  const leaves = createRangeLeafWriter(database);

  const step = database.transaction((after: number): number => {
    let last = after;
    for (const [arrival, scope, timeMs, id] of next.all(after, FILL_STEP_EVENTS) as [
      number,
      number,
      number,
      Buffer,
    ][]) {
      leaves.add({ scope, timeMs, id, arrival });
      last = arrival;
    }
    leaves.flush();
    if (last === after) finish.run();
    else note.run(last);
    return last;
  });

  for (;;) {
    const last = step.immediate(done);
    if (last === done) return;
    done = last;
    onStep(done, events);
    // The write-ahead log would grow to the size of all leaves.
    database.pragma("wal_checkpoint(PASSIVE)");
  }
}
