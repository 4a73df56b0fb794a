/**
 * Finds the epoch of an event by its tag: one look-up however many epochs are held, never a trial of keys.
 * Owns the tags of recently seen buckets. spec/event EV8.
 */
import { hmacSha256 } from "../crypto/index.ts";
import type { EpochId, ScopeId } from "../ids.ts";
import type { EpochKeys } from "./epoch-keys.ts";
import { uint32Bytes } from "./epoch-keys.ts";

export interface KeyTable {
  /** Adding an epoch twice changes nothing. */
  add(keys: EpochKeys): void;
  /** One that is older than those of its scope that are here. */
  addOlder(keys: EpochKeys): void;
  /** The same epoch, with more of its secrets or less. */
  replace(keys: EpochKeys): void;
  find(tag: Uint8Array, bucket: number): EpochKeys | null;
  get(epoch: EpochId): EpochKeys | null;
  /** In the order in which they were added. */
  ofScope(scope: ScopeId): EpochKeys[];
}

/** Peers choose the buckets they send: tags of all epochs for many buckets would else fill the memory (about 10 MB here). */
const TAGS_HELD_MAX = 65_536;

export function createKeyTable(): KeyTable {
  const byEpoch = new Map<EpochId, EpochKeys>();
  const byScope = new Map<ScopeId, EpochKeys[]>();
  /** Bucket to tag to keys; the bucket used last stands last. */
  const byBucket = new Map<number, Map<string, EpochKeys>>();
  let lastBucket = -1;
  let lastTags = new Map<string, EpochKeys>();

  const tagsOf = (bucket: number): Map<string, EpochKeys> => {
    if (bucket === lastBucket) return lastTags;
    const known = byBucket.get(bucket);
    const tags = known ?? new Map<string, EpochKeys>();
    if (known === undefined) {
      for (const keys of byEpoch.values()) tags.set(tagText(tagFor(keys, bucket)), keys);
    }
    byBucket.delete(bucket);
    byBucket.set(bucket, tags);
    trimBuckets();
    lastBucket = bucket;
    lastTags = tags;
    return tags;
  };

  const trimBuckets = () => {
    const bucketsMax = Math.max(1, Math.floor(TAGS_HELD_MAX / Math.max(1, byEpoch.size)));
    for (const oldest of byBucket.keys()) {
      if (byBucket.size <= bucketsMax) return;
      byBucket.delete(oldest);
    }
  };

  const put = (keys: EpochKeys, among: (known: readonly EpochKeys[]) => EpochKeys[]): void => {
    if (byEpoch.has(keys.epoch)) return;
    byEpoch.set(keys.epoch, keys);
    byScope.set(keys.scope, among(byScope.get(keys.scope) ?? []));
    for (const [bucket, tags] of byBucket) tags.set(tagText(tagFor(keys, bucket)), keys);
    trimBuckets();
  };

  return {
    add(keys) {
      put(keys, (known) => [...known, keys]);
    },
    addOlder(keys) {
      put(keys, (known) => [keys, ...known]);
    },
    replace(keys) {
      if (!byEpoch.has(keys.epoch)) return;
      byEpoch.set(keys.epoch, keys);
      const known = byScope.get(keys.scope) ?? [];
      byScope.set(
        keys.scope,
        known.map((each) => (each.epoch === keys.epoch ? keys : each)),
      );
      for (const [bucket, tags] of byBucket) tags.set(tagText(tagFor(keys, bucket)), keys);
    },
    find: (tag, bucket) => tagsOf(bucket).get(tagText(tag)) ?? null,
    get: (epoch) => byEpoch.get(epoch) ?? null,
    ofScope: (scope) => [...(byScope.get(scope) ?? [])],
  };
}

/** Not through the epoch's own small cache: a walk over old buckets would empty it. */
function tagFor(keys: EpochKeys, bucket: number): Uint8Array {
  return hmacSha256(keys.tagKey, uint32Bytes(bucket));
}

function tagText(tag: Uint8Array): string {
  return Buffer.from(tag.buffer, tag.byteOffset, tag.byteLength).toString("latin1");
}
