import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, labelled, labels, sha256, utf8 } from "../crypto/index.ts";
import { idBytes, toId } from "../ids.ts";
import type { EventId, ScopeId } from "../ids.ts";
import { partOf } from "../ports/index.ts";
import { ROOT_LEAF_BUCKETS_MAX } from "./limits.ts";
import { bucketRoot, createRootIndex, leafHash, scopeRoot } from "./roots.ts";
import { ItemStore, testScope } from "./two-party.ts";
import type { Item } from "./two-party.ts";

function item(name: number, bucket: number): Item {
  return { bucket, id: toId<EventId>(sha256(utf8(`root item ${name}`))) };
}

function id(first: number, rest: number): EventId {
  return toId<EventId>(Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? first : rest)));
}

describe("roots", () => {
  it("[SY6] a leaf is the labelled hash of its ascending ids", () => {
    expect(leafHash([id(1, 2), id(1, 3)])).toEqual(
      sha256(labelled(labels.syncLeaf, idBytes(id(1, 2)), idBytes(id(1, 3)))),
    );
  });

  it("[SY7] a bucket root covers its number and each leaf that is not empty with its byte", () => {
    const store = new ItemStore([
      { bucket: 258, id: id(1, 2) },
      { bucket: 258, id: id(255, 0) },
    ]);
    const expected = sha256(
      labelled(
        labels.syncBucket,
        Uint8Array.of(0, 0, 1, 2, 1),
        leafHash([id(1, 2)]),
        Uint8Array.of(255),
        leafHash([id(255, 0)]),
      ),
    );
    expect(store.roots.bucketRoots(testScope)).toEqual([{ bucket: 258, root: expected }]);
    expect(
      bucketRoot(258, [
        { leaf: 1, hash: leafHash([id(1, 2)]) },
        { leaf: 255, hash: leafHash([id(255, 0)]) },
      ]),
    ).toEqual(expected);
  });

  it("[SY8] a scope root covers the scope and its buckets, ascending; an empty one differs by scope", () => {
    const store = new ItemStore([item(1, 300), item(2, 2)]);
    const parts = store.roots.bucketRoots(testScope);
    expect(parts.map(({ bucket }) => bucket)).toEqual([2, 300]);
    const expected = sha256(
      labelled(
        labels.syncScope,
        concatBytes(
          idBytes(testScope),
          Uint8Array.of(0, 0, 0, 2),
          parts[0]?.root as Uint8Array,
          Uint8Array.of(0, 0, 1, 44),
          parts[1]?.root as Uint8Array,
        ),
      ),
    );
    expect(store.roots.root(testScope)).toEqual(expected);
    expect(scopeRoot(testScope, [])).not.toEqual(scopeRoot("ab".repeat(32) as ScopeId, []));
  });

  it("[SY9] the index agrees with a fresh one after any order of appends, questions and forgetting", () => {
    const act = fc.record({ n: fc.nat(80), bucket: fc.nat(ROOT_LEAF_BUCKETS_MAX + 8), ask: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 120 }), (acts) => {
        const store = new ItemStore([]);
        for (const { n, bucket, ask } of acts) {
          store.add(item(n * 100 + bucket, bucket));
          if (ask === 0) store.roots.root(testScope);
          if (ask === 1) store.roots.forget(testScope);
        }
        const fresh = new ItemStore([...store.items.values()].toReversed());
        expect(store.roots.root(testScope)).toEqual(fresh.roots.root(testScope));
        expect(store.roots.bucketRoots(testScope)).toEqual(fresh.roots.bucketRoots(testScope));
      }),
    );
  });

  it("[SY9] an id that was noted but is not stored changes nothing", () => {
    const store = new ItemStore([item(1, 3)]);
    const before = store.roots.root(testScope);
    store.roots.note(testScope, 9, item(2, 9).id);
    expect(store.roots.root(testScope)).toEqual(before);
  });

  it("[SY9] a note makes the index read one leaf again, not the bucket", () => {
    const store = new ItemStore(Array.from({ length: 2_000 }, (_, n) => item(n, 3)));
    let read = 0;
    const roots = createRootIndex({
      buckets: () => [{ bucket: 3, count: store.items.size }],
      idsInBucket: (_, bucket, part) => {
        const ids = store.ids(bucket, part);
        read += ids.length;
        return ids;
      },
    });
    roots.root(testScope);
    read = 0;
    const added = item(9_999, 3);
    store.add(added);
    roots.note(testScope, 3, added.id);
    expect(roots.root(testScope)).toEqual(store.roots.root(testScope));
    expect(read).toBeLessThan(40);
  });

  it("[SY9] attack 32: two disjoint sets with equal sums have different roots", () => {
    const bytes = readFileSync(new URL("../../../../spec/vectors/rbsr-collision.bin", import.meta.url));
    const sets = [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)].map((half) =>
      Array.from({ length: half.length / 32 }, (_, n) => half.subarray(n * 32, n * 32 + 32)),
    );
    const [sumX, sumY] = sets.map((set) =>
      set.reduce((sum, each) => (sum + littleEndian(each)) % 2n ** 256n, 0n),
    );
    expect(sets.map((set) => set.length)).toEqual([16_384, 16_384]);
    expect(sumX).toBe(sumY);
    const [rootX, rootY] = sets.map((set) => {
      const ids = set.map((each) => toId<EventId>(each)).toSorted();
      return createRootIndex({
        buckets: () => [{ bucket: 1, count: ids.length }],
        idsInBucket: (_, __, part) => partOf(ids, part),
      }).root(testScope);
    });
    expect(rootX).not.toEqual(rootY);
  });
});

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(
    `0x${Buffer.from(bytes)
      .toReversed()
      .reduce((hex, byte) => hex + byte.toString(16).padStart(2, "0"), "")}`,
  );
}
