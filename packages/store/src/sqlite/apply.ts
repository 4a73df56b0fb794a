/**
 * Writes groups of batches, on the writer thread: one transaction a group, one savepoint a batch, so that
 * a batch which contradicts what is stored is refused alone, and a failing disk fails all of them.
 * spec/store ST1, ST2.
 */
import type { Database } from "better-sqlite3";
import { describeFailure, isRefusal } from "./failure.ts";
import { GroupReader } from "./group.ts";
import type { BatchOutcome, Group, Id } from "./group.ts";
import { createHeadWriter } from "./heads.ts";
import { createKeptWriter } from "./kept-writer.ts";
import { createNameWriter } from "./names.ts";
import { createViewWriter } from "./views.ts";
import type { CurrentEvent } from "./views.ts";
import type { WordIndex } from "./word-index.ts";

/** The log may grow this far beyond what is kept before it is cut, so that not every commit pays. */
export const LOG_TRIM_ROWS = 1_000;

export interface ApplyOptions {
  readonly logRowsMax: number;
}

interface Counters {
  arrival: number;
  cursor: number;
  oldestCursor: number;
}

export interface GroupApplier {
  /** Throws what SQLite threw when the medium failed; the transaction is rolled back then. */
  apply(group: Group): BatchOutcome[];
  newestArrival(): number;
  /** Whether bodies that were kept have gone since this was last asked. */
  takeForgotten(): boolean;
}

export function createGroupApplier(
  database: Database,
  index: WordIndex,
  options: ApplyOptions,
): GroupApplier {
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const rollback = database.prepare("ROLLBACK");
  const savepoint = database.prepare("SAVEPOINT batch");
  const release = database.prepare("RELEASE batch");
  const rollbackTo = database.prepare("ROLLBACK TO batch");

  const addEvent = database.prepare(
    `INSERT INTO events (arrival, id, space, scope, bucket, device, seq, prev, parents, time_ms, time_count, kind, bytes)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  );
  const countBucket = database.prepare(
    "INSERT INTO buckets (scope, bucket, count) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count, root = NULL",
  );
  const addLog = database.prepare("INSERT INTO log (cursor, type, at_ms, data, ref) VALUES (?, ?, ?, ?, ?)");
  const trimLog = database.prepare("DELETE FROM log WHERE cursor <= ?");
  const raiseHeight = database.prepare(
    `INSERT INTO heights (scope, holder, device, seq) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET seq = excluded.seq WHERE excluded.seq > seq`,
  );
  const putBox = database.prepare(
    "INSERT INTO boxes (name, blob) VALUES (?, ?) ON CONFLICT DO UPDATE SET blob = excluded.blob",
  );
  const dropBox = database.prepare("DELETE FROM boxes WHERE name = ?");
  const putMeta = database.prepare(
    "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const dropMeta = database.prepare("DELETE FROM meta WHERE key = ?");

  const names = createNameWriter(database);
  const heads = createHeadWriter(database);
  const kept = createKeptWriter(database);
  const views = createViewWriter(database, names, index);
  const number = (sql: string) => (database.prepare(sql).pluck().get() as number | null) ?? 0;
  let at: Counters = {
    arrival: number("SELECT max(arrival) FROM events"),
    cursor: number("SELECT max(cursor) FROM log"),
    oldestCursor: number("SELECT min(cursor) FROM log"),
  };

  function appendLog(reader: GroupReader): void {
    for (let left = reader.number(); left > 0; left -= 1) {
      const type = reader.word();
      const ref = reader.idOrNull();
      at.cursor += 1;
      addLog.run(at.cursor, type, reader.number(), reader.textOrNull(), ref?.bytes ?? null);
    }
  }

  /** Null when the event was here already. */
  function appendEvent(reader: GroupReader, counts: Map<number, Map<number, number>>): CurrentEvent | null {
    const id = reader.id();
    const space = names.number(reader.id());
    const scope = names.number(reader.id());
    const device = names.number(reader.id());
    const prev = reader.idOrNull();
    const parents: Id[] = [];
    for (let left = reader.number(); left > 0; left -= 1) parents.push(reader.id());
    const bucket = reader.number();
    const seq = reader.number();
    const timeMs = reader.number();
    const timeCount = reader.number();
    const kind = reader.number();
    const bytes = reader.blob();
    const arrival = at.arrival + 1;
    const added = addEvent.run(
      arrival,
      id.bytes,
      space,
      scope,
      bucket,
      device,
      seq,
      prev?.bytes ?? null,
      joinIds(parents),
      timeMs,
      timeCount,
      kind,
      bytes,
    );
    if (added.changes === 0) return null;
    at.arrival = arrival;
    let ofScope = counts.get(scope);
    if (ofScope === undefined) counts.set(scope, (ofScope = new Map()));
    ofScope.set(bucket, (ofScope.get(bucket) ?? 0) + 1);
    heads.append(scope, id, { prev, parents });
    kept.append({ scope, timeMs, id: id.bytes, arrival });
    return { id, arrival };
  }

  function applyBatch(reader: GroupReader): BatchOutcome {
    const firstArrival = at.arrival + 1;
    const firstCursor = at.cursor + 1;
    const counts = new Map<number, Map<number, number>>();
    const appended: number[] = [];
    const events = reader.number();
    for (let index = 0; index < events; index += 1) {
      const current = appendEvent(reader, counts);
      const [values, bytes] = [reader.number(), reader.number()];
      if (current === null) {
        reader.skip(values, bytes);
        continue;
      }
      appended.push(index);
      views.apply(reader, current);
      appendLog(reader);
    }
    for (const [scope, buckets] of counts)
      for (const [bucket, count] of buckets) countBucket.run(scope, bucket, count);
    heads.flush();
    kept.flush();
    views.apply(reader, null);
    appendLog(reader);
    for (let left = reader.number(); left > 0; left -= 1) {
      const scope = names.number(reader.id());
      const holder = names.number(reader.id());
      raiseHeight.run(scope, holder, names.number(reader.id()), reader.number());
    }
    for (let left = reader.number(); left > 0; left -= 1) {
      const name = reader.id().bytes;
      const blob = reader.blob();
      if (blob === null) dropBox.run(name);
      else putBox.run(name, blob);
    }
    for (let left = reader.number(); left > 0; left -= 1) {
      const key = reader.text();
      const value = reader.blob();
      if (value === null) dropMeta.run(key);
      else putMeta.run(key, value);
    }
    kept.apply(reader, names);
    return { ok: true, appended: appended.length === events ? null : appended, firstArrival, firstCursor };
  }

  function applyInSavepoint(reader: GroupReader): BatchOutcome {
    const before = { ...at };
    const mark = views.mark();
    savepoint.run();
    try {
      const outcome = applyBatch(reader);
      release.run();
      return outcome;
    } catch (error) {
      // A disk-level error may have ended the transaction already; then nothing of the group can stay.
      if (!isRefusal(error) || !database.inTransaction) throw error;
      rollbackTo.run();
      release.run();
      at = before;
      views.rewind(mark);
      names.forget();
      heads.forget();
      kept.forget();
      return { ok: false, failure: describeFailure(error) };
    }
  }

  function apply(group: Group): BatchOutcome[] {
    const reader = new GroupReader(group);
    const before = { ...at };
    const mark = views.mark();
    const outcomes: BatchOutcome[] = [];
    begin.run();
    try {
      for (let index = 0; index < reader.batches; index += 1) {
        reader.seekBatch(index);
        outcomes.push(applyInSavepoint(reader));
      }
      // Outside the savepoints: each of them would make FTS5 write out a segment of its own.
      views.indexLateWords();
      if (at.oldestCursor === 0 && at.cursor > 0) at.oldestCursor = 1;
      if (at.cursor - at.oldestCursor >= options.logRowsMax + LOG_TRIM_ROWS) {
        at.oldestCursor = at.cursor - options.logRowsMax + 1;
        trimLog.run(at.oldestCursor - 1);
      }
      commit.run();
    } catch (error) {
      if (database.inTransaction) rollback.run();
      at = before;
      views.rewind(mark);
      names.forget();
      heads.forget();
      kept.forget();
      throw error;
    }
    return outcomes;
  }

  return { apply, newestArrival: () => at.arrival, takeForgotten: views.takeForgotten };
}

function joinIds(ids: readonly Id[]): Buffer {
  const [first] = ids;
  return ids.length === 1 && first ? first.bytes : Buffer.concat(ids.map(({ bytes }) => bytes));
}
