/** Reads events and what sync asks of them. Synchronous, on the caller's thread. */
import type { Database, Statement } from "better-sqlite3";
import { toId } from "@kith/core";
import type {
  ArrivedId,
  BucketCount,
  ChainTip,
  DeviceId,
  EventId,
  EventStore,
  ScopeId,
  SpaceId,
  StoredEvent,
} from "@kith/core";
import type { NameReader } from "./reader-names.ts";

export type EventReads = Pick<
  EventStore,
  | "hasEvent"
  | "event"
  | "eventsById"
  | "arrivals"
  | "outersAt"
  | "eventsOfScope"
  | "idsOfScope"
  | "idsBefore"
  | "eventsAt"
  | "chainTips"
  | "heads"
  | "buckets"
  | "idsInBucket"
>;

type EventColumns = [
  arrival: number,
  id: Buffer,
  space: number,
  scope: number,
  bucket: number,
  device: number,
  seq: number,
  prev: Buffer | null,
  parents: Buffer,
  timeMs: number,
  timeCount: number,
  kind: number,
  bytes: Buffer,
];

const columns =
  "arrival, id, space, scope, bucket, device, seq, prev, parents, time_ms, time_count, kind, bytes";
const idBytesLength = 32;

export const bytesOf = (id: string): Buffer => Buffer.from(id, "hex");
/** SQLite reads a negative LIMIT as "all"; ours means none. */
export const limitOf = (limit: number): number =>
  Math.max(0, Math.min(Math.floor(limit) || 0, Number.MAX_SAFE_INTEGER));

/** One event by the statement given, for the scan too. */
export function prepareEvent(database: Database, where: string): Statement {
  return database.prepare(`SELECT ${columns} FROM events ${where}`).raw();
}

export function eventFromColumns(names: NameReader, row: unknown): StoredEvent {
  const [arrival, id, space, scope, bucket, device, seq, prev, parents, timeMs, timeCount, kind, bytes] =
    row as EventColumns;
  const parentIds: EventId[] = [];
  for (let at = 0; at < parents.length; at += idBytesLength)
    parentIds.push(toId<EventId>(parents.subarray(at, at + idBytesLength)));
  return {
    id: toId<EventId>(id),
    space: names.id<SpaceId>(space),
    scope: names.id<ScopeId>(scope),
    bucket,
    device: names.id<DeviceId>(device),
    seq,
    prev: prev === null ? null : toId<EventId>(prev),
    parents: parentIds,
    timeMs,
    timeCount,
    kind,
    outer: bytes,
    arrival,
  };
}

export function createEventReads(database: Database, names: NameReader): EventReads {
  const has = database.prepare("SELECT 1 FROM events WHERE id = ?").pluck();
  const arrivalOf = database.prepare("SELECT arrival FROM events WHERE id = ?").pluck();
  const outersFrom = database
    .prepare("SELECT bytes FROM events WHERE arrival BETWEEN ? AND ? ORDER BY arrival")
    .pluck();
  const byId = prepareEvent(database, "WHERE id = ?");
  const ofScope = prepareEvent(
    database,
    "INDEXED BY events_scope WHERE scope = ? AND arrival > ? ORDER BY arrival LIMIT ?",
  );
  const idsOfScope = database.prepare(
    `SELECT arrival, lower(hex(id)) AS id, time_ms AS timeMs FROM events INDEXED BY events_scope
     WHERE scope = ? AND arrival > ? ORDER BY arrival LIMIT ?`,
  );
  const idsBefore = database.prepare(
    `SELECT arrival, lower(hex(id)) AS id, time_ms AS timeMs FROM events INDEXED BY events_scope
     WHERE scope = ? AND arrival < ? ORDER BY arrival DESC LIMIT ?`,
  );
  const at = prepareEvent(database, "WHERE scope = ? AND device = ? AND seq = ? ORDER BY arrival");
  // Steps from device to device through the index instead of walking every event of the scope.
  const tips = database
    .prepare(
      `WITH RECURSIVE authors (device) AS (
         SELECT min(device) FROM events WHERE scope = :scope
         UNION ALL
         SELECT (SELECT min(device) FROM events WHERE scope = :scope AND device > authors.device) FROM authors
         WHERE authors.device IS NOT NULL
       )
       SELECT e.device, e.seq, e.id, e.time_ms, e.time_count FROM authors JOIN events e ON e.arrival =
         (SELECT arrival FROM events WHERE scope = :scope AND device = authors.device ORDER BY seq DESC, arrival DESC LIMIT 1)`,
    )
    .raw();
  const heads = database.prepare("SELECT id FROM heads WHERE scope = ? ORDER BY id").pluck();
  const buckets = database.prepare("SELECT bucket, count FROM buckets WHERE scope = ? ORDER BY bucket");
  const ids = (range: string) =>
    // As text from SQLite: an object for each blob costs three times as much.
    database
      // Named: to be spared the sorting, the planner would walk the ids of all scopes.
      .prepare(
        `SELECT lower(hex(id)) FROM events INDEXED BY events_bucket WHERE scope = ? AND bucket = ? ${range} ORDER BY id`,
      )
      .pluck();
  const idsAll = ids("");
  const idsOfFirsts = ids("AND instr(?, substr(id, 1, 1)) > 0");
  const idsFrom = ids("AND id >= ?");
  const idsBetween = ids("AND id >= ? AND id < ?");

  const event = (id: EventId): StoredEvent | null => {
    const row = byId.get(bytesOf(id));
    return row === undefined ? null : eventFromColumns(names, row);
  };

  return {
    hasEvent: (id) => has.get(bytesOf(id)) !== undefined,
    event,
    eventsById(wanted) {
      const found = new Map<EventId, StoredEvent>();
      for (const id of wanted) {
        const one = found.has(id) ? null : event(id);
        if (one !== null) found.set(id, one);
      }
      return [...found.values()].sort((a, b) => a.arrival - b.arrival);
    },
    arrivals(wanted) {
      const found = new Set<number>();
      for (const id of wanted) {
        const arrival = arrivalOf.get(bytesOf(id));
        if (arrival !== undefined) found.add(arrival as number);
      }
      return [...found].sort((a, b) => a - b);
    },
    outersAt(arrivals) {
      const outers: Uint8Array[] = [];
      // What came together is read together: one walk along the pages instead of a search for each.
      for (let from = 0, to = 0; from < arrivals.length; from = to) {
        const first = arrivals[from] as number;
        to = from + 1;
        while (to < arrivals.length && arrivals[to] === first + to - from) to += 1;
        for (const outer of outersFrom.iterate(first, first + to - from - 1)) outers.push(outer as Buffer);
      }
      return outers;
    },
    eventsOfScope(scope, afterArrival, limit) {
      const n = names.number(scope);
      if (n === null) return [];
      return ofScope.all(n, afterArrival, limitOf(limit)).map((row) => eventFromColumns(names, row));
    },
    idsOfScope(scope, afterArrival, limit) {
      const n = names.number(scope);
      return n === null ? [] : (idsOfScope.all(n, afterArrival, limitOf(limit)) as ArrivedId[]);
    },
    idsBefore(scope, beforeArrival, limit) {
      const n = names.number(scope);
      return n === null ? [] : (idsBefore.all(n, beforeArrival, limitOf(limit)) as ArrivedId[]);
    },
    eventsAt(scope, device, seq) {
      const scopeNumber = names.number(scope);
      const deviceNumber = names.number(device);
      if (scopeNumber === null || deviceNumber === null) return [];
      return at.all(scopeNumber, deviceNumber, seq).map((row) => eventFromColumns(names, row));
    },
    chainTips(scope) {
      const n = names.number(scope);
      if (n === null) return [];
      const rows = tips.all({ scope: n }) as [number, number, Buffer, number, number][];
      return rows
        .map(([device, seq, id, timeMs, timeCount]): ChainTip => {
          return { device: names.id<DeviceId>(device), seq, id: toId<EventId>(id), timeMs, timeCount };
        })
        .sort((a, b) => (a.device < b.device ? -1 : 1));
    },
    heads(scope) {
      const n = names.number(scope);
      return n === null ? [] : (heads.all(n) as Buffer[]).map((id) => toId<EventId>(id));
    },
    buckets(scope) {
      const n = names.number(scope);
      return n === null ? [] : (buckets.all(n) as BucketCount[]);
    },
    idsInBucket(scope, bucket, part) {
      const n = names.number(scope);
      if (n === null) return [];
      let rows: unknown[];
      if (part === undefined) rows = idsAll.all(n, bucket);
      else if ("firsts" in part) rows = idsOfFirsts.all(n, bucket, part.firsts);
      else if (part.to === null) rows = idsFrom.all(n, bucket, bytesOf(part.from));
      else rows = idsBetween.all(n, bucket, bytesOf(part.from), bytesOf(part.to));
      return rows as EventId[];
    },
  };
}
