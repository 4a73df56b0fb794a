/**
 * SHA-256 roots of what a scope holds: ids -> 256 leaves of a bucket -> bucket root -> scope root. Equal
 * roots mean equal sets, which no additive fingerprint may claim. Owns the hashing and an index that reads
 * again only what changed; refuses to hold ids itself: they are the store's. spec/sync SY6-SY9.
 */
import { sha256 } from "../crypto/hash.ts";
import { labelled, labels } from "../crypto/labels.ts";
import { idBytes } from "../ids.ts";
import type { EventId, ScopeId } from "../ids.ts";
import type { BucketCount, IdsPart, KeptRoot } from "../ports/index.ts";
import type { BucketRoot } from "./frames.ts";
import type { SetKeeper } from "./kept-sketch.ts";
import { ROOT_LEAF_BUCKETS_MAX, ROOT_LEAVES } from "./limits.ts";
import { packBuckets, packIds } from "./packed.ts";

/** What the index reads; an EventStore is one. Both results ascend. */
export interface RootReader {
  buckets(scope: ScopeId): BucketCount[];
  idsInBucket(scope: ScopeId, bucket: number, part?: IdsPart): EventId[];
}

export interface RootIndex {
  /** An event is now in the store. Cheap; nothing is read before a root is asked for. */
  note(scope: ScopeId, bucket: number, id: EventId): void;
  /** 32 bytes, the caller must not change them. */
  root(scope: ScopeId): Uint8Array;
  /** Ascending; buckets that hold at least one event. */
  bucketRoots(scope: ScopeId): readonly BucketRoot[];
  /** Drops what is cached for the scope; the next question reads the store again. */
  forget(scope: ScopeId): void;
}

/** Hash of one leaf: its ascending ids, which all begin with the leaf's byte. */
export function leafHash(ids: readonly EventId[]): Uint8Array {
  return sha256(labelled(labels.syncLeaf, packIds(ids, ids.length)));
}

/** Hash over the leaves that are not empty, in order of their byte. */
export function bucketRoot(
  bucket: number,
  leaves: readonly { readonly leaf: number; readonly hash: Uint8Array }[],
): Uint8Array {
  const parts: Uint8Array[] = [uint32(bucket)];
  for (const { leaf, hash } of leaves) parts.push(Uint8Array.of(leaf), hash);
  return sha256(labelled(labels.syncBucket, ...parts));
}

/** Hash over the buckets of a scope, ascending; an empty scope has a root as well. */
export function scopeRoot(scope: ScopeId, buckets: readonly BucketRoot[]): Uint8Array {
  return sha256(labelled(labels.syncScope, idBytes(scope), packBuckets(buckets, buckets.length)));
}

interface BucketState {
  /** null: must be computed. */
  root: Uint8Array | null;
  /** Each leaf, null for an empty one; null as a whole once it has been let go. */
  leaves: (HashedLeaf | null)[] | null;
  dirty: Set<number>;
}

interface HashedLeaf {
  readonly hash: Uint8Array;
  /** Ids in it. */
  readonly count: number;
}

interface ScopeState {
  readonly buckets: Map<number, BucketState>;
  /** Answers of root() and bucketRoots(), until the next note. */
  roots: readonly BucketRoot[] | null;
  root: Uint8Array | null;
}

/** Without a keeper all roots are computed anew in each process. */
export function createRootIndex(reader: RootReader, keeper: SetKeeper | null = null): RootIndex {
  const scopes = new Map<ScopeId, ScopeState>();
  // Buckets with leaves in memory, the least recently noted first: bounds memory over long histories.
  const warm = new Set<BucketState>();

  function stateOf(scope: ScopeId): ScopeState {
    let state = scopes.get(scope);
    if (state === undefined) {
      const buckets = new Map<number, BucketState>();
      for (const { bucket } of reader.buckets(scope)) buckets.set(bucket, freshBucket());
      // The store takes a root back with the event that changes it, so that those it has are right.
      for (const { bucket, root } of keeper?.keptRoots(scope) ?? [])
        buckets.set(bucket, { ...freshBucket(), root });
      state = { buckets, roots: null, root: null };
      scopes.set(scope, state);
    }
    return state;
  }

  function keepWarm(bucket: BucketState): void {
    warm.delete(bucket);
    warm.add(bucket);
    for (const oldest of warm) {
      if (warm.size <= ROOT_LEAF_BUCKETS_MAX) break;
      warm.delete(oldest);
      oldest.leaves = null;
    }
  }

  /** null for a bucket that turns out to hold nothing. */
  function computeRoot(scope: ScopeId, bucket: number, state: BucketState): KeptRoot | null {
    if (state.leaves === null) {
      state.leaves = hashLeaves(reader.idsInBucket(scope, bucket));
    } else if (state.dirty.size > 0) {
      // One question for all of them: each takes as long as the bucket is.
      const read = hashLeaves(reader.idsInBucket(scope, bucket, { firsts: Uint8Array.from(state.dirty) }));
      for (const leaf of state.dirty) state.leaves[leaf] = read[leaf] ?? null;
    }
    state.dirty.clear();
    const leaves: { leaf: number; hash: Uint8Array }[] = [];
    let count = 0;
    state.leaves.forEach((of, leaf) => {
      if (of === null) return;
      leaves.push({ leaf, hash: of.hash });
      count += of.count;
    });
    if (leaves.length === 0) return null;
    keepWarm(state);
    state.root = bucketRoot(bucket, leaves);
    return { bucket, root: state.root, count };
  }

  /**
   * All but the newest bucket's, which is about to change. The counts are those of the ids that were hashed, not the
   * store's of this moment: it may have grown since.
   */
  function keepRoots(scope: ScopeId, computed: readonly KeptRoot[], newest: number | undefined): void {
    const roots = computed.filter(({ bucket }) => bucket !== newest).map((of) => ({ scope, ...of }));
    if (roots.length > 0) keeper?.keep({ roots });
  }

  function bucketRoots(scope: ScopeId): readonly BucketRoot[] {
    const state = stateOf(scope);
    if (state.roots === null) {
      const ascending = [...state.buckets].sort(([a], [b]) => a - b);
      const roots: BucketRoot[] = [];
      const computed: KeptRoot[] = [];
      for (const [bucket, of] of ascending) {
        if (of.root === null) {
          const kept = computeRoot(scope, bucket, of);
          if (kept !== null) computed.push(kept);
        }
        // Noted, but not in the store: listing it would make equal sets differ.
        if (of.root === null) state.buckets.delete(bucket);
        else roots.push({ bucket, root: of.root });
      }
      state.roots = roots;
      keepRoots(scope, computed, roots.at(-1)?.bucket);
    }
    return state.roots;
  }

  return {
    note(scope, bucket, id) {
      // A scope nobody has asked about is read whole when somebody does.
      const state = scopes.get(scope);
      if (state === undefined) return;
      state.roots = null;
      state.root = null;
      let of = state.buckets.get(bucket);
      if (of === undefined) {
        of = freshBucket();
        state.buckets.set(bucket, of);
      }
      of.root = null;
      of.dirty.add(Number.parseInt(id.slice(0, 2), 16));
    },
    root(scope) {
      const state = stateOf(scope);
      state.root ??= scopeRoot(scope, bucketRoots(scope));
      return state.root;
    },
    bucketRoots,
    forget(scope) {
      for (const of of scopes.get(scope)?.buckets.values() ?? []) warm.delete(of);
      scopes.delete(scope);
    },
  };
}

function freshBucket(): BucketState {
  return { root: null, leaves: null, dirty: new Set() };
}

function hashLeaf(ids: readonly EventId[]): HashedLeaf | null {
  return ids.length === 0 ? null : { hash: leafHash(ids), count: ids.length };
}

function hashLeaves(ascending: readonly EventId[]): (HashedLeaf | null)[] {
  const leaves = Array.from<HashedLeaf | null>({ length: ROOT_LEAVES }).fill(null);
  let from = 0;
  while (from < ascending.length) {
    const first = (ascending[from] as string).slice(0, 2);
    let to = from + 1;
    while (to < ascending.length && (ascending[to] as string).startsWith(first)) to += 1;
    leaves[Number.parseInt(first, 16)] = hashLeaf(ascending.slice(from, to));
    from = to;
  }
  return leaves;
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
