/**
 * Makes a backup: what the person may read, as it is at one moment, in pieces of bounded size. The device's own key is not in
 * it, so that nothing restored from it goes on with this device's chains. spec/identity ID56, ID57.
 */
import { isId32, shedBody } from "@kith/core";
import type { Clock, EpochId, EventId, EventStore, Identity, Random, ScopeId, SpaceId } from "@kith/core";
import {
  BACKUP_ITEMS_MAX,
  BACKUP_VALUE_BYTES_MAX,
  createBackupSealer,
  encodeBackupRecord,
} from "@kith/core/recovery";
import type { BackupBody, BackupKey, BackupRecord, BackupSecrets, BackupValue } from "@kith/core/recovery";
import { readRoot } from "../identity-store.ts";
import type { Ledger } from "../ledger.ts";
import { GROUND_PREFIXES, PERSONAL_PREFIXES } from "./contents.ts";

export interface BackupParts {
  readonly store: EventStore;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: () => Identity;
}

/** Rows that are read at once. */
const READ_ROWS = 512;
/** Of one epoch. */
const SECRETS_BYTES = 64;
/** Of one record: far below what a chunk may have, so that the longest event fits beside what is gathered already. */
const GATHERED_BYTES = 128 * 1_024;

export async function* writeBackup(parts: BackupParts, secrets: BackupSecrets): AsyncGenerator<Uint8Array> {
  const { head, seal } = await createBackupSealer(secrets, parts.random);
  yield head;
  for (const record of recordsOf(parts)) yield seal(encodeBackupRecord(record), record.type === "end");
}

function* recordsOf({ store, ledger, clock, identity }: BackupParts): Generator<BackupRecord> {
  const { person, name, device } = identity();
  const scopes = [...ledger.replicas.values()].flatMap((replica) => [...replica.scopes.keys()]);
  // What comes in meanwhile stays out: its causes may lie in a scope that was passed already.
  const arrivalMax = scopes.reduce((most, scope) => Math.max(most, newestOf(store, scope)), 0);
  yield {
    type: "about",
    madeMs: clock.nowMs(),
    person,
    name,
    device: device.device,
    rootSeed: readRoot(store),
  };
  let keys = 0;
  for (const group of groupsOf(keysOf(store), () => 192)) {
    keys += group.length;
    yield { type: "keys", keys: group };
  }
  const values = [...GROUND_PREFIXES, ...PERSONAL_PREFIXES].flatMap((prefix) => store.metaKeys(prefix));
  for (const group of groupsOf(valuesOf(store, values), ({ key, value }) => key.length + value.length))
    yield { type: "values", values: group };
  let events = 0;
  for (const scope of scopes)
    for (const outers of groupsOf(eventsOf({ store, clock }, scope, arrivalMax), ({ length }) => length)) {
      events += outers.length;
      yield { type: "events", scope, outers };
    }
  for (const scope of scopes)
    for (const group of groupsOf(bodiesOf({ store, clock }, scope, arrivalMax), ({ body }) => body.length))
      yield { type: "bodies", bodies: group };
  yield { type: "end", spaces: ledger.replicas.size, keys, events };
}

function newestOf(store: EventStore, scope: ScopeId): number {
  return store.idsBefore(scope, Number.MAX_SAFE_INTEGER, 1)[0]?.arrival ?? 0;
}

function* keysOf(store: EventStore): Generator<BackupKey> {
  for (const key of store.metaKeys("epoch/")) {
    const [, space = "", scope = "", epoch = ""] = key.split("/");
    const stored = store.meta(key);
    // What names whole boxes of a sealed scope is of the device: another one writes under keys of its own.
    const secrets = stored?.subarray(0, SECRETS_BYTES) ?? null;
    if (secrets === null || !isId32(space) || !isId32(scope) || !isId32(epoch)) continue;
    yield { space: space as SpaceId, scope: scope as ScopeId, epoch: epoch as EpochId, secrets };
  }
}

function* valuesOf(store: EventStore, keys: readonly string[]): Generator<BackupValue> {
  for (const key of keys) {
    const value = store.meta(key);
    if (value && value.length <= BACKUP_VALUE_BYTES_MAX) yield { key, value };
  }
}

function* eventsOf(
  { store, clock }: Pick<BackupParts, "store" | "clock">,
  scope: ScopeId,
  arrivalMax: number,
): Generator<Uint8Array> {
  let after = 0;
  for (;;) {
    const rows = store.eventsOfScope(scope, after, READ_ROWS);
    const due = dueEvents(store, clock.nowMs());
    for (const { arrival, id, outer } of rows) {
      if (arrival > arrivalMax) return;
      after = arrival;
      yield due.has(id) ? shedBody(outer) : outer;
    }
    if (rows.length < READ_ROWS) return;
  }
}

/** Messages whose time is over and that were not put away yet, with their edits: a backup is not where they stay. */
function dueEvents(store: EventStore, nowMs: number): ReadonlySet<EventId> {
  const due = store.expiring(Number.MAX_SAFE_INTEGER).filter(({ expiresMs }) => expiresMs <= nowMs);
  return new Set(
    due.flatMap(({ id }) => [
      id,
      ...store.acts(id).flatMap(({ kind, event }) => (kind === "edit" ? event : [])),
    ]),
  );
}

/** What a sealed scope's events say, as far as it is here: no key of theirs opens it any more. */
function* bodiesOf(
  { store, clock }: Pick<BackupParts, "store" | "clock">,
  scope: ScopeId,
  arrivalMax: number,
): Generator<BackupBody> {
  let after: EventId | undefined;
  for (;;) {
    const ids = store.sealedIds(scope, READ_ROWS, after);
    const due = dueEvents(store, clock.nowMs());
    for (const id of ids) {
      const body = due.has(id) ? null : store.sealedBody(id);
      if (body && (store.event(id)?.arrival ?? Infinity) <= arrivalMax) yield { id, body };
    }
    after = ids.at(-1);
    if (ids.length < READ_ROWS) return;
  }
}

function* groupsOf<Item>(items: Iterable<Item>, bytesOf: (item: Item) => number): Generator<Item[]> {
  let group: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    group.push(item);
    bytes += bytesOf(item);
    if (bytes < GATHERED_BYTES && group.length < BACKUP_ITEMS_MAX) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}
