/**
 * A disk with a cache: what a commit brings is on it once a sync has ended, as a group, and only then is the
 * commit answered. A crash takes what was not synced; whether the sync under way got through is left to chance,
 * as it is in life. A full disk refuses, and has written nothing.
 */
import { StoreError } from "@kith/core";
import type { CommitResult, EventStore, WriteBatch } from "@kith/core";
import { copyBatch, createMemoryDisk, createMemoryStore } from "@kith/store/memory";
import type { MemoryDisk } from "@kith/store/memory";
import type { DeviceClock } from "./device-clock.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** A sync of a good disk, and of one that is busy. */
const SYNC_MS = { least: 0.2, most: 12 };

interface Waiting {
  readonly batch: WriteBatch;
  resolve(result: CommitResult): void;
  reject(error: unknown): void;
}

export interface SimDisk {
  /** What is on it. */
  readonly kept: MemoryDisk;
  isFull: boolean;
  /** Writes that it refused for want of room. */
  readonly refusals: number;
  /** The last write was refused: its node rests, and takes nothing. */
  readonly hasRefused: boolean;
  /** The store of a process that starts now. */
  open(clock: DeviceClock): EventStore;
  /** The process that had it open is gone, with all that was not synced. */
  crash(): void;
  /** What is on it now; called, it is put back on it. While a process has it open, nothing may be put back. */
  copy(): () => void;
}

export function createSimDisk(random: SeededRandom): SimDisk {
  let kept = createMemoryDisk();
  let waiting: Waiting[] = [];
  let syncing: Waiting[] = [];
  let inner: EventStore | null = null;

  let refusals = 0;
  let hasRefused = false;

  const disk: SimDisk = {
    get kept() {
      return kept;
    },
    isFull: false,
    get refusals() {
      return refusals;
    },
    get hasRefused() {
      return hasRefused;
    },
    open(clock) {
      const store = createMemoryStore({ disk: kept });
      inner = store;
      waiting = [];
      syncing = [];
      const sync = (): void => {
        if (syncing.length > 0 || waiting.length === 0) return;
        syncing = waiting;
        waiting = [];
        clock.after(SYNC_MS.least + random.share() ** 4 * (SYNC_MS.most - SYNC_MS.least), () => {
          const group = syncing;
          syncing = [];
          hasRefused = disk.isFull;
          if (disk.isFull) {
            // And what was handed over before that was known: it may follow what is refused. spec/store.
            const refused = [...group, ...waiting];
            waiting = [];
            refusals += refused.length;
            for (const { reject } of refused) reject(fullError());
          } else for (const { batch, resolve, reject } of group) store.commit(batch).then(resolve, reject);
          sync();
        });
      };
      return {
        ...store,
        commit(batch) {
          return new Promise((resolve, reject) => {
            waiting.push({ batch: copyBatch(batch), resolve, reject });
            sync();
          });
        },
      };
    },
    crash() {
      const gotThrough = syncing.length > 0 && random.oneIn(2) && !disk.isFull;
      // Its answers are lost with the process.
      if (gotThrough) for (const { batch } of syncing) inner?.commit(batch).catch(() => undefined);
      waiting = [];
      syncing = [];
      inner = null;
    },
    copy() {
      const copied = structuredClone(kept);
      return () => {
        if (inner !== null) throw new Error("a process has this disk open");
        kept = copied;
      };
    },
  };
  return disk;
}

function fullError(): StoreError {
  return new StoreError("STORE_FULL", "the disk is full; free some space and try again");
}
