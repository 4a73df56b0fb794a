/** What lies in the directory of a stopped node: every key of an epoch, every event, and what the one opens of the other. */
import { decodeBody, decodeCbor, decodeOuter, epochKeysOf, openEvent } from "@kith/core";
import type { Body, CborValue, EpochId, EpochKeys, OpenedEvent, ScopeId, SpaceId } from "@kith/core";
import { alterStore, copyDirectory } from "./opened-store.ts";

export interface KeptStore {
  readonly keys: readonly EpochKeys[];
  /** Outer forms, in the order in which they came. */
  readonly events: readonly Uint8Array[];
  /** Of chains of keys in sealed scopes: every 32 bytes that are left of one, in the order of its row. */
  readonly chains: readonly {
    readonly epoch: string;
    readonly device: string;
    readonly keys: readonly Uint8Array[];
  }[];
}

/** By the directory's own key. */
export function readStore(data: string): KeptStore {
  let keys: EpochKeys[] = [];
  let events: Uint8Array[] = [];
  let chains: KeptStore["chains"] = [];
  alterStore(copyDirectory(data), (database) => {
    events = database.prepare<[], Buffer>("SELECT bytes FROM events ORDER BY arrival").pluck().all();
    keys = database
      .prepare<[], { key: string; value: Buffer }>("SELECT key, value FROM meta WHERE key LIKE 'epoch/%'")
      .all()
      .map(({ key, value }) => {
        const [, space, scope, epoch] = key.split("/");
        const part = (at: number): Uint8Array => new Uint8Array(value.subarray(at * 32, (at + 1) * 32));
        // Of a sealed scope whose content secret is destroyed there are three.
        const isDestroyed = value.length === 96;
        const parts = isDestroyed ? ([part(0), part(1), part(2)] as const) : ([part(0), part(1)] as const);
        const of = { space: space as SpaceId, scope: scope as ScopeId, epoch: epoch as EpochId };
        const found = epochKeysOf(of, parts);
        if (found === null) throw new Error(`${key} holds another epoch's secrets`);
        return found;
      });
    chains = database
      .prepare<[], { key: string; value: Buffer }>("SELECT key, value FROM meta WHERE key LIKE 'ratchet/%'")
      .all()
      .map(({ key, value }) => {
        const [, epoch = "", device = ""] = key.split("/");
        return { epoch, device, keys: keysIn(decodeCbor(value, { bytesMax: 1e6 })) };
      });
  });
  return { keys, events, chains };
}

function keysIn(value: CborValue): Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  return Array.isArray(value) ? value.flatMap((item: CborValue) => keysIn(item)) : [];
}

/** null: none of the keys opens it. */
export function openWith(keys: readonly EpochKeys[], bytes: Uint8Array): OpenedEvent | null {
  for (const each of keys) {
    try {
      return openEvent(decodeOuter(bytes), each);
    } catch (error) {
      // Anything else than a wrong key is a finding.
      if ((error as { code?: string }).code !== "EVENT_TAG") throw error;
    }
  }
  return null;
}

export interface ReadEvent {
  readonly id: string;
  readonly device: string;
  /** null: shed, or not for who has these keys. */
  readonly body: Body | null;
}

export function readAll(keys: readonly EpochKeys[], { events }: KeptStore): ReadEvent[] {
  return events.flatMap((bytes) => {
    const opened = openWith(keys, bytes);
    if (opened === null) return [];
    const { id, header, body } = opened;
    return [{ id, device: header.device, body: body && decodeBody(header.kind, body) }];
  });
}
