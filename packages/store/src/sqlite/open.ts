/**
 * The event store on an encrypted SQLite file. Owns store.db, its write-ahead log and store.check of one
 * data directory; refuses to share them (the composition root locks the directory). spec/store.
 */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { StoreError, toId } from "@kith/core";
import type { DeviceId, EventId, EventStore, HeightRow, Log, LogRow, LogType } from "@kith/core";
import { connect, ConnectError, STORE_FILE } from "./connect.ts";
import { describeFailure, sqliteCode } from "./failure.ts";
import { bytesOf, createEventReads, limitOf } from "./read-events.ts";
import { createKeptReads } from "./read-kept.ts";
import { createNameReader } from "./reader-names.ts";
import { createActReads } from "./read-acts.ts";
import { createSealedReads } from "./read-sealed.ts";
import { createViewReads } from "./read-views.ts";
import { checkPages, scanEvents } from "./scan.ts";
import { startWriter } from "./writer.ts";
import type { Writer } from "./writer.ts";

export interface SqliteStoreOptions {
  /** Made if absent, for the owner alone. */
  readonly directory: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** No writer thread; commit rejects. */
  readonly readOnly?: boolean;
  /** Largest size of the database's file; a commit that would need more rejects with STORE_FULL. */
  readonly bytesMax?: number;
  readonly log?: Log;
}

export const DATA_KEY_BYTES = 32;

/** Opens or makes the store. Rejects with STORE_KEY, STORE_CORRUPT, STORE_NEWER, STORE_BUSY or STORE_FAILED. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<EventStore> {
  const { directory, key, readOnly = false } = options;
  if (key.length !== DATA_KEY_BYTES) {
    throw new StoreError(
      "STORE_KEY",
      `a data key has ${DATA_KEY_BYTES} bytes, this one ${key.length}; check the key file`,
    );
  }
  if (!readOnly) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const writer = readOnly
    ? null
    : await startWriter({ directory, key, bytesMax: options.bytesMax, log: options.log });
  try {
    return createStore(connect({ directory, key, role: "reader" }), writer, directory);
  } catch (error) {
    await writer?.close();
    const failure = error instanceof ConnectError ? error.failure : describeFailure(error);
    throw new StoreError(failure.code, failure.message, { cause: error });
  }
}

function createStore(
  database: ReturnType<typeof connect>,
  writer: Writer | null,
  directory: string,
): EventStore {
  const names = createNameReader(database);
  const events = createEventReads(database, names);
  const kept = createKeptReads(database, names);
  const views = createViewReads(database, names);
  const acts = createActReads(database, names, views.message);
  const sealed = createSealedReads(database, names);
  const heights = database.prepare("SELECT holder, device, seq FROM heights WHERE scope = ?").raw();
  const box = database.prepare("SELECT blob FROM boxes WHERE name = ?").pluck();
  const meta = database.prepare("SELECT value FROM meta WHERE key = ?").pluck();
  const metaKeys = database.prepare("SELECT key FROM meta WHERE key >= ? ORDER BY key").pluck();
  const logAfter = database
    .prepare("SELECT cursor, type, at_ms, data, ref FROM log WHERE cursor > ? ORDER BY cursor LIMIT ?")
    .raw();
  const logOldest = database.prepare("SELECT min(cursor) FROM log").pluck();
  const logNewest = database.prepare("SELECT max(cursor) FROM log").pluck();
  const eventCount = database.prepare("SELECT max(arrival) FROM events").pluck();
  const messageCount = database.prepare("SELECT count(*) FROM messages").pluck();
  let closed: Promise<void> | null = null;

  /** Every read goes through here: SQLite's errors become the port's. */
  function guarded<Arguments extends unknown[], Result>(
    read: (...values: Arguments) => Result,
  ): (...values: Arguments) => Result {
    return (...values) => {
      if (closed !== null) throw new StoreError("STORE_CLOSED", "the store is closed; open it again to read");
      try {
        return read(...values);
      } catch (error) {
        if (sqliteCode(error) === "") throw error;
        const failure = describeFailure(error);
        throw new StoreError(failure.code, failure.message, { cause: error });
      }
    };
  }

  return {
    commit(batch) {
      if (writer !== null) return writer.commit(batch);
      if (closed !== null)
        return Promise.reject(new StoreError("STORE_CLOSED", "the store is closed; open it again to write"));
      return Promise.reject(
        new StoreError(
          "STORE_FAILED",
          "the store was opened to read only; open it without readOnly to write",
        ),
      );
    },
    hasEvent: guarded(events.hasEvent),
    event: guarded(events.event),
    eventsById: guarded(events.eventsById),
    arrivals: guarded(events.arrivals),
    outersAt: guarded(events.outersAt),
    eventsOfScope: guarded(events.eventsOfScope),
    idsOfScope: guarded(events.idsOfScope),
    idsBefore: guarded(events.idsBefore),
    rangeLeaves: guarded(kept.rangeLeaves),
    rangeItems: guarded(kept.rangeItems),
    keptRoots: guarded(kept.keptRoots),
    keptCells: guarded(kept.keptCells),
    eventsAt: guarded(events.eventsAt),
    chainTips: guarded(events.chainTips),
    heads: guarded(events.heads),
    buckets: guarded(events.buckets),
    idsInBucket: guarded(events.idsInBucket),
    spaces: guarded(views.spaces),
    channels: guarded(views.channels),
    people: guarded(views.people),
    messages: guarded(views.messages),
    message: guarded(views.message),
    messageByClientId: guarded(views.messageByClientId),
    unread: guarded(views.unread),
    reactions: guarded(views.reactions),
    search: guarded(views.search),
    acts: guarded(acts.acts),
    pinned: guarded(acts.pinned),
    earlyTargets: guarded(acts.earlyTargets),
    shedReason: guarded(acts.shedReason),
    withheld: guarded(acts.withheld),
    expiring: guarded(acts.expiring),
    sealedBody: guarded(sealed.sealedBody),
    closed: guarded(sealed.closed),
    closedCount: guarded(sealed.closedCount),
    sealedIds: guarded(sealed.sealedIds),
    heights: guarded((scope) => {
      const n = names.number(scope);
      if (n === null) return [];
      return (heights.all(n) as [number, number, number][])
        .map(([holder, device, seq]): HeightRow => ({
          scope,
          holder: names.id<DeviceId>(holder),
          device: names.id<DeviceId>(device),
          seq,
        }))
        .sort((a, b) => (a.holder + a.device < b.holder + b.device ? -1 : 1));
    }),
    box: guarded((name) => (box.get(bytesOf(name)) as Buffer | undefined) ?? null),
    meta: guarded((key) => (meta.get(key) as Buffer | undefined) ?? null),
    metaKeys: guarded((prefix) => {
      const keys: string[] = [];
      for (const key of metaKeys.iterate(prefix) as IterableIterator<string>) {
        if (!key.startsWith(prefix)) break;
        keys.push(key);
      }
      return keys;
    }),
    logAfter: guarded((cursor, limit) =>
      (logAfter.all(cursor, limitOf(limit)) as [number, LogType, number, string | null, Buffer | null][]).map(
        ([at, type, atMs, data, ref]): LogRow => ({
          cursor: at,
          type,
          atMs,
          data,
          ref: ref === null ? null : toId<EventId>(ref),
        }),
      ),
    ),
    logBounds: guarded(() => ({
      oldest: (logOldest.get() as number | null) ?? 0,
      newest: (logNewest.get() as number | null) ?? 0,
    })),
    // Events are never deleted and are numbered without gaps, so the last number is their count.
    stats: guarded(() => ({
      events: (eventCount.get() as number | null) ?? 0,
      messages: messageCount.get() as number,
      bytes: fileBytes(directory, STORE_FILE) + fileBytes(directory, `${STORE_FILE}-wal`),
    })),
    scan: guarded(() => scanEvents(database, names)),
    checkIntegrity: guarded(() => checkPages(database)),
    close() {
      closed ??= (async () => {
        // First, so that the writer's last connection can fold the write-ahead log in and remove it.
        if (writer === null) return void database.close();
        const done = writer.close();
        database.close();
        await done;
      })();
      return closed;
    },
  };
}

function fileBytes(directory: string, name: string): number {
  return statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0;
}
