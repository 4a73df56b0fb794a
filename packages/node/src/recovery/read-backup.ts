/**
 * Reads a backup's records in the one order they have, counts them, and hands them on; checking one hands them to a judge
 * that writes nothing. spec/identity ID55-ID58.
 */
import {
  coreError,
  CoreError,
  createKeyTable,
  decodeOuter,
  epochKeysOf,
  isBodyOf,
  openEvent,
  personRootFromSeed,
} from "@kith/core";
import type {
  EpochKeys,
  EventId,
  Header,
  KeyTable,
  OpenedEvent,
  ScopeId,
  SignatureVerifier,
} from "@kith/core";
import { decodeBackupRecord, openBackup } from "@kith/core/recovery";
import type { BackupBody, BackupKey, BackupRecord, BackupSecrets, BackupValue } from "@kith/core/recovery";
import { EPOCHS_PER_SCOPE_MAX, SPACES_MAX } from "../limits.ts";
import type { BackupReport } from "../service-recovery.ts";
import { isBackedUp } from "./contents.ts";

export type BackupAbout = Extract<BackupRecord, { type: "about" }>;

/** What is done with what is read. Each is called in the order of the file. */
export interface BackupTaker {
  about(about: BackupAbout): Promise<void>;
  keys(keys: readonly EpochKeys[]): Promise<void>;
  values(values: readonly BackupValue[]): Promise<void>;
  /** How many of them do not stand. */
  events(scope: ScopeId, outers: readonly Uint8Array[]): Promise<number>;
  /** What events before them say. How many are not what was signed. */
  bodies(bodies: readonly BackupBody[]): Promise<number>;
}

const order = ["about", "keys", "values", "events", "bodies", "end"] as const;
/** Of all scopes: beyond it no store would open in a bearable time. */
const KEYS_MAX = SPACES_MAX * EPOCHS_PER_SCOPE_MAX;

/** Rejects with BACKUP_*; the taker may have been given a part by then. */
export async function readBackup(
  source: AsyncIterable<Uint8Array>,
  secrets: BackupSecrets,
  taker: BackupTaker,
): Promise<BackupReport> {
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      bytes += piece.length;
      yield piece;
    }
  };
  let about: BackupAbout | null = null;
  let end: Extract<BackupRecord, { type: "end" }> | null = null;
  let at = 0;
  let refused = 0;
  const spaces = new Set<string>();
  const count = { keys: 0, events: 0 };
  for await (const chunk of openBackup(counted(), secrets)) {
    const record = decodeBackupRecord(chunk);
    const place = order.indexOf(record.type);
    if (place < at || (place === 0) !== (about === null) || end !== null) throw misplaced();
    at = place;
    switch (record.type) {
      case "about":
        about = record;
        if (record.rootSeed && personRootFromSeed(record.rootSeed).person !== record.person)
          throw misplaced();
        await taker.about(record);
        break;
      case "keys": {
        count.keys += record.keys.length;
        if (count.keys > KEYS_MAX) throw misplaced();
        const keys = record.keys.map(keysOf);
        for (const { space } of record.keys) spaces.add(space);
        await taker.keys(keys);
        break;
      }
      case "values":
        if (!record.values.every(({ key }) => isBackedUp(key))) throw misplaced();
        await taker.values(record.values);
        break;
      case "events":
        count.events += record.outers.length;
        refused += await taker.events(record.scope, record.outers);
        break;
      case "bodies":
        refused += await taker.bodies(record.bodies);
        break;
      case "end":
        end = record;
        break;
      default:
        record satisfies never;
    }
  }
  if (about === null || end === null || end.events !== count.events || end.keys !== count.keys)
    throw misplaced();
  const { person, name, madeMs, rootSeed } = about;
  const { events } = count;
  return { person, name, madeMs, spaces: spaces.size, events, refused, rootInside: rootSeed !== null, bytes };
}

/** Opens and verifies everything, and keeps nothing. */
export function checkBackup(
  source: AsyncIterable<Uint8Array>,
  secrets: BackupSecrets,
  verifier: SignatureVerifier,
): Promise<BackupReport> {
  const table = createKeyTable();
  /** Of events that do not open: what their bodies hash to, as they were signed. */
  const closed = new Map<EventId, Header>();
  return readBackup(source, secrets, {
    about: () => Promise.resolve(),
    async keys(keys) {
      for (const each of keys) table.add(each);
    },
    values: () => Promise.resolve(),
    async events(scope, outers) {
      const opened = outers.flatMap((outer) => openAt(scope, outer, table) ?? []);
      const valid = await verifier.verify(opened.map(({ check }) => check));
      for (const { id, header, isClosed } of opened)
        if (isClosed && header.ratchet !== null) closed.set(id, header);
      return outers.length - valid.filter(Boolean).length;
    },
    async bodies(bodies) {
      return bodies.filter(({ id, body }) => {
        const header = closed.get(id);
        return header !== undefined && !isBodyOf(body, header);
      }).length;
    },
  });
}

function openAt(scope: ScopeId, bytes: Uint8Array, table: KeyTable): OpenedEvent | null {
  try {
    const outer = decodeOuter(bytes);
    const keys = table.find(outer.tag, outer.bucket);
    return keys?.scope === scope ? openEvent(outer, keys) : null;
  } catch (error) {
    if (error instanceof CoreError) return null;
    throw error;
  }
}

function keysOf({ space, scope, epoch, secrets }: BackupKey): EpochKeys {
  const half = secrets.length / 2;
  const keys = epochKeysOf({ space, scope, epoch }, [secrets.slice(0, half), secrets.slice(half)]);
  if (keys === null) throw misplaced();
  return keys;
}

function misplaced(): CoreError {
  return coreError("BACKUP_DAMAGED", "the backup does not hold what it should, in the order it should");
}
