/** What lies in the directory of a stopped node: every key of an epoch, every event, and what the one opens of the other. */
import {
  createNodeBox,
  decodeBody,
  decodeCbor,
  decodeOuter,
  decodePrekey,
  epochKeysOf,
  linkedKeys,
  openBox,
  openEvent,
} from "@kith/core";
import type {
  Body,
  CborValue,
  DeviceId,
  EpochId,
  EpochKeys,
  Header,
  OpenedEvent,
  PrekeyId,
  ScopeId,
  SpaceId,
} from "@kith/core";
import { alterStore, copyDirectory } from "./opened-store.ts";

interface KeptPrekey {
  readonly prekey: PrekeyId;
  readonly device: DeviceId;
  readonly secretSeed: Uint8Array;
}

export interface KeptStore {
  readonly keys: readonly EpochKeys[];
  /** Its own, the replaced ones too. */
  readonly prekeys: readonly KeptPrekey[];
  /** For whomever they are: only who can open one knows. */
  readonly boxes: readonly Uint8Array[];
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
  let boxes: Uint8Array[] = [];
  let prekeys: KeptPrekey[] = [];
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
    boxes = database.prepare<[], Buffer>("SELECT blob FROM boxes").pluck().all();
    const identity = database.prepare<[], { key: string; value: Buffer }>(
      "SELECT key, value FROM meta WHERE key LIKE 'identity/prekey%'",
    );
    prekeys = prekeysIn(new Map(identity.all().map(({ key, value }) => [key, new Uint8Array(value)])));
    chains = database
      .prepare<[], { key: string; value: Buffer }>("SELECT key, value FROM meta WHERE key LIKE 'ratchet/%'")
      .all()
      .map(({ key, value }) => {
        const [, epoch = "", device = ""] = key.split("/");
        return { epoch, device, keys: keysIn(decodeCbor(value, { bytesMax: 1e6 })) };
      });
  });
  return { keys, prekeys, boxes, events, chains };
}

function prekeysIn(meta: ReadonlyMap<string, Uint8Array>): KeptPrekey[] {
  const bundle = meta.get("identity/prekey/bundle");
  const secretSeed = meta.get("identity/prekey/secret");
  if (!bundle || !secretSeed) throw new Error("a node without a prekey");
  const { id, device } = decodePrekey(bundle);
  const old = [...meta].flatMap(([key, value]) => {
    const [, prekey] = /^identity\/prekey-old\/(.+)$/.exec(key) ?? [];
    const [seed] = prekey === undefined ? [] : keysIn(decodeCbor(value, { bytesMax: 128 }));
    return seed ? [{ prekey: prekey as PrekeyId, device, secretSeed: seed }] : [];
  });
  return [{ prekey: id, device, secretSeed }, ...old];
}

/**
 * Every key that one store reaches with all that lies in others: its own, those in any box that one of its prekeys opens, and
 * those that lie under any of these, and so on.
 */
export function reachableKeys(own: KeptStore, others: readonly KeptStore[]): EpochKeys[] {
  const stores = [own, ...others];
  const reached = new Map(own.keys.map((keys) => [keys.epoch, keys]));
  const epochs = new Map(stores.flatMap(({ keys }) => keys.map((each) => [each.epoch, each] as const)));
  const blobs = new Map(
    stores.flatMap(({ boxes }) => boxes.map((blob) => [Buffer.from(blob).toString("hex"), blob] as const)),
  );
  const box = createNodeBox();
  for (const { space, scope, epoch } of epochs.values())
    for (const blob of blobs.values())
      for (const prekey of own.prekeys) {
        if (reached.has(epoch)) continue;
        const keys = unlessCode(["BOX_SEALED", "BOX_COMMITMENT"], () =>
          openBox({ blob, space, scope, epoch, box, ...prekey }),
        );
        if (keys) reached.set(epoch, keys);
      }
  for (let before = -1; before < reached.size;) {
    before = reached.size;
    for (const bytes of stores.flatMap(({ events }) => events)) {
      const opened = openWith([...reached.values()], bytes);
      const body = opened?.body && decodeBody(opened.header.kind, opened.body);
      for (const link of body?.type === "epoch.link" ? body.links : []) {
        const keys = opened && linkedKeys(opened.header.space, link);
        if (keys) reached.set(keys.epoch, keys);
      }
    }
  }
  return [...reached.values()];
}

function unlessCode<T>(codes: readonly string[], act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    // Anything else than a wrong key is a finding.
    if (codes.includes((error as { code?: string }).code ?? "")) return null;
    throw error;
  }
}

function keysIn(value: CborValue): Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  return Array.isArray(value) ? value.flatMap((item: CborValue) => keysIn(item)) : [];
}

/** null: none of the keys opens it. */
export function openWith(keys: readonly EpochKeys[], bytes: Uint8Array): OpenedEvent | null {
  for (const each of keys) {
    const opened = unlessCode(["EVENT_TAG"], () => openEvent(decodeOuter(bytes), each));
    if (opened) return opened;
  }
  return null;
}

export interface ReadEvent {
  readonly id: string;
  readonly device: string;
  readonly header: Header;
  /** null: shed, or not for who has these keys. */
  readonly body: Body | null;
}

export function readAll(keys: readonly EpochKeys[], { events }: KeptStore): ReadEvent[] {
  return events.flatMap((bytes) => {
    const opened = openWith(keys, bytes);
    if (opened === null) return [];
    const { id, header, body } = opened;
    return [{ id, device: header.device, header, body: body && decodeBody(header.kind, body) }];
  });
}
