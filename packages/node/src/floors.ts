/**
 * A device that keeps no history before some day: from where on it keeps a content scope, and what it knows of events
 * below that are causes of events above. Owns their places in the store; what they mean is the ledger's. spec/sync SY58-SY63.
 */
import { CoreError, bucketOf, decodeOuter, kinds, openEvent, publicScope, verifyOpened } from "@kith/core";
import type {
  ChainTip,
  Clock,
  EventId,
  EventStore,
  KeyTable,
  OpenedEvent,
  ScopeId,
  SpaceId,
} from "@kith/core";

const FLOOR_PREFIX = "floor/";
const CAUSE_PREFIX = "cause/";
/** Of event.md's buckets. */
const BUCKET_MS = 2 ** 22;
const DAY_MS = 86_400_000;

/** An event below the floor: its place in its chain and its time. */
export type Cause = ChainTip;

type Meta = { readonly key: string; readonly value: Uint8Array };

/** The floor of a space that is being joined, in place of an earlier join's; as it was for one of which something is here. */
export function floorMeta(
  { store, clock }: { readonly store: Pick<EventStore, "buckets">; readonly clock: Clock },
  space: SpaceId,
  historyDays: number | null,
): { readonly key: string; readonly value: Uint8Array | null }[] {
  const scope = publicScope(space);
  if (store.buckets(scope).length > 0) return [];
  if (historyDays === null) return [{ key: FLOOR_PREFIX + scope, value: null }];
  const value = new Uint8Array(4);
  const sinceMs = Math.max(0, clock.nowMs() - historyDays * DAY_MS);
  new DataView(value.buffer).setUint32(0, bucketOf(sinceMs));
  return [{ key: FLOOR_PREFIX + scope, value }];
}

/** The first bucket that is kept; 0 when all are. */
export function readFloor(store: Pick<EventStore, "meta">, scope: ScopeId): number {
  const value = store.meta(FLOOR_PREFIX + scope);
  return value === null ? 0 : new DataView(value.buffer, value.byteOffset).getUint32(0);
}

/** Bytes as they came, without a body where they may be without: to be checked again, and to be passed on. */
export function causeMeta(scope: ScopeId, id: EventId, outer: Uint8Array): Meta {
  return { key: causeKey(scope, id), value: outer };
}

export function causeKey(scope: ScopeId, id: EventId): string {
  return `${CAUSE_PREFIX}${scope}/${id}`;
}

export function toCause({ id, header }: Pick<OpenedEvent, "id" | "header">): Cause {
  const { device, seq, time } = header;
  return { id, device, seq, timeMs: time.ms, timeCount: time.count };
}

const KEY_KINDS: ReadonlySet<number> = new Set([
  kinds["epoch.create"],
  kinds["epoch.rebox"],
  kinds["epoch.headers"],
  kinds["epoch.link"],
]);

/** What carries keys comes whole, whatever its bucket: without it nobody could say who holds which. */
export function isKeyEvent(kind: number): boolean {
  return KEY_KINDS.has(kind);
}

/** Those of the store, opened and verified again. What no longer holds is left out. */
export function* storedCauses(store: EventStore, scope: ScopeId, keys: KeyTable): Generator<OpenedEvent> {
  for (const key of store.metaKeys(`${CAUSE_PREFIX}${scope}/`)) {
    const bytes = store.meta(key);
    const opened = bytes && open(bytes, keys);
    if (opened?.header.scope === scope && verifyOpened(opened)) yield opened;
  }
}

/** null for bytes that are damaged, or open for no key here. */
function open(bytes: Uint8Array, keys: KeyTable): OpenedEvent | null {
  try {
    const outer = decodeOuter(bytes);
    const epoch = keys.find(outer.tag, outer.bucket);
    return epoch === null ? null : openEvent(outer, epoch);
  } catch (error) {
    if (error instanceof CoreError) return null;
    throw error;
  }
}

/** When the bucket of a floor begins; null where all is kept. */
export function historySince(floor: number): number | null {
  return floor === 0 ? null : floor * BUCKET_MS;
}
