/**
 * What lies in a backup, one record a chunk: whose it is, the keys, small values, events, and the count of it all. A decoder
 * takes exactly these fields within these bounds. spec/identity ID54-ID57.
 */
import {
  coreError,
  CoreError,
  decodeCbor,
  encodeCbor,
  readArray,
  readBytes,
  readId,
  readNullable,
  readText,
  readUint,
  SIGNING_SEED_BYTES,
} from "../crypto/index.ts";
import type { CborValue } from "../crypto/index.ts";
import { idBytes } from "../ids.ts";
import type { DeviceId, EpochId, EventId, PersonId, ScopeId, SpaceId } from "../ids.ts";
import { BACKUP_CHUNK_BYTES_MAX } from "./backup-file.ts";

export interface BackupKey {
  readonly space: SpaceId;
  readonly scope: ScopeId;
  readonly epoch: EpochId;
  /** 64 bytes, as the store keeps them: header secret, and content secret or the commitment to it. */
  readonly secrets: Uint8Array;
}

export interface BackupValue {
  readonly key: string;
  readonly value: Uint8Array;
}

export interface BackupBody {
  readonly id: EventId;
  readonly body: Uint8Array;
}

export interface BackupCounts {
  readonly spaces: number;
  readonly keys: number;
  readonly events: number;
}

export type BackupRecord =
  | {
      readonly type: "about";
      readonly madeMs: number;
      readonly person: PersonId;
      readonly name: string;
      readonly device: DeviceId;
      /** null: it did not lie on the device any more. */
      readonly rootSeed: Uint8Array | null;
    }
  | { readonly type: "keys"; readonly keys: readonly BackupKey[] }
  | { readonly type: "values"; readonly values: readonly BackupValue[] }
  | { readonly type: "events"; readonly scope: ScopeId; readonly outers: readonly Uint8Array[] }
  /** Of events before them that lie under keys which are used once: as they were opened, with salt and padding. */
  | { readonly type: "bodies"; readonly bodies: readonly BackupBody[] }
  | ({ readonly type: "end" } & BackupCounts);

const TYPES = ["about", "keys", "values", "events", "end", "bodies"] as const;
const SECRETS_BYTES = 64;
/** Of one record: fewer than its bytes allow, so that reading one takes a known time. */
export const BACKUP_ITEMS_MAX = 4_096;
/** Names of small values hold two ids and a word. */
const KEY_BYTES_MAX = 256;
/** Of a small value: an event below a floor is the longest. */
export const BACKUP_VALUE_BYTES_MAX = 256 * 1_024;
/** 80 characters of four bytes. */
const NAME_BYTES_MAX = 320;

export function encodeBackupRecord(record: BackupRecord): Uint8Array {
  return encodeCbor([TYPES.indexOf(record.type), ...fieldsOf(record)]);
}

function fieldsOf(record: BackupRecord): readonly CborValue[] {
  switch (record.type) {
    case "about": {
      const { madeMs, person, name, device, rootSeed } = record;
      return [madeMs, idBytes(person), name, idBytes(device), rootSeed];
    }
    case "keys":
      return record.keys.map(({ space, scope, epoch, secrets }) => [
        idBytes(space),
        idBytes(scope),
        idBytes(epoch),
        secrets,
      ]);
    case "values":
      return record.values.map(({ key, value }) => [key, value]);
    case "events":
      return [idBytes(record.scope), ...record.outers];
    case "bodies":
      return record.bodies.map(({ id, body }) => [idBytes(id), body]);
    case "end":
      return [record.spaces, record.keys, record.events];
  }
}

/** Throws BACKUP_DAMAGED. */
export function decodeBackupRecord(bytes: Uint8Array): BackupRecord {
  try {
    const [type, ...fields] = readArray(
      decodeCbor(bytes, { bytesMax: BACKUP_CHUNK_BYTES_MAX }),
      { min: 1, max: BACKUP_ITEMS_MAX + 2 },
      "record",
    );
    return readRecord(TYPES[readUint(type, "record type", TYPES.length - 1)] ?? "end", fields);
  } catch (cause) {
    if (!(cause instanceof CoreError)) throw cause;
    throw coreError("BACKUP_DAMAGED", "the backup holds what no version of Kith writes", { cause });
  }
}

function readRecord(type: (typeof TYPES)[number], fields: readonly CborValue[]): BackupRecord {
  switch (type) {
    case "about": {
      const [madeMs, person, name, device, root] = readArray(fields, 5, type);
      return {
        type,
        madeMs: readUint(madeMs, "time"),
        person: readId<PersonId>(person, 32, "person"),
        name: readText(name, { bytesMax: NAME_BYTES_MAX }, "name"),
        device: readId<DeviceId>(device, 32, "device"),
        rootSeed: readNullable(root, (value) => readBytes(value, SIGNING_SEED_BYTES, "root")),
      };
    }
    case "keys":
      return { type, keys: fields.map(readKey) };
    case "values":
      return { type, values: fields.map(readValue) };
    case "events": {
      const [scope, ...outers] = readArray(fields, { min: 1, max: BACKUP_ITEMS_MAX + 1 }, type);
      return {
        type,
        scope: readId<ScopeId>(scope, 32, "scope"),
        outers: outers.map((outer) => readBytes(outer, { max: BACKUP_CHUNK_BYTES_MAX }, "event")),
      };
    }
    case "bodies":
      return { type, bodies: fields.map(readKept) };
    case "end": {
      const [spaces, keys, events] = readArray(fields, 3, type);
      return {
        type,
        spaces: readUint(spaces, "spaces"),
        keys: readUint(keys, "keys"),
        events: readUint(events, "events"),
      };
    }
  }
}

function readKey(value: CborValue): BackupKey {
  const [space, scope, epoch, secrets] = readArray(value, 4, "key");
  return {
    space: readId<SpaceId>(space, 32, "space"),
    scope: readId<ScopeId>(scope, 32, "scope"),
    epoch: readId<EpochId>(epoch, 32, "epoch"),
    secrets: readBytes(secrets, SECRETS_BYTES, "secrets"),
  };
}

function readKept(pair: CborValue): BackupBody {
  const [id, body] = readArray(pair, 2, "body");
  return {
    id: readId<EventId>(id, 32, "event"),
    body: readBytes(body, { max: BACKUP_CHUNK_BYTES_MAX }, "body"),
  };
}

function readValue(pair: CborValue): BackupValue {
  const [key, value] = readArray(pair, 2, "value");
  return {
    key: readText(key, { bytesMax: KEY_BYTES_MAX }, "name"),
    value: readBytes(value, { max: BACKUP_VALUE_BYTES_MAX }, "value"),
  };
}
