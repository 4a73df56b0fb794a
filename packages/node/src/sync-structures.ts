/**
 * What this device compares with others': roots, cells and ranges, each read from what the store keeps and told of every
 * event that is stored. Owns writing them down and making them anew. spec/sync SY26, spec/store ST13-ST18.
 */
import { createDigestIndex, createRootIndex, createSetIndex } from "@kith/core";
import type {
  Clock,
  DigestIndex,
  EventStore,
  Log,
  RootIndex,
  ScopeId,
  SetIndex,
  SetKeeper,
  StoredEvent,
} from "@kith/core";
import { createSettledRoots } from "./settled-roots.ts";
import type { SettledRoots } from "./settled-roots.ts";

export interface SyncStructures {
  readonly roots: RootIndex;
  readonly settledRoots: SettledRoots;
  readonly sets: SetIndex;
  readonly digests: DigestIndex;
  note(event: StoredEvent): void;
  /** Makes anew what is kept of these scopes. Rejects with a StoreError. */
  rebuild(scopes: readonly ScopeId[]): Promise<void>;
}

export function createSyncStructures(options: {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly log: Log;
}): SyncStructures {
  const { store, clock, log } = options;
  const keeper: SetKeeper = {
    keptCells: (scope) => store.keptCells(scope),
    keptRoots: (scope) => store.keptRoots(scope),
    keep(writes) {
      for (const scope of writes.rebuild ?? []) log.warn("sync:rebuilt", { scope });
      // Nothing is lost with them but the time that computing them took.
      store.commit(writes).catch((error: unknown) => log.info("sync:not-kept", { error: String(error) }));
    },
  };
  const roots = createRootIndex(store, keeper);
  const settledRoots = createSettledRoots(roots, clock);
  const sets = createSetIndex(store, keeper);
  const digests = createDigestIndex(store, keeper);
  return {
    roots,
    settledRoots,
    sets,
    digests,
    note({ scope, bucket, id }) {
      roots.note(scope, bucket, id);
      settledRoots.note(scope);
      digests.note(scope);
    },
    async rebuild(scopes) {
      if (scopes.length === 0) return;
      for (const scope of scopes) log.warn("sync:rebuilt", { scope });
      await store.commit({ rebuild: scopes });
      for (const scope of scopes) {
        roots.forget(scope);
        sets.forget(scope);
        digests.forget(scope);
      }
    },
  };
}
